"""Adding, changing, moving, merging, closing departments."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, wake
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import authority
from zhengtong.office.identity.actions.editing import edit, told
from zhengtong.office.identity.permissions import CHANGE_DEPARTMENTS, MERGE_DEPARTMENTS
from zhengtong.office.identity.tables import ActingFor, Department, Person, Post, PostRole, System


def add_department(session: Session, actor: Actor, new: schemas.NewDepartment, *, now: datetime) -> Department:
    """This will add a department under its parent; without one, under the topmost.

    Needs CHANGE_DEPARTMENTS over the parent. Raises DepartmentNotFound, DepartmentClosedAlready, SomeFieldsWrong,
    DepartmentCodeTaken, DepartmentNameTaken, PersonNotFound (the chief data officer).
    """
    parent = _parent(session, actor, new.parent_id)
    authority.require_at(actor, CHANGE_DEPARTMENTS, parent.id if parent else None, now=now)
    values = {**new.model_dump(exclude={"parent_id"}), "parent_id": parent.id if parent else None}
    _check(session, values, None)
    department = Department(id=new_id(), created_at=now, spelling=rules.spelling(new.name_zh), **values)
    session.add(department)
    session.flush()
    _tell(session, actor, "identity.department_added", department, {}, {k: told(v) for k, v in values.items()}, now)
    announce(session, events.DepartmentAdded(department.id, department.parent_id))
    return department


def change_department(
    session: Session, actor: Actor, department: Department, values: Mapping[str, Any], *, now: datetime
) -> Department:
    """This will change names, code, level, kind, order or chief data officer; `values` holds only what is to change.

    Needs CHANGE_DEPARTMENTS there. Raises as `add_department`.
    """
    authority.require_at(actor, CHANGE_DEPARTMENTS, department.id, now=now)
    _check_open(department)
    names = ("parent_id", "name_zh", "code", "kind", "cdo_id")
    _check(session, {**{name: getattr(department, name) for name in names}, **values}, department)
    if "name_zh" in values:
        department.spelling = rules.spelling(values["name_zh"])
    before, after = edit(department, values)
    if after:
        _tell(session, actor, "identity.department_changed", department, before, after, now)
        announce(session, events.DepartmentChanged(department.id, tuple(sorted(after))))
    return department


def move_department(
    session: Session, actor: Actor, department: Department, move: schemas.DepartmentMove, *, now: datetime
) -> Department:
    """This will hang the department, and all below it, under another.

    Needs CHANGE_DEPARTMENTS over it and over both parents. Raises DepartmentBelowItself, RootStays, DepartmentNameTaken.
    """
    parent = queries.get_department(session, actor, move.parent_id, lock=True)
    for place in (department.id, department.parent_id, parent.id):
        authority.require_at(actor, CHANGE_DEPARTMENTS, place, now=now)
    _check_movable(department)
    _check_open(parent)
    if rules.makes_a_ring(queries.parents(session), department.id, parent.id):
        raise errors.DepartmentBelowItself(name=department.name_zh)
    _check_name(session, department.name_zh, parent.id, department)
    values: dict[str, Any] = {"parent_id": parent.id}
    if move.position is not None:
        values["position"] = move.position
    before, after = edit(department, values)
    if after:
        _tell(session, actor, "identity.department_moved", department, before, after, now)
        announce(session, events.DepartmentChanged(department.id, tuple(sorted(after))))
    return department


def merge_department(
    session: Session, actor: Actor, department: Department, into: Department, *, now: datetime
) -> Department:
    """This will close the department today and give its sub-departments, posts and systems to `into`.

    Posts held today end yesterday and go on today in `into`, with their roles. Needs MERGE_DEPARTMENTS city-wide.
    Raises RootStays, DepartmentClosedAlready, DepartmentBelowItself, DepartmentNameTaken.
    """
    authority.require_at(actor, MERGE_DEPARTMENTS, None, now=now)
    _check_movable(department)
    _check_open(into)
    if rules.makes_a_ring(queries.parents(session), department.id, into.id):
        raise errors.DepartmentBelowItself(name=department.name_zh)
    today = rules.law_day(now)
    children = session.scalars(select(Department).where(Department.parent_id == department.id)).all()
    for child in children:
        if child.closed_on is None:
            _check_name(session, child.name_zh, into.id, child)
        child.parent_id = into.id
    moved = _move_posts(session, department.id, into.id, today)
    session.execute(update(System).where(System.department_id == department.id).values(department_id=into.id))
    before, after = edit(department, {"closed_on": today, "merged_into_id": into.id, "cdo_id": None})
    after |= {"posts_moved": moved, "departments_moved": len(children)}
    _tell(session, actor, "identity.departments_merged", department, before, after, now)
    announce(session, events.DepartmentsMerged(department.id, into.id, today))
    return into


def close_department(session: Session, actor: Actor, department: Department, *, now: datetime) -> Department:
    """This will close a department that nothing hangs on any more.

    Needs MERGE_DEPARTMENTS there. Raises DepartmentInUse with the counts, RootStays, DepartmentClosedAlready.
    """
    authority.require_at(actor, MERGE_DEPARTMENTS, department.id, now=now)
    _check_movable(department)
    today = rules.law_day(now)
    left = queries.holding(session, department.id, on=today)
    if not left.nothing:
        raise errors.DepartmentInUse(
            name=department.name_zh, departments=left.departments, posts=left.posts, systems=left.systems
        )
    before, after = edit(department, {"closed_on": today, "cdo_id": None})
    _tell(session, actor, "identity.department_closed", department, before, after, now)
    announce(session, events.DepartmentClosed(department.id, today))
    return department


def reopen_department(session: Session, actor: Actor, department: Department, *, now: datetime) -> Department:
    """This will open a closed department again; one that was merged stays closed.

    Needs MERGE_DEPARTMENTS there. Raises DepartmentClosedAlready when it was merged, or its parent is closed.
    """
    authority.require_at(actor, MERGE_DEPARTMENTS, department.id, now=now)
    if department.merged_into_id:
        raise errors.DepartmentClosedAlready(name=department.name_zh)
    if department.parent_id:
        _check_open(queries.get_department(session, actor, department.parent_id))
    _check_name(session, department.name_zh, department.parent_id, department)
    before, after = edit(department, {"closed_on": None})
    if after:
        _tell(session, actor, "identity.department_reopened", department, before, after, now)
        announce(session, events.DepartmentChanged(department.id, ("closed_on",)))
    return department


def _parent(session: Session, actor: Actor, parent_id: UUID | None) -> Department | None:
    if parent_id is None:
        return queries.root_department(session)
    parent = queries.get_department(session, actor, parent_id, lock=True)
    _check_open(parent)
    return parent


def _check(session: Session, values: Mapping[str, Any], present: Department | None) -> None:
    faults = rules.department_faults(name_zh=values["name_zh"], code=values["code"], kind=rules.Kind(values["kind"]))
    if faults:
        raise errors.SomeFieldsWrong(count=len(faults), fields=faults)
    if values["code"]:
        owner = session.scalar(select(Department).where(Department.code == values["code"]))
        if owner and owner is not present:
            raise errors.DepartmentCodeTaken(code=values["code"], name=owner.name_zh)
    _check_name(session, values["name_zh"], values["parent_id"], present)
    if values["cdo_id"]:
        cdo = session.get(Person, values["cdo_id"])
        if cdo is None or not cdo.active:
            raise errors.PersonNotFound()


def _check_name(session: Session, name: str, parent_id: UUID | None, present: Department | None) -> None:
    same = select(Department).where(
        Department.name_zh == name, Department.parent_id == parent_id, Department.closed_on.is_(None)
    )
    if any(one is not present for one in session.scalars(same)):
        raise errors.DepartmentNameTaken(name=name)


def _check_open(department: Department) -> None:
    if department.closed_on is not None:
        raise errors.DepartmentClosedAlready(name=department.name_zh)


def _check_movable(department: Department) -> None:
    _check_open(department)
    if department.parent_id is None:
        raise errors.RootStays()


def _move_posts(session: Session, department_id: UUID, into_id: UUID, today: date) -> int:
    held = session.scalars(select(Post).where(Post.department_id == department_id, queries.not_over(today))).all()
    for post in held:
        if post.from_on >= today:
            post.department_id = into_id
            continue
        goes_on = Post(
            id=new_id(),
            person_id=post.person_id,
            department_id=into_id,
            title=post.title,
            from_on=today,
            until_on=post.until_on,
            roles=[PostRole(role=key) for key in post.role_keys],
        )
        post.until_on = today - timedelta(days=1)
        session.add(goes_on)
        session.flush()
        theirs = update(ActingFor).where(ActingFor.absent_post_id == post.id, ActingFor.until_on >= today)
        session.execute(theirs.values(absent_post_id=goes_on.id))
    return len(held)


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    department: Department,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> None:
    audit.record(session, actor, action, department, before=before or None, after=after or None, at=now)
    wake.ring(session, events.TOPIC)
