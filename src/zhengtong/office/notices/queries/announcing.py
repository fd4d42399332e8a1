"""Announcements: who may see them, whom they reach."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.office import identity
from zhengtong.office.notices.errors import BroadcastNotFound
from zhengtong.office.notices.permissions import BROADCAST
from zhengtong.office.notices.rules import Audience
from zhengtong.office.notices.tables import Broadcast, Notice


def visible_broadcasts(actor: Actor) -> Select[Broadcast]:
    """Announcements from where the actor may announce."""
    scope = actor.scope(BROADCAST)
    statement = select(Broadcast)
    return statement if scope.everywhere else statement.where(Broadcast.department_id.in_(scope.departments))


def get_broadcast(session: Session, actor: Actor, broadcast_id: UUID) -> Broadcast:
    """Raises BroadcastNotFound."""
    found = session.scalar(visible_broadcasts(actor).where(Broadcast.id == broadcast_id))
    if found is None:
        raise BroadcastNotFound()
    return found


def mark_of(broadcast_id: UUID) -> str:
    """The mark that the notices of an announcement carry."""
    return f"broadcast:{broadcast_id}"


def reached(session: Session, broadcast_id: UUID) -> tuple[int, int]:
    """How many were told, and how many of them have read it."""
    statement = select(func.count(), func.count(Notice.read_at)).where(Notice.mark == mark_of(broadcast_id))
    told, read = session.execute(statement).one()
    return told, read


def people_of(session: Session, audience: Audience, *, on: date) -> list[UUID]:
    """Everyone active who holds a post on that day in the audience's departments and roles, in the order of their ids."""
    post, person = identity.Post, identity.Person
    statement = (
        select(person.id)
        .join(post, post.person_id == person.id)
        .where(person.active, post.from_on <= on, or_(post.until_on.is_(None), post.until_on >= on))
        .distinct()
        .order_by(person.id)
    )
    if not audience.everyone and audience.departments:
        within = _with_below(audience) if audience.with_below else audience.departments
        statement = statement.where(post.department_id.in_(within))
    if audience.roles:
        held = select(identity.PostRole.post_id).where(identity.PostRole.role.in_(audience.roles))
        statement = statement.where(post.id.in_(held))
    return list(session.scalars(statement))


def departments_of(session: Session, audience: Audience) -> set[UUID]:
    """The departments an audience means, those below included when it says so."""
    if not audience.with_below:
        return set(audience.departments)
    return set(session.scalars(_with_below(audience)))


def _with_below(audience: Audience) -> Select[Any]:
    department = identity.Department
    tree = select(department.id).where(department.id.in_(audience.departments)).cte("below", recursive=True)
    tree = tree.union(select(department.id).join(tree, department.parent_id == tree.c.id))
    return select(tree.c.id)
