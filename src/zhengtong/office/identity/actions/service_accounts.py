"""Service accounts: a department's system signs with an SM2 key it alone holds; we keep the public half."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from zhengtong.engines import crypto as port
from zhengtong.engines.crypto import Crypto, Keyring, PublicKey, Purpose
from zhengtong.kernel import audit, clock, wake
from zhengtong.kernel.actor import Actor, Scope, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.office.identity.actions import sessions
from zhengtong.office.identity.errors import service_accounts as errors
from zhengtong.office.identity.permissions import sign_in as permissions
from zhengtong.office.identity.queries import calls, departments
from zhengtong.office.identity.queries import service_accounts as queries
from zhengtong.office.identity.rules import roles
from zhengtong.office.identity.rules import sessions as session_rules
from zhengtong.office.identity.rules import signatures as rules
from zhengtong.office.identity.rules.organisation import RoleScope
from zhengtong.office.identity.tables import organisation, sign_in
from zhengtong.office.identity.tables import service_accounts as tables

KEY_LASTS = timedelta(days=365)
KEY_LASTS_AT_MOST = timedelta(days=731)
TOPIC = "identity"
NO_SUCH = Words("账号、密钥或签名不对", "the account, the key or the signature is wrong")
CLOCK_OFF = Words("时间与服务器相差超过 5 分钟", "its time is more than 5 minutes from the server's")
SPENT = Words("nonce 已用过", "the nonce was used already")
MALFORMED = Words("请求格式不对", "the request is malformed")


@dataclass(frozen=True, slots=True)
class Granted:
    """A permission to give to a service account, and how far it is to reach."""

    permission: str
    scope: RoleScope


@dataclass(frozen=True, slots=True)
class Opening:
    """What a service account sends to open a session."""

    system: str
    key: str
    time: str
    nonce: str
    signature: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session of a service account; its call key is sealed to the account's public key (SM2, DER)."""

    session_id: UUID
    sealed_key: bytes = field(repr=False)
    ends_at: datetime


def add_system(
    session: Session,
    actor: Actor,
    *,
    name: str,
    department_id: UUID,
    purpose: str,
    grants: Sequence[Granted],
    contact_id: UUID | None = None,
    now: datetime,
) -> organisation.System:
    """This will register a department's system as a service account, with what it may do.

    Raises DepartmentNotFound, GrantBeyondOwn, UnknownPermission.
    """
    department = departments.get_department(session, actor, department_id)
    require(actor, permissions.CHANGE_SERVICE_ACCOUNTS, department, now=now)
    system = organisation.System(
        id=new_id(),
        name=name,
        department_id=department.id,
        purpose=purpose,
        contact_id=contact_id,
        active=True,
        created_at=now,
    )
    session.add(system)
    session.flush()
    _set_grants(session, actor, system, grants)
    audit.record(
        session, actor, "identity.service_account_added", system, after={"name": name, "grants": _told(grants)}
    )
    wake.ring(session, TOPIC)
    return system


def change_system(
    session: Session,
    actor: Actor,
    system: organisation.System,
    *,
    name: str | None = None,
    purpose: str | None = None,
    grants: Sequence[Granted] | None = None,
    now: datetime,
) -> organisation.System:
    """This will change a service account. Raises ServiceAccountStopped, GrantBeyondOwn, UnknownPermission."""
    _check(actor, system, now=now)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field_name, value in (("name", name), ("purpose", purpose)):
        if value is not None and value != getattr(system, field_name):
            before[field_name], after[field_name] = getattr(system, field_name), value
            setattr(system, field_name, value)
    if grants is not None:
        kept = [Granted(row.permission, row.scope) for row in queries.grants_of(session, system.id)]
        if _told(kept) != _told(grants):
            before["grants"], after["grants"] = _told(kept), _told(grants)
            _set_grants(session, actor, system, grants)
            system.version += 1
    if after:
        audit.record(session, actor, "identity.service_account_changed", system, before=before, after=after)
        wake.ring(session, TOPIC)
    session.flush()
    return system


def stop_system(session: Session, actor: Actor, system: organisation.System, *, reason: str, now: datetime) -> None:
    """This will stop a service account for good: its sessions end, its keys open nothing."""
    _check(actor, system, now=now)
    system.active = False
    sessions.end_all(session, system.id, now=now)
    audit.record(session, actor, "identity.service_account_stopped", system, after={"reason": reason})
    wake.ring(session, TOPIC)
    session.flush()


def add_key(
    session: Session,
    actor: Actor,
    system: organisation.System,
    crypto: Crypto,
    *,
    public_key: str,
    valid_from: datetime | None,
    valid_until: datetime | None,
    now: datetime,
) -> tables.SystemKey:
    """This will register a public key (PEM or hex). Keys may overlap, so that a system changes over without a gap.

    Whoever adds a key can act as the system, so it may do nothing that the actor could not give it. Raises KeyInvalid,
    KeyKnownAlready, KeyDatesWrong, ServiceAccountStopped, GrantBeyondOwn.
    """
    _check(actor, system, now=now)
    _check_not_above(session, actor, system)
    given = public_key.strip()
    key = PublicKey.from_pem(given) if given.startswith("-----") else PublicKey.from_hex(given)
    begins = valid_from or now
    ends = valid_until or begins + KEY_LASTS
    if not begins < ends <= begins + KEY_LASTS_AT_MOST or ends <= now:
        raise errors.KeyDatesWrong()
    if session.scalar(select(tables.SystemKey.id).where(tables.SystemKey.public_key == key.to_hex())):
        raise errors.KeyKnownAlready()
    row = tables.SystemKey(
        id=new_id(),
        system_id=system.id,
        public_key=key.to_hex(),
        fingerprint=crypto.sm3(key.point).hex(),
        added_at=now,
        valid_from=begins,
        valid_until=ends,
    )
    session.add(row)
    audit.record(session, actor, "identity.service_key_added", system, after={"fingerprint": row.fingerprint})
    session.flush()
    return row


def revoke_key(
    session: Session, actor: Actor, system: organisation.System, key: tables.SystemKey, *, reason: str, now: datetime
) -> None:
    """This will revoke a key: the sessions it opened end with the commit."""
    require(actor, permissions.CHANGE_SERVICE_ACCOUNTS, system, now=now)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_why = now, reason
        row = sign_in.LoginSession
        session.execute(update(row).where(row.key_id == key.id, row.ended_at.is_(None)).values(ended_at=now))
        sessions.ring(session, system.id)
        after = {"fingerprint": key.fingerprint, "reason": reason}
        audit.record(session, actor, "identity.service_key_revoked", system, after=after)


def open_session(
    session: Session,
    opening: Opening,
    crypto: Crypto,
    keyring: Keyring,
    *,
    origin: str,
    address: str,
    lasts: timedelta,
    now: datetime,
) -> Opened:
    """This will open a session for the system whose key signed the opening. Raises ServiceSignInRefused, saying why.

    Which of account, key and signature was wrong is not told.
    """
    at = rules.read_time(opening.time)
    if at is None or not rules.is_nonce(opening.nonce):
        raise errors.ServiceSignInRefused(reason=MALFORMED)
    if not rules.is_fresh(at, clock.outside(now)):
        raise errors.ServiceSignInRefused(reason=CLOCK_OFF)
    system, key = _signer(session, opening, now=now)
    text = rules.opening_text(origin, opening.system, opening.key, opening.time, opening.nonce)
    public = PublicKey.from_hex(key.public_key)
    if not crypto.verify(public, _from_hex(opening.signature), text):
        raise errors.ServiceSignInRefused(reason=NO_SUCH)
    _spend(session, key.id, opening.nonce, now=now)
    key.last_used_at = now
    call_key, id = port.random(32), new_id()
    row = sign_in.LoginSession(
        id=id,
        subject_id=system.id,
        token_hash=session_rules.token_hash(sessions.new_token()),
        stage=session_rules.Stage.FULL,
        method=session_rules.Method.SM2,
        key_id=key.id,
        call_key=keyring.seal(Purpose.CREDENTIALS, call_key, id.bytes),
        user_agent="",
        address=address,
        created_at=now,
        last_seen_at=now,
        ends_at=min(now + lasts, key.valid_until),
    )
    session.add(row)
    actor = Actor(
        subject=system.id, kind="system", name=system.name, department=system.department_id, session=id, address=address
    )
    after = {"key": key.fingerprint[:16]}
    audit.record(session, actor, "identity.service_session_opened", system, after=after)
    session.flush()
    return Opened(id, crypto.encrypt(public, call_key), row.ends_at)


def forget_nonces(session: Session, *, now: datetime) -> None:
    """This will drop spent nonces whose time has passed anyway."""
    session.execute(delete(tables.SpentNonce).where(tables.SpentNonce.ends_at < now))


def _signer(session: Session, opening: Opening, *, now: datetime) -> tuple[organisation.System, tables.SystemKey]:
    try:
        system = session.get(organisation.System, UUID(opening.system))
        key = session.get(tables.SystemKey, UUID(opening.key))
    except ValueError:
        raise errors.ServiceSignInRefused(reason=MALFORMED) from None
    usable = system and key and system.active and key.system_id == system.id
    if not usable or system is None or key is None or queries.state_of(key, now) != queries.KeyState.VALID:
        raise errors.ServiceSignInRefused(reason=NO_SUCH)
    return system, key


def _spend(session: Session, owner: UUID, nonce: str, *, now: datetime) -> None:
    ends = now + 2 * rules.CLOCK_MAY_BE_OFF
    try:
        with session.begin_nested():
            session.add(tables.SpentNonce(owner=owner, nonce=nonce, ends_at=ends))
    except IntegrityError:
        raise errors.ServiceSignInRefused(reason=SPENT) from None


def _set_grants(session: Session, actor: Actor, system: organisation.System, grants: Sequence[Granted]) -> None:
    """Nobody gives what they do not hold as far themselves."""
    known = set(session.scalars(select(organisation.KnownPermission.name)))
    session.execute(delete(tables.SystemGrant).where(tables.SystemGrant.system_id == system.id))
    for grant in grants:
        if grant.permission not in known:
            raise errors.UnknownPermission(permission=grant.permission)
        row = tables.SystemGrant(system_id=system.id, permission=grant.permission, scope=grant.scope)
        session.add(row)
    session.flush()
    _check_not_above(session, actor, system)


def _check_not_above(session: Session, actor: Actor, system: organisation.System) -> None:
    for name, reach in calls.grants_of_system(session, system).items():
        if not roles.reaches(actor.grants.get(name, Scope()), reach):
            raise errors.GrantBeyondOwn(permission=name)


def _check(actor: Actor, system: organisation.System, *, now: datetime) -> None:
    require(actor, permissions.CHANGE_SERVICE_ACCOUNTS, system, now=now)
    if not system.active:
        raise errors.ServiceAccountStopped(name=system.name)


def _told(grants: Sequence[Granted]) -> list[str]:
    return sorted(f"{grant.permission}:{grant.scope}" for grant in grants)


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
