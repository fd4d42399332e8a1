"""A tap on the wire: passes bytes on, keeps them, and reads the two hellos of TLS 1.3 (RFC 8446 §4.1) out of them."""

import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Tap:
    """Listens on `port`, passes on to `to`; what each side said is kept."""

    to: int
    port: int = 0
    said: dict[str, bytearray] = field(default_factory=lambda: {"client": bytearray(), "server": bytearray()})

    def __enter__(self) -> "Tap":
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        try:
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                for ends in (("client", near, far), ("server", far, near)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()
        except OSError:
            return

    def _pass(self, name: str, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self.said[name] += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()


def hello(said: bytes) -> tuple[list[int], dict[int, bytes]]:
    """The cipher suites (all offered, or the one chosen) and the extensions of the first hello."""
    assert said[0] == 22, "not a handshake record"
    kind, at = said[5], 9 + 2 + 32
    at += 1 + said[at]
    if kind == 1:
        size = int.from_bytes(said[at : at + 2])
        suites = [int.from_bytes(said[i : i + 2]) for i in range(at + 2, at + 2 + size, 2)]
        at += 2 + size
        at += 1 + said[at]
    else:
        suites = [int.from_bytes(said[at : at + 2])]
        at += 3
    end, found = at + 2 + int.from_bytes(said[at : at + 2]), {}
    at += 2
    while at < end:
        size = int.from_bytes(said[at + 2 : at + 4])
        found[int.from_bytes(said[at : at + 2])] = said[at + 4 : at + 4 + size]
        at += 4 + size
    return suites, found


def numbers(body: bytes) -> list[int]:
    """The 16-bit numbers of a list with its length in front."""
    return [int.from_bytes(body[at : at + 2]) for at in range(2, len(body), 2)]
