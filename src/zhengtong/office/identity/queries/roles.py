"""Roles, and what they hold."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.kernel.errors import Words
from zhengtong.office.identity import errors
from zhengtong.office.identity.queries.departments import holds_on
from zhengtong.office.identity.tables import KnownPermission, Post, PostRole, Role


def all_roles(session: Session) -> list[Role]:
    """Every role, in the city's order."""
    return list(session.scalars(select(Role).order_by(Role.position, Role.key)))


def get_role(session: Session, key: str, *, lock: bool = False) -> Role:
    """The role. Raises RoleNotFound."""
    statement = select(Role).where(Role.key == key)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise errors.RoleNotFound(role=key)
    return found


def role_names(session: Session) -> dict[str, Words]:
    """Each role's label."""
    return {key: Words(zh, en or zh) for key, zh, en in session.execute(select(Role.key, Role.zh, Role.en))}


def posts_by_role(session: Session, *, on: date) -> dict[str, int]:
    """How many posts hold each role on that day."""
    statement = select(PostRole.role, func.count()).join(Post, Post.id == PostRole.post_id)
    return dict(session.execute(statement.where(holds_on(on)).group_by(PostRole.role)).all())


def posts_with_role(session: Session, key: str) -> int:
    """How many posts ever held the role."""
    return session.scalar(select(func.count()).where(PostRole.role == key)) or 0


def known_permissions(session: Session) -> dict[str, KnownPermission]:
    """Every permission of every room, by name, in the rooms' order."""
    found = session.scalars(select(KnownPermission).order_by(KnownPermission.position))
    return {one.name: one for one in found}


def unknown_roles(session: Session, keys: Iterable[str]) -> list[str]:
    """Those keys that are no role."""
    wanted = set(keys)
    return sorted(wanted - set(session.scalars(select(Role.key).where(Role.key.in_(wanted)))))
