"""Departments: the tree, and what hangs on it. Every member of the staff sees all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import errors, rules
from zhengtong.office.identity.queries.searching import spelled
from zhengtong.office.identity.tables import Department, Person, Post, System


@dataclass(frozen=True, slots=True)
class Holding:
    """What still hangs on a department."""

    departments: int
    posts: int
    systems: int

    @property
    def nothing(self) -> bool:
        return not (self.departments or self.posts or self.systems)


def visible_departments(actor: Actor) -> Select[Department]:
    """The departments an actor may see: all for staff and systems, none for others."""
    statement = select(Department)
    return statement if actor.kind in ("person", "system") else statement.where(false())


def find_departments(
    actor: Actor, *, text: str | None = None, parent_id: UUID | None = None, closed: bool = False
) -> Select[Department]:
    """The departments whose name, short name or code fits the text, or whose pinyin begins with it."""
    statement = visible_departments(actor)
    if not closed:
        statement = statement.where(Department.closed_on.is_(None))
    if parent_id:
        statement = statement.where(Department.parent_id == parent_id)
    return statement.where(_fits(text)) if text else statement


def get_department(session: Session, actor: Actor, department_id: UUID, *, lock: bool = False) -> Department:
    """The department; `lock` keeps others from changing it meanwhile. Raises DepartmentNotFound."""
    statement = visible_departments(actor).where(Department.id == department_id)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise errors.DepartmentNotFound()
    return found


def get_open_department(session: Session, department_id: UUID) -> Department:
    """The department, still open. Raises DepartmentNotFound, DepartmentClosedAlready."""
    found = session.get(Department, department_id)
    if found is None:
        raise errors.DepartmentNotFound()
    if found.closed_on is not None:
        raise errors.DepartmentClosedAlready(name=found.name_zh)
    return found


def root_department(session: Session, *, lock: bool = False) -> Department | None:
    """The topmost department: the city itself. `lock` it to be alone with what a city has once."""
    statement = select(Department).where(Department.parent_id.is_(None)).order_by(Department.created_at)
    return session.scalar(statement.with_for_update() if lock else statement)


def parents(session: Session) -> dict[UUID, UUID | None]:
    """Each department's parent: the whole tree, closed ones included."""
    return dict(session.execute(select(Department.id, Department.parent_id)).all())


def department_path(session: Session, department_id: UUID) -> list[Department]:
    """The department and those above it, the root first."""
    path = rules.path_of(parents(session), department_id)
    found = {one.id: one for one in session.scalars(select(Department).where(Department.id.in_(path)))}
    return [found[one] for one in path]


def department_at(session: Session, words: str) -> Department | None:
    """The open department that a person means by a code, a name, a short name, or a path `上级/下级`; None when unclear."""
    *above, name = [part.strip() for part in words.split("/") if part.strip()] or [""]
    fits = or_(Department.code == name.upper(), Department.name_zh == name, Department.short_name == name)
    found = session.scalars(select(Department).where(fits, Department.closed_on.is_(None))).all()
    if above:
        over = select(Department.id).where(or_(Department.name_zh == above[-1], Department.short_name == above[-1]))
        parent_ids = set(session.scalars(over))
        found = [one for one in found if one.parent_id in parent_ids]
    return found[0] if len(found) == 1 else None


def people_counts(session: Session, *, on: date) -> dict[UUID, int]:
    """How many active people hold a post in each department on that day (those below not counted)."""
    people = func.count(func.distinct(Post.person_id))
    statement = select(Post.department_id, people).join(Post.person).where(holds_on(on), Person.active)
    statement = statement.group_by(Post.department_id)
    return dict(session.execute(statement).all())


def holding(session: Session, department_id: UUID, *, on: date) -> Holding:
    """What would be left without a home if the department closed on that day."""

    def count(statement: Select[Any]) -> int:
        return session.scalar(statement) or 0

    return Holding(
        departments=count(
            select(func.count()).where(Department.parent_id == department_id, Department.closed_on.is_(None))
        ),
        posts=count(
            select(func.count()).where(
                Post.department_id == department_id, or_(Post.until_on.is_(None), Post.until_on >= on)
            )
        ),
        systems=count(
            select(func.count()).select_from(System).where(System.department_id == department_id, System.active)
        ),
    )


def holds_on(on: date) -> ColumnElement[bool]:
    """True for posts held on that day."""
    return and_(Post.from_on <= on, or_(Post.until_on.is_(None), Post.until_on >= on))


def _fits(text: str) -> ColumnElement[bool]:
    return or_(
        Department.name_zh.icontains(text, autoescape=True),
        Department.name_en.icontains(text, autoescape=True),
        Department.short_name.icontains(text, autoescape=True),
        Department.code == text.upper(),
        spelled(Department.spelling, text),
    )


def bodies_above(departments: Iterable[UUID]) -> Select[UUID | None]:
    """The bodies that the sections among these belong to. What is known in a section (科室) may be known of its body's duties."""
    section = Department.kind == rules.Kind.SECTION
    return select(Department.parent_id).where(
        Department.id.in_(departments), section, Department.parent_id.is_not(None)
    )
