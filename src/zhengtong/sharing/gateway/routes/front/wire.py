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

import struct
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import NamedTuple

CALL, SERVED, ANSWER, OVER, CHANGED, READY, STOP = b"csaohrt"
_HEAD = struct.Struct(">IB")
Headers = Iterable[tuple[bytes, bytes]]


class Call(NamedTuple):
    """A call on its way to the city, as it was sent, and what it would be answered; no field but the body has a line feed in it.

    `number`: the front's name for it; `at`: the signed time; `request_in`: ISO 8601. From `fields` on as `Foretold` has it, lists with
    commas; `belief` is empty where nothing was made ahead.
    """

    number: bytes
    session: bytes
    nonce: bytes
    at: bytes
    address: bytes
    message_id: bytes
    request_in: bytes
    path: bytes
    purpose: bytes
    case: bytes
    person: bytes
    factor: bytes
    language: bytes
    fields: bytes
    keys: bytes
    belief: bytes
    rows: bytes
    copy: bytes
    subjects: bytes
    salt: bytes
    digest: bytes
    size: bytes
    body: bytes

    def framed(self) -> bytes | None:
        """The call as a frame; None where a field has a line feed in it."""
        told = b"\n".join(self)
        return _framed(CALL, told) if told.count(b"\n") == _BREAKS + self.body.count(b"\n") else None


_BREAKS = len(Call._fields) - 1


def read_call(told: bytes) -> Call:
    """A frame's call."""
    return Call(*told.split(b"\n", _BREAKS))


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
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    lines += [b"%s: %s" % one for one in headers]
    return b"\r\n".join((*lines, b"", body))
