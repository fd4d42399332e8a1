"""From a reader's chunks to batches that land together."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from zhengtong.data.intake.rules import BadLine, Chunk, ColumnSeen, Cursor, Reader

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_S = 15.0


@dataclass(frozen=True, slots=True)
class Opened:
    """The source answers: its columns and how many rows it has, if known."""

    columns: list[ColumnSeen]
    total: int | None
    reader: Reader


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Rows as read. `places`: (row of the batch from 0, its place in the source), at the start of each chunk."""

    rows: "pa.Table"
    bad: tuple[BadLine, ...]
    places: tuple[tuple[int, int], ...]
    cursor: Cursor
    bytes: int
    ids: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    """Of a replay: the quarantined row of each row, and the batch it came with."""

    def place(self, row: int) -> int:
        """The place in the source of a row of the batch, from 1."""
        start, first = self.places[bisect_left(self.places, row, key=itemgetter(0)) - 1]
        return first + row - 1 - start

    @property
    def count(self) -> int:
        """What was read: rows, and lines that were none."""
        return int(self.rows.num_rows) + len(self.bad)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of all rows that the source holds, as text."""

    rows: "pa.Table"


@dataclass(frozen=True, slots=True)
class Cut:
    """The time of this slice is over; there may be more to read."""


@dataclass(slots=True)
class Seen:
    """How many rows this slice has read: written by the reading thread, read by the one that tells."""

    rows: int = 0


@dataclass(slots=True)
class Limits:
    """When a batch is full, and when to stop reading."""

    rows: int
    bytes: int
    until: float
    stopped: Callable[[], bool] = field(default=lambda: False)

    def full(self, chunks: Sequence[Chunk]) -> bool:
        """True when the chunks are as much as one batch may hold."""
        return sum(one.rows.num_rows for one in chunks) >= self.rows or sum(one.bytes for one in chunks) >= self.bytes

    def cut(self) -> bool:
        return self.stopped() or time.monotonic() > self.until


Step = Opened | RawBatch | Keys | Cut


def collect(
    opening: AbstractContextManager[Reader],
    after: Callable[[Reader], Cursor | None],
    limits: Limits,
    seen: Seen,
    *,
    key_columns: Sequence[str] = (),
) -> Iterator[Step]:
    """Opens the reader and gives what it says: Opened, batches, the keys (where asked for and known); or Cut before the end.

    `after(reader)`: the cursor from which to read.
    """
    with opening as reader:
        yield Opened(reader.columns(), reader.total(), reader)
        gathered: list[Chunk] = []
        since = time.monotonic()
        for chunk in reader.chunks(after(reader)):
            gathered.append(chunk)
            seen.rows += chunk.rows.num_rows + len(chunk.bad)
            cut = limits.cut()
            if cut or limits.full(gathered) or time.monotonic() - since > BATCH_S:
                yield batch_of(gathered)
                gathered, since = [], time.monotonic()
            if cut:
                yield Cut()
                return
        if gathered:
            yield batch_of(gathered)
        if key_columns and (keys := reader.keys(key_columns)) is not None:
            import pyarrow as pa

            empty = pa.schema([(name, pa.string()) for name in key_columns])
            yield Keys(pa.Table.from_batches(list(keys), empty))


def batch_of(chunks: Sequence[Chunk]) -> RawBatch:
    """The chunks as one batch; a column that only some of them have is absent in the others' rows."""
    import pyarrow as pa

    rows = pa.concat_tables([pa.Table.from_batches([one.rows]) for one in chunks], promote_options="default")
    places, start = [], 0
    for one in chunks:
        places.append((start, one.first_row))
        start += one.rows.num_rows
    return RawBatch(
        rows=rows,
        bad=tuple(line for one in chunks for line in one.bad),
        places=tuple(places),
        cursor=chunks[-1].cursor,
        bytes=sum(one.bytes for one in chunks),
    )
