"""Watched folders, topics, MQTT and pushes: what has arrived is looked for and begun as runs; what is done with is swept."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.intake.actions.reading import arriving, taking, uploads
from zhengtong.data.intake.events import RunEnded
from zhengtong.data.intake.rules import RunState
from zhengtong.kernel import jobs
from zhengtong.kernel.events import Listener
from zhengtong.kernel.settings import Settings

KEPT = timedelta(days=7)


def look(run: jobs.Run, *, source_id: str) -> None:
    """This will begin a run for what has arrived at one source."""
    givens = run.given(jobs.Workers).givens
    ground = taking.Ground(run.database, givens, run.now, lambda: run.stopping)
    taking.take(ground, UUID(source_id))


def watch(session: Session, *, now: datetime) -> None:
    """This will have every source looked at that is not being looked at already."""
    for source_id in taking.watched(session):
        taking.look_soon(session, source_id, coalesce=(jobs.WAITING, jobs.RUNNING))


def look_on(session: Session, event: RunEnded, *, now: datetime) -> None:
    """This will look for what has arrived while the run was under way."""
    if event.state == RunState.LANDED:
        taking.PAUSES.clear(event.source_id)
    taking.look_soon(session, event.source_id)


def sweep(run: jobs.Run) -> None:
    """This will delete the bytes of uploads that expired and of arrivals that landed a week ago."""
    with run.write() as session:
        expired = uploads.forget_expired(session, now=run.now())
        landed = taking.sweepable(session, before=run.now() - KEPT)
    data = run.given(Settings).kernel.data
    for one in expired:
        uploads.path_of(data, one).unlink(missing_ok=True)
        uploads.path_of(data, one).with_suffix(".lock").unlink(missing_ok=True)
    for one in landed:
        arriving.kept_path(data, one).unlink(missing_ok=True)


LOOK = jobs.Job(taking.NAME, look, retries=3, steps=True)
WATCH = jobs.Job("intake.watch", watch, retries=3)
SWEEP = jobs.Job("intake.sweep", sweep, retries=3, steps=True)
JOBS = (LOOK, WATCH, SWEEP)
TIMERS = (jobs.Timer("intake.watch", WATCH, every="10s"), jobs.Timer("intake.sweep", SWEEP, cron="40 3 * * *"))
LISTENERS = (Listener("intake.look_on", RunEnded, look_on),)
