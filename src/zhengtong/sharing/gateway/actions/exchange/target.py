"""The receiver's table: rows and the place they came from, kept there in one transaction, so that a step takes effect once.

`zt_exchange` in the receiver's database holds, for each exchange, how far it has come. It is the truth: whatever was killed when, the
next step begins after it. Rows bear `zt_row`, a keyed name of the source's row, and are put or taken away by it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement

from zhengtong.kernel import logs
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.exchange.preparing import Rows
from zhengtong.sharing.gateway.rules.columns import Kind
from zhengtong.sharing.gateway.rules.exchanging import CURSOR, ROW, Column, Shape

AT_ONCE = 500
REFUSED = ("password", "authenticat", "permission denied", "access denied", "login failed", "no pg_hba")


class Place(NamedTuple):
    """How far the receiver has come: all of `version` but for the `chunk` chunks of the next one, `upto`, that stand already."""

    version: int
    upto: int
    chunk: int


NOWHERE = Place(-1, -1, 0)


class Receiver(Protocol):
    """Where an exchange puts rows: the promise of this page."""

    def place(self) -> Place: ...

    def prepare(self, shape: Shape) -> None: ...

    def put(
        self, rows: Rows, gone: Sequence[str], shape: Shape, place: Place, *, fresh: bool, now: datetime
    ) -> None: ...

    def begin_again(self, shape: Shape, now: datetime) -> None: ...

    def close(self) -> None: ...


class DatabaseTable:
    """One table in the receiver's database, written by one exchange."""

    def __init__(self, engine: sa.Engine, table: str, exchange: str) -> None:
        schema, _, name = table.rpartition(".")
        self._engine, self._exchange, self._name, self._schema = engine, exchange, name, schema or None
        self._cursor = sa.Table(
            CURSOR,
            sa.MetaData(),
            sa.Column("exchange", sa.String(40), primary_key=True),
            sa.Column("version", sa.BigInteger, nullable=False),
            sa.Column("upto", sa.BigInteger, nullable=False),
            sa.Column("chunk", sa.BigInteger, nullable=False),
            sa.Column("rows", sa.BigInteger, nullable=False),
            sa.Column("at", sa.String(40), nullable=False),
            schema=self._schema,
        )

    def place(self) -> Place:
        """How far it has come. Raises TargetAway, TargetLogin."""
        with self._told(), self._engine.connect() as connection:
            if not sa.inspect(connection).has_table(CURSOR, schema=self._schema):
                return NOWHERE
            found = self._cursor.c
            row = connection.execute(
                sa.select(found.version, found.upto, found.chunk).where(found.exchange == self._exchange)
            ).first()
            return Place(*row) if row else NOWHERE

    def prepare(self, shape: Shape) -> None:
        """This will make the table, or add columns that are new; nothing is ever dropped. Raises TargetTaken."""
        with self._told(), self._engine.begin() as connection:
            looked = sa.inspect(connection)
            if not looked.has_table(CURSOR, schema=self._schema):
                self._cursor.create(connection)
            if not looked.has_table(self._name, schema=self._schema):
                self._table(shape).create(connection)
                return
            there = {one["name"] for one in looked.get_columns(self._name, schema=self._schema)}
            if ROW not in there:
                raise errors.TargetTaken(table=self._name)
            for column in (one for one in shape.columns if one.name not in there):
                connection.execute(_AddColumn(self._table(shape), column.name))

    def put(self, rows: Rows, gone: Sequence[str], shape: Shape, place: Place, *, fresh: bool, now: datetime) -> None:
        """This will put the rows, take away those `gone`, and move the place, in one transaction. `fresh`: nothing of it is there yet."""
        table = self._table(shape)
        with self._told(), self._engine.begin() as connection:
            self._lock(connection)
            if fresh and self._engine.dialect.name == "postgresql":
                _copy(connection, table, rows)
            elif rows.count:
                statement = _upsert(self._engine.dialect.name, table, [ROW, *(one.name for one in shape.columns)])
                told = rows.table.to_pylist()
                for at in range(0, len(told), AT_ONCE):
                    connection.execute(statement, told[at : at + AT_ONCE])
            for at in range(0, len(gone), AT_ONCE):
                connection.execute(sa.delete(table).where(table.c[ROW].in_(gone[at : at + AT_ONCE])))
            self._move(connection, place, rows.count, now)

    def begin_again(self, shape: Shape, now: datetime) -> None:
        """This will take all rows of the table away and go back to the beginning."""
        with self._told(), self._engine.begin() as connection:
            connection.execute(sa.delete(self._table(shape)))
            self._move(connection, NOWHERE, 0, now)

    def rows(self, shape: Shape) -> Iterator[tuple[str, list[str]]]:
        """Every row: its name, and its values as text, in the shape's order."""
        table = self._table(shape)
        columns = [table.c[ROW], *(table.c[one.name] for one in shape.columns)]
        with self._told(), self._engine.connect().execution_options(stream_results=True) as connection:
            for row in connection.execute(sa.select(*columns)):
                yield row[0], [said(one, value) for one, value in zip(shape.columns, row[1:], strict=True)]

    def close(self) -> None:
        self._engine.dispose()

    def _table(self, shape: Shape) -> sa.Table:
        columns = [sa.Column(one.name, _TYPES[one.kind](one), comment=one.comment or None) for one in shape.columns]
        key = sa.Column(ROW, _NAME, primary_key=True)
        return sa.Table(self._name, sa.MetaData(), key, *columns, schema=self._schema)

    def _lock(self, connection: sa.Connection) -> None:
        """Two workers of one exchange follow each other: the second finds the place moved and does nothing."""
        if self._engine.dialect.name != "sqlite":
            own = self._cursor.c.exchange == self._exchange
            connection.execute(sa.select(self._cursor.c.version).where(own).with_for_update())

    def _move(self, connection: sa.Connection, place: Place, rows: int, now: datetime) -> None:
        names = ["exchange", "version", "upto", "chunk", "rows", "at"]
        statement = _upsert(self._engine.dialect.name, self._cursor, names)
        told = {**place._asdict(), "exchange": self._exchange, "rows": rows, "at": now.isoformat()}
        connection.execute(statement, told)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures of the other side as ours, in one line, without its secrets or a value."""
        try:
            yield
        except DBAPIError as failure:
            lines = str(failure.orig).strip().splitlines() or [type(failure.orig).__name__]
            reason = logs.mask(lines[0])[:200]
            if any(sign in reason.lower() for sign in REFUSED):
                raise errors.TargetLogin(reason=reason) from None
            raise errors.TargetAway(reason=reason) from None


class _AddColumn(DDLElement):
    """ALTER TABLE … ADD COLUMN, as Alembic writes it."""

    def __init__(self, table: sa.Table, column: str) -> None:
        self.table, self.column = table, table.c[column]


@compiles(_AddColumn)
def _added(element: _AddColumn, compiler: Any, **_: Any) -> str:
    table, column = compiler.preparer.format_table(element.table), compiler.preparer.format_column(element.column)
    kind = compiler.dialect.type_compiler_instance.process(element.column.type)
    return " ".join(("ALTER", "TABLE", table, "ADD", "COLUMN", column, kind))


def said(column: Column, value: Any) -> str:
    """A value as text, the same whichever database it is read from; absent values are told apart from empty ones."""
    if value is None:
        return "\0"
    if column.kind is Kind.DECIMAL:
        return str(Decimal(value).quantize(Decimal(1).scaleb(-column.scale)))
    if column.kind is Kind.TRUTH:
        return "1" if value else "0"
    if column.kind is Kind.MOMENT:
        at: datetime = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat(timespec="microseconds")
    if column.kind is Kind.DAY:
        return value.isoformat() if isinstance(value, date) else str(value)[:10]
    return str(value)


def _decimal(column: Column) -> sa.types.TypeEngine[Any]:
    """SQLite has no decimals, only floats: there a decimal is text."""
    return sa.Numeric(38, column.scale).with_variant(_SqliteDecimal(), "sqlite")


class _SqliteDecimal(sa.TypeDecorator[Decimal]):
    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


_NAME = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
"""Of a row: hexadecimal digits, compared byte by byte whatever language the receiver's database sorts in."""
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: lambda _: sa.Text(),
    Kind.INTEGER: lambda _: sa.BigInteger(),
    Kind.DECIMAL: _decimal,
    Kind.DAY: lambda _: sa.Date(),
    Kind.MOMENT: lambda _: sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql"),
    Kind.TRUTH: lambda _: sa.Boolean(),
}


def _upsert(dialect: str, table: sa.Table, names: Iterable[str]) -> Any:
    """INSERT that overwrites a row of the same key, as each database says it. Raises TargetUnknown."""
    columns = list(names)
    key = table.primary_key.columns.keys()
    if dialect == "mysql":
        statement = mysql.insert(table)
        return statement.on_duplicate_key_update({name: statement.inserted[name] for name in columns})
    makers: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    if dialect not in makers:
        raise errors.TargetUnknown(database=dialect)
    made = makers[dialect](table)
    return made.on_conflict_do_update(
        index_elements=key, set_={name: made.excluded[name] for name in columns if name not in key}
    )


def _copy(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """PostgreSQL's COPY: several times as fast as inserts."""
    from psycopg import sql

    names = sql.SQL(", ").join(sql.Identifier(name) for name in rows.table.column_names)
    place = sql.Identifier(*([table.schema] if table.schema else []), table.name)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(place, names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows.csv)
