"""What the lake holds for a step: all rows of a version, or what has changed between two, told by the files that came and went.

A merge writes files anew, so a row may stand in a file that went and in one that came: it has changed only where its batch and number
have. Compaction changes files and no row, and brings nothing here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from zhengtong.engines.lake import Lake
from zhengtong.sharing.gateway.actions.exchange.preparing import BATCH, NUMBER, Leaving, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that came and rows that went, as the source has them. `last`: the version is complete with it."""

    came: "pa.Table"
    went: "pa.Table"
    last: bool


def whole(lake: Lake, table: str, version: int, how: Leaving, rows: int) -> Iterator[Chunk]:
    """The version in chunks, the same ones each time."""
    import pyarrow as pa

    schema = _schema(lake, table, version, how)
    nothing = schema.empty_table()
    held: list[pa.RecordBatch] = []
    for batch in _batches(lake, table, version, None, how, rows):
        for piece in _cut(_filled(batch, schema), rows, sum(one.num_rows for one in held)):
            if sum(one.num_rows for one in held) >= rows:
                yield Chunk(pa.Table.from_batches(held, schema), nothing, last=False)
                held = []
            held.append(piece)
    yield Chunk(pa.Table.from_batches(held, schema), nothing, last=True)


def changed(lake: Lake, table: str, old: int, new: int, how: Leaving, rows: int) -> Iterator[Chunk]:
    """What came and went between two versions, in chunks, the same ones each time. Raises VersionGone."""
    before = {one.path for one in lake.files(table, version=old)}
    after = {one.path for one in lake.files(table, version=new)}
    schema = _schema(lake, table, new, how)
    came = _table(lake, table, new, after - before, how, schema)
    went = _table(lake, table, old, before - after, how, schema)
    keys = [BATCH, NUMBER]
    fresh = (
        came.join(went.select(keys), keys, join_type="left anti")
        .select(schema.names)
        .sort_by([(one, "ascending") for one in keys])
    )
    stale = (
        went.join(came.select(keys), keys, join_type="left anti")
        .select(schema.names)
        .sort_by([(one, "ascending") for one in keys])
    )
    count = max(-(-fresh.num_rows // rows), -(-stale.num_rows // rows), 1)
    for at in range(count):
        part = slice(at * rows, (at + 1) * rows)
        yield Chunk(_slice(fresh, part), _slice(stale, part), last=at == count - 1)


def _slice(rows: "pa.Table", part: slice) -> "pa.Table":
    return rows.slice(part.start, part.stop - part.start)


def _cut(batch: "pa.RecordBatch", rows: int, held: int) -> "Iterator[pa.RecordBatch]":
    at, room = 0, rows - held if held < rows else rows
    while at < batch.num_rows:
        yield batch.slice(at, room)
        at, room = at + room, rows


def _schema(lake: Lake, table: str, version: int, how: Leaving) -> "pa.Schema":
    """The columns that are read; what the table has not yet is there and empty."""
    import pyarrow as pa

    there = lake.schema(table, version=version)
    known = {one.name: one for one in how.fields}
    return pa.schema(
        [there.field(name) if name in there.names else pa.field(name, arrow_type(known[name])) for name in how.needed]
    )


def _table(lake: Lake, table: str, version: int, paths: set[str], how: Leaving, schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    batches = _batches(lake, table, version, paths, how, 65_536) if paths else ()
    return pa.Table.from_batches([_filled(one, schema) for one in batches], schema)


def _filled(batch: "pa.RecordBatch", schema: "pa.Schema") -> "pa.RecordBatch":
    """The batch with the schema's columns, in its order."""
    import pyarrow as pa

    there = set(batch.schema.names)
    columns = [
        batch.column(one.name).cast(one.type) if one.name in there else pa.nulls(batch.num_rows, one.type)
        for one in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _batches(
    lake: Lake, table: str, version: int, paths: set[str] | None, how: Leaving, rows: int
) -> "Iterator[pa.RecordBatch]":
    """File by file, in the order of their paths."""
    data = lake.dataset(table, version=version)
    there = set(data.schema.names)
    columns = [name for name in how.needed if name in there]
    pieces: list[Any] = sorted(data.get_fragments(), key=lambda one: str(one.path))
    for piece in pieces:
        if paths is None or unquote(str(piece.path)) in paths or str(piece.path) in paths:
            scanned = piece.to_batches(schema=data.schema, columns=columns, filter=how.rows, batch_size=rows)
            yield from (one for one in scanned if one.num_rows)
