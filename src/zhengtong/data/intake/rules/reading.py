"""The seam between the landing and the readers of each kind of source.

A reader gives the source's rows in chunks, in the source's order, as text: every column is a string as read, null where there is no
value. With each chunk comes the cursor from which the next one is read; a cursor is plain JSON, kept with the batch, so that a run
that was killed goes on where its last landed batch ended. Reading from a cursor twice gives the same rows, as far as the source allows.

`actions.reading.open_reader(config: SourceConfig, givens: Givens) -> AbstractContextManager[Reader]` opens one; `givens` are the engines by
type. What the source cannot give raises errors.SourceAway (it is tried again) or errors.SourceRefused (it is not). A reader is opened,
read and closed in one thread; only `landed` may be called from another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from zhengtong.data.intake.rules.kinds import Kind

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_ROWS = 65_536
Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """What a reader is told: the source's kind and settings, its secrets in clear (never shown, never logged), the file of this run."""

    kind: Kind
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    what: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column of the source; `type` is the source's own word for its type, "" where it has none."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """Something of the source that could not be read as a row: its place (1 is the first row), the raw text, and why."""

    line: int
    raw: str
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most CHUNK_ROWS rows. `rows`: all columns text, null where absent; `cursor`: where the next chunk begins; `bytes`: read for it;
    `first_row`: the place of its first row in the source (file, topic, result), from 1; `bad`: what could not be read."""

    rows: "pa.RecordBatch"
    cursor: Cursor
    bytes: int
    first_row: int
    bad: Sequence[BadLine] = ()


class Reader(Protocol):
    """An open source; closed by the context manager that gave it.

    `keeps_place`: the next run begins after the last landed cursor (incremental SQL, topics, folders); else each run reads all again.
    """

    keeps_place: bool

    def columns(self) -> list[ColumnSeen]:
        """The columns as the source has them now."""

    def chunks(self, after: Cursor | None, *, limit: int | None = None) -> Iterator[Chunk]:
        """The rows from the cursor on (None: from the beginning), at most `limit` of them."""

    def total(self) -> int | None:
        """How many rows a whole run has, as far as it is known cheaply; for the progress only."""

    def keys(self, columns: Sequence[str]) -> "Iterator[pa.RecordBatch] | None":
        """The values of these columns of every row that the source holds now, as text; None where it cannot tell."""

    def landed(self, cursor: Cursor) -> None:
        """What was read up to the cursor has landed for good: offsets may be committed, files laid aside. May come twice."""
