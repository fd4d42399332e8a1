"""People of the staff, their posts, and who stands in for whom."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session, selectinload

from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import errors, rules
from zhengtong.office.identity.permissions import READ_PEOPLE
from zhengtong.office.identity.queries import departments
from zhengtong.office.identity.queries.grants import acts_on
from zhengtong.office.identity.queries.searching import spelled
from zhengtong.office.identity.tables import ActingFor, Person, Post, PostRole

WITH_POSTS = selectinload(Person.posts).joinedload(Post.department)


def visible_people(actor: Actor, *, on: date) -> Select[Person]:
    """Oneself, and those with a present or coming post where the actor may see people; everywhere: all."""
    scope = actor.scope(READ_PEOPLE)
    statement = select(Person)
    if scope.everywhere:
        return statement
    theirs = Person.posts.any(and_(Post.department_id.in_(scope.departments), not_over(on)))
    return statement.where(or_(Person.id == actor.subject, theirs))


def find_people(
    session: Session,
    actor: Actor,
    *,
    on: date,
    text: str | None = None,
    department_id: UUID | None = None,
    below: bool = True,
    role: str | None = None,
    active: bool | None = True,
) -> Select[Person]:
    """The visible people who fit: by name, pinyin, initials, login or staff number; by department; by role."""
    statement = visible_people(actor, on=on).options(WITH_POSTS)
    if active is not None:
        statement = statement.where(Person.active.is_(active))
    if text:
        statement = statement.where(_fits(text))
    if department_id:
        there = rules.below(departments.parents(session), department_id) if below else {department_id}
        statement = statement.where(Person.posts.any(and_(Post.department_id.in_(there), not_over(on))))
    if role:
        statement = statement.where(Person.posts.any(and_(Post.roles.any(PostRole.role == role), not_over(on))))
    return statement


def find_colleagues(actor: Actor, *, on: date, text: str | None = None) -> Select[Post]:
    """Posts held today by active people, for any member of the staff: name, title and department, no more."""
    statement = select(Post).join(Post.person).where(departments.holds_on(on), Person.active)
    statement = statement.options(selectinload(Post.person), selectinload(Post.department))
    if actor.kind != "person":
        return statement.where(false())
    return statement.where(_fits(text)) if text else statement


def get_person(session: Session, actor: Actor, person_id: UUID, *, on: date, lock: bool = False) -> Person:
    """The person, when the actor may see them. Raises PersonNotFound."""
    statement = visible_people(actor, on=on).where(Person.id == person_id).options(WITH_POSTS)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise errors.PersonNotFound()
    return found


def get_post(session: Session, actor: Actor, post_id: UUID, *, on: date, lock: bool = False) -> Post:
    """The post, when the actor may see who holds it. Raises PostNotFound."""
    mine = visible_people(actor, on=on).with_only_columns(Person.id)
    statement = select(Post).where(Post.id == post_id, Post.person_id.in_(mine))
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise errors.PostNotFound()
    return found


def posts_of(session: Session, person_id: UUID) -> list[Post]:
    """All posts of a person, the present and coming first."""
    statement = select(Post).where(Post.person_id == person_id).options(selectinload(Post.department))
    return sorted(session.scalars(statement), key=lambda post: (post.until_on is not None, -post.from_on.toordinal()))


def person_by_login(session: Session, login: str) -> Person | None:
    """The person with this login name."""
    return session.scalar(select(Person).where(Person.login == login.strip().lower()))


def staff_called(session: Session, name: str, department_id: UUID, *, on: date) -> list[Post]:
    """The posts that the active member of staff of this login or staff number holds on that day in the department or below it."""
    inside = rules.below(departments.parents(session), department_id)
    named = select(Post).join(Person, Person.id == Post.person_id).where(Person.active, departments.holds_on(on))
    for called in (Person.login == name.lower(), Person.staff_number == name):
        if found := [
            one for one in session.scalars(named.where(called).order_by(Post.from_on)) if one.department_id in inside
        ]:
            return found
    return []


def find_acting(actor: Actor, *, on: date, person_id: UUID | None = None, current: bool = True) -> Select[ActingFor]:
    """Arrangements the actor may see: their own on either side, and those of people they may see."""
    seen = visible_people(actor, on=on).with_only_columns(Person.id)
    statement = select(ActingFor).join(ActingFor.absent_post)
    statement = statement.where(or_(Post.person_id.in_(seen), ActingFor.deputy_id == actor.subject))
    if person_id:
        statement = statement.where(or_(Post.person_id == person_id, ActingFor.deputy_id == person_id))
    if current:
        statement = statement.where(ActingFor.until_on >= on, ActingFor.ended_at.is_(None))
    return statement


def get_acting(session: Session, actor: Actor, acting_id: UUID, *, on: date) -> ActingFor:
    """The arrangement. Raises ActingNotFound."""
    found = session.scalar(find_acting(actor, on=on, current=False).where(ActingFor.id == acting_id))
    if found is None:
        raise errors.ActingNotFound()
    return found


def stands_in(session: Session, post_id: UUID, *, on: date) -> ActingFor | None:
    """Who stands in for the post on that day."""
    return session.scalar(select(ActingFor).where(ActingFor.absent_post_id == post_id, acts_on(on)))


def not_over(on: date) -> ColumnElement[bool]:
    """True for posts that hold on that day or will later."""
    return or_(Post.until_on.is_(None), Post.until_on >= on)


def _fits(text: str) -> ColumnElement[Any]:
    return or_(
        Person.name.icontains(text, autoescape=True),
        Person.login.startswith(text.lower(), autoescape=True),
        Person.staff_number == text,
        spelled(Person.spelling, text),
    )
