"""What can be done in a demo: its clock is moved on, and all is begun anew."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.insight.tour import errors, queries, rules
from zhengtong.insight.tour.tables import DemoClock
from zhengtong.kernel import audit, clock, jobs
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake, ring
from zhengtong.office import deadlines, identity

TOPIC = "tour"
LOOKS_S = 60.0


class Curtain:
    """Falls when the demo is to begin anew. Whoever serves the demo hangs it; elsewhere nothing happens."""

    def __init__(self) -> None:
        self.fall: Callable[[], None] | None = None


def set_hands(database: Database) -> None:
    """This will have this process's clock be ahead as far as the demo's was moved on."""
    with database.read() as session:
        clock.be_ahead(queries.ahead(session))


def move(database: Database, actor: Actor, step: rules.Step) -> None:
    """This will move the demo's clock on. Who is signed in stays so, and no running job loses its lease.

    Raises NothingAhead, YearUnknown.
    """
    with database.write() as session:
        now = clock.now()
        by = _whole_seconds(_next(session, step, now) - now)
        ahead = _hands(session, now)
        identity.carry_sessions(session, by, now=now)
        _carry_leases(session, by)
        audit.record(session, actor, "tour.clock_moved", ahead, after={"step": step, "seconds": by.total_seconds()})
        ahead.ahead_s += int(by.total_seconds())
        ahead.moved_at = now
        for topic in (TOPIC, jobs.TOPIC):
            ring(session, topic)
        kept = timedelta(seconds=ahead.ahead_s)
    clock.be_ahead(kept)


@contextmanager
def following(database: Database, wake: Wake) -> Iterator[None]:
    """Within the block this process's clock goes with the demo's, whichever process moves it on."""
    set_hands(database)
    thread = threading.Thread(target=_follow, args=(database, wake), name="clock", daemon=True)
    thread.start()
    yield


def _follow(database: Database, wake: Wake) -> None:
    seen = wake.seen(TOPIC)
    while not wake.stopped:
        now = wake.wait(TOPIC, seen, LOOKS_S)
        if now != seen and not wake.stopped:
            set_hands(database)
        seen = now


def begin_anew(actor: Actor, curtain: Curtain) -> None:
    """This will wipe the demo out and load it again. Raises NotYours, NotFromHere."""
    if not queries.may_reset(actor):
        raise errors.NotYours()
    if curtain.fall is None:
        raise errors.NotFromHere()
    curtain.fall()


def _next(session: Session, step: rules.Step, now: datetime) -> datetime:
    limit = queries.next_limit(session, now=now)
    return queries.moved(step, now, deadlines.calendar(session), limit=limit)


def _whole_seconds(span: timedelta) -> timedelta:
    return timedelta(seconds=max(1, round(span.total_seconds())))


def _hands(session: Session, now: datetime) -> DemoClock:
    found = session.scalar(select(DemoClock).with_for_update())
    if found is None:
        found = DemoClock(id=1, ahead_s=0, moved_at=now)
        session.add(found)
        session.flush()
    return found


def _carry_leases(session: Session, by: timedelta) -> None:
    for row in session.scalars(select(jobs.JobRow).where(jobs.JobRow.state == jobs.RUNNING).with_for_update()):
        row.lease_until = row.lease_until + by if row.lease_until else None
