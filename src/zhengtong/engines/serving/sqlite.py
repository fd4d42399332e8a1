"""Serving copies as SQLite files: one a name, built beside and renamed over the old one, so that readers keep the one they opened.

A reader's connection is its thread's own, read-only and without locks (`immutable`: a file never changes, it is replaced). What this
process puts is seen at once; whether another has put a file is looked at every LOOKED_S. Statements are SQLAlchemy's, compiled once a
form; the driver runs them.
"""

import itertools
import os
import sqlite3
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from zhengtong.engines.serving import (
    COPY,
    INTEGER_MOST,
    Column,
    Condition,
    Copy,
    CopyAbsent,
    Features,
    Found,
    Kind,
    QuestionTooSlow,
    ValueUnfit,
    told,
)

ROW = "_row"
AT_ONCE, OPEN_AT_MOST, FORMS_AT_MOST = 10_000, 64, 500
STEPS_BETWEEN_LOOKS = 20_000
LOOKED_S = 0.02
_ABOUT = sa.Table("copy_told", sa.MetaData(), sa.Column("told", sa.Text, nullable=False))
_TYPES = {Kind.INTEGER: sa.BigInteger, Kind.DECIMAL: sa.BigInteger, Kind.TRUTH: sa.SmallInteger}
_DIALECT = sqlite.dialect()


class SqliteServing:
    """A folder of copies."""

    features = Features("sqlite", processes=False)

    def __init__(self, folder: Path, *, longest_s: float) -> None:
        self._folder = folder
        self._longest_s = longest_s
        self._mine = threading.local()
        self._puts = itertools.count(1)
        self._put = 0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, copy: Copy, rows: Iterable[Sequence[Any]]) -> Copy:
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".building-")
        os.close(handle)
        building = Path(name)
        try:
            made = _build(building, copy, rows)
            with building.open("rb+") as file:
                os.fsync(file.fileno())
            building.replace(self._path(copy.name))
            self._put = next(self._puts)
        finally:
            building.unlink(missing_ok=True)
        return made

    def copy_of(self, name: str) -> Copy | None:
        try:
            return self._opened(name).copy
        except CopyAbsent:
            return None

    def find(
        self, name: str, *, columns: Sequence[str], where: Sequence[Condition] = (), after: int = 0, limit: int = 100
    ) -> Found:
        opened = self._opened(name)
        statement, shown = opened.form(tuple(columns), where)
        rows = self._asked(opened, statement, (*opened.values(where), after, limit, 0))
        if shown:
            rows = [tuple(_shown(shown, row)) for row in rows]
        return Found(opened.copy, rows)

    def count(self, name: str, *, where: Sequence[Condition] = ()) -> int:
        opened = self._opened(name)
        statement, _ = opened.form(None, where)
        return int(self._asked(opened, statement, opened.values(where))[0][0])

    def drop(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
        self._put = next(self._puts)

    def close(self) -> None:
        for one in getattr(self._mine, "opened", {}).values():
            one.connection.close()
        self._mine.opened = OrderedDict()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name.encode().hex()}.sqlite"

    def _opened(self, name: str) -> "_Opened":
        mine: OrderedDict[str, _Opened] | None = getattr(self._mine, "opened", None)
        if mine is None:
            mine = self._mine.opened = OrderedDict()
        kept, put, now = mine.get(name), self._put, time.monotonic()
        if kept is not None and kept.put == put and now < kept.looked + LOOKED_S:
            return kept
        path = self._path(name)
        try:
            found = path.stat()
        except FileNotFoundError:
            raise CopyAbsent(name=name) from None
        identity = (found.st_ino, found.st_mtime_ns)
        if kept is None or kept.identity != identity:
            if kept is not None or len(mine) >= OPEN_AT_MOST:
                gone = mine.pop(name) if kept else mine.popitem(last=False)[1]
                gone.connection.close()
            kept = mine[name] = _Opened(path, identity)
        kept.put, kept.looked = put, now
        return kept

    def _asked(self, opened: "_Opened", statement: str, values: Sequence[Any]) -> list[Any]:
        opened.until = time.monotonic() + self._longest_s
        try:
            return opened.connection.execute(statement, values).fetchall()
        except sqlite3.OperationalError as stopped:
            if "interrupted" in str(stopped):
                raise QuestionTooSlow(seconds=self._longest_s) from None
            raise


class _Opened:
    """A thread's connection to one file, and the forms of questions it knows."""

    def __init__(self, path: Path, identity: tuple[int, int]) -> None:
        self.identity = identity
        self.put, self.looked, self.until = 0, 0.0, 0.0
        self.connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
        self.copy = COPY.validate_json(self.connection.execute(_sql(sa.select(_ABOUT.c.told))).fetchone()[0])
        self.connection.set_progress_handler(lambda: time.monotonic() > self.until, STEPS_BETWEEN_LOOKS)
        self._table = _table(self.copy)
        self._forms: dict[Any, tuple[str, tuple[tuple[int, Column], ...]]] = {}
        self._columns = {one.name: one for one in self.copy.columns}

    def form(
        self, columns: tuple[str, ...] | None, where: Sequence[Condition]
    ) -> tuple[str, tuple[tuple[int, Column], ...]]:
        """The statement of a question of this form; and which of its columns must be put into words, by place."""
        key = (columns, tuple([(one.column, one.op, len(one.value) if one.op == "in" else 0) for one in where]))
        known = self._forms.get(key)
        if known is None:
            if len(self._forms) >= FORMS_AT_MOST:
                self._forms.clear()
            known = self._forms[key] = self._made(columns, where)
        return known

    def values(self, where: Sequence[Condition]) -> list[Any]:
        """What is bound, in the statement's order."""
        bound: list[Any] = []
        for one in where:
            column = self._columns[one.column]
            if one.op == "in":
                bound.extend(_bound(column, value) for value in one.value)
            elif one.op == "prefix":
                bound.extend((one.value, one.value + chr(0x10FFFF)))
            else:
                bound.append(_bound(column, one.value))
        return bound

    def _made(
        self, columns: tuple[str, ...] | None, where: Sequence[Condition]
    ) -> tuple[str, tuple[tuple[int, Column], ...]]:
        counter = iter(range(10_000))

        def slot() -> Any:
            return sa.bindparam(f"v{next(counter):05}", type_=sa.types.NullType())

        clauses = [_clause(self._table.c[one.column], one, slot) for one in where]
        if columns is None:
            return _sql(sa.select(sa.func.count()).select_from(self._table).where(*clauses)), ()
        asked = [self._table.c[ROW], *(self._table.c[name] for name in columns)]
        statement = sa.select(*asked).where(*clauses, self._table.c[ROW] > slot()).order_by(self._table.c[ROW])
        kinds = [self._columns[name] for name in columns]
        shown = [(place, one) for place, one in enumerate(kinds, 1) if one.kind in (Kind.DECIMAL, Kind.TRUTH)]
        return _sql(statement.limit(slot())), tuple(shown)


def _clause(column: Any, one: Condition, slot: Any) -> Any:
    if one.op == "in":
        return column.in_([slot() for _ in one.value]) if one.value else column.is_distinct_from(column)
    if one.op == "prefix":
        return sa.and_(column >= slot(), column < slot())
    return {"eq": column.__eq__, "ne": column.__ne__, "lt": column.__lt__, "le": column.__le__}.get(
        one.op, column.__gt__ if one.op == "gt" else column.__ge__
    )(slot())


def _sql(statement: Any) -> str:
    return str(statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True}))


def _table(copy: Copy) -> sa.Table:
    columns = [sa.Column(one.name, _TYPES.get(one.kind, sa.Text)) for one in copy.columns]
    return sa.Table("rows", sa.MetaData(), sa.Column(ROW, sa.Integer, primary_key=True), *columns)


def _build(path: Path, copy: Copy, rows: Iterable[Sequence[Any]]) -> Copy:
    table, written = _table(copy), 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(str(CreateTable(table).compile(dialect=_DIALECT)))
        connection.execute(str(CreateTable(_ABOUT).compile(dialect=_DIALECT)))
        insert = _sql(sa.insert(table))
        connection.execute("BEGIN")
        numbered = (
            (number, *(_bound(column, told(column, value)) for column, value in zip(copy.columns, row, strict=True)))
            for number, row in enumerate(rows, 1)
        )
        while some := list(islice(numbered, AT_ONCE)):
            connection.executemany(insert, some)
            written += len(some)
        for name in copy.indexed:
            index = sa.Index(f"by_{name}", table.c[name], table.c[ROW])
            connection.execute(str(CreateIndex(index).compile(dialect=_DIALECT)))
        made = replace(copy, rows=written)
        connection.execute(_sql(sa.insert(_ABOUT)), (COPY.dump_json(made).decode(),))
        connection.execute("COMMIT")
    return made


def _bound(column: Column, value: Any) -> Any:
    if isinstance(value, Decimal):
        number = int(value.scaleb(column.scale))
        if abs(number) > INTEGER_MOST:
            raise ValueUnfit(column=column.name, kind=column.kind.value)
        return number
    return int(value) if isinstance(value, bool) else value


def _shown(shown: tuple[tuple[int, Column], ...], row: tuple[Any, ...]) -> list[Any]:
    values = list(row)
    for place, column in shown:
        value = values[place]
        if value is not None:
            values[place] = bool(value) if column.kind is Kind.TRUTH else _point(value, column.scale)
    return values


def _point(number: int, scale: int) -> str:
    """A scaled whole number as a decimal.

    >>> _point(-5, 2), _point(1250, 2), _point(7, 0)
    ('-0.05', '12.50', '7')
    """
    digits = str(abs(number)).rjust(scale + 1, "0")
    sign = "-" if number < 0 else ""
    return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)


def open_sqlite(folder: Path, *, longest_s: float) -> SqliteServing:
    """This will open the folder of copies, making it on first use."""
    return SqliteServing(folder, longest_s=longest_s)
