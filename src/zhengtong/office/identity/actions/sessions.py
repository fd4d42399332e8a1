"""Beginning, carrying on and ending sessions."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, events, wake
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import new_id
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.events import sign_in as facts
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.queries.grants import postings_of
from zhengtong.office.identity.rules import organisation as days
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Caller, Method, Stage
from zhengtong.office.identity.tables import sign_in as tables
from zhengtong.office.identity.tables.organisation import Subject

DEVICE_KEPT = timedelta(days=180)
SESSION_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Issued:
    """A session as it now stands, its subject, and the tokens to hand to the browser (None: the cookie stays)."""

    row: tables.LoginSession
    subject: Subject
    token: str | None = field(default=None, repr=False)
    device: str | None = field(default=None, repr=False)


def new_token() -> str:
    """256 random bits, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def actor_signing_in(subject: Subject, caller: Caller, row: tables.LoginSession | None = None) -> Actor:
    """Who stands in the audit trail while signing in."""
    return Actor(
        subject=subject.id,
        kind=subject.kind,  # type: ignore[arg-type]  # the table's check allows the four kinds only
        name=subject.name,
        session=row.id if row else None,
        address=caller.address,
    )


def begin(
    session: Session,
    subject: Subject,
    caller: Caller,
    *,
    method: Method,
    limits: rules.Limits,
    now: datetime,
    second_factor: bool = False,
) -> Issued:
    """This will end the session the browser came with and begin a new one at the stage the account calls for.

    `second_factor`: this very sign-in has shown two factors.
    """
    end_of_token(session, caller.token, now=now)
    token = new_token()
    row = tables.LoginSession(
        id=new_id(),
        subject_id=subject.id,
        token_hash=rules.token_hash(token),
        stage=Stage.NONE,
        method=method,
        user_agent=caller.user_agent[:300],
        address=caller.address,
        created_at=now,
        last_seen_at=now,
        ends_at=now + limits.absolute,
        second_factor_at=now if second_factor else None,
    )
    session.add(row)
    return advance(session, row, subject, caller, limits=limits, now=now, token=token)


def show_factor(
    session: Session,
    row: tables.LoginSession,
    subject: Subject,
    caller: Caller,
    *,
    method: Method,
    limits: rules.Limits,
    now: datetime,
) -> Issued:
    """This will note a second factor just shown (at sign-in or as a step-up) and give the session a new token."""
    row.second_factor_at = now
    row.method = method
    row.last_seen_at = now
    ring(session, subject.id)
    if row.stage == Stage.FULL:
        audit.record(
            session, actor_signing_in(subject, caller, row), "identity.stepped_up", subject, after={"by": method}
        )
    return advance(session, row, subject, caller, limits=limits, now=now, token=_new_token_of(row))


def advance(
    session: Session,
    row: tables.LoginSession,
    subject: Subject,
    caller: Caller,
    *,
    limits: rules.Limits,
    now: datetime,
    token: str | None = None,
) -> Issued:
    """This will move a session to the stage its account calls for. Reaching `full` gives a new token and is audited."""
    session.flush()
    was_full = row.stage == Stage.FULL
    if was_full:
        return Issued(row, subject, token)
    shown = row.second_factor_at is not None
    row.stage = rules.next_stage(queries.account(session, subject), second_factor_shown=shown)
    row.last_seen_at = now
    if row.stage != Stage.FULL:
        return Issued(row, subject, token)
    token = token or _new_token_of(row)
    row.ends_at = now + limits.absolute
    if subject.kind == "person" and row.post_id is None:
        row.post_id = queries.last_post(session, subject.id)
        own = queries.chosen_posting(row, postings_of(session, subject.id, on=days.law_day(now)))
        row.post_id = own.post.id if own else None
    device = _remember_device(session, row, subject, caller, now=now)
    _use_up_links(session, subject.id, now=now)
    audit.record(
        session,
        actor_signing_in(subject, caller, row),
        "identity.signed_in",
        subject,
        after={"by": row.method, "device": rules.device(caller.user_agent).zh},
    )
    session.flush()
    return Issued(row, subject, token, device)


def end(session: Session, actor: Actor, row: tables.LoginSession, *, now: datetime) -> None:
    """This will end one session; its token is dead from the commit on."""
    if row.ended_at is None:
        row.ended_at = now
        ring(session, row.subject_id)
        audit.record(session, actor, "identity.session_ended", row)


def end_all(session: Session, subject_id: UUID, *, now: datetime, but: UUID | None = None) -> int:
    """This will end all sessions of a subject (`but` one, when given); returns how many."""
    row = tables.LoginSession
    statement = update(row).where(row.subject_id == subject_id, row.ended_at.is_(None))
    if but:
        statement = statement.where(row.id != but)
    ended = session.execute(statement.values(ended_at=now))
    ring(session, subject_id)
    return int(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def end_everybodys(session: Session, *, now: datetime) -> int:
    """This will end every session there is: after a restoration, one that was ended since the backup must not live again."""
    row = tables.LoginSession
    ended = session.execute(update(row).where(row.ended_at.is_(None)).values(ended_at=now))
    return int(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def carry_sessions(session: Session, by: timedelta, *, now: datetime) -> None:
    """This will keep every open session as far from its end as it is, while a demo's clock is moved on `by`."""
    row = tables.LoginSession
    for one in session.scalars(select(row).where(row.ended_at.is_(None), row.ends_at > now)):
        one.last_seen_at += by
        one.ends_at += by
        one.second_factor_at = one.second_factor_at + by if one.second_factor_at else None


def end_of_token(session: Session, token: str, *, now: datetime) -> None:
    """This will end the session this token opens, if there is one."""
    row = tables.LoginSession
    if not token:
        return
    found = session.scalar(select(row).where(row.token_hash == rules.token_hash(token), row.ended_at.is_(None)))
    if found:
        found.ended_at = now
        ring(session, found.subject_id)


def end_own(session: Session, actor: Actor, session_id: UUID, *, now: datetime) -> None:
    """This will end one of the actor's own sessions. Raises SessionNotFound."""
    row = session.get(tables.LoginSession, session_id)
    if row is None or row.subject_id != actor.subject:
        raise errors.SessionNotFound()
    end(session, actor, row, now=now)


def end_others(session: Session, actor: Actor, *, now: datetime) -> int:
    """This will end all of the actor's sessions but the present one; returns how many."""
    ended = end_all(session, actor.subject, now=now, but=actor.session)
    subject = session.get_one(Subject, actor.subject)
    audit.record(session, actor, "identity.other_sessions_ended", subject, after={"ended": ended})
    return ended


def announce_change(session: Session, subject_id: UUID, what: str) -> None:
    """This will tell a subject that a factor of theirs has changed; not of those with which they set their account up."""
    if queries.has_signed_in(session, subject_id):
        events.announce(session, facts.FactorsChanged(subject_id, what))


def ring(session: Session, subject_id: UUID) -> None:
    """This will have live pages of the subject look again whether their session still holds."""
    wake.ring(session, f"sessions:{subject_id}")


def choose_post(
    session: Session, row: tables.LoginSession, actor: Actor, *, post_id: UUID, acting_id: UUID | None, now: datetime
) -> None:
    """This will have the session act as another post that its person holds, or stands in for. Raises PostNotHeld."""
    for posting in postings_of(session, actor.subject, on=days.law_day(now)):
        if posting.post.id == post_id and posting.acting == acting_id:
            before = {"post": str(row.post_id)}
            row.post_id, row.acting_id = post_id, acting_id
            after = {"post": str(post_id), **({"acting": str(acting_id)} if acting_id else {})}
            audit.record(session, actor, "identity.post_chosen", posting.post, before=before, after=after)
            return
    raise errors.PostNotHeld()


def set_language(session: Session, subject_id: UUID, language: str) -> None:
    """This will keep the language a subject reads in."""
    kept = session.get(tables.Language, subject_id)
    if kept:
        kept.language = language
    else:
        session.add(tables.Language(subject_id=subject_id, language=language))
    session.flush()


def sweep(session: Session, *, now: datetime) -> None:
    """This will drop what has ended long ago: sessions, flows, links, devices, nonces."""
    row = tables.LoginSession
    session.execute(delete(row).where(row.ends_at < now - SESSION_KEPT))
    session.execute(delete(tables.Flow).where(tables.Flow.ends_at < now))
    session.execute(delete(tables.OneTimeLink).where(tables.OneTimeLink.ends_at < now - SESSION_KEPT))
    session.execute(delete(tables.KnownDevice).where(tables.KnownDevice.last_seen_at < now - DEVICE_KEPT))


def _new_token_of(row: tables.LoginSession) -> str:
    token = new_token()
    row.token_hash = rules.token_hash(token)
    return token


def _remember_device(
    session: Session, row: tables.LoginSession, subject: Subject, caller: Caller, *, now: datetime
) -> str | None:
    known = queries.known_device(session, caller.device, subject.id)
    if known:
        known.last_seen_at = now
        row.device_id = known.id
        return None
    has_others = queries.has_devices(session, subject.id)
    token = caller.device or new_token()
    device = tables.KnownDevice(
        id=new_id(), subject_id=subject.id, token_hash=rules.token_hash(token), first_seen_at=now, last_seen_at=now
    )
    session.add(device)
    row.device_id = device.id
    if has_others:  # a first device is its owner's own: a warning of it would only teach them not to read warnings
        words = rules.device(caller.user_agent)
        told = facts.SignedInFromNewDevice(subject.id, row.id, words.zh, words.en, caller.address, now.isoformat())
        events.announce(session, told)
    return token


def _use_up_links(session: Session, subject_id: UUID, *, now: datetime) -> None:
    link = tables.OneTimeLink
    session.execute(update(link).where(link.subject_id == subject_id, link.used_at.is_(None)).values(used_at=now))
