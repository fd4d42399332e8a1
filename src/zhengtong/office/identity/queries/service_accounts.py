"""What can be asked about service accounts."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.office.identity.errors import service_accounts as errors
from zhengtong.office.identity.permissions import sign_in as permissions
from zhengtong.office.identity.tables import service_accounts as tables
from zhengtong.office.identity.tables.organisation import Department, System


class KeyState(StrEnum):
    """Whether a key can open a session now."""

    WAITING = "waiting"
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


def visible_systems(actor: Actor) -> Select[System]:
    """The service accounts an actor may see: those of the departments their permission reaches."""
    scope = actor.scope(permissions.READ_SERVICE_ACCOUNTS)
    statement = select(System)
    return statement if scope.everywhere else statement.where(System.department_id.in_(scope.departments))


def find_systems(actor: Actor, *, words: str | None) -> Select[System]:
    """Those whose name or purpose has the words."""
    statement = visible_systems(actor)
    if not words:
        return statement
    return statement.where(
        or_(System.name.contains(words, autoescape=True), System.purpose.contains(words, autoescape=True))
    )


def get_system(session: Session, actor: Actor, system_id: UUID) -> System:
    """One service account the actor may see. Raises ServiceAccountNotFound."""
    system = session.scalar(visible_systems(actor).where(System.id == system_id))
    if system is None:
        raise errors.ServiceAccountNotFound()
    return system


def keys_of(session: Session, system_id: UUID) -> Sequence[tables.SystemKey]:
    """The keys of a service account, the newest first."""
    key = tables.SystemKey
    return session.scalars(select(key).where(key.system_id == system_id).order_by(key.added_at.desc(), key.id)).all()


def grants_of(session: Session, system_id: UUID) -> Sequence[tables.SystemGrant]:
    """What a service account may do."""
    grant = tables.SystemGrant
    return session.scalars(select(grant).where(grant.system_id == system_id).order_by(grant.permission)).all()


def key_of(session: Session, system_id: UUID, key_id: UUID) -> tables.SystemKey:
    """One key of a service account. Raises KeyNotFound."""
    key = session.get(tables.SystemKey, key_id)
    if key is None or key.system_id != system_id:
        raise errors.KeyNotFound()
    return key


def state_of(key: tables.SystemKey, now: datetime) -> KeyState:
    """Whether a key can open a session now."""
    if key.revoked_at:
        return KeyState.REVOKED
    if now < key.valid_from:
        return KeyState.WAITING
    return KeyState.VALID if now < key.valid_until else KeyState.EXPIRED


def sealing_key_of(session: Session, system_id: UUID, *, now: datetime) -> tables.SystemKey | None:
    """The key to seal something to this account with: the newest that is valid."""
    return next((key for key in keys_of(session, system_id) if state_of(key, now) is KeyState.VALID), None)


def last_used_at(session: Session, system_id: UUID) -> datetime | None:
    """When a key of this account last opened a session."""
    key = tables.SystemKey
    return session.scalar(select(func.max(key.last_used_at)).where(key.system_id == system_id))


def department_of(session: Session, system: System) -> Department:
    """Whose system it is."""
    return session.get_one(Department, system.department_id)
