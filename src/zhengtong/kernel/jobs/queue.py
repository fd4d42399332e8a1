"""The queue's table and the small transactions on it: put, claim, keep, finish, fail, replay."""

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

from cronsim import CronSim
from pydantic_core import to_jsonable_python
from sqlalchemy import Index, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from zhengtong.kernel import clock, wake
from zhengtong.kernel.audit import Serial
from zhengtong.kernel.db import Base, new_id
from zhengtong.kernel.logs import mask, request_id

WAITING, RUNNING, DONE, DEAD, CANCELLED = "waiting", "running", "done", "dead", "cancelled"
TOPIC = "jobs"
LEASE = timedelta(seconds=30)
LONGEST_PAUSE_S = 3600.0
ERROR_LENGTH = 2000


class JobRow(Base):
    """One piece of work. `seq` orders those of one `key`; `unique` is told once for as long as the row is kept."""

    __tablename__ = "job"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    key: Mapped[str | None]
    unique: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    request_id: Mapped[str]

    __table_args__ = (Index(None, "state", "due_at"), Index(None, "key", "state", "seq"), Index(None, "name", "seq"))


class TimerRow(Base):
    """When a timer fires next and fired last."""

    __tablename__ = "timer"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]


class LeaseLost(Exception):
    """Another worker has taken the job over; what this one did since is rolled back."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work. `retries`: how often it is tried again; `pause_s`: the first pause, doubled each time."""

    name: str
    run: Callable[..., Any] = field(repr=False)
    retries: int = 8
    pause_s: float = 1.0
    steps: bool = False
    asks: Callable[..., Any] | None = field(default=None, repr=False)

    @property
    def asking(self) -> Callable[..., Any]:
        """The function whose `Given` parameters are handed in: `run` itself, or the one it stands for."""
        return self.asks or self.run


@dataclass(frozen=True, slots=True)
class Timer:
    """A job that is put in the queue `every` so often (30s, 5m, 1h) or by `cron` in the city's time. Those of the same span fire at moments
    of their own, which their names give, so that their work does not come all at once."""

    name: str
    job: Job
    every: str = ""
    cron: str = ""

    def after(self, now: datetime) -> datetime:
        """The next time after `now`."""
        if self.cron:
            from zoneinfo import ZoneInfo

            local = now.astimezone(ZoneInfo("Asia/Shanghai"))
            return next(CronSim(self.cron, local)).astimezone(now.tzinfo)
        length = span(self.every).total_seconds()
        own = crc32(self.name.encode()) / 2**32 * length
        return now + timedelta(seconds=length - (now.timestamp() - own) % length)


def span(text: str) -> timedelta:
    """`30s`, `5m`, `2h`, `1d` as a span.

    >>> span("5m").total_seconds()
    300.0
    """
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise ValueError(f"not a span like 30s, 5m, 2h, 1d: {text!r}")
    return timedelta(seconds=int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]])


@dataclass(frozen=True, slots=True)
class Registry:
    """Every kind of work and every timer of this program, by name."""

    jobs: Mapping[str, Job]
    timers: Mapping[str, Timer]


def enqueue(
    session: Session,
    job: Job,
    *,
    at: datetime | None = None,
    key: str | None = None,
    unique: str | None = None,
    **args: Any,
) -> None:
    """This will put the job in the queue with the transaction, to run at `at` (now when None).

    `unique`: a second job of the same mark is not put in. `key`: jobs of one key run in order, one at a time.
    """
    if unique is not None and session.scalar(select(JobRow.seq).where(JobRow.unique == unique)) is not None:
        return
    enqueue_many(session, job, [args], at=at, keys=[key], uniques=[unique])


def enqueue_many(
    session: Session,
    job: Job,
    many: Iterable[Mapping[str, Any]],
    *,
    at: datetime | None = None,
    keys: Iterable[str | None] | None = None,
    uniques: Iterable[str | None] | None = None,
) -> None:
    """As `enqueue`, for many sets of arguments in one statement; the caller answers for the uniqueness of `uniques`."""
    now = clock.now()
    rows = [
        {
            "name": job.name,
            "args": to_jsonable_python(dict(args)),
            "state": WAITING,
            "due_at": at or now,
            "created_at": now,
            "attempts": 0,
            "kept": {},
            "request_id": request_id.get(),
        }
        for args in many
    ]
    for column, values in (("key", keys), ("unique", uniques)):
        for row, value in zip(rows, values or [None] * len(rows), strict=True):
            row[column] = value
    if rows:
        session.execute(insert(JobRow), rows)
        wake.ring(session, TOPIC)


def _due(now: datetime) -> Any:
    earlier = aliased(JobRow)
    return and_(
        or_(
            and_(JobRow.state == WAITING, JobRow.due_at <= now),
            and_(JobRow.state == RUNNING, JobRow.lease_until < now),
        ),
        or_(
            JobRow.key.is_(None),
            ~exists().where(earlier.key == JobRow.key, earlier.state.in_((WAITING, RUNNING)), earlier.seq < JobRow.seq),
        ),
    )


def anything_due(session: Session, now: datetime) -> bool:
    return session.scalar(select(JobRow.seq).where(_due(now)).limit(1)) is not None


def next_due(session: Session) -> datetime | None:
    """When the next waiting job is due."""
    return session.scalar(select(JobRow.due_at).where(JobRow.state == WAITING).order_by(JobRow.due_at).limit(1))


def claim(session: Session, *, now: datetime, limit: int, lease: timedelta = LEASE) -> list[JobRow]:
    """This will lease up to `limit` due jobs to the caller, who runs them in this order; an expired lease is taken over.

    Of those a dead process held together only the first had begun, so only that one has used up a try.
    """
    rows = list(
        session.scalars(
            select(JobRow)
            .where(_due(now))
            .order_by(JobRow.due_at, JobRow.seq)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    token, before = new_id(), set()
    for row in rows:
        begun = row.state == WAITING or row.lease not in before
        before.add(row.lease)
        row.state, row.lease, row.lease_until = RUNNING, token, now + lease
        row.started_at, row.attempts = now, row.attempts + begun
    return rows


def keep(session: Session, row: JobRow, *, now: datetime, lease: timedelta = LEASE, **values: Any) -> None:
    """This will renew the lease and write `values`. Raises LeaseLost when another worker holds it."""
    held = update(JobRow).where(JobRow.seq == row.seq, JobRow.lease == row.lease, JobRow.state == RUNNING)
    changed = session.execute(
        held.values(lease_until=now + lease, **values).execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLost(row.name)


def finish(session: Session, row: JobRow, *, now: datetime) -> None:
    """This will mark the job done; within the transaction of its effects."""
    keep(session, row, now=now, state=DONE, finished_at=now, error=None)


def fail(session: Session, row: JobRow, job: Job | None, failure: BaseException, *, now: datetime) -> str:
    """This will have the job tried again after a pause, or lay it aside as a dead letter; returns its new state."""
    error = mask(f"{type(failure).__name__}: {failure}")[:ERROR_LENGTH]
    if job is None or row.attempts > job.retries:
        keep(session, row, now=now, state=DEAD, finished_at=now, error=error)
        return DEAD
    pause = min(job.pause_s * 2 ** (row.attempts - 1), LONGEST_PAUSE_S) * random.uniform(0.75, 1.25)  # noqa: S311
    keep(session, row, now=now, state=WAITING, due_at=now + timedelta(seconds=pause), error=error)
    return WAITING


def replay(session: Session, row: JobRow, *, now: datetime) -> bool:
    """This will put a dead or cancelled job in the queue again, with all its tries. False when it is neither."""
    if row.state not in (DEAD, CANCELLED):
        return False
    row.state, row.due_at, row.attempts, row.finished_at = WAITING, now, 0, None
    wake.ring(session, TOPIC)
    return True


def cancel(row: JobRow, *, now: datetime) -> bool:
    """This will take a waiting job out of the queue. False when it is no longer waiting."""
    if row.state != WAITING:
        return False
    row.state, row.finished_at = CANCELLED, now
    return True


def release_all(session: Session) -> int:
    """This will free the leases of a process that is gone; only for the one process that serves a SQLite file."""
    freed = session.execute(update(JobRow).where(JobRow.state == RUNNING).values(lease_until=JobRow.started_at))
    return freed.rowcount  # type: ignore[attr-defined,no-any-return]
