"""What front and city tell each other over a pair of sockets: frames of a length, a kind and lines; and what goes out over HTTP. Pure.

| Kind | From | Lines |
| --- | --- | --- |
| CALL | front | a call whose seal is right (`Call`) |
| SERVED | city | its number, receipt and place on the ledger: the answer that was made ahead may go |
| ANSWER | city | its number; then another answer, as it goes out |
| OVER | city | a session that has ended |
| CHANGED | city | nothing: what is believed of contracts and items is to be read anew |
| READY | front | nothing: connections are accepted |
| STOP | city | nothing: no more are to be |
"""

import functools
import struct
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import NamedTuple

CALL, SERVED, ANSWER, OVER, CHANGED, READY, STOP = b"csaohrt"
_HEAD = struct.Struct(">IB")
Headers = Iterable[tuple[bytes, bytes]]


class Alike(NamedTuple):
    """What a caller's calls say again and again, so that it is read once. From `fields` on as `Foretold` has it, lists with commas; `belief`
    is empty where nothing was made ahead."""

    session: bytes
    address: bytes
    path: bytes
    purpose: bytes
    person: bytes
    factor: bytes
    language: bytes
    fields: bytes
    keys: bytes
    belief: bytes
    copy: bytes


class Call(NamedTuple):
    """A call on its way to the city, as it was sent, and what it would be answered; no field but the body has a line feed in it.

    `number`: the front's name for it; `at`: the signed time; `request_in`: ISO 8601. From `rows` on as `Foretold` has it.
    """

    alike: Alike
    number: bytes
    nonce: bytes
    at: bytes
    message_id: bytes
    request_in: bytes
    case: bytes
    rows: bytes
    subjects: bytes
    salt: bytes
    digest: bytes
    size: bytes
    body: bytes

    def framed(self) -> bytes | None:
        """The call as a frame; None where a field has a line feed in it, or what calls say alike a zero byte."""
        alike, *own = self
        begin = b"\0".join(alike)
        told = b"\n".join((begin, *own))
        sound = begin.count(b"\0") == _ZEROS and told.count(b"\n") == _BREAKS + self.body.count(b"\n")
        return _framed(CALL, told) if sound else None


_BREAKS, _ZEROS = len(Call._fields) - 1, len(Alike._fields) - 1


def read_call(told: bytes) -> Call:
    """A frame's call."""
    begin, *own = told.split(b"\n", _BREAKS)
    return Call(_alike(begin), *own)


@functools.lru_cache(4096)
def _alike(begin: bytes) -> Alike:
    return Alike(*begin.split(b"\0"))


def frame(kind: int, *lines: bytes) -> bytes:
    """The lines as a frame.

    >>> frame(OVER, b"5e55")
    b'\\x00\\x00\\x00\\x04o5e55'
    """
    return _framed(kind, b"\n".join(lines))


def _framed(kind: int, told: bytes) -> bytes:
    return _HEAD.pack(len(told), kind) + told


class Frames:
    """Frames out of what comes in pieces."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Each frame that is whole by now: its kind and what it tells.

        >>> frames = Frames()
        >>> list(frames.feed(frame(READY) + frame(OVER, b"5e55")[:7])), list(frames.feed(b"55"))
        ([(114, b'')], [(111, b'5e55')])
        """
        data, place, size = self._left + data, 0, _HEAD.size
        while len(data) - place >= size:
            length, kind = _HEAD.unpack_from(data, place)
            end = place + size + length
            if end > len(data):
                break
            yield kind, data[place + size : end]
            place = end
        self._left = data[place:]


def http(status: int, headers: Headers, body: bytes) -> bytes:
    """An answer as it goes out.

    >>> http(200, [(b"content-length", b"2")], b"{}")
    b'HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}'
    """
    return b"\r\n".join((_first_line(status), *[b"%s: %s" % one for one in headers], b"", body))


@functools.cache
def _first_line(status: int) -> bytes:
    return b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())
