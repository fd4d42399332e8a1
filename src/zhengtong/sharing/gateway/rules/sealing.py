"""The sealed file `zhengtong-file@1`: a header anybody may read, then pieces that only the recipient's SM2 key opens. Pure.

    ZTF1\\n ‖ length (4) ‖ header (canonical JSON) ‖ { length (4) ‖ SM4-GCM(key, piece, aad) }*

The file's SM4 key is random and stands in the header, wrapped to the recipient's SM2 key. The attached data of a piece are the header's
SM3, the piece's number (8 bytes) and 1 for the last piece, 0 before: pieces that are cut off, put elsewhere or come from another file
do not open.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

MAGIC, FORMAT = b"ZTF1\n", "zhengtong-file@1"
PIECE = 1 << 20
MOST_HEADER = 1 << 20
Seal = Callable[[bytes, bytes], bytes]
"""`seal(plain, attached)` and `open(sealed, attached)` under the file's key."""
Digest = Callable[[bytes], bytes]


class FileBroken(ValueError):
    """Not a sealed file, or not whole; the sentence says what."""


def sealed(header: Mapping[str, Any], pieces: Iterable[bytes], seal: Seal, digest: Digest) -> Iterator[bytes]:
    """The file's bytes. `pieces` of any size; none is as good as one empty piece."""
    told = json.dumps({**header, "format": FORMAT}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    yield MAGIC + len(told).to_bytes(4) + told
    about, number, held = digest(told), 0, None
    for piece in pieces:
        if held is not None:
            yield _framed(seal(held, attached(about, number, last=False)))
            number += 1
        held = piece
    yield _framed(seal(held or b"", attached(about, number, last=True)))


def opened(data: Iterable[bytes], open_piece: Callable[[Mapping[str, Any]], Seal], digest: Digest) -> Iterator[bytes]:
    """The pieces of a sealed file; `open_piece` makes the opener from the header. Raises FileBroken."""
    source = _Source(data)
    header, told = read_header(source.take)
    opener, about = open_piece(header), digest(told)
    number, held = 0, _piece(source)
    while True:
        following = None if source.is_at_end() else _piece(source)
        yield opener(held, attached(about, number, last=following is None))
        if following is None:
            return
        held, number = following, number + 1


def read_header(take: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes]:
    """The header, and its bytes. Raises FileBroken."""
    if take(len(MAGIC)) != MAGIC:
        raise FileBroken("not a zhengtong-file@1")
    size = int.from_bytes(take(4))
    if size > MOST_HEADER:
        raise FileBroken("the header is too long")
    told = take(size)
    try:
        header = json.loads(told)
    except ValueError:
        raise FileBroken("the header is not JSON") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise FileBroken("not a zhengtong-file@1")
    return header, told


def attached(about: bytes, number: int, *, last: bool) -> bytes:
    """What a piece is bound to."""
    return about + number.to_bytes(8) + bytes([last])


def pieces_of(data: bytes) -> Iterator[bytes]:
    """In pieces of a megabyte."""
    yield from (data[at : at + PIECE] for at in range(0, len(data), PIECE))


def _framed(piece: bytes) -> bytes:
    return len(piece).to_bytes(4) + piece


def _piece(source: "_Source") -> bytes:
    size = int.from_bytes(source.take(4))
    if size > 4 * PIECE:
        raise FileBroken("a piece is too long")
    return source.take(size)


class _Source:
    def __init__(self, data: Iterable[bytes]) -> None:
        self._data, self._held = iter(data), b""

    def take(self, count: int) -> bytes:
        while len(self._held) < count:
            more = next(self._data, None)
            if more is None:
                raise FileBroken("the file is cut off")
            self._held += more
        found, self._held = self._held[:count], self._held[count:]
        return found

    def is_at_end(self) -> bool:
        while not self._held:
            more = next(self._data, None)
            if more is None:
                return True
            self._held = more
        return False
