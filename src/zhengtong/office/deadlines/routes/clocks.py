"""Clocks: lists, one with its evidence, and what a person may do with it."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.orm import Session

from zhengtong.kernel import clock as time
from zhengtong.kernel import web
from zhengtong.kernel.actor import Actor
from zhengtong.office.deadlines import actions, queries, schemas
from zhengtong.office.deadlines.errors import ZoneMissing
from zhengtong.office.deadlines.permissions import EXTEND, RUN
from zhengtong.office.deadlines.routes import shown
from zhengtong.office.deadlines.routes.ground import routes
from zhengtong.office.deadlines.tables import Clock


@routes.get("/deadlines/clocks", needs=web.SIGNED_IN)
def list_clocks(
    session: Session,
    actor: Actor,
    page: web.PageArgs,
    asked: Annotated[schemas.ClockFilter, Query()],
) -> web.Page[schemas.ClockLine]:
    """Clocks one may see, the next to end first."""
    now, known = time.now(), queries.calendar(session)
    found = queries.find_clocks(
        actor,
        now=now,
        which=asked.which,
        rule=asked.rule,
        department_id=asked.department,
        whose="mine" if asked.mine else "ours" if asked.ours else "all",
        about=(asked.about_kind, asked.about_id) if asked.about_kind and asked.about_id else None,
        text=page.q,
    )
    sort = {"due_at": Clock.sorts_at, "started_at": Clock.started_at}
    rows = web.paginate(session, found, page, sort=sort, key=Clock.id, item=lambda row: row)
    names = shown.names_of(session, rows.items)
    items = [shown.line(actor, row, known, names, now=now) for row in rows.items]
    return web.Page(items=items, next=rows.next, total=rows.total)


@routes.get("/deadlines/summary", needs=web.SIGNED_IN)
def summarise_clocks(session: Session, actor: Actor, mine: bool = False) -> schemas.SummaryOut:
    """How the clocks one may see stand, and how many end on each of the next working days."""
    found = queries.summary(session, actor, now=time.now(), mine=mine)
    days = [schemas.DayCount(date=day, clocks=count) for day, count in found.days]
    return schemas.SummaryOut(
        running=found.running,
        overdue=found.overdue,
        soon=found.soon,
        stopped=found.stopped,
        unknown=found.unknown,
        days=days,
    )


@routes.get("/deadlines/clocks/{clock_id}", needs=web.SIGNED_IN)
def get_clock(session: Session, actor: Actor, clock_id: UUID) -> schemas.ClockOut:
    """One clock, its terms and its evidence."""
    return shown.clock(session, actor, queries.get_clock(session, actor, clock_id), now=time.now())


@routes.post("/deadlines/clocks", needs=RUN, status=201)
def start_clock(session: Session, actor: Actor, wanted: schemas.ClockSent) -> schemas.ClockOut:
    """Start a clock on a duty that no room of the platform keeps."""
    now = time.now()
    row = actions.start_by_hand(
        session,
        actor,
        rule=wanted.rule,
        name=wanted.name,
        department_id=wanted.department_id,
        started_at=zoned(wanted.started_at),
        limit=wanted.limit,
        now=now,
    )
    return _shown(session, actor, row, now)


@routes.post("/deadlines/clocks/{clock_id}/stop", needs=RUN)
def stop_clock(session: Session, actor: Actor, clock_id: UUID, wanted: schemas.StopSent) -> schemas.ClockOut:
    """Stop a clock on a ground its rule names."""
    now = time.now()
    row = actions.stop_by_hand(session, actor, clock_id, ground=wanted.ground, reason=wanted.reason, now=now)
    return _shown(session, actor, row, now)


@routes.post("/deadlines/clocks/{clock_id}/resume", needs=RUN)
def resume_clock(session: Session, actor: Actor, clock_id: UUID, wanted: schemas.ResumeSent) -> schemas.ClockOut:
    """Let a stopped clock run on."""
    now = time.now()
    return _shown(session, actor, actions.resume_by_hand(session, actor, clock_id, reason=wanted.reason, now=now), now)


@routes.post("/deadlines/clocks/{clock_id}/extend", needs=EXTEND)
def extend_clock(session: Session, actor: Actor, clock_id: UUID, wanted: schemas.ExtendSent) -> schemas.ClockOut:
    """Extend a limit as far as its rule allows."""
    now = time.now()
    row = actions.extend_by_hand(
        session, actor, clock_id, by=wanted.by, reason=wanted.reason, approval=wanted.approval, now=now
    )
    return _shown(session, actor, row, now)


@routes.post("/deadlines/clocks/{clock_id}/meet", needs=RUN)
def meet_clock(session: Session, actor: Actor, clock_id: UUID, wanted: schemas.ResumeSent) -> schemas.ClockOut:
    """End a clock that was started by hand: the duty is done."""
    now = time.now()
    return _shown(session, actor, actions.meet_by_hand(session, actor, clock_id, reason=wanted.reason, now=now), now)


@routes.post("/deadlines/clocks/{clock_id}/withdraw", needs=RUN)
def withdraw_clock(session: Session, actor: Actor, clock_id: UUID, wanted: schemas.Reason) -> schemas.ClockOut:
    """Withdraw a clock that was started by hand."""
    now = time.now()
    return _shown(
        session, actor, actions.withdraw_by_hand(session, actor, clock_id, reason=wanted.reason, now=now), now
    )


def _shown(session: Session, actor: Actor, row: Clock, now: datetime) -> schemas.ClockOut:
    session.flush()
    return shown.clock(session, actor, row, now=now)


def zoned(at: datetime) -> datetime:
    """The moment in UTC. Raises ZoneMissing."""
    if at.tzinfo is None:
        raise ZoneMissing()
    return at.astimezone(UTC)
