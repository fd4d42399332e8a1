"""Signing in: by password and a second factor, by passkey, and out again.

Slow work (argon2) and tries that must be counted even when they fail go by short transactions of their own, so these
functions take the database where others take a session.
"""

from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

import pyotp
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel import audit, clock, events
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.office.identity.actions import flows, hashing, sessions, throttling
from zhengtong.office.identity.actions.sessions import Issued
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.events import sign_in as facts
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.rules import codes
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Caller, Method, RelyingParty, Stage
from zhengtong.office.identity.tables import sign_in as tables
from zhengtong.office.identity.tables.organisation import Subject

NOBODY = UUID(int=0)
_UNKNOWN = SimpleNamespace(__tablename__="subject", id="", name="")


def sign_in_by_password(
    database: Database,
    login: str,
    password: str,
    caller: Caller,
    keyring: Keyring,
    *,
    limits: rules.Limits,
    now: datetime,
) -> Issued:
    """This will begin a session for whoever has this login name and password, at the stage the account calls for.

    An unknown name, an account without password and a wrong password get the same answer in the same time.
    Raises SignInFailed, TooManyAttempts.
    """
    with database.write() as session:
        subject = queries.subject_of_login(session, login, keyring)
        buckets = throttling.begin_try(session, login, caller, subject.id if subject else None, now=now)
        kept = session.get(tables.Password, subject.id) if subject else None
        before = kept.hash if kept else None
    right = hashing.is_right(before, password)
    fresh = hashing.hashed(password) if right and before and hashing.is_outdated(before) else None
    with database.write() as session:
        subject = session.get(Subject, subject.id) if subject else None
        kept = session.get(tables.Password, subject.id) if subject else None
        if not right or subject is None or not subject.active or kept is None or kept.hash != before:
            failed(session, subject, caller, "password")
        else:
            throttling.forgive(session, buckets, now=now)
            kept.hash = fresh or kept.hash
            return sessions.begin(session, subject, caller, method=Method.PASSWORD, limits=limits, now=now)
    raise errors.SignInFailed()


def failed(session: Session, subject: Subject | None, caller: Caller, by: str) -> None:
    """This will put a failed sign-in into the audit trail; what was typed is not kept, it may have been a password."""
    if subject:
        audit.record(
            session, sessions.actor_signing_in(subject, caller), "identity.sign_in_failed", subject, after={"by": by}
        )
    else:
        nobody = Actor(subject=NOBODY, kind="person", name="", address=caller.address)
        audit.record(session, nobody, "identity.sign_in_failed", _UNKNOWN, after={"by": by})


def show_totp(
    database: Database, code: str, caller: Caller, keyring: Keyring, *, limits: rules.Limits, now: datetime
) -> Issued:
    """This will show a one-time code: the second factor of a sign-in, or a step-up. Raises CodeWrong, StepLost."""
    with database.write() as session:
        row, subject = _awaiting(session, caller, limits=limits, now=now)
        buckets = throttling.begin_try(session, f"totp:{subject.id}", caller, subject.id, now=now)
    with database.write() as session:
        row, subject = _awaiting(session, caller, limits=limits, now=now)
        totp = queries.totp_of(session, subject.id)
        if totp and spend_code(session, totp, code, keyring, now=now):
            throttling.forgive(session, buckets, now=now)
            return sessions.show_factor(session, row, subject, caller, method=Method.TOTP, limits=limits, now=now)
        failed(session, subject, caller, "totp")
    raise errors.CodeWrong()


def show_recovery_code(
    database: Database,
    code: str,
    caller: Caller,
    *,
    limits: rules.Limits,
    now: datetime,
    password: str | None = None,
) -> Issued:
    """This will show a recovery code, which is then used up. A step-up by one needs the password too.

    Raises CodeWrong, StepLost.
    """
    with database.write() as session:
        row, subject = _awaiting(session, caller, limits=limits, now=now)
        buckets = throttling.begin_try(session, f"recovery:{subject.id}", caller, subject.id, now=now)
        kept = session.get(tables.Password, subject.id)
        full = row.stage == Stage.FULL
    right = not full or hashing.is_right(kept.hash if kept else None, password or "")
    with database.write() as session:
        row, subject = _awaiting(session, caller, limits=limits, now=now)
        if right and _use_recovery_code(session, subject.id, code, now=now):
            throttling.forgive(session, buckets, now=now)
            left = queries.recovery_codes_left(session, subject.id)
            events.announce(session, facts.RecoveryCodeUsed(subject.id, left))
            return sessions.show_factor(session, row, subject, caller, method=Method.RECOVERY, limits=limits, now=now)
        failed(session, subject, caller, "recovery")
    raise errors.CodeWrong()


def spend_code(session: Session, totp: tables.Totp, code: str, keyring: Keyring, *, now: datetime) -> bool:
    """True where the code is of this time step or a neighbour, and of a later step than the last one used."""
    secret = keyring.open(Purpose.CREDENTIALS, totp.secret, totp.id.bytes).decode()
    counter = codes.matching_counter(
        pyotp.TOTP(secret).generate_otp, code, at=clock.outside(now), after=totp.last_counter
    )
    if counter is None:
        return False
    row = tables.Totp
    moved = session.execute(
        update(row).where(row.id == totp.id, row.last_counter < counter).values(last_counter=counter)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def ask_passkey(session: Session, owner: str, party: RelyingParty, *, now: datetime) -> str:
    """The options with which a browser asks for a passkey, as JSON; the challenge is kept for its `owner`'s answer."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=party.id, user_verification=UserVerificationRequirement.REQUIRED
    )
    flows.put(session, owner, "passkey", options.challenge, now=now)
    return webauthn.options_to_json(options)


def show_passkey(
    session: Session,
    credential: dict[str, object],
    owner: str,
    caller: Caller,
    *,
    party: RelyingParty,
    limits: rules.Limits,
    now: datetime,
) -> Issued:
    """This will sign in by a passkey that verified its user (two factors at once), or step up with it.

    Raises PasskeyRefused; StepLost when the challenge is over.
    """
    flow = flows.take(session, owner, "passkey", now=now)
    passkey = _verified(session, credential, flow.challenge, party)
    subject = session.get(Subject, passkey.subject_id)
    if subject is None or not subject.active:
        raise errors.PasskeyRefused()
    passkey.last_used_at = now
    found = queries.live_session(session, caller.token, limits=limits, now=now)
    if found and found[1].id == subject.id and found[0].stage in (Stage.SECOND_FACTOR, Stage.FULL):
        return sessions.show_factor(session, found[0], subject, caller, method=Method.PASSKEY, limits=limits, now=now)
    if found and found[0].stage == Stage.FULL:
        raise errors.PasskeyRefused()
    return sessions.begin(session, subject, caller, method=Method.PASSKEY, limits=limits, now=now, second_factor=True)


def sign_out(session: Session, actor: Actor | None, caller: Caller, *, limits: rules.Limits, now: datetime) -> None:
    """This will end the browser's session, whatever its stage."""
    found = queries.live_session(session, caller.token, limits=limits, now=now)
    if found and actor:
        sessions.end(session, actor, found[0], now=now)
    else:
        sessions.end_of_token(session, caller.token, now=now)


def _awaiting(
    session: Session, caller: Caller, *, limits: rules.Limits, now: datetime
) -> tuple[tables.LoginSession, Subject]:
    found = queries.live_session(session, caller.token, limits=limits, now=now)
    if found is None or found[0].stage not in (Stage.SECOND_FACTOR, Stage.FULL):
        raise errors.StepLost()
    return found


def _use_recovery_code(session: Session, subject_id: UUID, code: str, *, now: datetime) -> bool:
    row = tables.RecoveryCode
    digest = codes.recovery_digest(code, subject_id.bytes)
    used = session.execute(
        update(row).where(row.subject_id == subject_id, row.digest == digest, row.used_at.is_(None)).values(used_at=now)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _verified(session: Session, credential: dict[str, object], challenge: bytes, party: RelyingParty) -> tables.Passkey:
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        raw = base64url_to_bytes(str(credential.get("rawId") or credential.get("id") or ""))
    except ValueError:
        raise errors.PasskeyRefused() from None
    passkey = session.scalar(select(tables.Passkey).where(tables.Passkey.credential == raw).with_for_update())
    if passkey is None:
        raise errors.PasskeyRefused()
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise errors.PasskeyRefused() from wrong
    passkey.sign_count = verified.new_sign_count
    passkey.backed_up = verified.credential_backed_up
    return passkey
