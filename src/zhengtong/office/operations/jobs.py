"""What operations does by itself: tells the administrators of jobs that failed for good."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity, notices
from zhengtong.office.operations import queries
from zhengtong.office.operations.settings import Operations

KIND = "operations.dead_letters"


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


DEAD_LETTERS = jobs.Job("operations.dead_letters", tell_of_dead_letters)
JOBS = (DEAD_LETTERS,)
TIMERS = (jobs.Timer("operations.dead_letters", DEAD_LETTERS, every="5m"),)
