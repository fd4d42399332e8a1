"""Tables of other departments' databases: read only, streamed, in full or by a column that grows with every change."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoSuchTableError
from sqlalchemy.sql.elements import quoted_name

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import batching, databases
from zhengtong.data.intake.rules import cursors, kinds
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, Chunk, ColumnSeen

if TYPE_CHECKING:
    import pyarrow as pa

FETCHED = 8_192
NULLS_FIRST = {"postgresql", "sqlite", "oracle"}
Row = Sequence[Any]


class SqlReader:
    """Reads one table or view."""

    def __init__(self, told: kinds.Sql, engine: sa.Engine, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._told, self._engine, self._chunk_rows = told, engine, chunk_rows
        self.keeps_place = bool(told.cursor)
        self._seen: list[ColumnSeen] = []
        self._primary: tuple[str, ...] = ()

    def columns(self) -> list[ColumnSeen]:
        """The table's columns, as the database tells them. Raises TableNotThere, ColumnNotThere, SourceAway."""
        if not self._seen:
            self._look()
        return self._seen

    def total(self) -> int | None:
        """How many rows the whole table holds; None where counting takes too long."""
        self.columns()
        try:
            with databases.reading(self._engine, limit_s=5) as connection:
                return connection.scalar(sa.select(sa.func.count()).select_from(self._table()))
        except DBAPIError:
            return None

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        """The rows after the cursor, in an order that is the same every time."""
        names = [column.name for column in self.columns()]
        walk = _ByCursor(self._told, names) if self._told.cursor else _InFull(names, self._told.key or self._primary)
        statement = walk.after(sa.select(*map(_column, names)).select_from(self._table()), after, self._engine.dialect)
        with databases.told(self._engine), databases.reading(self._engine) as connection:
            result = connection.execution_options(yield_per=FETCHED).execute(statement.limit(limit))
            place = cursors.row_of(after)
            for rows in _lists(walk.kept(result), self._chunk_rows):
                yield self._chunk(names, rows, walk.cursor(rows, place), place)
                place += len(rows)

    def keys(self, columns: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """These columns of every row there is now, as batches of text: what is not among them was deleted."""
        statement = sa.select(*map(_column, columns)).select_from(self._table())
        with databases.told(self._engine), databases.reading(self._engine) as connection:
            result = connection.execution_options(yield_per=FETCHED).execute(statement)
            for rows in _lists(result, self._chunk_rows):
                yield batching.batch(columns, rows)

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """The other side keeps no place for us."""

    def _chunk(self, names: list[str], rows: list[Row], cursor: Mapping[str, Any], place: int) -> Chunk:
        batch = batching.batch(names, rows)
        return Chunk(rows=batch, cursor=cursor, bytes=batch.get_total_buffer_size(), first_row=place + 1, bad=())

    def _table(self) -> sa.TableClause:
        return sa.table(
            _name(self._told.table), schema=_name(self._told.schema_name) if self._told.schema_name else None
        )

    def _look(self) -> None:
        schema = self._told.schema_name or None
        with databases.told(self._engine):
            inspector = sa.inspect(self._engine)
            try:
                found = inspector.get_columns(self._told.table, schema=schema)
            except NoSuchTableError:
                found = []
            if not found:
                raise errors.TableNotThere(table=self._told.table, known=_some(databases.tables(inspector, schema)))
            primary = inspector.get_pk_constraint(self._told.table, schema=schema)["constrained_columns"]
        names = [str(column["name"]) for column in found]
        for wanted in (*self._told.columns, *self._told.key, *filter(None, [self._told.cursor])):
            if wanted not in names:
                raise errors.ColumnNotThere(column=wanted, known=_some(names))
        read = (
            [*self._told.columns, *self._told.key, *filter(None, [self._told.cursor])] if self._told.columns else names
        )
        self._primary = tuple(primary) if set(primary) <= set(read) else ()
        types = {str(column["name"]): str(column["type"]) for column in found}
        self._seen = [ColumnSeen(name, types[name]) for name in dict.fromkeys(read)]


class _InFull:
    """Every row, by key where there is one; else by all columns, so that the order is the same again."""

    def __init__(self, names: list[str], key: Sequence[str]) -> None:
        self._names, self._key = names, [names.index(name) for name in key]
        self._skipped = 0

    def after(self, statement: Any, cursor: Mapping[str, Any] | None, dialect: sa.Dialect) -> Any:
        ordered = statement.order_by(*(_column(self._names[at]) for at in self._key or range(len(self._names))))
        if not cursor:
            return ordered
        if kept := cursor.get("key"):
            values = [cursors.value_of(one) for one in kept]
            return ordered.where(_beyond([_column(self._names[at]) for at in self._key], values))
        self._skipped = int(cursor.get("skip", 0))
        return ordered.offset(self._skipped) if dialect.name != "sqlite" else ordered.limit(-1).offset(self._skipped)

    def kept(self, rows: Iterator[Row]) -> Iterator[Row]:
        return rows

    def cursor(self, rows: list[Row], place: int) -> Mapping[str, Any]:
        last = [rows[-1][at] for at in self._key]
        told = {"row": place + len(rows)}
        self._skipped += len(rows)
        try:
            return {**told, "key": [cursors.told(value) for value in last]} if last else {**told, "skip": self._skipped}
        except TypeError:
            return {**told, "skip": self._skipped}


class _ByCursor:
    """What has changed since, and once more what lies within the overlap, less the rows that were read before."""

    def __init__(self, told: kinds.Sql, names: list[str]) -> None:
        self._told, self._at = told, names.index(told.cursor)
        self._names = names
        self._before: frozenset[bytes] = frozenset()
        self._window: dict[bytes, Any] = {}

    def after(self, statement: Any, cursor: Mapping[str, Any] | None, dialect: sa.Dialect) -> Any:
        column = _column(self._told.cursor)
        first = column.asc().nulls_first() if dialect.name in NULLS_FIRST else column.asc()
        ordered = statement.order_by(first, *(_column(name) for name in self._told.key))
        if not cursor or "value" not in cursor:
            return ordered
        lower = self._lower(cursors.value_of(cursor["value"]))
        self._before = cursors.unpacked(cursor.get("seen", ""))
        self._window = dict.fromkeys(self._before, None)
        return ordered.where(column >= sa.bindparam("lower", lower, unique=True))

    def kept(self, rows: Iterator[Row]) -> Iterator[Row]:
        if not self._before:
            return rows
        return (row for row in rows if cursors.digest(map(batching.text_of, row)) not in self._before)

    def cursor(self, rows: list[Row], place: int) -> Mapping[str, Any]:
        last = rows[-1][self._at]
        told = {"row": place + len(rows)}
        if last is None:
            return told
        lower = self._lower(last)
        window = {one: value for one, value in self._window.items() if value is None or value >= lower}
        for row in reversed(rows):
            if row[self._at] is None or row[self._at] < lower:
                break
            window[cursors.digest(map(batching.text_of, row))] = row[self._at]
        self._window = window
        return {**told, "value": self._told_value(last), "seen": cursors.packed(self._bounded())}

    def _bounded(self) -> Mapping[bytes, Any]:
        """What was read at the boundary. With a key it may be read twice: the merge by key lands it once."""
        if len(self._window) <= cursors.MOST_SEEN:
            return self._window
        if self._told.key:
            return {}
        raise errors.BoundaryTooWide(column=self._told.cursor, limit=cursors.MOST_SEEN)

    def _lower(self, value: Any) -> Any:
        try:
            return cursors.lowered(value, self._told.overlap)
        except (ValueError, TypeError) as wrong:
            raise errors.CursorUnsupported(column=self._told.cursor, value=str(value)[:40]) from wrong

    def _told_value(self, value: Any) -> list[Any]:
        try:
            return cursors.told(value)
        except TypeError as wrong:
            raise errors.CursorUnsupported(column=self._told.cursor, value=str(value)[:40]) from wrong


def _beyond(columns: Sequence[Any], values: Sequence[Any]) -> Any:
    """(a, b) > (x, y), written so that every database understands it."""
    bound: list[Any] = [sa.bindparam(f"after_{at}", value, unique=True) for at, value in enumerate(values)]
    parts = [
        sa.and_(*(columns[before] == bound[before] for before in range(at)), columns[at] > bound[at])
        for at in range(len(columns))
    ]
    return sa.or_(*parts)


def _lists(rows: Iterator[Row], limit: int) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) >= limit:
            yield some
            some = []
    if some:
        yield some


def _name(name: str) -> quoted_name:
    return quoted_name(name, quote=True)


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(_name(name))


def _some(names: Sequence[str]) -> str:
    return "、".join(list(names)[:20])
