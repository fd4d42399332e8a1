"""What can be done in the engine room. Each deed is audited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Column, select, update
from sqlalchemy.orm import Session

from zhengtong.engines import sealing
from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.engines.sealing import Sealed
from zhengtong.kernel import audit, jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Base, Database
from zhengtong.office.operations import queries, rules
from zhengtong.office.operations.errors import CannotCancel, CannotReplay, NothingChosen, TimerNotFound
from zhengtong.office.operations.permissions import ACT

MOST_AT_ONCE = 1000
ROWS_A_STEP = 200


@dataclass(frozen=True, slots=True)
class Recorded:
    """A job or timer as the audit names it."""

    __tablename__: ClassVar[str] = "job"
    id: str
    name: str


def replay_job(session: Session, actor: Actor, number: int, *, now: datetime) -> jobs.JobRow:
    """This will put a failed or cancelled job in the queue again. Raises JobNotFound, CannotReplay."""
    require(actor, ACT, now=now)
    row = queries.get_job(session, number, lock=True)
    before = rules.state_of(row.state, row.attempts)
    if not jobs.replay(session, row, now=now):
        raise CannotReplay(number=number, state=rules.STATES[before])
    _record(session, actor, "operations.job_replayed", row, before, now)
    return row


def replay_jobs(
    session: Session, actor: Actor, *, numbers: Sequence[int] | None, name: str | None, now: datetime
) -> list[int]:
    """This will replay up to a thousand jobs: those numbered, or the dead ones of a name. Raises NothingChosen."""
    require(actor, ACT, now=now)
    if numbers is None and name is None:
        raise NothingChosen()
    rows = list(session.scalars(queries.dead_or_cancelled(name, numbers, limit=MOST_AT_ONCE)))
    for row in rows:
        before = rules.state_of(row.state, row.attempts)
        jobs.replay(session, row, now=now)
        _record(session, actor, "operations.job_replayed", row, before, now)
    return [row.seq for row in rows]


def cancel_job(session: Session, actor: Actor, number: int, *, reason: str, now: datetime) -> jobs.JobRow:
    """This will take a waiting job out of the queue. Raises JobNotFound, CannotCancel."""
    require(actor, ACT, now=now)
    row = queries.get_job(session, number, lock=True)
    before = rules.state_of(row.state, row.attempts)
    if not jobs.cancel(row, now=now):
        raise CannotCancel(number=number, state=rules.STATES[before])
    _record(session, actor, "operations.job_cancelled", row, before, now, reason=reason)
    return row


def run_timer(session: Session, actor: Actor, registry: jobs.Registry, name: str, *, now: datetime) -> jobs.Timer:
    """This will put a timer's job in the queue now; its next time stays as planned. Raises TimerNotFound."""
    require(actor, ACT, now=now)
    timer = registry.timers.get(name)
    if timer is None:
        raise TimerNotFound(name=name)
    jobs.enqueue(session, timer.job, key=f"timer:{name}")
    audit.record(session, actor, "operations.timer_run", Recorded(name, timer.job.name), at=now)
    return timer


def seal_again(database: Database, keyring: Keyring, *, stop: Callable[[], bool] = lambda: False) -> int:
    """This will move every marked value that an older key has sealed to the present one, and its blind index with it, some
    rows a transaction; returns how many. Cut short, it goes on where it was.

    Raises KeyUnknown or SealBroken for a value that does not open.
    """
    moved = 0
    for column, mark in sealing.marked_columns(Base.metadata):
        while not stop():
            with database.write() as session:
                some = _seal_some(session, keyring, column, mark)
            moved += some
            if some < ROWS_A_STEP:
                break
    return moved


def _seal_some(session: Session, keyring: Keyring, column: Column[Any], mark: Sealed) -> int:
    table = column.table
    keys, attached = list(table.primary_key.columns), table.columns[mark.attached]
    older = select(column, attached, *keys).where(queries.not_under(column, keyring.current))
    rows = session.execute(older.limit(ROWS_A_STEP).with_for_update()).all()
    for value, owner, *own in rows:
        purpose, fresh = Purpose(mark.purpose), keyring.reseal(Purpose(mark.purpose), value, owner.bytes)
        values: dict[str, Any] = {column.name: fresh}
        if mark.index:
            values[mark.index] = keyring.blind_index(purpose, keyring.open(purpose, fresh, owner.bytes).decode())
        this = [key == one for key, one in zip(keys, own, strict=True)]
        session.execute(update(table).where(*this).values(values))
    return len(rows)


def _record(
    session: Session,
    actor: Actor,
    action: str,
    row: jobs.JobRow,
    before: rules.JobState,
    now: datetime,
    **after: str,
) -> None:
    thing = Recorded(str(row.seq), row.name)
    after = {"state": row.state, **after}
    audit.record(session, actor, action, thing, before={"state": before.value}, after=after, at=now)
