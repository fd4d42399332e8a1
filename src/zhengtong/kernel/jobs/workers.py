"""The threads that run jobs, keep their leases, and fire timers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from prometheus_client import Counter, Histogram
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from zhengtong.kernel import clock, given, logs
from zhengtong.kernel.db import Database
from zhengtong.kernel.jobs import queue
from zhengtong.kernel.jobs.queue import Job, JobRow, LeaseLost, Registry, TimerRow
from zhengtong.kernel.wake import Wake

T = TypeVar("T")
BATCH = 10
IDLE_S = 1.0
KEEP_DONE = timedelta(days=3)
log = logs.get("jobs")
RAN = Counter("zhengtong_jobs_total", "Jobs run, by outcome", ["name", "outcome"])
TOOK = Histogram("zhengtong_job_seconds", "Time a job ran", ["name"])


class Run:
    """What a stepwise job works with. `kept` is its own memory between steps: change it inside a write."""

    def __init__(self, row: JobRow, workers: "Workers") -> None:
        self._row = row
        self._workers = workers
        self.kept: dict[str, Any] = dict(row.kept)
        self.seq = row.seq

    def now(self) -> datetime:
        return clock.now()

    def given(self, kind: type[T]) -> T:
        """The open engine of this type."""
        found: T = self._workers.givens[kind]
        return found

    @property
    def database(self) -> Database:
        return self._workers.database

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._workers.database.read() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One step: its effects, `kept` and the renewed lease are committed together. Raises LeaseLost."""
        with self._workers.database.write() as session:
            yield session
            queue.keep(session, self._row, now=clock.now(), lease=self._workers.lease, kept=dict(self.kept))

    @property
    def stopping(self) -> bool:
        """True once the program is stopping: end at the next step, the job is taken up again."""
        return self._workers.stopping


class Stopping(Exception):
    """Raised by a stepwise job that ends early because the program stops; it is taken up again, uncounted."""


class Workers:
    """`threads` workers, one lease keeper, one clockwork. `start` and `stop` them with the program."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        wake: Wake,
        *,
        givens: given.Givens,
        threads: int = 2,
        lease: timedelta = queue.LEASE,
    ) -> None:
        self.database, self.registry, self.wake, self.givens = database, registry, wake, givens
        self.lease = lease
        self._held: dict[int, JobRow] = {}
        self._stop, self._claiming = threading.Event(), threading.Lock()
        loops = [self._work] * threads + [self._keep_leases, self._clockwork]
        self._threads = [threading.Thread(target=self._loop, args=(loop,), daemon=True) for loop in loops]

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def start(self) -> None:
        with self.database.write() as session:
            if self.database.is_sqlite:
                queue.release_all(session)
            self._plan_timers(session, clock.now())
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ends after the jobs in hand; what is not begun is given back."""
        self._stop.set()
        self.wake.ring_all({queue.TOPIC})
        until = time.monotonic() + timeout_s
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join(max(0.1, until - time.monotonic()))

    def drain(self, *, limit: int = 100_000) -> int:
        """This will run what is due here and now, in this thread, until nothing is; returns how many ran (tests, CLI)."""
        ran = 0
        while ran < limit and (rows := self._claim(1)):
            self._run(rows[0])
            ran += 1
        return ran

    def _loop(self, turn: Any) -> None:
        while not self._stop.is_set():
            try:
                turn()
            except DBAPIError as failure:
                log.warning("jobs.database_away", error=str(failure.orig))
                self._stop.wait(1.0)
            except Exception:
                log.exception("jobs.loop_failed")
                self._stop.wait(1.0)

    def _work(self) -> None:
        seen = self.wake.seen(queue.TOPIC)
        rows = self._claim(BATCH)
        try:
            for row in rows:
                take = self._give_back if self._stop.is_set() else self._run
                take(row)
        finally:  # where the database went away, what was not begun must not be kept leased for ever
            for row in rows:
                self._held.pop(row.seq, None)
        if not rows:
            self.wake.wait(queue.TOPIC, seen, self._idle_s())

    def _idle_s(self) -> float:
        with self.database.read() as session:
            due = queue.next_due(session)
        return IDLE_S if due is None else min(max((due - clock.now()).total_seconds(), 0.02), IDLE_S)

    def _claim(self, limit: int) -> list[JobRow]:
        with self._claiming:  # both are woken for one job: the second is to find it taken, not to take the write lock
            now = clock.now()
            with self.database.read() as session:
                if not queue.anything_due(session, now):
                    return []
            with self.database.write() as session:
                rows = queue.claim(session, now=now, limit=limit, lease=self.lease)
        self._held.update({row.seq: row for row in rows})
        return rows

    def _run(self, row: JobRow) -> None:
        job = self.registry.jobs.get(row.name)
        token = logs.request_id.set(row.request_id or f"job-{row.seq}")
        started = time.perf_counter()
        try:
            if job is None:
                raise LookupError(f"no job named {row.name} in this program")
            if row.attempts > job.retries + 1:
                raise RuntimeError("the worker died while running it, too often")
            self._execute(row, job)
            outcome = queue.DONE
        except LeaseLost:
            outcome = "lost"
        except Stopping:
            outcome = "given_back"
            self._give_back(row)
        except Exception as failure:  # noqa: BLE001 - the edge of a job: whatever it raises is kept and told
            outcome = self._failed(row, job, failure)
        finally:
            self._held.pop(row.seq, None)
            logs.request_id.reset(token)
        RAN.labels(row.name, outcome).inc()
        TOOK.labels(row.name).observe(time.perf_counter() - started)

    def _execute(self, row: JobRow, job: Job) -> None:
        if job.steps:
            job.run(Run(row, self), **row.args)
            with self.database.write() as session:
                queue.finish(session, row, now=clock.now())
            return
        with self.database.write() as session:
            now = clock.now()
            queue.finish(session, row, now=now)
            job.run(session, now=now, **given.fill(job.asking, self.givens), **row.args)

    def _failed(self, row: JobRow, job: Job | None, failure: Exception) -> str:
        try:
            with self.database.write() as session:
                state = queue.fail(session, row, job, failure, now=clock.now())
        except LeaseLost:
            return "lost"
        level = log.error if state == queue.DEAD else log.warning
        level("jobs.failed", job=row.name, seq=row.seq, attempt=row.attempts, state=state, exc_info=failure)
        return "dead" if state == queue.DEAD else "retried"

    def _give_back(self, row: JobRow) -> None:
        with self.database.write() as session:
            queue.keep(session, row, now=clock.now(), state=queue.WAITING, attempts=row.attempts - 1)
        self._held.pop(row.seq, None)

    def _keep_leases(self) -> None:
        self._stop.wait(self.lease.total_seconds() / 3)
        late = clock.now() - self.lease * 2 / 3
        for row in list(self._held.values()):
            if row.started_at and row.started_at < late and row.seq in self._held:
                try:
                    with self.database.write() as session:
                        queue.keep(session, row, now=clock.now(), lease=self.lease)
                except LeaseLost:
                    self._held.pop(row.seq, None)

    def _clockwork(self) -> None:
        now = clock.now()
        with self.database.read() as session:
            due = list(session.scalars(select(TimerRow.name).where(TimerRow.next_at <= now)))
        for name in due:
            with self.database.write() as session:
                self.fire(session, name, now=now)
        self._stop.wait(0.5)

    def fire(self, session: Session, name: str, *, now: datetime) -> None:
        """This will put a due timer's job in the queue, once however many times were missed, and plan the next."""
        row = session.scalar(select(TimerRow).where(TimerRow.name == name).with_for_update())
        timer = self.registry.timers.get(name)
        if row is None or row.next_at > now or timer is None:
            return
        key, waits = f"timer:{name}", (JobRow.key == f"timer:{name}", JobRow.state == queue.WAITING)
        if session.scalar(select(JobRow.seq).where(*waits).limit(1)) is None:
            queue.enqueue(session, timer.job, key=key, unique=f"{name}@{row.next_at.isoformat()}")
        row.last_at, row.next_at = now, timer.after(now)

    def _plan_timers(self, session: Session, now: datetime) -> None:
        known = {row.name: row for row in session.scalars(select(TimerRow))}
        for name, timer in self.registry.timers.items():
            if name not in known:
                session.add(TimerRow(name=name, next_at=timer.after(now)))
            elif known[name].next_at > timer.after(now):
                known[name].next_at = timer.after(now)
        for name in known.keys() - self.registry.timers.keys():
            session.delete(known[name])


def prune(session: Session, *, now: datetime) -> None:
    """This will delete jobs done more than three days ago; dead letters stay until a person decides."""
    session.execute(delete(JobRow).where(JobRow.state == queue.DONE, JobRow.finished_at < now - KEEP_DONE))


PRUNE = Job("kernel.prune_jobs", prune)
TIMERS = (queue.Timer("kernel.prune_jobs", PRUNE, cron="20 3 * * *"),)
