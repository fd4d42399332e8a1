"""How a slice of a run ends: it goes on later, waits, pauses, fails, or is over."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from zhengtong.data.intake.actions import telling
from zhengtong.data.intake.actions.running.queueing import pass_on
from zhengtong.data.intake.events import RunEnded
from zhengtong.data.intake.rules import UNFINISHED, Asked, Cause, RowState, RunState, pace
from zhengtong.data.intake.tables import Push, QuarantinedRow, Run, SeenFile, Source
from zhengtong.kernel import wake
from zhengtong.kernel.errors import Problem
from zhengtong.kernel.events import announce

SHORT_PAUSE = timedelta(seconds=1)


def topic(run_id: UUID) -> str:
    """What pages of this run wait for."""
    return f"intake:{run_id}"


def words_of(problem: Problem) -> dict[str, Any]:
    """A problem as a run keeps it."""
    return {"code": problem.code(), "zh": problem.say("zh"), "en": problem.say("en")}


def waits(session: Session, run: Run, problem: Problem, *, first_s: float, most: int | None, now: datetime) -> None:
    """This will have the run tried again after a growing pause; after `most` tries it fails. Told once a reason."""
    run.tries += 1
    if most is not None and run.tries > most:
        fails(session, run, words_of(problem), now=now)
        return
    seconds = max(pace.pause_s(run.tries, first_s, random.random()), problem.retry_after_s or 0)  # noqa: S311
    run.state, run.reason, run.again_at = RunState.WAITING, words_of(problem), now + timedelta(seconds=seconds)
    run.changed_at = now
    pass_on(session, run, at=run.again_at)
    if run.tries > 1:
        telling.tell(session, run, "intake.run_waiting", now=now)
    wake.ring(session, topic(run.id))


def pauses(session: Session, run: Run, reason: dict[str, Any] | None, *, now: datetime) -> None:
    """This will leave the run until a person resumes or cancels it; those who run it are told, when it was not they."""
    run.state, run.reason, run.asked, run.changed_at = RunState.PAUSED, reason, Asked.NOTHING, now
    run.turn += 1
    if reason:
        telling.tell(session, run, "intake.run_paused", now=now)
    wake.ring(session, topic(run.id))


def fails(session: Session, run: Run, reason: dict[str, Any], *, now: datetime) -> None:
    """This will end the run; what has landed stays, the next run goes on from there."""
    run.reason = reason
    _ends(session, run, RunState.FAILED, now)
    telling.tell(session, run, "intake.run_failed", now=now)


def cancelled(session: Session, run: Run, *, now: datetime) -> None:
    """This will end the run because a person wants it so; what has landed stays."""
    _ends(session, run, RunState.CANCELLED, now)


def landed(session: Session, run: Run, *, now: datetime) -> None:
    """This will end the run: everything was read. One of a stream that brought nothing leaves no trace."""
    run.reason = None
    if run.cause is Cause.STREAM and run.batches == 0 and not run.drift:
        for kept in (SeenFile, Push):
            session.execute(update(kept).where(kept.run_id == run.id).values(run_id=None))
        session.execute(delete(Run).where(Run.id == run.id))
        wake_next(session, run.source_id)
        return
    _ends(session, run, RunState.LANDED, now)


def _ends(session: Session, run: Run, state: RunState, now: datetime) -> None:
    run.state, run.asked, run.seen, run.ended_at, run.changed_at = state, Asked.NOTHING, 0, now, now
    run.again_at = None
    run.turn += 1
    item_id = session.scalar(select(Source.item_id).where(Source.id == run.source_id))
    left = (QuarantinedRow.replay_run_id == run.id, QuarantinedRow.state == RowState.REPLAYING)
    if run.cause is Cause.REPLAY:
        session.execute(update(QuarantinedRow).where(*left).values(state=RowState.OPEN, replay_run_id=None))
    announce(
        session,
        RunEnded(run.id, run.source_id, item_id, state, run.rows_read, run.rows_landed, run.rows_quarantined, now),
    )
    wake_next(session, run.source_id)
    wake.ring(session, topic(run.id))


def wake_next(session: Session, source_id: UUID) -> None:
    """This will put the source's next waiting run in the queue, when no other is under way."""
    session.flush()
    unfinished = select(Run).where(Run.source_id == source_id, Run.state.in_(UNFINISHED)).order_by(Run.number)
    following = session.scalar(unfinished.limit(1))
    if following is not None and following.state is RunState.WAITING and following.again_at is None:
        pass_on(session, following)
