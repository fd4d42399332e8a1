"""What happens by itself: the sweep that lets time act, the recomputation after a calendar was loaded, the calendar's alarm.

All of it can be killed at any moment and begun again: a batch is one transaction, and what it did it will not do twice.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel import events as told
from zhengtong.kernel import jobs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office.deadlines import events, queries, rules
from zhengtong.office.deadlines.actions.keeping import SWEEP_NAME, keep_all
from zhengtong.office.deadlines.tables import Clock

BATCH = 10


def sweep(run: jobs.Run) -> None:
    """This will warn, expire and escalate all clocks whose moment has come, some at a time."""
    fired = BATCH
    while fired == BATCH and not run.stopping:
        with run.write() as session:
            fired = fire_due(session, now=run.now(), limit=BATCH)
    with run.write() as session:
        wake_waiting(session)


def fire_due(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """This will let time act on up to `limit` clocks; returns how many were due."""
    known = queries.calendar(session)
    due = queries.due_clocks(session, now=now, limit=limit)
    passed = [(clock, rules.settle(queries.state_of(clock), known, now=now)) for clock in due]
    keep_all(session, SYSTEM, passed, known, now=now)
    return len(due)


def wake_waiting(session: Session) -> None:
    """This will have clocks recomputed that wait for a year which has meanwhile come with a new release."""
    known = queries.calendar(session)
    if any(known.knows(year) for year in queries.waiting_for_years(session)):
        jobs.enqueue(session, RECOMPUTE, key=RECOMPUTE.name)


def recompute(run: jobs.Run, *, since: str | None = None) -> None:
    """This will take a changed calendar over into the live clocks: those that wait, and those that end on or after `since`."""
    first = date.fromisoformat(since) if since else None
    while not run.stopping:
        with run.write() as session:
            last = run.kept.get("last")
            touched = _recompute_some(session, first, UUID(last) if last else None, now=run.now())
            if not touched:
                return
            run.kept["last"] = str(touched[-1].id)


def _recompute_some(session: Session, since: date | None, last: UUID | None, *, now: datetime) -> Sequence[Clock]:
    known = queries.calendar(session)
    affected = Clock.unknown_year.is_not(None)
    statement = select(Clock).where(Clock.status.in_(rules.LIVE))
    statement = statement.where(or_(affected, Clock.due_on >= since) if since else affected)
    if last:
        statement = statement.where(Clock.id > last)
    some = session.scalars(statement.order_by(Clock.id).limit(BATCH).with_for_update(of=Clock.__table__)).all()
    moved = [(c, rules.recompute(queries.state_of(c), known, before=queries.end_of(c), now=now)) for c in some]
    keep_all(session, SYSTEM, moved, known, now=now)
    return some


def raise_alarm(session: Session, *, now: datetime) -> None:
    """This will announce every year whose holidays are wanted and not known."""
    for year, count in queries.years_to_load(session, on=rules.law_day(now)).items():
        told.announce(session, events.CalendarYearMissing(year=year, clocks=count))


SWEEP = jobs.Job(SWEEP_NAME, sweep, steps=True)
RECOMPUTE = jobs.Job("deadlines.recompute", recompute, steps=True)
ALARM = jobs.Job("deadlines.calendar_alarm", raise_alarm)
