"""Who may give what to whom: nobody hands out more than they hold, and the last administrator stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import SYSTEM, Actor, Permission, require
from zhengtong.office.identity import errors, queries, rules
from zhengtong.office.identity.permissions import GIVE_POSTS
from zhengtong.office.identity.tables import Person, Post, PostRole, Role


@dataclass(frozen=True, slots=True)
class _At:
    """A place that a permission must reach."""

    department_id: UUID | None


def require_over(actor: Actor, permission: Permission, posts: Sequence[Post], *, now: datetime) -> None:
    """This will raise unless the permission reaches all these posts; who has none needs it held city-wide."""
    places: set[UUID | None] = {post.department_id for post in posts}
    for place in places or {None}:
        require(actor, permission, _At(place), now=now)


def require_at(actor: Actor, permission: Permission, department_id: UUID | None, *, now: datetime) -> None:
    """This will raise unless the permission reaches the department (None: the whole city)."""
    require(actor, permission, _At(department_id), now=now)


def check_may_give(session: Session, actor: Actor, role_keys: Iterable[str], department_id: UUID) -> None:
    """This will raise RoleNotYours, or RoleNotDelegable, unless the actor may give each role there (`rules.may_give`)."""
    giving = actor.scope(GIVE_POSTS)
    for role in roles_named(session, role_keys):
        would = queries.grants_of_roles(session, [role.key], department_id)
        if actor is SYSTEM or rules.may_give(would, actor.grants, giving, delegable=role.delegable):
            continue
        beyond = sorted(rules.lacking(would, actor.grants))
        if not beyond:
            raise errors.RoleNotDelegable(role=role.zh)
        known = queries.known_permissions(session)
        some = "、".join(known[name].zh if name in known else name for name in beyond[:3])
        raise errors.RoleNotYours(role=role.zh, permissions=some)


def check_not_above(session: Session, actor: Actor, person: Person, *, on: date) -> None:
    """This will raise RoleNotYours when the person can do something that the actor could not have given them."""
    for posting in queries.postings_of(session, person.id, on=on):
        check_may_give(session, actor, posting.post.role_keys, posting.post.department_id)


def check_administrator_left(session: Session, *, on: date) -> None:
    """This will raise LastAdministrator when nobody would be administrator on that day, or from some later day on."""
    session.scalar(select(Role.key).where(Role.key == rules.ADMINISTRATOR).with_for_update())
    session.flush()
    held = Post.roles.any(PostRole.role == rules.ADMINISTRATOR)
    ends = select(Post.until_on).where(held, Post.until_on >= on, Post.until_on < date.max).distinct()
    days = [on, *(end + timedelta(days=1) for end in session.scalars(ends) if end)]
    if not all(queries.count_administrators(session, on=day) for day in days):
        raise errors.LastAdministrator()


def roles_named(session: Session, keys: Iterable[str]) -> list[Role]:
    """The roles of these keys that a post can hold. Raises RoleNotFound."""
    wanted = sorted(set(keys))
    found = {role.key: role for role in session.scalars(select(Role).where(Role.key.in_(wanted)))}
    for key in wanted:
        if key not in found or key in rules.NOT_FOR_POSTS:
            raise errors.RoleNotFound(role=key)
    return [found[key] for key in wanted]
