"""What was sent: its size, its true format, and the encoding of its text."""

import codecs
import functools
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from zhengtong.engines import files
from zhengtong.kernel import errors

_CHUNK, _SAMPLE = 1 << 20, 1 << 18
_ASCII = re.compile("[\x00-\x7f]+")
UTF8_MARK = codecs.BOM_UTF8
_BOMS = ((UTF8_MARK, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOREIGN = (
    (
        b"\xd0\xcf\x11\xe0",
        errors.Words("旧版 Excel（.xls）或加密的工作簿", "an old Excel (.xls) or an encrypted workbook"),
    ),
    (b"%PDF", errors.Words("PDF", "a PDF")),
    (b"PK\x03\x04", errors.Words("压缩包", "a zip archive")),
    (b"\x1f\x8b", errors.Words("gzip 压缩包", "a gzip archive")),
    (b"Rar!", errors.Words("rar 压缩包", "a rar archive")),
    (b"7z\xbc\xaf", errors.Words("7z 压缩包", "a 7z archive")),
)
_WEB = errors.Words("网页（HTML）", "a web page (HTML)")
_BINARY = errors.Words("二进制内容", "binary content")
GB18030_DOUBTFUL = errors.Words(
    "按 GB18030 读取，但含有许多生僻字，请核对；如有乱码，请另存为 UTF-8。",
    "Read as GB18030, but many characters are rare: check them; if they are garbled, save the file as UTF-8.",
)
UTF8_DOUBTFUL = errors.Words(
    "按 UTF-8 读取，但也可能是 GB18030；如有乱码，请指明编码。",
    "Read as UTF-8, though it could be GB18030; if characters are garbled, name the encoding.",
)


@dataclass(frozen=True)
class Given:
    """A file as sent, how to read it, and within which limits."""

    data: Path | bytes
    name: str
    how: files.Reading
    limits: files.FilesSettings
    bad_row: files.BadRow | None

    @property
    def ending(self) -> str:
        return Path(self.name).suffix.lower()

    @property
    def size(self) -> int:
        return len(self.data) if isinstance(self.data, bytes) else self.data.stat().st_size

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb")

    def chunks(self) -> Iterator[bytes]:
        with self.open() as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def check(given: Given, endings: set[str]) -> None:
    """Refuses what is empty, too large, of an unknown format, or not what its name says."""
    if given.ending not in endings:
        raise files.FormatUnknown(name=given.name, known=" ".join(files.READS))
    if given.size > given.limits.max_bytes:
        raise files.FileTooLarge(name=given.name, limit=given.limits.max_bytes)
    with given.open() as file:
        head = file.read(512)
    if not head.strip():
        raise files.FileEmpty(name=given.name)
    for magic, what in _FOREIGN:
        if head.startswith(magic) and not (magic.startswith(b"PK") and given.ending == ".xlsx"):
            raise files.FormatRefused(name=given.name, what=what)
    start = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if given.ending != ".xml" and start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        raise files.FormatRefused(name=given.name, what=_WEB)


def encoding_of(given: Given) -> tuple[str, tuple[errors.Words, ...]]:
    """The encoding named, or by its mark, or strict UTF-8, or strict GB18030; with what is doubtful about it.

    A file is read whole for this, once until it changes. Raises EncodingDamaged, EncodingUnknown, EncodingNotOffered, FormatRefused.
    """
    if isinstance(given.data, bytes):
        return _encoding_in(given)
    kept = given.data.stat()
    return _encoding_at(given.data, (kept.st_ino, kept.st_size, kept.st_mtime_ns), given.name, given.how.encoding)


@functools.lru_cache(256)
def _encoding_at(path: Path, _state: tuple[int, ...], name: str, wanted: str) -> tuple[str, tuple[errors.Words, ...]]:
    return _encoding_in(Given(path, name, files.Reading(wanted), files.FilesSettings(), None))


def _encoding_in(given: Given) -> tuple[str, tuple[errors.Words, ...]]:
    with given.open() as file:
        head = file.read(4)
    marked = next((name for mark, name in _BOMS if head.startswith(mark)), "")
    wanted = given.how.encoding.lower()
    if wanted and wanted not in files.ENCODINGS:
        raise files.EncodingNotOffered(encoding=wanted, known=" ".join(files.ENCODINGS))
    if known := marked or wanted:
        if line := _broken_line(given, known):
            raise files.EncodingDamaged(name=given.name, encoding=_told(known), line=line)
        return known, ()
    if not (line := _broken_line(given, "utf-8")):
        return "utf-8", _doubt_of_utf8(given)
    if _is_damaged_utf8(given):
        raise files.EncodingDamaged(name=given.name, encoding="UTF-8", line=line)
    if line := _broken_line(given, "gb18030"):
        raise files.EncodingUnknown(name=given.name, line=line)
    return "gb18030", _doubt_of_gb18030(given)


def opened_text(given: Given, encoding: str) -> io.TextIOWrapper:
    """The text, its line ends as they are."""
    return io.TextIOWrapper(given.open(), encoding=encoding, newline="")


def _told(encoding: str) -> str:
    return encoding.removesuffix("-sig").upper()


def _broken_line(given: Given, encoding: str) -> int:
    """The first line that this encoding cannot read, 0 when all is well."""
    if encoding.startswith("utf-8") and is_utf8(given.chunks()):
        return 0
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, wide = 1, encoding.startswith("utf-16")
    chunk = b""
    try:
        for chunk in given.chunks():
            if not wide and b"\0" in chunk:
                raise files.FormatRefused(name=given.name, what=_BINARY)
            line += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as broken:
        return line + chunk[: max(broken.start, 0)].count(b"\n")
    return 0


def is_utf8(chunks: Iterable[bytes]) -> bool:
    """True for UTF-8 text without a zero byte: checked by Arrow, some times as fast as by decoding it."""
    import pyarrow as pa

    held = b""
    for chunk in chunks:
        piece = held + chunk
        whole = len(piece) - _begun(piece)
        held = piece[whole:]
        bounds = pa.array([0, whole], pa.int32()).buffers()[1]
        text = pa.StringArray.from_buffers(1, bounds, pa.py_buffer(piece))
        try:
            text.validate(full=True)
        except pa.ArrowInvalid:
            return False
        if b"\0" in chunk:
            return False
    return not held


def _begun(piece: bytes) -> int:
    """How many bytes at the end are a character that goes on, or seems to.

    >>> _begun("何".encode()[:2]), _begun("a何".encode()), _begun(b"a")
    (2, 0, 0)
    """
    for count, byte in enumerate(reversed(piece[-4:]), 1):
        if byte >= 0xC0:
            return count if count < 2 + (byte >= 0xE0) + (byte >= 0xF0) else 0
        if byte < 0x80:
            return 0
    return 0


def _sample(given: Given) -> bytes:
    with given.open() as file:
        return file.read(_SAMPLE)


def _is_damaged_utf8(given: Given) -> bool:
    """Far more whole characters of three bytes than broken ones: UTF-8 with damage. GB18030 Chinese read so gives the reverse."""
    beyond = _ASCII.sub("", _sample(given).decode("utf-8", "replace"))
    broken = beyond.count("\ufffd")
    return sum(char > "\u0800" for char in beyond) - broken > 4 * broken


def _doubt_of_gb18030(given: Given) -> tuple[errors.Words, ...]:
    beyond = _ASCII.sub("", _sample(given).decode("gb18030", "ignore"))
    rare = beyond.encode("gb2312", "replace").count(b"?")
    return (GB18030_DOUBTFUL,) if rare * 5 > len(beyond) else ()


def _doubt_of_utf8(given: Given) -> tuple[errors.Words, ...]:
    """All beyond ASCII takes two bytes, and the same bytes are common Chinese characters in GB18030 (路 is · in UTF-8)."""
    sample = _sample(given)
    beyond = _ASCII.sub("", sample.decode("utf-8", "ignore"))
    if not beyond or any(char > "\u07ff" for char in beyond):
        return ()
    try:
        sample.decode("gb2312")
    except UnicodeDecodeError:
        return ()
    return (UTF8_DOUBTFUL,)
