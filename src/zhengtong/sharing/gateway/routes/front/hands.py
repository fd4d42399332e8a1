"""Connections from one process's hands into another's: their descriptors, and what had come on them, over a pair of sockets that keeps the
bounds of messages (SCM_RIGHTS)."""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable

PIECE = 32_000
LAST, MORE = b".", b"+"


def pair() -> tuple[socket.socket, socket.socket]:
    """The two ends."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.setblocking(False)
    other.setblocking(False)
    return one, other


class Giver:
    """The end that gives. Nothing is lost where the other is slow: what is given waits here."""

    def __init__(self, end: socket.socket) -> None:
        self._end, self._loop = end, asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, int]] = deque()

    def give(self, descriptor: int, came: bytes) -> None:
        """This will give a connection, with what came on it; the descriptor stays the caller's to close."""
        pieces = [came[place : place + PIECE] for place in range(0, len(came), PIECE)] or [b""]
        marks = [MORE] * (len(pieces) - 1) + [LAST]
        again = bool(self._waiting)
        for place, (mark, piece) in enumerate(zip(marks, pieces, strict=True)):
            self._waiting.append((mark + piece, -1 if place else os.dup(descriptor)))
        if not again:
            self._send()

    def _send(self) -> None:
        while self._waiting:
            told, descriptor = self._waiting[0]
            try:
                socket.send_fds(self._end, [told], [descriptor] if descriptor >= 0 else [])
            except BlockingIOError:
                self._loop.add_writer(self._end.fileno(), self._send)
                return
            self._waiting.popleft()
            if descriptor >= 0:
                os.close(descriptor)
        self._loop.remove_writer(self._end.fileno())


class Taker:
    """The end that takes. `taken` is given each connection and what came on it."""

    def __init__(self, end: socket.socket, taken: Callable[[socket.socket, bytes], None]) -> None:
        self._end, self._taken, self._loop = end, taken, asyncio.get_running_loop()
        self._connection: socket.socket | None = None
        self._came: list[bytes] = []
        self._loop.add_reader(end.fileno(), self._read)

    def close(self) -> None:
        """This will take no more."""
        self._loop.remove_reader(self._end.fileno())
        self._end.close()

    def _read(self) -> None:
        while True:
            try:
                told, descriptors, _, _ = socket.recv_fds(self._end, PIECE + 1, 1)
            except BlockingIOError:
                return
            except OSError:
                told, descriptors = b"", []
            if not told:
                self._loop.remove_reader(self._end.fileno())
                return
            for descriptor in descriptors:
                self._connection = socket.socket(fileno=descriptor)
            self._came.append(told[1:])
            if told[:1] == LAST and self._connection is not None:
                connection, came, self._connection, self._came = self._connection, b"".join(self._came), None, []
                self._taken(connection, came)
