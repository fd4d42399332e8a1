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
_OTHER_BOOKS = {"content.xml", "mimetype", "xl/workbook.bin"}  # ods, xlsb: the reader would try them next, unmeasured
_MOST_COLUMNS = 16_384
_REFERENCE = re.compile(rb"""[\s"']r\s*=\s*["']([A-Za-z]{0,3})(\d{1,20})["']""")
_CELL, _ROW = re.compile(rb"[<:]c[\s/>]"), re.compile(rb"[<:]row[\s/>]")
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
        book = fastexcel.read_excel(given.data if isinstance(given.data, bytes) else given.data.read_bytes())
    except fastexcel.FastExcelError:
        raise files.FormatRefused(name=given.name, what=_NOT_XLSX) from None
    name = given.how.sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise files.SheetNotFound(sheet=name, sheets="、".join(book.sheet_names))

    def load() -> Any:
        try:
            return book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow()
        except fastexcel.FastExcelError:
            raise files.FormatRefused(name=given.name, what=_NOT_XLSX) from None

    return load, name


def _raw(frame: Any) -> Iterator[tuple[int, list[str]]]:
    columns = [column.to_pylist() for column in frame.columns]
    for number, values in enumerate(zip(*columns, strict=True), 1):
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
    """The cells that the widest part spans, and whether one is an error value. Raises UnpacksTooLarge, FormatRefused.

    Every part is unpacked and counted here, since a size stated in the archive may lie, and any part may be named as a sheet.
    """
    left, widest, has_errors = given.limits.max_unpacked_bytes, 0, False
    try:
        with given.open() as file, zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {name.lower().lstrip("/") for name in archive.namelist()}
            if len(parts) > _MOST_PARTS or "xl/workbook.xml" not in names or names & _OTHER_BOOKS:
                raise files.FormatRefused(name=given.name, what=_NOT_XLSX)
            for part in parts:
                reach = _reach(archive, part, left)
                left -= reach.size
                if left < 0:
                    raise files.UnpacksTooLarge(name=given.name, limit=given.limits.max_unpacked_bytes)
                widest, has_errors = max(widest, reach.cells), has_errors or reach.has_errors
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise files.FormatRefused(name=given.name, what=_NOT_XLSX) from None
    return widest, has_errors


def _reach(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> "_Reach":
    """One part, unpacked as far as `left` allows; looked at tag by tag, never cut within one."""
    trusting_nothing = copy.copy(part)
    trusting_nothing.file_size = sys.maxsize
    reach, tail = _Reach(), b""
    with archive.open(trusting_nothing) as file:
        while reach.size <= left and (chunk := file.read(_CHUNK)):
            reach.size += len(chunk)
            text = tail + chunk
            end = text.rfind(b">") + 1 or len(text)
            reach.look(text[:end])
            tail = text[end:]
    return reach


class _Reach:
    """How far the cells of a part go: readers hold every cell up to the farthest, so one far-off cell is enough to exhaust memory."""

    def __init__(self) -> None:
        self.size = self._row = self._column = self._rows_unplaced = self._cells_unplaced = 0
        self.has_errors = False

    def look(self, text: bytes) -> None:
        placed = _REFERENCE.findall(text)
        columns = [letters for letters, _ in placed if letters]
        self._row = max(self._row, *map(int, {digits for _, digits in placed}), 0)
        self._column = max(self._column, *map(_number_of, set(columns)), 0)
        self._cells_unplaced += max(len(_CELL.findall(text)) - len(columns), 0)
        self._rows_unplaced += max(len(_ROW.findall(text)) - (len(placed) - len(columns)), 0)
        self.has_errors = self.has_errors or b' t="e"' in text

    @property
    def cells(self) -> int:
        """At most this many, counting each cell and row that does not say where it stands as one farther on."""
        return (self._row + self._rows_unplaced) * min(self._column + self._cells_unplaced, _MOST_COLUMNS)


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
