"""Who is told of what happens to an item: the authority of what waits, the department's keepers of what was decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import queries
from zhengtong.data.catalogue.permissions import EDIT, REVIEW
from zhengtong.data.catalogue.tables import Item, ItemVersion
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.errors import Words
from zhengtong.office import identity, notices

NOTE_CHANGE = Words("登记职责变化", "Note a change of duty")
KINDS = {
    "publication": Words("发布", "publication"),
    "revision": Words("修订", "revision"),
    "withdrawal": Words("撤销", "withdrawal"),
}


def tell_reviewers(session: Session, item: Item, kind: str, *, now: datetime) -> None:
    """This will tell the authority that something waits for its review."""
    on = identity.law_day(now)
    parameters = {"item": name_of(item), "what": _both(KINDS[kind]), "department": item.department.name_zh}
    _tell(session, queries.keepers(session, REVIEW, on=on), "catalogue.review_wanted", item, parameters, now)


def tell_of_many(session: Session, count: int, department: str, *, now: datetime) -> None:
    """This will tell the authority once that many items of a department wait."""
    to = queries.keepers(session, REVIEW, on=identity.law_day(now))
    parameters = {"count": count, "department": department}
    notices.tell(
        session, to=to, kind="catalogue.reviews_wanted", parameters=parameters, link="/catalogue/reviews", now=now
    )


def tell_keepers(
    session: Session, item: Item, kind: str, version: ItemVersion | None, *, now: datetime, reason: str = ""
) -> None:
    """This will tell who submitted it, or else the department's keepers, what was decided."""
    on = identity.law_day(now)
    submitter = version.submitted_by if version and version.submitted_by else None
    if submitter == SYSTEM.subject:
        return  # what the platform listed by itself is news to nobody
    known = submitter if submitter and session.get(identity.Person, submitter) else None
    to = [known] if known else queries.keepers(session, EDIT, on=on, department_id=item.department_id)
    parameters: dict[str, Any] = {"item": name_of(item)}
    if kind != "catalogue.published":
        parameters["reason"] = reason
    _tell(session, to, kind, item, parameters, now)


def tell_department(
    session: Session, item: Item, kind: str, parameters: dict[str, Any], *, now: datetime, unique: str
) -> None:
    """This will tell the keepers of the item's department, once under the mark."""
    on = identity.law_day(now)
    to = queries.keepers(session, EDIT, on=on, department_id=item.department_id)
    to = to or queries.keepers(session, REVIEW, on=on)
    _tell(session, to, kind, item, {"item": name_of(item), **parameters}, now, unique=unique)


def name_of(item: Item) -> str:
    """An item as people name it: its short number or code, then its name."""
    return f"{item.number or item.code} {item.name_zh}"


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _tell(
    session: Session,
    to: Iterable[UUID],
    kind: str,
    item: Item,
    parameters: dict[str, Any],
    now: datetime,
    *,
    unique: str | None = None,
) -> None:
    notices.tell(session, to=to, kind=kind, parameters=parameters, link=f"/catalogue/{item.id}", unique=unique, now=now)
