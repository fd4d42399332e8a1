"""Who asks: from a browser's cookie, or a service account's sealed request, to the Actor that every route sees.

The session's row is read on each request, so that an ended session is dead at once. What its subject may do is kept in
memory, per posting, until the organisation changes (the topic `identity`), for half a minute at most.
"""

import threading
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Request
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.wake import Wake
from zhengtong.office.identity.queries import calls
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.queries.grants import Grants, Posting, grants_of, postings_of
from zhengtong.office.identity.rules import organisation as days
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules import signatures
from zhengtong.office.identity.rules.sessions import Stage
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables import sign_in as tables

TOPIC = "identity"
KEPT_FOR = timedelta(seconds=30)
MOST_KEPT = 5_000
SESSION_COOKIE, DEVICE_COOKIE, FLOW_COOKIE = "zt_session", "zt_device", "zt_flow"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a subject may do in one posting, and until when this is believed."""

    grants: Grants
    post: UUID | None
    department: UUID | None
    acting_for: UUID | None
    seen: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Whose session it is, and what it acts as."""

    session: UUID
    subject: UUID
    kind: str
    name: str
    post_id: UUID | None
    acting_id: UUID | None
    second_factor_at: datetime | None


@dataclass(eq=False, slots=True)
class Memory:
    """What one running program remembers between requests."""

    spent: calls.Spent
    standings: dict[Any, Standing] = field(default_factory=dict)
    touched: dict[UUID, datetime] = field(default_factory=dict)
    writing: threading.Lock = field(default_factory=threading.Lock)


_row, _subject = tables.LoginSession, organisation.Subject
_BY_TOKEN = (
    select(
        _row.id,
        _row.subject_id,
        _subject.kind,
        _subject.name,
        _row.post_id,
        _row.acting_id,
        _row.second_factor_at,
        _row.last_seen_at,
        _row.ends_at,
    )
    .join(_subject, _subject.id == _row.subject_id)
    .where(_row.token_hash == bindparam("token"), _row.ended_at.is_(None), _row.stage == Stage.FULL, _subject.active)
)
_sessions: Any = _row.__table__
_TOUCH = (
    update(_sessions)
    .where(_sessions.c.id == bindparam("session"), _sessions.c.last_seen_at < bindparam("at"))
    .values(last_seen_at=bindparam("at"))
)
_memories: WeakKeyDictionary[Wake, Memory] = WeakKeyDictionary()


def actor_of(session: Session, request: Request, *, now: datetime) -> Actor | None:
    """Who makes this request; None when nobody is signed in (fully). Raises ServiceSignInRefused for a bad signature."""
    site = request.app.state.site
    memory = _memories.get(site.wake) or _memories.setdefault(site.wake, Memory(calls.Spent(began=now)))
    seen = site.wake.seen(TOPIC)
    if request.headers.get("authorization", "").startswith(signatures.SCHEME):
        row, subject = calls.session_of_call(session, request, site.givens, memory.spent, site.database, now=now)
        found = Found(row.id, subject.id, subject.kind, subject.name, None, None, None)
    else:
        settings: Settings = site.givens[Settings]
        browsing = _live(session, token_of(request, settings), queries.limits_in(settings), now=now)
        if browsing is None:
            return None
        found, last_seen_at = browsing
        if now - last_seen_at >= rules.TOUCH_EVERY and "quiet" not in request.query_params:
            _touch(site.database, session, memory, found.session, now=now)
    standing = _standing(session, memory, found, seen, now)
    return Actor(
        subject=found.subject,
        kind=found.kind,  # type: ignore[arg-type]  # the table's check allows the four kinds only
        name=found.name,
        post=standing.post,
        department=standing.department,
        acting_for=standing.acting_for,
        session=found.session,
        second_factor_at=found.second_factor_at,
        grants=standing.grants,
        address=request.client.host if request.client else "",
    )


def grants_in(
    session: Session, subject: organisation.Subject, postings: list[Posting], posting: Posting | None, *, on: date
) -> Grants:
    """What the subject may do in this posting of theirs; standing in for another keeps what the first own post gives."""
    own = next((one for one in postings if one.acting is None), None)
    return grants_of(session, subject, posting, on=on, own=own if posting and posting.acting else None)


def token_of(request: Request, settings: Settings, name: str = SESSION_COOKIE) -> str:
    """What one of our cookies holds; empty when there is none."""
    tls = settings.kernel.address.startswith("https")
    return request.cookies.get(rules.cookie_name(name, tls=tls), "")[:100]


def _live(session: Session, token: str, limits: rules.Limits, *, now: datetime) -> tuple[Found, datetime] | None:
    """The full session of this token and when it was last used; None when there is none, or it is over.

    As `queries.live_session`, but by columns and one prepared statement: this runs on every request.
    """
    row = session.execute(_BY_TOKEN, {"token": rules.token_hash(token)}).first() if token else None
    if row is None:
        return None
    id, subject_id, kind, name, post_id, acting_id, second_factor_at, last_seen_at, ends_at = row
    alive = rules.is_alive(last_seen_at=last_seen_at, ends_at=ends_at, stage=Stage.FULL, limits=limits, now=now)
    if not alive:
        return None
    return Found(id, subject_id, kind, name, post_id, acting_id, second_factor_at), last_seen_at


def _standing(session: Session, memory: Memory, found: Found, seen: int, now: datetime) -> Standing:
    key = (found.subject, found.post_id, found.acting_id)
    kept = memory.standings.get(key)
    if kept and kept.seen == seen and now < kept.until:
        return kept
    made = _made(session, found, seen, now)
    if len(memory.standings) >= MOST_KEPT:
        memory.standings.clear()
    memory.standings[key] = made
    return made


def _made(session: Session, found: Found, seen: int, now: datetime) -> Standing:
    today, until = days.law_day(now), now + KEPT_FOR
    subject = session.get_one(organisation.Subject, found.subject)
    if isinstance(subject, organisation.System):
        return Standing(calls.grants_of_system(session, subject), None, subject.department_id, None, seen, until)
    if subject.kind != "person":
        return Standing(grants_of(session, subject, None, on=today), None, None, None, seen, until)
    postings = postings_of(session, subject.id, on=today)
    posting = queries.chosen_posting(found, postings)
    grants = grants_in(session, subject, postings, posting, on=today)
    if posting is None:
        return Standing(grants, None, None, None, seen, until)
    return Standing(grants, posting.post.id, posting.post.department_id, posting.acting_for, seen, until)


def _touch(database: Database, session: Session, memory: Memory, session_id: UUID, *, now: datetime) -> None:
    """Moves the idle limit on, once a minute a session. A request that only reads gives the write to a short transaction
    of its own; while another thread is at it, this one's is left for the next."""
    if session.connection().get_execution_options().get("zt_write"):
        session.execute(update(_row).where(_row.id == session_id).values(last_seen_at=now))
        return
    memory.touched[session_id] = now
    if not memory.writing.acquire(blocking=False):
        return
    try:
        waiting = []
        while memory.touched:
            waiting.append(memory.touched.popitem())
        with database.write() as writing:
            writing.execute(_TOUCH, [{"session": one, "at": at} for one, at in waiting])
    finally:
        memory.writing.release()
