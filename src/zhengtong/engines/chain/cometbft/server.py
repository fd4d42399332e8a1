"""The socket that a node of CometBFT calls: ABCI 2.0, four connections, each request answered in order, one at a time over all of them."""

import socketserver
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from zhengtong.engines.chain.cometbft import messages, wire
from zhengtong.engines.chain.cometbft.application import Application, Apply, Members
from zhengtong.engines.chain.cometbft.store import Store
from zhengtong.kernel import errors, logs

MOST_BYTES = 64 << 20
log = logs.get("chain")


class AddressTaken(errors.Conflict):
    zh = "无法在 {address} 监听：{reason}。请换一个端口，或停掉占用它的程序。"
    en = "Cannot listen on {address}: {reason}. Choose another port, or end what holds it."


class Server(socketserver.ThreadingTCPServer):
    """Serves one node."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, application: Application) -> None:
        self.application, self.turn = application, threading.Lock()
        self._failed: Exception | None = None
        self._closed = False
        super().__init__((host, port), Connection)

    @property
    def failed(self) -> Exception | None:
        return self._failed

    def serve_forever(self, poll_interval: float = 0.1) -> None:
        super().serve_forever(poll_interval)

    def give_up(self, failure: Exception) -> None:
        """A node that cannot go on says so and ends: it must not answer differently from the others."""
        self._failed = failure
        threading.Thread(target=self.shutdown, daemon=True).start()

    def server_close(self) -> None:
        super().server_close()
        with self.turn:
            self._closed = True
            self.application.store.close()

    def answer(self, kind: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One request after another, whatever connection it came by. Raises ConnectionAbortedError once we are closed."""
        if kind == "query" and request["path"] == "/reread":
            return self.application.reread()
        with self.turn:
            if self._closed:
                raise ConnectionAbortedError
            return self.application.handle(kind, request)


class Connection(socketserver.StreamRequestHandler):
    """One of a node's connections: consensus, mempool, query, snapshot."""

    server: Server
    disable_nagle_algorithm = True
    rbufsize, wbufsize = 1 << 18, 1 << 18

    def handle(self) -> None:
        """Until the node hangs up."""
        try:
            while (data := _message(cast(IO[bytes], self.rfile))) is not None:
                kind, request = messages.asked(data)
                self.wfile.write(messages.answered(kind, self.server.answer(kind, request)))
                if kind == "flush":
                    self.wfile.flush()
        except (TimeoutError, ConnectionError):
            return
        except Exception as failure:
            log.exception("the node is left alone", reason=str(failure))
            self.wfile.write(messages.answered("exception", {"error": f"{type(failure).__name__}: {failure}"[:500]}))
            self.server.give_up(failure)
            raise

    def finish(self) -> None:
        """What is written and not flushed may have nobody to read it any more."""
        try:
            super().finish()
        except OSError:
            log.debug("a node hung up")


def open_server(
    apply: Apply, home: Path, *, host: str, port: int, members: Members | None, snapshot_every: int
) -> Server:
    """This will open the application kept in `home` and its socket. Raises AddressTaken."""
    application = Application(apply, Store(home), members=members, snapshot_every=snapshot_every)
    try:
        return Server(host, port, application)
    except OSError as failure:
        application.store.close()
        raise AddressTaken(address=f"{host}:{port}", reason=failure.strerror or failure) from failure


def _message(stream: IO[bytes]) -> bytes | None:
    """The next message; None when the node hung up. Raises wire.Malformed."""
    width = shift = 0
    while True:
        byte = stream.read(1)
        if not byte:
            return None
        width |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            break
        shift += 7
        if shift > 35:
            raise wire.Malformed("a length has no end")
    if width > MOST_BYTES:
        raise wire.Malformed(f"a message of {width} bytes")
    data = stream.read(width)
    return data if len(data) == width else None
