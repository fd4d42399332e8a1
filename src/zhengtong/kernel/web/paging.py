"""Pages by keyset: stable while rows come and go, and as fast at the end as at the beginning."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel
from pydantic import Field as Described
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from zhengtong.kernel import errors

T = TypeVar("T")
Column = InstrumentedAttribute[Any] | ColumnElement[Any]
COUNTED = 10_000


class Page(BaseModel, Generic[T]):
    """Some of the things, and where to go on."""

    items: list[T]
    next: str | None = Described(None, description="give as `after` for the next page; null on the last")
    total: int | None = Described(None, description=f"how many in all; null beyond {COUNTED}")


@dataclass(frozen=True, slots=True)
class Args:
    """Which page is asked for."""

    after: str | None = None
    limit: int = 50
    sort: str | None = None
    q: str | None = None


async def _args(
    after: Annotated[str | None, Query(max_length=1000, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="rows on the page")] = 50,
    sort: Annotated[str | None, Query(max_length=40, description="field, `-field` for descending")] = None,
    q: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="words to find")] = None,
) -> Args:
    return Args(after, limit, sort, q.strip() or None if q else None)


PageArgs = Annotated[Args, Depends(_args)]


class PageLost(errors.Invalid):
    zh = "翻页位置无效，请从第一页重新开始。"
    en = "That page position is not valid; begin again from the first page."


class CannotSortBy(errors.Invalid):
    zh = "不能按 {sort} 排序；可用：{known}。"
    en = "Cannot sort by {sort}; there are: {known}."


def paginate(
    session: Session,
    statement: Select[Any],
    args: Args,
    *,
    sort: Mapping[str, Column],
    key: Column,
    item: Callable[[Any], T],
) -> Page[T]:
    """One page of the statement's first entity, each made an `item`.

    `sort` names the columns (never null) one may sort by, the first being the default (`-name` in `sort` = descending by
    default); `key` is the unique column that settles ties. Raises CannotSortBy, PageLost.
    """
    wanted = args.sort or next(iter(sort))
    descending, name = wanted.startswith("-"), wanted.removeprefix("-")
    columns = {known.removeprefix("-"): column for known, column in sort.items()}
    if name not in columns:
        raise CannotSortBy(sort=name, known="、".join(columns))
    column = columns[name]
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).limit(COUNTED + 1).subquery()))
    if args.after:
        statement = statement.where(_beyond(args.after, wanted, column, key, descending))
    order = (column.desc(), key.desc()) if descending else (column.asc(), key.asc())
    rows = session.execute(statement.add_columns(column, key).order_by(*order).limit(args.limit + 1)).all()
    shown = rows[: args.limit]
    following = _cursor(wanted, shown[-1][-2], shown[-1][-1]) if len(rows) > args.limit else None
    return Page[Any](
        items=[item(row[0]) for row in shown], next=following, total=total if (total or 0) <= COUNTED else None
    )


def _cursor(sort: str, value: Any, key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, _told(value), _told(key)]).encode()).decode()


def _told(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, UUID) else value


def _beyond(cursor: str, wanted: str, column: Column, key: Column, descending: bool) -> ColumnElement[bool]:
    try:
        sort, value, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if sort != wanted:
            raise PageLost()
        at, tie = _typed(value, column), _typed(last, key)
    except (ValueError, TypeError) as wrong:
        raise PageLost() from wrong
    if descending:
        return or_(column < at, and_(column == at, key < tie))
    return or_(column > at, and_(column == at, key > tie))


def _typed(value: Any, column: Column) -> Any:
    kind = column.type.python_type
    if issubclass(kind, datetime):
        return datetime.fromisoformat(value)
    if hasattr(kind, "fromisoformat"):
        return kind.fromisoformat(value)
    typed = kind(value)
    if issubclass(kind, int) and abs(typed) >= 2**63:
        raise ValueError(value)
    return typed
