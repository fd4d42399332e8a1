"""What the kernel forgets by itself, so that its tables do not grow for ever. The audit and dead letters are never forgotten."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from zhengtong.kernel.events import EventRow
from zhengtong.kernel.jobs.queue import CANCELLED, DONE, Job, JobRow, Timer
from zhengtong.kernel.jobs.workers import Run
from zhengtong.kernel.web.routes import Answered

KEEP_ANSWERS = timedelta(days=3)
KEEP_EVENTS = timedelta(days=90)
AT_A_TIME = 1000


def forget(run: Run) -> None:
    """This will delete answers kept for a repeated request, cancelled jobs, and events that nobody still has to hear."""
    now = run.now()
    with run.write() as session:
        session.execute(delete(Answered).where(Answered.at < now - KEEP_ANSWERS))
        session.execute(delete(JobRow).where(JobRow.state == CANCELLED, JobRow.finished_at < now - KEEP_EVENTS))
    _forget_events(run, now - KEEP_EVENTS)


def _forget_events(run: Run, before: datetime) -> None:
    with run.read() as session:
        told = select(JobRow.args["event_id"].as_string()).where(JobRow.state != DONE, JobRow.created_at < before)
        unheard = {UUID(one) for one in session.scalars(told) if one}
    last = 0
    while not run.stopping:
        with run.write() as session:
            some = select(EventRow.seq, EventRow.id).where(EventRow.seq > last, EventRow.at < before)
            rows = session.execute(some.order_by(EventRow.seq).limit(AT_A_TIME)).all()
            heard = [seq for seq, id in rows if id not in unheard]
            session.execute(delete(EventRow).where(EventRow.seq.in_(heard)))
        if len(rows) < AT_A_TIME:
            return
        last = rows[-1].seq


FORGET = Job("kernel.forget", forget, steps=True)
TIMERS = (Timer("kernel.forget", FORGET, cron="35 3 * * *"),)
