"""Search on SQLite: FTS5 over the words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from zhengtong.engines.search import CLASSES, Group, Index, Token

AT_ONCE = 500


class Sqlite:
    """Words as text that FTS5 indexes by triggers.

    FTS5 writes down what it has gathered at each statement that fires a trigger: many rows a statement make it three times as fast.
    """

    def keep(self, session: Session, index: Index, rows: list[dict[str, Any]]) -> None:
        columns = ("seq", *CLASSES)
        changed = ", ".join(f"{one} = excluded.{one}" for one in CLASSES)
        line = f"({', '.join('?' * len(columns))})"
        connection = session.connection()
        for at in range(0, len(rows), AT_ONCE):
            some = rows[at : at + AT_ONCE]
            statement = (
                f"INSERT INTO {index.name}_words ({', '.join(columns)}) VALUES {', '.join([line] * len(some))}"  # noqa: S608
                f" ON CONFLICT (seq) DO UPDATE SET {changed}"
            )
            connection.exec_driver_sql(statement, tuple(row[one] for row in some for one in columns))

    def match(self, session: Session, index: Index, groups: Sequence[Group], classes: Sequence[str]) -> list[int]:
        where = "" if len(classes) == len(CLASSES) else f"{{{' '.join(classes)}}} : "
        sought = where + "(" + " OR ".join(f"({' AND '.join(map(_said, group))})" for group in groups) + ")"
        statement = f"SELECT rowid FROM {index.name}_fts WHERE {index.name}_fts MATCH ?"  # noqa: S608 - the index's own name
        cursor = session.connection().exec_driver_sql(statement, (sought,))
        return [row[0] for row in cursor.cursor.fetchall()] if cursor.cursor else []


def _said(token: Token) -> str:
    return f'"{token.word}"{"*" if token.begins else ""}'


def open_sqlite() -> Sqlite:
    """The matcher of SQLite."""
    return Sqlite()
