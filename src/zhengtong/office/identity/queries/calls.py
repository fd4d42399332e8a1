"""Requests of service accounts: each is sealed with its session's key over method, path, time, nonce and body."""

import hmac
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from fastapi import Request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhengtong.engines.crypto import Crypto, Keyring, Purpose
from zhengtong.kernel import clock
from zhengtong.kernel import errors as families
from zhengtong.kernel.actor import EVERYWHERE
from zhengtong.kernel.actor import Scope as Reach
from zhengtong.kernel.db import Database
from zhengtong.office.identity.errors.service_accounts import ServiceSignInRefused
from zhengtong.office.identity.queries import departments
from zhengtong.office.identity.rules import organisation as days
from zhengtong.office.identity.rules import signatures as rules
from zhengtong.office.identity.rules.organisation import RoleScope
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables import service_accounts as tables
from zhengtong.office.identity.tables.sign_in import LoginSession

DIGEST = "identity.body_digest"
_EMPTY = hashes.Hash(hashes.SM3()).finalize()
WHY = {
    "malformed": families.Words("签名头格式不对", "the Authorization header is malformed"),
    "session": families.Words("会话不存在或已结束", "there is no such session, or it has ended"),
    "clock": families.Words("时间与服务器相差超过 5 分钟", "its time is more than 5 minutes from the server's"),
    "seal": families.Words("签名不对", "the signature is wrong"),
    "body": families.Words("内容与签名中的摘要不符", "the body does not match the signed digest"),
    "replay": families.Words("nonce 已用过", "the nonce was used already"),
}


class Spent:
    """The nonces one process has seen, for as long as their time could pass: enough where one process serves (SQLite).

    What an earlier process saw is unknown, so sessions opened before this memory `began` must be opened again.
    """

    def __init__(self, began: datetime) -> None:
        self.began = began
        self._seen: dict[tuple[UUID, str], datetime] = {}
        self._lock = threading.Lock()

    def spend(self, owner: UUID, nonce: str, *, now: datetime) -> bool:
        """False where the nonce is spent already."""
        with self._lock:
            oldest = next(iter(self._seen.values()), now)
            if len(self._seen) > 1000 and oldest < now:
                self._seen = {key: ends for key, ends in self._seen.items() if ends >= now}
            if (owner, nonce) in self._seen:
                return False
            self._seen[owner, nonce] = now + 2 * rules.CLOCK_MAY_BE_OFF
            return True


class BodyDigest:
    """Takes the SM3 digest of a service account's body while it is read, so that its signature can be checked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_signed(scope):
            await self.app(scope, receive, send)
            return
        digest = hashes.Hash(hashes.SM3())
        scope[DIGEST] = digest

        async def digesting() -> Message:
            message = await receive()
            digest.update(message.get("body", b""))
            return message

        await self.app(scope, digesting, send)


def _is_signed(scope: Scope) -> bool:
    scheme = rules.SCHEME.encode()
    return any(name == b"authorization" and value.startswith(scheme) for name, value in scope["headers"])


def session_of_call(
    session: Session,
    request: Request,
    givens: Mapping[type[Any], Any],
    spent: Spent,
    database: Database,
    *,
    now: datetime,
) -> tuple[LoginSession, organisation.System]:
    """The session whose key sealed this request. Raises ServiceSignInRefused, saying why."""
    call = rules.read_call(request.headers["authorization"])
    at = rules.read_time(call.time) if call else None
    if call is None or at is None or not rules.is_nonce(call.nonce):
        raise ServiceSignInRefused(reason=WHY["malformed"])
    if not rules.is_fresh(at, clock.outside(now)):
        raise ServiceSignInRefused(reason=WHY["clock"])
    row, system = _open_session(session, call.session, now=now)
    if database.is_sqlite and row.created_at < spent.began:
        raise ServiceSignInRefused(reason=WHY["session"])
    crypto, keyring = givens[Crypto], givens[Keyring]
    key = keyring.open(Purpose.CREDENTIALS, row.call_key or b"", row.id.bytes)
    target = request.scope["raw_path"].decode("latin-1")
    if request.url.query:
        target += "?" + request.url.query
    seal = crypto.hmac_sm3(key, rules.call_text(request.method, target, call, rules.said_in(request.headers.raw)))
    if not hmac.compare_digest(seal.hex(), call.signature.lower()):
        raise ServiceSignInRefused(reason=WHY["seal"])
    digest = request.scope.get(DIGEST)
    if call.body.lower() != (digest.copy().finalize() if digest else _EMPTY).hex():
        raise ServiceSignInRefused(reason=WHY["body"])
    if not _spend(database, spent, row.id, call.nonce, now=now):
        raise ServiceSignInRefused(reason=WHY["replay"])
    return row, system


def _open_session(session: Session, text: str, *, now: datetime) -> tuple[LoginSession, organisation.System]:
    try:
        session_id = UUID(text)
    except ValueError:
        raise ServiceSignInRefused(reason=WHY["malformed"]) from None
    found = session.execute(
        select(LoginSession, organisation.System, tables.SystemKey)
        .join(organisation.System, organisation.System.id == LoginSession.subject_id)
        .join(tables.SystemKey, tables.SystemKey.id == LoginSession.key_id)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None), LoginSession.ends_at > now)
    ).first()
    if found is None or not found[1].active or found[2].revoked_at is not None or found[2].valid_until <= now:
        raise ServiceSignInRefused(reason=WHY["session"])
    return found[0], found[1]


def _spend(database: Database, spent: Spent, owner: UUID, nonce: str, *, now: datetime) -> bool:
    if database.is_sqlite:
        return spent.spend(owner, nonce, now=now)
    row = tables.SpentNonce(owner=owner, nonce=nonce, ends_at=now + 2 * rules.CLOCK_MAY_BE_OFF)
    try:
        with database.write() as writing:
            writing.add(row)
    except IntegrityError:
        return False
    return True


def grants_of_system(session: Session, system: organisation.System) -> dict[str, Reach]:
    """What a service account may do, and where, from its department."""
    rows = session.scalars(select(tables.SystemGrant).where(tables.SystemGrant.system_id == system.id)).all()
    tree = departments.parents(session) if any(row.scope == RoleScope.OWN_AND_BELOW for row in rows) else {}
    own = frozenset({system.department_id})
    reach = {
        RoleScope.CITY: EVERYWHERE,
        RoleScope.OWN: Reach(departments=own),
        RoleScope.OWN_AND_BELOW: Reach(departments=days.below(tree, system.department_id) if tree else own),
    }
    return {row.permission: reach[row.scope] for row in rows}
