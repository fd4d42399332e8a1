"""What operations does by itself: tells the administrators of jobs that failed for good; forgets what the kernel keeps no
longer, so that its tables do not grow for ever; moves what older keys have sealed to the present one. The audit and dead letters are never forgotten."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import events, jobs, web
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity, notices
from zhengtong.office.operations import actions, queries
from zhengtong.office.operations.settings import Operations

KIND = "operations.dead_letters"
KEEP_ANSWERS = timedelta(days=3)
KEEP_EVENTS = timedelta(days=90)
AT_A_TIME = 1000


def tell_of_dead_letters(session: Session, *, now: datetime, chosen: Given[Settings]) -> None:
    """This will tell every administrator that jobs lie dead: once for each newest one, and not more often than chosen."""
    newest = queries.newest_dead(session)
    pause = timedelta(minutes=chosen.of(Operations).dead_letter_minutes)
    last = session.scalar(select(func.max(notices.Notice.created_at)).where(notices.Notice.kind == KIND))
    if newest is None or (last is not None and now - last < pause):
        return
    notices.tell(
        session,
        to=session.scalars(identity.administrators(identity.law_day(now))).all(),
        kind=KIND,
        parameters={"count": newest.count, "name": newest.name},
        link="/operations/jobs?state=dead",
        unique=f"dead:{newest.number}",
        now=now,
    )


def forget(run: jobs.Run) -> None:
    """This will delete answers kept for a repeated request, cancelled jobs, and events that nobody still has to hear."""
    now = run.now()
    with run.write() as session:
        session.execute(delete(web.Answered).where(web.Answered.at < now - KEEP_ANSWERS))
        session.execute(
            delete(jobs.JobRow).where(
                jobs.JobRow.state == jobs.queue.CANCELLED, jobs.JobRow.finished_at < now - KEEP_EVENTS
            )
        )
    _forget_events(run, now - KEEP_EVENTS)


def _forget_events(run: jobs.Run, before: datetime) -> None:
    with run.read() as session:
        told = select(jobs.JobRow.args["event_id"].as_string()).where(
            jobs.JobRow.state != jobs.DONE, jobs.JobRow.created_at < before
        )
        unheard = {UUID(one) for one in session.scalars(told) if one}
    last = 0
    while not run.stopping:
        with run.write() as session:
            some = select(events.EventRow.seq, events.EventRow.id).where(
                events.EventRow.seq > last, events.EventRow.at < before
            )
            rows = session.execute(some.order_by(events.EventRow.seq).limit(AT_A_TIME)).all()
            heard = [seq for seq, id in rows if id not in unheard]
            session.execute(delete(events.EventRow).where(events.EventRow.seq.in_(heard)))
        if len(rows) < AT_A_TIME:
            return
        last = rows[-1].seq


def seal_again(run: jobs.Run) -> None:
    """This will move what older keys have sealed to the present one: nothing is to do unless a key was rotated."""
    keyring: Keyring = run.given(Keyring)
    actions.seal_again(run.database, keyring, stop=lambda: run.stopping)


DEAD_LETTERS = jobs.Job("operations.dead_letters", tell_of_dead_letters)
FORGET = jobs.Job("operations.forget", forget, steps=True)
SEAL_AGAIN = jobs.Job("operations.seal_again", seal_again, steps=True)
JOBS = (DEAD_LETTERS, FORGET, SEAL_AGAIN)
TIMERS = (
    jobs.Timer("operations.dead_letters", DEAD_LETTERS, every="5m"),
    jobs.Timer("operations.forget", FORGET, cron="35 3 * * *"),
    jobs.Timer("operations.seal_again", SEAL_AGAIN, cron="5 4 * * *"),
)
