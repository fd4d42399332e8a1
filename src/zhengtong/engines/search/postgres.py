"""Search on PostgreSQL: the words as tsvector, one a class, under one GIN index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, bindparam, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR, insert
from sqlalchemy.orm import Session

from zhengtong.engines.search import CLASSES, Cells, Group, Index, Token


class Postgres:
    """Words as lexemes without positions: whether they are there is all that is asked."""

    def keep(self, session: Session, index: Index, entries: Sequence[Cells], words: Sequence[Cells]) -> None:
        session.execute(insert(index.entries), [dict(zip(index.entries.c.keys(), one, strict=True)) for one in entries])
        given = {one: cast(bindparam(one), TSVECTOR) for one in CLASSES}
        statement = insert(index.words).values(seq=bindparam("seq"), **given)
        changed = {one: statement.excluded[one] for one in CLASSES}
        rows = [dict(zip(index.words.c.keys(), one, strict=True)) for one in words]
        session.execute(statement.on_conflict_do_update(index_elements=["seq"], set_=changed), rows)

    def said(self, index: Index) -> Select[Any]:
        told = (func.array_to_string(func.tsvector_to_array(index.words.c[one]), " ") for one in CLASSES)
        return select(index.words.c.seq, *told)

    def match(self, index: Index, tokens: Group, classes: Sequence[str]) -> ScalarSelect[str]:
        columns = [index.words.c[one] for one in classes]
        numbers = func.string_agg(cast(index.words.c.seq, String), literal(","))
        return select(numbers).where(*(_stands(token, columns) for token in tokens)).scalar_subquery()


def _stands(token: Token, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    said = cast(f"'{token.word}'{':*' if token.begins else ''}", TSQUERY)
    return or_(*(column.bool_op("@@")(said) for column in columns))


def open_postgres() -> Postgres:
    """The matcher of PostgreSQL."""
    return Postgres()
