"""Runs that begin by themselves, and runs that nobody works on any more."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions import runs
from zhengtong.data.intake.actions.running.queueing import NAME, key_of, pass_on
from zhengtong.data.intake.rules import Cause, Kind, RunState, SourceState, schedules
from zhengtong.data.intake.tables import Run, Source
from zhengtong.kernel import jobs
from zhengtong.kernel.actor import SYSTEM

AT_ONCE = 50
PULLED = (Kind.SQL, Kind.REST, Kind.TOPIC)
LEFT_ALONE = timedelta(minutes=2)


def start_due(session: Session, *, now: datetime) -> int:
    """This will start the sources whose time has come, and plan their next; one that still runs is left to it. Returns how many."""
    due = (Source.state == SourceState.ACTIVE, Source.next_at <= now, Source.kind.in_(PULLED))
    found = session.scalars(select(Source).where(*due).order_by(Source.next_at).limit(AT_ONCE).with_for_update())
    started = 0
    for source in found.all():
        source.next_at = schedules.next_time(source.schedule, now)
        try:
            runs.start_run(session, SYSTEM, source.id, now=now, cause=Cause.SCHEDULE)
            started += 1
        except errors.SourceBusy:
            continue
    return started


def take_up(session: Session, *, now: datetime) -> int:
    """This will put runs in the queue again that have no job any more (their job died, a queueing was cut short). Returns how many."""
    left = (Run.state.in_((RunState.WAITING, RunState.RUNNING)), Run.changed_at < now - LEFT_ALONE)
    found = session.scalars(select(Run).where(*left).order_by(Run.number).limit(AT_ONCE)).all()
    taken = 0
    for run in found:
        if not _has_job(session, run) and not runs.is_behind(session, run):
            run.changed_at = now
            pass_on(session, run)
            taken += 1
    return taken


def _has_job(session: Session, run: Run) -> bool:
    live = (jobs.JobRow.name == NAME, jobs.JobRow.state.in_((jobs.WAITING, jobs.RUNNING)))
    statement = select(jobs.JobRow.seq).where(*live, jobs.JobRow.key == key_of(run.source_id))
    return session.scalar(statement.limit(1)) is not None
