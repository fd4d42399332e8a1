"""A witness at work: it is shown checkpoints over HTTP (C2SP tlog-witness) and co-signs what continues what it has seen."""

import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from zhengtong.cli.errors import PortTaken
from zhengtong.cli.witness_store import Alarm, Identity, Store
from zhengtong.engines.crypto import Crypto
from zhengtong.sharing import ledger

LONGEST = 64_000
TIMEOUT_S = 10


class Witness:
    """One witness of one log. `clock` gives the present in seconds; it never signs with a time before its last one."""

    def __init__(
        self,
        folder: Path,
        identity: Identity,
        log_keys: Sequence[ledger.Key],
        crypto: Crypto,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.identity, self.store, self.log_keys = identity, Store(folder), list(log_keys)
        self._crypto, self._clock, self._verify = crypto, clock, ledger.verifier(crypto)
        self.origin = self.log_keys[0].name

    def add_checkpoint(self, body: str) -> tuple[int, str]:
        """The HTTP status and body of an answer; a fork is kept as an alarm and answered with what was signed before."""
        try:
            asked = ledger.Asked.of(body)
        except ledger.NoteWrong as wrong:
            return 400, f"{wrong}\n"
        with self.store.turn() as turn:
            kept, note, before = self.store.kept(turn, self.origin)
            verdict, checkpoint = ledger.judge(
                asked, kept, origin=self.origin, keys=self.log_keys, digest=ledger.sm3, verify=self._verify
            )
            now = int(self._clock())
            if verdict is ledger.Verdict.FORK:
                self.store.alarm(turn, Alarm(now, "fork", note, body))
                return ledger.ANSWERS[verdict], note
            if verdict is ledger.Verdict.OTHER_SIZE:
                return ledger.ANSWERS[verdict], f"{kept.size}\n"
            if verdict is not ledger.Verdict.SIGN or checkpoint is None:
                return ledger.ANSWERS[verdict], f"{verdict.value}\n"
            if now < before:
                self.store.alarm(turn, Alarm(now, "clock", note, f"now {now}, signed at {before}\n"))
                return 503, f"this witness's clock went back from {before} to {now}; it does not sign\n"
            lines = self.identity.lines(self._crypto, asked.note.text, now)
            self.store.keep(turn, checkpoint, str(asked.note) + lines, now)
        return 200, lines


def server_of(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """The witness behind a port; call `serve_forever`. Raises PortTaken."""

    class Door(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S
        server_version = "zhengtong-witness"
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if self.path.rstrip("/") != "/add-checkpoint":
                return self._answer(404, "not found\n")
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LONGEST:
                self.close_connection = True
                return self._answer(413, "an add-checkpoint request is shorter\n")
            try:
                body = self.rfile.read(int(length)).decode()
            except UnicodeDecodeError:
                return self._answer(400, "not UTF-8\n")
            return self._answer(*witness.add_checkpoint(body))

        def do_GET(self) -> None:
            if self.path == "/keys":
                return self._answer(200, "".join(f"{key}\n" for key in witness.identity.keys))
            return self._answer(404, "not found\n")

        def _answer(self, status: int, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            kind = "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """A witness keeps alarms, not a log of who asked."""

    try:
        return ThreadingHTTPServer((host, port), Door)
    except OSError as taken:
        raise PortTaken(port=port) from taken
