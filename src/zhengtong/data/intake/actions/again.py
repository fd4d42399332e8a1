"""A run that failed or was cancelled, done once more: what it was to read, from where its last landed batch ended."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions import runs
from zhengtong.data.intake.rules import Cause, RunState
from zhengtong.data.intake.tables import Push, Run, SeenFile
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words

OWN = ("keeps_place", "allowed")


def run_again(session: Session, actor: Actor, run: Run, *, now: datetime) -> Run:
    """This will begin a new run for the same file, pushes or messages; what has landed is not read again. Needs RUN.

    Raises RunNotSo unless it failed or was cancelled, SourceBusy, SourceRetired.
    """
    if run.state not in (RunState.FAILED, RunState.CANCELLED) or run.cause is Cause.REPLAY:
        raise errors.RunNotSo(state=runs.STATES[run.state], deed=Words("再次运行", "run again"))
    what = {name: value for name, value in run.what.items() if name not in OWN}
    fresh = runs.start_run(session, actor, run.source_id, now=now, cause=run.cause, what=what)
    if run.begun and what and not run.what.get("keeps_place"):
        fresh.begun, fresh.cursor, fresh.what = True, run.cursor, {**what, "keeps_place": False}
    for arrived in (Push, SeenFile):
        session.execute(update(arrived).where(arrived.run_id == run.id).values(run_id=fresh.id))
    return fresh
