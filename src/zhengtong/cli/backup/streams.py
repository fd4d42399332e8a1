"""Bytes passed on and digested in one reading, a megabyte at a time; a file appears under its name only when it is whole."""

import errno
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from zhengtong.cli import words
from zhengtong.cli.backup.errors import NoRoomLeft
from zhengtong.engines.crypto import Crypto

PIECE = 1 << 20
MB = 1 << 20
PART = ".part"
SPEAK_EVERY_S = 5.0


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Progress:
    """Tells now and then how far it is."""

    def __init__(self, zh: str, en: str, total: int) -> None:
        self._zh, self._en, self._total, self._done, self._last = zh, en, total, 0, time.monotonic()

    def add(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._last >= SPEAK_EVERY_S:
            self._last = time.monotonic()
            share = min(99, self._done * 100 // max(self._total, 1))
            told = f"{share}%（{self._done // MB} / {self._total // MB} MB）"
            words.tell(f"  {self._zh} {told}", f"  {self._en} {share}% ({self._done // MB} / {self._total // MB} MB)")


def digest(crypto: Crypto, path: Path, progress: Progress | None = None) -> tuple[int, str]:
    """The file's size and SM3."""
    with path.open("rb") as file:
        counted = _Counted(pieces(file), progress)
        return counted.size_after(crypto)


def copy(crypto: Crypto, source: Readable, target: Path, progress: Progress | None = None) -> tuple[int, str]:
    """This will write the stream to `target`, on the disk when it returns; its size and SM3."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(target.name + PART)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        found = digested(crypto, source, out, progress)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)
    return found


def digested(crypto: Crypto, source: Readable, out: Writable, progress: Progress | None = None) -> tuple[int, str]:
    """This will pass the stream on to `out`; its size and SM3."""
    return _Counted(_written(pieces(source), out), progress).size_after(crypto)


def pieces(source: Readable) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


@contextmanager
def room_in(folder: Path, needed: int) -> Iterator[None]:
    """Within the block a full disk is told with its remedy; it is refused at once where it is sure to be too small. Raises NoRoomLeft."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoomLeft(folder=folder, needed=-(-needed // MB), free=free // MB)
    try:
        yield
    except OSError as failure:
        if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoomLeft(folder=folder, needed=-(-needed // MB), free=shutil.disk_usage(folder).free // MB) from failure


def sync_folder(folder: Path) -> None:
    """This will make new names in the folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Counted:
    def __init__(self, chunks: Iterable[bytes], progress: Progress | None) -> None:
        self._chunks, self._progress, self._size = chunks, progress, 0

    def size_after(self, crypto: Crypto) -> tuple[int, str]:
        found = crypto.sm3_of(self._passing())
        return self._size, found.hex()

    def _passing(self) -> Iterator[bytes]:
        for piece in self._chunks:
            self._size += len(piece)
            if self._progress:
                self._progress.add(len(piece))
            yield piece


def _written(chunks: Iterable[bytes], out: Writable) -> Iterator[bytes]:
    for piece in chunks:
        out.write(piece)
        yield piece
