"""Serving copies in PostgreSQL: a table a copy in the schema `serving`, and a register that says which one is asked.

The register's row is changed in one transaction; the table that was asked before is dropped after it. A question that met the old table
just as it was dropped is asked again of the new one.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from psycopg.errors import QueryCanceled, UndefinedTable
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from zhengtong.engines.serving import (
    COPY,
    Column,
    Condition,
    Copy,
    CopyAbsent,
    Features,
    Found,
    Kind,
    QuestionTooSlow,
    told,
)

T = TypeVar("T")
SCHEMA, ROW, AT_ONCE, TRIES = "serving", "_row", 5_000, 3
_META = sa.MetaData(schema=SCHEMA)
_COPIES = sa.Table(
    "copies",
    _META,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("table", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("told", sa.Text, nullable=False),
)


class PostgresServing:
    """A schema of copies."""

    features = Features("postgres", processes=True)

    def __init__(self, url: str, *, longest_s: float) -> None:
        self._longest_s = longest_s
        milliseconds = int(longest_s * 1000)
        self._engine = sa.create_engine(
            sa.make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=8,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": f"-c statement_timeout={milliseconds}"},
        )
        with self._engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(7_211_001)))
            if not sa.inspect(connection).has_schema(SCHEMA):
                connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
            _META.create_all(connection)

    def put(self, copy: Copy, rows: Iterable[Sequence[Any]]) -> Copy:
        with self._engine.begin() as connection:
            connection.execute(sa.select(sa.func.set_config("statement_timeout", "0", True)))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_number(copy.name))))
            before = connection.execute(sa.select(_COPIES).where(_COPIES.c.name == copy.name)).first()
            number = before.number + 1 if before else 1
            name = f"c_{_number(copy.name):x}_{number}"
            table = _table(copy, name)
            table.create(connection)
            written = _fill(connection, table, copy, rows)
            for place, column in enumerate(copy.indexed):
                sa.Index(f"{name}_{place}", table.c[column], table.c[ROW]).create(connection)
            made = replace(copy, rows=written)
            row = {"name": copy.name, "table": name, "number": number, "told": COPY.dump_json(made).decode()}
            statement = insert(_COPIES).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
        if before:
            self._drop_table(before.table)
        return made

    def copy_of(self, name: str) -> Copy | None:
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_COPIES.c.told).where(_COPIES.c.name == name)).first()
        return COPY.validate_json(row.told) if row else None

    def find(
        self, name: str, *, columns: Sequence[str], where: Sequence[Condition] = (), after: int = 0, limit: int = 100
    ) -> Found:
        def ask(connection: sa.Connection, copy: Copy, table: sa.Table) -> Found:
            asked = [table.c[ROW], *(table.c[one] for one in columns)]
            clauses = [_clause(table.c[one.column], one) for one in where]
            statement = sa.select(*asked).where(*clauses, table.c[ROW] > after).order_by(table.c[ROW]).limit(limit)
            rows = [tuple(row) for row in connection.execute(statement)]
            decimals = [place for place, one in enumerate(columns, 1) if _kind(copy, one) is Kind.DECIMAL]
            return Found(copy, [_shown(row, decimals) for row in rows] if decimals else rows)

        return self._asked(name, ask)

    def count(self, name: str, *, where: Sequence[Condition] = ()) -> int:
        def ask(connection: sa.Connection, _: Copy, table: sa.Table) -> int:
            clauses = [_clause(table.c[one.column], one) for one in where]
            return connection.execute(sa.select(sa.func.count()).select_from(table).where(*clauses)).scalar_one()

        return self._asked(name, ask)

    def drop(self, name: str) -> None:
        with self._engine.begin() as connection:
            gone = connection.execute(
                sa.delete(_COPIES).where(_COPIES.c.name == name).returning(_COPIES.c.table)
            ).first()
        if gone:
            self._drop_table(gone.table)

    def close(self) -> None:
        self._engine.dispose()

    def _asked(self, name: str, ask: Callable[[sa.Connection, Copy, sa.Table], T]) -> T:
        for _ in range(TRIES):
            try:
                with self._engine.connect() as connection:
                    row = connection.execute(sa.select(_COPIES).where(_COPIES.c.name == name)).first()
                    if row is None:
                        raise CopyAbsent(name=name)
                    copy = COPY.validate_json(row.told)
                    return ask(connection, copy, _table(copy, row.table))
            except DBAPIError as failed:
                if isinstance(failed.orig, QueryCanceled):
                    raise QuestionTooSlow(seconds=self._longest_s) from None
                if not isinstance(failed.orig, UndefinedTable):
                    raise
        raise CopyAbsent(name=name)

    def _drop_table(self, name: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.schema.DropTable(sa.Table(name, sa.MetaData(schema=SCHEMA)), if_exists=True))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=7).digest())


def _kind(copy: Copy, name: str) -> Kind:
    return next(one.kind for one in copy.columns if one.name == name)


def _type(column: Column) -> Any:
    if column.kind is Kind.DECIMAL:
        return sa.Numeric(38, column.scale)
    plain = {Kind.INTEGER: sa.BigInteger(), Kind.TRUTH: sa.Boolean()}
    return plain.get(column.kind, sa.Text(collation="C"))


def _table(copy: Copy, name: str) -> sa.Table:
    columns = [sa.Column(one.name, _type(one)) for one in copy.columns]
    number = sa.Column(ROW, sa.BigInteger, primary_key=True, autoincrement=False)
    return sa.Table(name, sa.MetaData(schema=SCHEMA), number, *columns)


def _fill(connection: sa.Connection, table: sa.Table, copy: Copy, rows: Iterable[Sequence[Any]]) -> int:
    numbered = (
        {ROW: number, **{one.name: told(one, value) for one, value in zip(copy.columns, row, strict=True)}}
        for number, row in enumerate(rows, 1)
    )
    written = 0
    while some := list(islice(numbered, AT_ONCE)):
        connection.execute(sa.insert(table), some)
        written += len(some)
    return written


def _clause(column: Any, one: Condition) -> Any:
    if one.op == "in":
        return column.in_(one.value)
    if one.op == "prefix":
        return sa.and_(column >= one.value, column < one.value + chr(0x10FFFF))
    comparing = {"eq": "__eq__", "ne": "__ne__", "lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__"}
    return getattr(column, comparing[one.op])(one.value)


def _shown(row: tuple[Any, ...], decimals: Sequence[int]) -> tuple[Any, ...]:
    return tuple(
        format(value, "f") if place in decimals and value is not None else value for place, value in enumerate(row)
    )


def open_postgres(url: str, *, longest_s: float) -> PostgresServing:
    """This will open the schema of copies, making it on first use."""
    return PostgresServing(url, longest_s=longest_s)
