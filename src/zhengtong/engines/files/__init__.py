"""Files as people send them (CSV, xlsx, JSON, JSON Lines, XML), read into rows of text, and written for people to open.

The promise: a row keeps its number in the file and every value its characters; the encoding found is told, never silently guessed
(strict UTF-8 first, then strict GB18030); nothing is executed, expanded or fetched; what breaks a limit or a form is refused with the
row and the remedy. Values are text: an absent one is "", a date YYYY-MM-DD, a number as written. Adapter: `local` (standard library,
fastexcel, lxml, openpyxl).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pydantic import Field as Setting

from zhengtong.kernel import errors, settings

if TYPE_CHECKING:
    import pyarrow as pa

ENCODINGS = ("utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16")
LINE = "_line"
CHUNK_ROWS = 65_536
READS = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson", ".xml")


class FilesSettings(settings.Section):
    """Limits on the files people send."""

    max_bytes: int = Setting(
        default=10_485_760_000,
        gt=0,
        description="文件大小上限（字节），分片上传也以此为限 | largest file, bytes; sending in pieces is bound by it too",
    )
    max_unpacked_bytes: int = Setting(
        default=1_000_000_000, gt=0, description="xlsx 解压后的上限（字节）| largest xlsx once unpacked, bytes"
    )
    max_whole_bytes: int = Setting(
        default=64_000_000, gt=0, description="须整体读入的 JSON 的上限（字节）| largest JSON read as a whole, bytes"
    )
    max_rows: int = Setting(default=5_000_000, gt=0, description="行数上限 | most rows")
    max_columns: int = Setting(default=1_000, gt=0, description="列数上限 | most columns")
    max_cells: int = Setting(default=50_000_000, gt=0, description="xlsx 单元格数上限 | most cells of an xlsx sheet")
    max_cell_chars: int = Setting(
        default=32_767, gt=0, le=131_072, description="单元格字数上限 | longest value, characters"
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read, where the file cannot tell: all found by themselves when empty."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    row_path: str = ""
    """Where the rows are: `data.items` in JSON, `/list/person` in XML."""


FOUND = Reading()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line (text), sheet row (xlsx) or place (JSON, XML) in the file from 1, and a value a column."""

    number: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file read whole."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str
    warnings: tuple[errors.Words, ...]

    def dicts(self) -> list[dict[str, str]]:
        """Each row by column name."""
        return [dict(zip(self.columns, row.values, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Stream:
    """A file being read: its columns are known, its rows come once, in order."""

    columns: tuple[str, ...]
    encoding: str
    warnings: tuple[errors.Words, ...]
    rows: Iterator[Row]


class FileWrong(errors.Invalid):
    """Any file that cannot be read."""


class RowWrong(FileWrong):
    """One row is wrong; the others may be fine. Carries the row's number in `facts["row"]`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text reading may go on: the rows, lines and bytes before it, the last line whose wrong rows were told, and the size of
    the file that it is a place of."""

    rows: int
    line: int
    byte: int
    told: int
    size: int


def _nowhere(_row: int) -> Place | None:
    return None


@dataclass(frozen=True, slots=True)
class Columns:
    """A file being read by columns: `batches` (Arrow) come once, in order; each has the file's columns as text, and `_line` (LINE).

    `before`: the rows that were passed over; `place_of(row)`: the last known place at or before that many rows, once they were given.
    """

    columns: tuple[str, ...]
    encoding: str
    warnings: tuple[errors.Words, ...]
    batches: "Iterator[pa.RecordBatch]"
    before: int = 0
    place_of: Callable[[int], Place | None] = _nowhere


BadRow = Callable[[RowWrong], None]


class Files(Protocol):
    """Reads and writes tables."""

    def read_table(self, source: Path | bytes, *, name: str, how: Reading = FOUND) -> Table:
        """The whole file. `name` is what the person called it; its ending tells the format. Raises RowsWrong naming up to 50 rows,
        and the other errors of this page."""

    def open_table(
        self, source: Path | bytes, *, name: str, how: Reading = FOUND, bad_row: BadRow | None = None
    ) -> AbstractContextManager[Stream]:
        """The file as a stream, for any size. A wrong row is given to `bad_row` and left out; without it, raised."""

    def open_columns(
        self,
        source: Path | bytes,
        *,
        name: str,
        how: Reading = FOUND,
        bad_row: BadRow | None = None,
        chunk_rows: int = CHUNK_ROWS,
        after: Place | None = None,
    ) -> AbstractContextManager[Columns]:
        """As `open_table`, by columns; for CSV memory does not grow with the file. Each batch has
        `chunk_rows` rows, the last one fewer; `_line` is the row's number in the file. Raises FileWrong when a column is named so.

        `after`: a place of this file that `place_of` gave; what lies before is not read again, as far as the format allows (see `before`),
        and the batches are cut where they would have been."""

    def write_csv(
        self, out: BinaryIO, columns: Iterable[str], rows: Iterable[Iterable[object]], *, bom: bool = True
    ) -> int:
        """UTF-8 CSV (with a BOM, so that Excel sees it); values that a spreadsheet would run as a formula get a leading '. Returns the
        number of rows."""

    def write_xlsx(
        self, out: BinaryIO, columns: Iterable[str], rows: Iterable[Iterable[object]], *, sheet: str = "Sheet1"
    ) -> int:
        """A workbook of one sheet; text stays text. Returns the number of rows."""


class FileEmpty(FileWrong):
    zh = "文件 {name} 是空的，请确认导出成功后重新上传。"
    en = "The file {name} is empty; check the export and send it again."


class FileTooLarge(FileWrong):
    zh = "文件 {name} 超过上限 {limit} 字节，请分成几个文件。"
    en = "The file {name} exceeds {limit} bytes; split it."


class UnpacksTooLarge(FileWrong):
    zh = "文件 {name} 解压后超过上限 {limit} 字节，请分成几个文件。"
    en = "The file {name} unpacks to more than {limit} bytes; split it."


class TooManyRows(FileWrong):
    zh = "文件 {name} 超过 {limit} 行，请分成几个文件。"
    en = "The file {name} has more than {limit} rows; split it."


class TooManyColumns(FileWrong):
    zh = "文件 {name} 有 {found} 列，超过上限 {limit} 列。"
    en = "The file {name} has {found} columns; the most is {limit}."


class TooManyCells(FileWrong):
    zh = "工作表“{sheet}”占 {found} 个单元格，超过上限 {limit}；请删去远处的空行空列，或另存为 CSV。"
    en = "The sheet “{sheet}” spans {found} cells, the most is {limit}; delete far-off blank rows and columns, or save it as CSV."


class FormatUnknown(FileWrong):
    zh = "不认识文件 {name} 的格式。可以读：{known}。"
    en = "The format of {name} is not known. These can be read: {known}."


class FormatRefused(FileWrong):
    zh = "文件 {name} 实际是{what}，不能读取；请另存为 xlsx 或 CSV。"
    en = "The file {name} really is {what} and cannot be read; save it as xlsx or CSV."


class EncodingUnknown(FileWrong):
    zh = "文件 {name} 第 {line} 行既不是 UTF-8 也不是 GB18030 编码，请另存为“CSV UTF-8”。"
    en = "Line {line} of {name} is neither UTF-8 nor GB18030; save it as “CSV UTF-8”."


class EncodingNotOffered(FileWrong):
    zh = "不支持编码 {encoding}。可以选：{known}。"
    en = "The encoding {encoding} is not offered. Choose from: {known}."


class EncodingDamaged(FileWrong):
    zh = "文件 {name} 是 {encoding} 编码，但第 {line} 行有损坏的字节，请重新导出。"
    en = "The file {name} is {encoding}, but line {line} has damaged bytes; export it again."


class HeaderBlank(FileWrong):
    zh = "文件 {name} 的第 {column} 列没有列名，请在首行补上。"
    en = "Column {column} of {name} has no name; add it in the first row."


class HeaderDuplicate(FileWrong):
    zh = "文件 {name} 的列名重复：{columns}，请改成不同的名字。"
    en = "Column names repeat in {name}: {columns}; make them different."


class HeaderReserved(FileWrong):
    zh = "文件 {name} 的列名 {column} 为系统保留，请改名。"
    en = "The column name {column} in {name} is reserved; rename it."


class TextMalformed(FileWrong):
    zh = "文件 {name} 第 {row} 行{why}。"
    en = "Line {row} of {name}: {why}."


class SheetNotFound(FileWrong):
    zh = "没有工作表“{sheet}”，文件中有：{sheets}。"
    en = "There is no sheet “{sheet}”; the file has: {sheets}."


class RowsNotFound(FileWrong):
    zh = "文件 {name} 中找不到记录（路径 {path}），请指明记录所在的路径。"
    en = "No rows were found in {name} (at {path}); say where the rows are."


class RowRagged(RowWrong):
    zh = "第 {row} 行有 {found} 个值，应为 {expected} 个；多半是引号或分隔符的问题。"
    en = "Row {row} has {found} values, expected {expected}; most often a quote or a delimiter."


class CellTooLong(RowWrong):
    zh = "第 {row} 行“{column}”列超过 {limit} 个字。"
    en = "In row {row}, “{column}” is longer than {limit} characters."


class RowStrange(RowWrong):
    zh = "第 {row} 行有其他行没有的字段：{columns}。"
    en = "Row {row} has fields that no earlier row had: {columns}."


class RowMalformed(RowWrong):
    zh = "第 {row} 行{why}。"
    en = "Row {row}: {why}."


class RowsWrong(FileWrong):
    zh = "文件 {name} 有 {count} 行不对，请按提示修改后重新上传。"
    en = "{count} rows of {name} are wrong; mend them as told and send the file again."
