"""Many rows at once, past the ORM: on SQLite by statements of many rows, one step each (the driver gives up the interpreter's lock at every
step, and has to wait for it again); on PostgreSQL by COPY."""

import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from zhengtong.kernel.db import Base, InstantType

COPY_FROM = 20
BOUND_MOST = 4_000
Row = Sequence[Any]
_DIALECT = sqlite.dialect()
_POSTGRES = (
    (sa.BigInteger, "int8"),
    (sa.Integer, "int4"),
    (sa.Text, "text"),
    (sa.String, "varchar"),
    (sa.Date, "date"),
)


def load(session: Session, model: type[Base], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """This will insert the rows, their values in the order of `columns`, as Python values; defaults of the model are not applied."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        shape = _shape(model, columns)
        told = [shape.told(row) for row in rows]
        at = 0
        while at < len(told):
            some = told[at : at + shape.most(len(told) - at)]
            connection.exec_driver_sql(shape.statement(len(some)), tuple([value for row in some for value in row]))
            at += len(some)
    elif len(rows) < COPY_FROM:
        connection.execute(sa.insert(model), [dict(zip(columns, row, strict=True)) for row in rows])
    else:
        _copy(connection, model, columns, rows)


class _Shape:
    """How rows of some columns go into a table of SQLite."""

    def __init__(self, model: type[Base], columns: tuple[str, ...]) -> None:
        table = model.__table__
        ordered = tuple(one.name for one in table.columns if one.name in columns)
        places = [columns.index(name) for name in ordered]
        self._model, self._columns = model, ordered
        self._arranged = None if ordered == columns else itemgetter(*places)
        self._changed = [
            (place, change) for place, name in enumerate(ordered) if (change := _change(table.c[name].type))
        ]
        self._most = 1 << (BOUND_MOST // len(columns)).bit_length() - 1
        self._statements: dict[int, str] = {}

    def told(self, row: Row) -> Row:
        """The row as SQLite keeps it, in the table's order, which is the statement's."""
        made = list(self._arranged(row) if self._arranged else row)
        for place, change in self._changed:
            value = made[place]
            if value is not None:
                made[place] = change(value)
        return made

    def most(self, left: int) -> int:
        """How many rows the next statement takes: a power of two, so that there are few statements."""
        return min(self._most, 1 << left.bit_length() - 1)

    def statement(self, count: int) -> str:
        known = self._statements.get(count)
        if known is None:
            values = {name: sa.bindparam(None, None, type_=sa.types.NullType()) for name in self._columns}
            one = str(sa.insert(self._model).values(values).compile(dialect=_DIALECT))
            begin, between, row = one.rpartition(" VALUES ")
            known = self._statements[count] = begin + between + ", ".join([row] * count)
        return known


_shape = functools.cache(_Shape)


def _change(kind: Any) -> Callable[[Any], Any] | None:
    """What makes a Python value what SQLite keeps; none where they are the same."""
    if isinstance(kind, sa.Uuid):
        return _hex
    return _moment if isinstance(kind, InstantType) else None


def _hex(value: UUID) -> str:
    return value.hex


@functools.lru_cache(4096)
def _moment(at: datetime) -> str:
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError(f"a time without a zone was given: {at}")
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:26]


def _copy(connection: sa.Connection, model: type[Base], columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    table, quote = model.__table__, connection.dialect.identifier_preparer.quote
    names = ", ".join([quote(name) for name in columns])
    statement = f"COPY {quote(model.__tablename__)} ({names}) FROM STDIN (FORMAT BINARY)"
    raw: Any = connection.connection
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([_kind(table.c[name].type) for name in columns])
        for row in rows:
            copy.write_row(row)


def _kind(kind: Any) -> str:
    """The name of a column's type in PostgreSQL."""
    if isinstance(kind, sa.Uuid):
        return "uuid"
    if isinstance(kind, InstantType):
        return "timestamptz"
    if isinstance(kind, sa.LargeBinary):
        return "bytea"
    return next(name for base, name in _POSTGRES if isinstance(kind, base))
