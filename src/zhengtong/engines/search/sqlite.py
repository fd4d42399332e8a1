"""Search on SQLite: FTS5 over the words."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ScalarSelect, Select, Table, func, literal_column, select, table
from sqlalchemy.orm import Session

from zhengtong.engines.search import CLASSES, Cells, Group, Index, Token

AT_ONCE = 2_000


class Sqlite:
    """Words as text that FTS5 indexes by triggers.

    FTS5 writes down what it has gathered at each statement that fires a trigger: many rows a statement make it three times as fast.
    Numbers come back as one text: between two rows Python's other threads have their turn, which makes many rows slow in a busy program.
    """

    def keep(self, session: Session, index: Index, entries: Sequence[Cells], words: Sequence[Cells]) -> None:
        changed = ", ".join(f"{one} = excluded.{one}" for one in CLASSES)
        _insert(session, index.entries, entries)
        _insert(session, index.words, words, f" ON CONFLICT (seq) DO UPDATE SET {changed}")

    def said(self, index: Index) -> Select[Any]:
        return select(index.words)

    def match(self, index: Index, tokens: Group, classes: Sequence[str]) -> ScalarSelect[str]:
        where = "" if len(classes) == len(CLASSES) else f"{{{' '.join(classes)}}} : "
        sought = f"{where}({' AND '.join(map(_said, tokens))})"
        name = f"{index.name}_fts"
        numbers = select(func.group_concat(literal_column("rowid"))).select_from(table(name))
        return numbers.where(literal_column(name).bool_op("MATCH")(sought)).scalar_subquery()


def _insert(session: Session, into: Table, rows: Sequence[Cells], otherwise: str = "") -> None:
    """This will insert many rows a statement."""
    connection, columns = session.connection(), ", ".join(into.c.keys())
    line = f"({', '.join('?' * len(into.c))})"
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at : at + AT_ONCE]
        statement = f"INSERT INTO {into.name} ({columns}) VALUES {', '.join([line] * len(some))}{otherwise}"  # noqa: S608
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def _said(token: Token) -> str:
    return f'"{token.word}"{"*" if token.begins else ""}'


def open_sqlite() -> Sqlite:
    """The matcher of SQLite."""
    return Sqlite()
