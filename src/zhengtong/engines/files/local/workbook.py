"""xlsx: what it unpacks to and how far its cells reach is measured before a library is let near it."""

import copy
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from zhengtong.engines import files
from zhengtong.engines.files.local import shape, source
from zhengtong.kernel import errors

_CHUNK = 1 << 18
_MOST_PARTS = 10_000
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")
_MIDNIGHT = re.compile(r"^(\d{4}-\d\d-\d\d) 00:00:00$")
_HOUR = re.compile(r"^1899-12-3[01] (\d\d:\d\d:\d\d)$")
_ROUNDED = re.compile(r"^\d{13,17}000$")
_ERRORS = errors.Words(
    "有单元格是错误值（如 #N/A、#DIV/0!），按空值读取。",
    "Some cells hold error values (#N/A, #DIV/0!); they were read as empty.",
)
_NOT_XLSX = errors.Words("损坏的 xlsx，或并非工作簿", "a damaged xlsx, or no workbook")


@contextmanager
def opened(given: source.Given) -> Iterator[files.Stream]:
    """The stream of one sheet, the first unless named."""
    reaches, has_errors = _measured(given)
    sheet, name = _sheet(given)
    if reaches > given.limits.max_cells:
        raise files.TooManyCells(sheet=name, found=reaches, limit=given.limits.max_cells)
    raw = _raw(sheet())
    header = next((values for _, values in raw if any(values)), [])
    columns = shape.columns_of(given, header)
    rest = list(raw)
    warnings = _rounded(columns, rest) + ((_ERRORS,) if has_errors else ())
    yield files.Stream(columns, "utf-8", warnings, shape.rows_of(given, columns, rest))


def _sheet(given: source.Given) -> tuple[Any, str]:
    import fastexcel

    try:
        book = fastexcel.read_excel(given.data if isinstance(given.data, bytes) else str(given.data))
    except fastexcel.FastExcelError:
        raise files.FormatRefused(name=given.name, what=_NOT_XLSX) from None
    name = given.how.sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise files.SheetNotFound(sheet=name, sheets="、".join(book.sheet_names))

    def load() -> Any:
        try:
            return book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
        except fastexcel.FastExcelError:
            raise files.FormatRefused(name=given.name, what=_NOT_XLSX) from None

    return load, name


def _raw(frame: Any) -> Iterator[tuple[int, list[str]]]:
    for number, values in enumerate(frame.iter_rows(), 1):
        yield number, [_tidy(value) for value in values]


def _tidy(value: str | None) -> str:
    """A date without its midnight, an hour without the year Excel counts from."""
    if value is None:
        return ""
    if len(value) == 19 and (found := _MIDNIGHT.match(value) or _HOUR.match(value)):
        return found[1]
    return value


def _rounded(columns: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[errors.Words, ...]:
    """Excel keeps 15 digits of a number: an identity number kept as one ends in 000 and is no longer true."""
    found = {at for _, values in rows for at, value in enumerate(values) if len(value) > 15 and _ROUNDED.match(value)}
    names = "、".join(columns[at] for at in sorted(found) if at < len(columns))
    if not names:
        return ()
    zh = f"“{names}”列有长数字以 000 结尾，可能已被 Excel 舍入；请将该列设为文本后重新填写。"
    en = f"Long numbers in “{names}” end in 000: Excel may have rounded them. Format the column as text and enter them again."
    return (errors.Words(zh, en),)


def _measured(given: source.Given) -> tuple[int, bool]:
    """The cells that the widest sheet spans, and whether one is an error value. Raises UnpacksTooLarge, FormatRefused.

    Every part is unpacked and counted here, since a size stated in the archive may lie; and one far-off cell makes readers hold
    every cell up to it.
    """
    left, widest, has_errors = given.limits.max_unpacked_bytes, 0, False
    try:
        with given.open() as file, zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or "xl/workbook.xml" not in archive.namelist():
                raise files.FormatRefused(name=given.name, what=_NOT_XLSX)
            for part in parts:
                size, cells, errors_here = _part(archive, part, left)
                left -= size
                if left < 0:
                    raise files.UnpacksTooLarge(name=given.name, limit=given.limits.max_unpacked_bytes)
                widest, has_errors = max(widest, cells), has_errors or errors_here
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise files.FormatRefused(name=given.name, what=_NOT_XLSX) from None
    return widest, has_errors


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> tuple[int, int, bool]:
    """Its true size (as far as `left` allows) and, for a sheet, rows × columns and whether it holds error values."""
    trusting_nothing = copy.copy(part)
    trusting_nothing.file_size = sys.maxsize
    size, rows, columns, has_errors, tail = 0, 0, 0, False, b""
    sheet = part.filename.startswith("xl/worksheets/")
    with archive.open(trusting_nothing) as file:
        while size <= left and (chunk := file.read(_CHUNK)):
            size += len(chunk)
            if sheet:
                text = tail + chunk
                found = _REFERENCE.findall(text)
                rows = max(rows, *map(int, {digits for _, digits in found}), 0)
                columns = max(columns, *map(_column, {letters for letters, _ in found}), 0)
                has_errors = has_errors or b' t="e"' in text
                tail = text[-40:]
    return size, rows * columns, has_errors


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
