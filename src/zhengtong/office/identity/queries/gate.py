"""Calls of service accounts where each microsecond counts: the session is remembered, the seal checked without the database.

Whoever remembers a session asks `live_service_sessions` in the transaction in which it acts on the call, so that a revoked key or a
stopped system has no more calls from that commit on; and `spend_nonces` there, or a memory of its own where one process serves.
"""

import functools
import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring, Purpose
from zhengtong.kernel import clock
from zhengtong.office.identity.errors.service_accounts import ServiceSignInRefused
from zhengtong.office.identity.queries.calls import WHY
from zhengtong.office.identity.rules import signatures as rules
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables.service_accounts import SpentNonce, SystemKey
from zhengtong.office.identity.tables.sign_in import LoginSession

_LIVE = (
    select(LoginSession, organisation.System)
    .join(organisation.System, organisation.System.id == LoginSession.subject_id)
    .join(SystemKey, SystemKey.id == LoginSession.key_id)
    .where(LoginSession.ended_at.is_(None), organisation.System.active, SystemKey.revoked_at.is_(None))
)
_LIVE_AMONG = _LIVE.with_only_columns(LoginSession.id).where(
    LoginSession.id.in_(bindparam("ids", expanding=True)),
    LoginSession.ends_at > bindparam("now"),
    SystemKey.valid_until > bindparam("now"),
)


@dataclass(frozen=True, slots=True)
class ServiceSession:
    """An open session of a service account, and the key that seals its calls."""

    id: UUID
    system_id: UUID
    name: str
    department_id: UUID
    call_key: bytes = field(repr=False)
    created_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SignedCall:
    """What a call's header says, read and fresh; its seal is yet to be checked."""

    session: UUID
    at: datetime
    nonce: str
    said: rules.Call


def service_session(session: Session, session_id: UUID, keyring: Keyring, *, now: datetime) -> ServiceSession:
    """The open session of this id. Raises ServiceSignInRefused."""
    alive = _LIVE.where(LoginSession.id == session_id, LoginSession.ends_at > now, SystemKey.valid_until > now)
    found = session.execute(alive).first()
    if found is None:
        raise ServiceSignInRefused(reason=WHY["session"])
    row, system = found
    key = keyring.open(Purpose.CREDENTIALS, row.call_key or b"", row.id.bytes)
    return ServiceSession(row.id, system.id, system.name, system.department_id, key, row.created_at, row.ends_at)


def live_service_sessions(session: Session, ids: Collection[UUID], *, now: datetime) -> frozenset[UUID]:
    """Those of the sessions that are still open, their keys not revoked, their systems not stopped."""
    return frozenset(session.connection().execute(_LIVE_AMONG, {"ids": list(ids), "now": now}).scalars())


def read_signed_call(header: str, *, now: datetime) -> SignedCall:
    """The call's header, read. Raises ServiceSignInRefused where it is malformed or too old."""
    said = rules.read_call(header)
    at = rules.read_time(said.time) if said else None
    if said is None or at is None or not rules.is_nonce(said.nonce):
        raise ServiceSignInRefused(reason=WHY["malformed"])
    if not rules.is_fresh(at, clock.outside(now)):
        raise ServiceSignInRefused(reason=WHY["clock"])
    try:
        return SignedCall(_id_of(said.session), at, said.nonce, said)
    except ValueError:
        raise ServiceSignInRefused(reason=WHY["malformed"]) from None


@functools.lru_cache(4096)
def _id_of(session: str) -> UUID:
    return UUID(session)


def check_seal(
    crypto: Crypto, key: bytes, call: SignedCall, *, method: str, target: str, said: Iterable[str], body: bytes
) -> None:
    """Raises ServiceSignInRefused unless the session's key has sealed this very request. `target`: the raw path with its query; `said`:
    what its own headers say (`said_in`)."""
    seal = crypto.hmac_sm3(key, rules.call_text(method, target, call.said, said))
    if not hmac.compare_digest(seal.hex(), call.said.signature.lower()):
        raise ServiceSignInRefused(reason=WHY["seal"])
    if call.said.body.lower() != crypto.sm3(body).hex():
        raise ServiceSignInRefused(reason=WHY["body"])


def nonce_spent() -> ServiceSignInRefused:
    """What a call is told whose nonce was used before."""
    return ServiceSignInRefused(reason=WHY["replay"])


def session_over() -> ServiceSignInRefused:
    """What a call is told whose session has ended meanwhile."""
    return ServiceSignInRefused(reason=WHY["session"])


def spend_nonces(session: Session, calls: Sequence[tuple[UUID, str]], *, now: datetime) -> list[bool]:
    """This will spend the nonces (session, nonce); False for each that was spent before, here or in another process."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    ends = now + 2 * rules.CLOCK_MAY_BE_OFF
    rows = [{"owner": owner, "nonce": nonce, "ends_at": ends} for owner, nonce in dict.fromkeys(calls)]
    statement = insert(SpentNonce).values(rows).on_conflict_do_nothing().returning(SpentNonce.owner, SpentNonce.nonce)
    fresh = {(owner, nonce) for owner, nonce in session.execute(statement)} if rows else set()
    spent = []
    for call in calls:
        spent.append(call in fresh)
        fresh.discard(call)
    return spent
