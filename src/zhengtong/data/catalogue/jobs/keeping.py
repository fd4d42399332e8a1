"""What the catalogue does by itself: it finds promises that passed, follows the standards and the organisation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.catalogue import actions, queries
from zhengtong.data.catalogue.actions import finding, telling
from zhengtong.data.catalogue.rules import State
from zhengtong.data.catalogue.tables import Field, Item
from zhengtong.kernel.errors import Words
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Timer, enqueue
from zhengtong.office import deadlines, identity

AT_MOST = 500
NAMES = {"name_zh", "name_en", "short_name"}
NEW_VERSION = Words("有了新版本", "has a new version")
RETIRED = Words("已停用", "is retired")


def find_overdue(session: Session, *, now: datetime) -> None:
    """This will tell of promises that passed, five hundred items a step."""
    if actions.mark_overdue(session, now=now) == AT_MOST:
        enqueue(session, OVERDUE)


def move_merged(session: Session, event: identity.DepartmentsMerged, *, now: datetime) -> None:
    """This will move a merged department's items."""
    actions.move_items(session, event.department_id, into_id=event.into_id, now=now)


def index_renamed(session: Session, event: identity.DepartmentChanged, *, now: datetime) -> None:
    """This will have a renamed department's items found by its new name."""
    if NAMES & set(event.fields):
        finding.put_department(session, event.department_id)


def tell_published(session: Session, event: standards.ElementPublished, *, now: datetime) -> None:
    """This will tell who built on an element that it has a new version; the first one concerns nobody yet."""
    if event.number > 1:
        _tell_users(session, event.code, NEW_VERSION, f"{event.code}:{event.number}", now)


def tell_retired(session: Session, event: standards.ElementRetired, *, now: datetime) -> None:
    """This will tell who built on an element that it is retired."""
    _tell_users(session, event.code, RETIRED, f"{event.code}:retired", now)


def hear_expired(session: Session, event: deadlines.ClockExpired, *, now: datetime) -> None:
    """This will announce a catalogue entry that was not brought up to date in the law's days."""
    if event.about_kind == queries.ABOUT_UPDATE:
        actions.note_catalogue_overdue(session, UUID(event.about_id), due_at=event.due_at)


def _tell_users(session: Session, code: str, what: Words, mark: str, now: datetime) -> None:
    used = select(Field.item_id, Field.name).where(Field.element_code == code).order_by(Field.place)
    names: dict[UUID, list[str]] = {}
    for item_id, name in session.execute(used):
        names.setdefault(item_id, []).append(name)
    element = standards.element_by_code(session, code)
    said = f"{code} {element.name_zh}" if element else code
    for item in session.scalars(select(Item).where(Item.id.in_(names), Item.state != State.DELETED)):
        parameters = {
            "element": said,
            "fields": "、".join(names[item.id])[:300],
            "what": {"zh": what.zh, "en": what.en},
        }
        unique = f"catalogue.element:{mark}:{item.id}"
        telling.tell_department(session, item, "catalogue.element_changed", parameters, now=now, unique=unique)


OVERDUE = Job("catalogue.find_overdue", find_overdue)
JOBS = (OVERDUE,)
TIMERS = (Timer("catalogue.find_overdue", OVERDUE, every="10m"),)
LISTENERS = (
    Listener("catalogue.move_merged", identity.DepartmentsMerged, move_merged),
    Listener("catalogue.index_renamed", identity.DepartmentChanged, index_renamed),
    Listener("catalogue.tell_element_published", standards.ElementPublished, tell_published),
    Listener("catalogue.tell_element_retired", standards.ElementRetired, tell_retired),
    Listener("catalogue.hear_expired", deadlines.ClockExpired, hear_expired),
)
