"""Pushed batches: kept on disk and in the database before they are acknowledged, landed by the source's next run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import arriving
from zhengtong.data.intake.actions.reading.taking import look_soon
from zhengtong.data.intake.permissions import PUSH
from zhengtong.data.intake.rules import Kind, SourceState, kinds, pushing, records
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Push, Source
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database, new_id

RETRY_S = 30


@dataclass(frozen=True, slots=True)
class Sent:
    """What came in one request."""

    key: str
    body: bytes
    media_type: str
    digest: str


def receive(
    database: Database, actor: Actor, source: str, sent: Sent, *, data: Path, limits: Intake, now: datetime
) -> tuple[Push, Source, bool]:
    """This will keep the batch; (it, its source, whether it had been kept before). Needs PUSH at the source.

    Raises SourceNotFound, NotPushed, PushKeyTaken, PushWrong, PushUnreadable, PushTooLong, PushesWaiting.
    """
    with database.read() as session:
        found = _source(session, actor, source, now=now)
        if before := _before(session, found, sent):
            return before, found, True
        _check_waiting(session, found, limits)
    rows = _rows(found, sent, limits)
    push = Push(
        id=new_id(),
        source_id=found.id,
        key=sent.key,
        digest=sent.digest,
        rows=len(rows),
        pushed_by=actor.subject,
        at=now,
    )
    path = arriving.kept_path(data, push.id)
    arriving.keep_rows(path, rows)
    try:
        with database.write() as session:
            session.add(push)
            look_soon(session, found.id)
    except IntegrityError:  # the same push came at the same time by another connection
        path.unlink(missing_ok=True)
        with database.read() as session:
            before = _before(session, found, sent)
        if before is None:
            raise
        return before, found, True
    return push, found, False


def find_push(session: Session, actor: Actor, push_id: UUID, *, now: datetime) -> tuple[Push, Source]:
    """The push, for who may push to its source. Raises SourceNotFound."""
    push = session.get(Push, push_id)
    source = session.get(Source, push.source_id) if push else None
    if push is None or source is None or not actor.may(PUSH, source.department_id):
        raise errors.SourceNotFound()
    return push, source


def _source(session: Session, actor: Actor, named: str, *, now: datetime) -> Source:
    by_id = _uuid(named)
    found = session.scalar(select(Source).where(Source.id == by_id if by_id else Source.code == named))
    if found is None or not actor.may(PUSH, found.department_id):
        raise errors.SourceNotFound()
    require(actor, PUSH, found, now=now)
    if found.kind is not Kind.PUSH:
        raise errors.NotPushed(code=found.code)
    if found.state is SourceState.RETIRED:
        raise errors.SourceRetired(code=found.code)
    if found.state is SourceState.DRAFT:
        raise errors.SourceNotReady(code=found.code)
    return found


def _before(session: Session, source: Source, sent: Sent) -> Push | None:
    before = session.scalar(select(Push).where(Push.source_id == source.id, Push.key == sent.key))
    if before is not None and before.digest != sent.digest:
        raise errors.PushKeyTaken(digest=before.digest)
    return before


def _check_waiting(session: Session, source: Source, limits: Intake) -> None:
    waiting = session.scalar(
        select(func.count()).select_from(Push).where(Push.source_id == source.id, Push.run_id.is_(None))
    )
    if (waiting or 0) >= limits.pushes_waiting:
        raise errors.PushesWaiting(count=waiting, retry_after_s=RETRY_S)


def _rows(source: Source, sent: Sent, limits: Intake) -> Sequence[records.Record]:
    told = kinds.Push.model_validate({**source.settings, "kind": Kind.PUSH})
    allowed = told.columns or tuple(dict.fromkeys(source.mapping.values()))
    try:
        pushed = pushing.read_push(sent.body, sent.media_type, allowed=allowed, required=told.required)
    except records.RecordWrong as wrong:
        raise errors.PushUnreadable(why=wrong.why) from None
    if len(pushed.rows) > limits.push_rows:
        raise errors.PushTooLong(limit=limits.push_rows, rows=len(pushed.rows))
    if pushed.faults:
        raise errors.PushWrong(count=pushed.faulty, fields=list(pushed.faults))
    if not pushed.rows:
        raise errors.PushUnreadable(why=records.NO_ROWS)
    return pushed.rows


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
