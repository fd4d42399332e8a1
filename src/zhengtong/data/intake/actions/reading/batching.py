"""Values as text, and rows as Arrow batches of text: the one shape every source gives."""

import base64
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk
from zhengtong.data.intake.rules.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

BYTES = 64 * 2**20
"""A chunk ends at CHUNK_ROWS rows, or once its text is about this large."""


def text_of(value: Any) -> str | None:
    """A value as a person would write it; None stays absent.

    >>> text_of(Decimal("1E+2")), text_of(True), text_of(date(2026, 3, 5)), text_of({"a": [1]}), text_of(1e16)
    ('100', 'true', '2026-03-05', '{"a": [1]}', '10000000000000000')
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" " if value.tzinfo is None else "T")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return str(value)


def _float(value: float) -> str:
    if value.is_integer() and abs(value) < 1e17:
        return str(int(value))
    written = repr(value)
    return format(Decimal(written), "f") if "e" in written and value == value else written


def batch(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> "pa.RecordBatch":
    """The rows, each of as many values as there are columns, as one Arrow batch of text."""
    import pyarrow as pa

    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pa.RecordBatch.from_arrays([_column(column) for column in values], schema=schema(columns))


def _column(values: Sequence[Any]) -> "pa.Array":
    """One column as text; whole columns of text or whole numbers are taken over as they are."""
    import pyarrow as pa

    kinds = set(map(type, values)) - {type(None)}
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pa.array(values, pa.int64()).cast(pa.string())
    texts = values if kinds <= {str} else [text_of(value) for value in values]
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:  # half a character, as JSON can write it
        return pa.array([text and text.encode("utf-8", "replace").decode() for text in texts], pa.string())


def schema(columns: Sequence[str]) -> "pa.Schema":
    """All text, all of it may be absent."""
    import pyarrow as pa

    return pa.schema([pa.field(name, pa.string()) for name in columns])


def in_chunks(
    rows: Iterable[Sequence[str | None]], limit: int = CHUNK_ROWS
) -> Iterator[tuple[list[Sequence[str | None]], int]]:
    """The rows in lists of `limit` or about 64 MB of text, each with the bytes of its text."""
    some: list[Sequence[str | None]] = []
    size = 0
    for row in rows:
        some.append(row)
        size += size_of(row)
        if len(some) >= limit or size >= BYTES:
            yield some, size
            some, size = [], 0
    if some:
        yield some, size


def size_of(row: Sequence[str | None]) -> int:
    """The bytes of a row's text, about: Chinese characters count three."""
    return sum(len(value) if value.isascii() else 3 * len(value) for value in row if value)


class Gathering:
    """Rows that have been read and not yet given. `row`: how many were given before; `known`: the columns that come first."""

    def __init__(self, row: int, known: Sequence[str]) -> None:
        self._row, self._known = row, known
        self._clear()

    def _clear(self) -> None:
        self._rows: list[Record] = []
        self._bad: list[BadLine] = []
        self.bytes = 0

    @property
    def count(self) -> int:
        return len(self._rows) + len(self._bad)

    @property
    def next(self) -> int:
        """The place of what comes next, from 1."""
        return self._row + self.count + 1

    def take(self, rows: Sequence[Record], bad: Sequence[BadLine], size: int) -> None:
        self._rows += rows
        self._bad += bad
        self.bytes += size

    def is_full(self, limit: int) -> bool:
        return self.count >= limit or self.bytes >= BYTES

    def chunk(self, **place: Any) -> Chunk:
        """What has been read, with the cursor after it; nothing is left here."""
        rows = of_records(self._rows, self._known)
        cursor = {**place, "row": self._row + self.count}
        given = Chunk(rows, cursor, self.bytes, self._row + 1, tuple(self._bad))
        self._row += self.count
        self._clear()
        return given


def of_records(records: Sequence[Record], known: Sequence[str]) -> "pa.RecordBatch":
    """Records as a batch: the known columns first, then those that are new in these records, in the order they came."""
    columns = list(dict.fromkeys(itertools.chain(known, itertools.chain.from_iterable(records))))
    return batch(columns, [[record.get(name) for name in columns] for record in records])
