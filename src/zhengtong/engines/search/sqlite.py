"""Search on SQLite: FTS5 over the words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from zhengtong.engines.search import CLASSES, Group, Index, Token


class Sqlite:
    """Words as text that FTS5 indexes by triggers."""

    def keep(self, session: Session, index: Index, rows: list[dict[str, Any]]) -> None:
        statement = insert(index.words)
        changed = {one: statement.excluded[one] for one in CLASSES}
        session.execute(statement.on_conflict_do_update(index_elements=["seq"], set_=changed), rows)

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
