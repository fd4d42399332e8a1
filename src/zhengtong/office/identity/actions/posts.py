"""Giving, changing, ending posts."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from zhengtong.kernel import audit, wake
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import authority
from zhengtong.office.identity.actions.editing import edit, told
from zhengtong.office.identity.permissions import GIVE_POSTS
from zhengtong.office.identity.tables import ActingFor, Department, Person, Post, PostRole


def give_post(session: Session, actor: Actor, person: Person, new: schemas.NewPost, *, now: datetime) -> Post:
    """This will give the person a post from a day on, today when none is named.

    Needs GIVE_POSTS in the department and the right to give each role there (`authority.check_may_give`). Raises
    NotYourself, DepartmentNotFound, DepartmentClosedAlready, RoleNotFound, RoleNotYours, SamePost, SomeFieldsWrong.
    """
    authority.require_at(actor, GIVE_POSTS, new.department_id, now=now)
    if person.id == actor.subject:
        raise errors.NotYourself()
    authority.check_may_give(session, actor, new.roles, new.department_id)
    return put_post(session, actor, person, new, now=now)


def put_post(session: Session, actor: Actor, person: Person, new: schemas.NewPost, *, now: datetime) -> Post:
    """This will give the post, asking for no permission: the caller has."""
    department = queries.get_open_department(session, new.department_id)
    from_on = new.from_on or rules.law_day(now)
    _check_dates(from_on, new.until_on)
    roles = authority.roles_named(session, new.roles)
    _check_single(session, person, department, new.title, (from_on, new.until_on))
    post = Post(
        id=new_id(),
        person_id=person.id,
        department_id=department.id,
        title=new.title,
        from_on=from_on,
        until_on=new.until_on,
        roles=[PostRole(role=role.key) for role in roles],
    )
    session.add(post)
    session.flush()
    after = {"person": str(person.id), "department": department.name_zh, "title": post.title, "roles": post.role_keys}
    after |= {"from_on": told(post.from_on), "until_on": told(post.until_on)}
    _tell(session, actor, "identity.post_given", post, {}, after, now)
    announce(session, events.PostGiven(person.id, post.id, department.id, post.from_on))
    return post


def change_post(session: Session, actor: Actor, post: Post, edits: schemas.PostEdit, *, now: datetime) -> Post:
    """This will change title, last day or roles.

    Needs GIVE_POSTS there; the right to give every role that it had or will have. Raises as `give_post`, and
    PostEndedAlready, LastAdministrator.
    """
    _check_may_touch(session, actor, post, now=now)
    authority.check_may_give(session, actor, edits.roles or [], post.department_id)
    return put_changes(session, actor, post, edits, now=now)


def put_changes(session: Session, actor: Actor, post: Post, edits: schemas.PostEdit, *, now: datetime) -> Post:
    """This will change the post, asking for no permission: the caller has."""
    values = {name: getattr(edits, name) for name in edits.model_fields_set - {"roles"}}
    if values.get("title", "") is None:
        del values["title"]
    _check_dates(post.from_on, values.get("until_on", post.until_on))
    was = post.role_keys
    before, after = edit(post, values)
    if edits.roles is not None and sorted(set(edits.roles)) != was:
        _set_roles(post, [role.key for role in authority.roles_named(session, edits.roles)])
        before["roles"], after["roles"] = was, post.role_keys
    if after:
        if rules.ADMINISTRATOR in was:
            authority.check_administrator_left(session, on=rules.law_day(now))
        _tell(session, actor, "identity.post_changed", post, before, after, now)
        announce(session, events.PostChanged(post.person_id, post.id, post.department_id))
    return post


def end_post(session: Session, actor: Actor, post: Post, until_on: date | None, *, now: datetime) -> Post:
    """This will make `until_on` the post's last day; without one the post is over at once.

    A post that begins today or later, ended at once, is taken back whole. Needs what `change_post` needs. Raises
    PostEndedAlready, LastAdministrator, NotYourself, RoleNotYours.
    """
    _check_may_touch(session, actor, post, now=now)
    today = rules.law_day(now)
    last = until_on or today - timedelta(days=1)
    before = {"until_on": told(post.until_on), "title": post.title, "roles": post.role_keys}
    if until_on is None and post.from_on >= today:
        session.execute(delete(ActingFor).where(ActingFor.absent_post_id == post.id))
        session.delete(post)
    else:
        _check_dates(post.from_on, last)
        post.until_on = last
    if rules.ADMINISTRATOR in before["roles"]:
        authority.check_administrator_left(session, on=today)
    _tell(session, actor, "identity.post_ended", post, before, {"until_on": told(last)}, now)
    announce(session, events.PostEnded(post.person_id, post.id, post.department_id, last))
    return post


def _check_may_touch(session: Session, actor: Actor, post: Post, *, now: datetime) -> None:
    authority.require_at(actor, GIVE_POSTS, post.department_id, now=now)
    if post.person_id == actor.subject:
        raise errors.NotYourself()
    if post.until_on is not None and post.until_on < rules.law_day(now):
        raise errors.PostEndedAlready(until_on=post.until_on)
    authority.check_may_give(session, actor, post.role_keys, post.department_id)


def _check_dates(from_on: date, until_on: date | None) -> None:
    if until_on is not None and until_on < from_on:
        raise errors.SomeFieldsWrong(count=1, fields=[rules.DATES_WRONG])


def _check_single(
    session: Session, person: Person, department: Department, title: str, span: tuple[date, date | None]
) -> None:
    same = select(Post).where(Post.person_id == person.id, Post.department_id == department.id, Post.title == title)
    if any(rules.overlaps((post.from_on, post.until_on), span) for post in session.scalars(same)):
        raise errors.SamePost(department=department.name_zh, title=title)


def _set_roles(post: Post, keys: Sequence[str]) -> None:
    kept = [held for held in post.roles if held.role in keys]
    had = {held.role for held in kept}
    post.roles = [*kept, *(PostRole(role=key) for key in keys if key not in had)]
    flag_modified(post, "title")  # the version counts a change of roles, too


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    post: Post,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> None:
    session.flush()
    audit.record(session, actor, action, post, before=before or None, after=after or None, at=now)
    wake.ring(session, events.TOPIC)
