"""Whom to tell about a clock."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.office import identity
from zhengtong.office.deadlines.permissions import LOAD_CALENDAR
from zhengtong.office.deadlines.tables import Clock

CITY_WIDE = frozenset({"data_bureau", "auditor"})
LAST_RESORT = "data_bureau"


def told_about(session: Session, clock: Clock, to: str, *, on: date) -> list[UUID]:
    """The people of a rung: the holder, or who has the role in the clock's department or the nearest one above it.

    City-wide roles are told wherever they sit; when nobody has the role, the data bureau is told.
    """
    if to == "holder" and clock.person_id:
        return [clock.person_id]
    role = "officer" if to == "holder" else to
    found = _in_line(session, clock.department_id, role, on) if role not in CITY_WIDE else _anywhere(session, role, on)
    return found or _anywhere(session, LAST_RESORT, on)


def keepers_of_the_calendar(session: Session, *, on: date) -> list[UUID]:
    """Who may load a calendar year."""
    held = select(identity.RolePermission.role).where(identity.RolePermission.permission == LOAD_CALENDAR.name)
    return _people(session, _holders(on).where(identity.PostRole.role.in_(held)))


def _in_line(session: Session, department_id: UUID | None, role: str, on: date) -> list[UUID]:
    while department_id:
        here = _holders(on).where(identity.PostRole.role == role, identity.Post.department_id == department_id)
        if found := _people(session, here):
            return found
        above = select(identity.Department.parent_id).where(identity.Department.id == department_id)
        department_id = session.scalar(above)
    return []


def _anywhere(session: Session, role: str, on: date) -> list[UUID]:
    return _people(session, _holders(on).where(identity.PostRole.role == role))


def _holders(on: date) -> Select[UUID]:
    return (
        select(identity.Post.person_id)
        .join(identity.PostRole, identity.PostRole.post_id == identity.Post.id)
        .join(identity.Person, identity.Person.id == identity.Post.person_id)
        .where(identity.Person.active, identity.Post.from_on <= on)
        .where(or_(identity.Post.until_on.is_(None), identity.Post.until_on >= on))
        .distinct()
    )


def _people(session: Session, statement: Select[UUID]) -> list[UUID]:
    found: Sequence[UUID] = session.scalars(statement).all()
    return list(found)
