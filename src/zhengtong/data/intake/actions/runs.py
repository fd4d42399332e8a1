"""Runs as people start, pause, resume and cancel them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions import uploaded
from zhengtong.data.intake.actions.running import ending
from zhengtong.data.intake.actions.running.queueing import pass_on
from zhengtong.data.intake.permissions import RUN
from zhengtong.data.intake.rules import UNFINISHED, Asked, Cause, Kind, RunState, SourceState
from zhengtong.data.intake.rules.kinds import LOOKED_FOR
from zhengtong.data.intake.tables import Run, Source, UploadState
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words

QUEUES = (Cause.UPLOAD, Cause.PUSH, Cause.STREAM, Cause.REPLAY)
STATES = {
    RunState.WAITING: Words("正在等待", "waiting"),
    RunState.RUNNING: Words("正在进行", "running"),
    RunState.PAUSED: Words("已暂停", "paused"),
    RunState.LANDED: Words("已完成", "landed"),
    RunState.FAILED: Words("已失败", "failed"),
    RunState.CANCELLED: Words("已取消", "cancelled"),
}
ALLOWS = {"too-many-bad": "bad", "too-many-gone": "gone"}
DRIFTED = "columns-changed"


def start_run(
    session: Session,
    actor: Actor,
    source_id: UUID,
    *,
    now: datetime,
    cause: Cause = Cause.PERSON,
    what: Mapping[str, Any] | None = None,
    queued: bool = True,
) -> Run:
    """This will put a run of the source in the queue. Needs RUN there.

    `what`: the file or push that it reads; such runs wait for one another. `queued` false: the caller
    puts it in the queue. Raises SourceRetired, SourceNotReady, SourceBusy.
    """
    source = session.get(Source, source_id, with_for_update=True)
    if source is None:
        raise errors.SourceNotFound()
    require(actor, RUN, source, now=now)
    if source.state is SourceState.RETIRED:
        raise errors.SourceRetired(code=source.code)
    if source.item_id is None or not source.mapping:
        raise errors.SourceNotReady(code=source.code)
    unfinished = session.scalar(select(Run.id).where(Run.source_id == source_id, Run.state.in_(UNFINISHED)).limit(1))
    if unfinished and cause not in QUEUES:
        raise errors.SourceBusy(code=source.code)
    source.runs += 1
    run = Run(
        id=new_id(),
        source_id=source.id,
        number=source.runs,
        cause=cause,
        state=RunState.WAITING,
        asked=Asked.NOTHING,
        what=dict(what or _looking(source, cause)),
        drift=[],
        turn=0,
        created_at=now,
        created_by=actor.subject,
        created_by_name=actor.name,
        changed_at=now,
    )
    session.add(run)
    session.flush()
    if queued and not unfinished:
        pass_on(session, run)
    if cause is Cause.PERSON:
        audit.record(session, actor, "intake.run_started", source, after={"number": run.number}, at=now)
    return run


def _looking(source: Source, cause: Cause) -> Mapping[str, Any]:
    """What is sent to us is looked for: such a run lands nothing itself, and what has arrived gets runs of its own after it."""
    return {"look": True} if source.kind in LOOKED_FOR and cause in (Cause.PERSON, Cause.SCHEDULE) else {}


def is_behind(session: Session, run: Run) -> bool:
    """True while an earlier run of the source is not over; its end puts this one in the queue."""
    earlier = (Run.source_id == run.source_id, Run.number < run.number, Run.state.in_(UNFINISHED))
    return session.scalar(select(Run.id).where(*earlier).limit(1)) is not None


def start_by_hand(session: Session, actor: Actor, source: Source, upload_id: UUID | None, *, now: datetime) -> Run:
    """This will run the source because a person wants it; of uploads, the one named. Needs RUN. Raises UploadNotFound."""
    if source.kind is not Kind.UPLOAD:
        return start_run(session, actor, source.id, now=now)
    if upload_id is None:
        raise errors.UploadNotFound()
    upload = uploaded.upload_of(session, actor, upload_id)
    upload.state = UploadState.USED
    return start_run(session, actor, source.id, now=now, cause=Cause.UPLOAD, what=uploaded.what_of(upload))


def pause_run(session: Session, actor: Actor, run: Run, *, now: datetime) -> None:
    """This will have the run pause after the batch in hand. Needs RUN. Raises RunNotSo."""
    source = _permitted(session, actor, run, now)
    if run.state not in (RunState.WAITING, RunState.RUNNING):
        raise errors.RunNotSo(state=STATES[run.state], deed=Words("暂停", "paused"))
    if run.state is RunState.WAITING:
        ending.pauses(session, run, None, now=now)
    else:
        run.asked, run.changed_at = Asked.PAUSE, now
    audit.record(session, actor, "intake.run_paused", source, after={"number": run.number}, at=now)


def resume_run(session: Session, actor: Actor, run: Run, *, now: datetime) -> None:
    """This will have a paused run go on; what stopped it (too many bad rows, too many gone) is allowed for this run. Needs RUN.

    Raises RunNotSo, DriftUnconfirmed.
    """
    source = _permitted(session, actor, run, now)
    if run.state is not RunState.PAUSED:
        raise errors.RunNotSo(state=STATES[run.state], deed=Words("继续", "resumed"))
    if (run.reason or {}).get("code") == DRIFTED:
        raise errors.DriftUnconfirmed()
    if allowed := ALLOWS.get((run.reason or {}).get("code", "")):
        run.what = {**run.what, "allowed": sorted({*run.what.get("allowed", ()), allowed})}
    resume(session, run, now=now)
    audit.record(
        session, actor, "intake.run_resumed", source, after={"number": run.number, "allowed": allowed or ""}, at=now
    )


def resume(session: Session, run: Run, *, now: datetime) -> None:
    """This will put a paused run in the queue again."""
    run.state, run.reason, run.asked, run.again_at, run.changed_at = RunState.WAITING, None, Asked.NOTHING, None, now
    pass_on(session, run)


def cancel_run(session: Session, actor: Actor, run: Run, *, now: datetime) -> None:
    """This will end the run after the batch in hand; what has landed stays. Needs RUN. Raises RunNotSo."""
    source = _permitted(session, actor, run, now)
    if run.state not in UNFINISHED:
        raise errors.RunNotSo(state=STATES[run.state], deed=Words("取消", "cancelled"))
    if run.state is RunState.RUNNING:
        run.asked, run.changed_at = Asked.CANCEL, now
    else:
        ending.cancelled(session, run, now=now)
    audit.record(session, actor, "intake.run_cancelled", source, after={"number": run.number}, at=now)


def _permitted(session: Session, actor: Actor, run: Run, now: datetime) -> Source:
    source = session.get_one(Source, run.source_id)
    require(actor, RUN, source, now=now)
    return source
