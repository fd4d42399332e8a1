"""What can be asked of the engine room: the kernel's queue, its events and timers, and what the machine measures."""

import os
import platform
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, LargeBinary, Select, and_, func, not_, or_, select, text
from sqlalchemy.orm import Session

from zhengtong.engines import sealing
from zhengtong.kernel import assets, errors, events, jobs
from zhengtong.kernel.db import Base, Database
from zhengtong.kernel.errors import Words
from zhengtong.kernel.given import Givens
from zhengtong.office.operations import rules
from zhengtong.office.operations.errors import EventNotFound, JobNotFound
from zhengtong.office.operations.rules import JobState

CHUNK = 500
OPENED, ANSWERS = Words("已打开", "Open"), Words("运行正常", "Answers")
MOST_EVENTS = 1000


def jobs_in(state: JobState | None, name: str | None) -> Select[jobs.JobRow]:
    """Jobs of a state and a name."""
    statement = select(jobs.JobRow)
    if name:
        statement = statement.where(jobs.JobRow.name == name)
    if state in (JobState.WAITING, JobState.RETRYING):
        tried = jobs.JobRow.attempts > 0 if state is JobState.RETRYING else jobs.JobRow.attempts == 0
        return statement.where(jobs.JobRow.state == jobs.WAITING, tried)
    return statement.where(jobs.JobRow.state == state.value) if state else statement


def sealed_under(session: Session, keys: Iterable[str]) -> Counter[str]:
    """How many values hang on each key, in every binary column there is."""
    found: Counter[str] = Counter()
    for column in sealing.binary_columns(Base.metadata):
        for key in keys:
            head = func.substr(column, 1, sealing.HEAD, type_=LargeBinary) == sealing.head_of(key)
            found[key] += session.scalar(select(func.count()).select_from(column.table).where(head)) or 0
    return found


def not_under(column: Column[Any], key: str) -> ColumnElement[bool]:
    """Holds for the rows whose value another key has sealed."""
    head = func.substr(column, 1, sealing.HEAD, type_=LargeBinary)
    is_open = func.substr(column, 1, len(sealing.OPEN), type_=LargeBinary) == sealing.OPEN
    return and_(column.is_not(None), head != sealing.head_of(key), not_(is_open))


@cache
def known_names() -> dict[str, Words]:
    """What each job, timer, listener (`work.yaml`) and event (`events.yaml`) is called."""
    files = ((assets.path("rules") / "operations" / name).read_text("utf-8") for name in ("work.yaml", "events.yaml"))
    return {name: Words(*label) for text in files for name, label in assets.load_yaml(text).items()}


def label_of(name: str) -> Words:
    """The name as people say it; one not known yet is called by its own."""
    return known_names().get(name, Words(name, name))


def get_job(session: Session, number: int, *, lock: bool = False) -> jobs.JobRow:
    """Raises JobNotFound."""
    row = session.get(jobs.JobRow, number, with_for_update=lock) if abs(number) < 2**63 else None
    if row is None:
        raise JobNotFound(number=number)
    return row


def count_jobs(session: Session) -> Counter[JobState]:
    """How many jobs are not done, by state."""
    tried = (jobs.JobRow.attempts > 0).label("tried")
    open_states = (jobs.WAITING, jobs.RUNNING, jobs.DEAD)
    statement = select(jobs.JobRow.state, tried, func.count()).where(jobs.JobRow.state.in_(open_states))
    found: Counter[JobState] = Counter()
    for state, attempts, count in session.execute(statement.group_by(jobs.JobRow.state, tried)):
        found[rules.state_of(state, int(attempts))] += count
    return found


def count_due(session: Session, *, now: datetime, running: bool = False) -> int:
    """How many jobs wait and are due; with `running`, those that are being worked too."""
    states = (jobs.WAITING, jobs.RUNNING) if running else (jobs.WAITING,)
    due = select(func.count()).where(jobs.JobRow.state.in_(states), jobs.JobRow.due_at <= now)
    return session.scalar(due) or 0


def count_by_name(session: Session) -> dict[str, Counter[JobState]]:
    """How many jobs are not done, by name and state."""
    tried = (jobs.JobRow.attempts > 0).label("tried")
    open_states = (jobs.WAITING, jobs.RUNNING, jobs.DEAD)
    statement = select(jobs.JobRow.name, jobs.JobRow.state, tried, func.count())
    statement = statement.where(jobs.JobRow.state.in_(open_states)).group_by(jobs.JobRow.name, jobs.JobRow.state, tried)
    found: dict[str, Counter[JobState]] = {}
    for name, state, attempts, count in session.execute(statement):
        found.setdefault(name, Counter())[rules.state_of(state, int(attempts))] += count
    return found


def oldest_waiting_s(session: Session, *, now: datetime) -> float | None:
    """For how many seconds the oldest due job has waited; None when none is due."""
    statement = select(func.min(jobs.JobRow.due_at)).where(jobs.JobRow.state == jobs.WAITING)
    due = session.scalar(statement)
    return max((now - due).total_seconds(), 0.0) if due and due <= now else None


def leases(session: Session) -> list[jobs.JobRow]:
    """The jobs that are running now, the longest first."""
    statement = select(jobs.JobRow).where(jobs.JobRow.state == jobs.RUNNING).order_by(jobs.JobRow.started_at)
    return list(session.scalars(statement.limit(100)))


def events_in(
    session: Session, listeners: events.Listeners, *, kind: str | None, state: JobState | None
) -> Select[Any]:
    """Events of a type; with a state, those one of whose deliveries stands there."""
    statement = select(events.EventRow)
    if kind:
        statement = statement.where(events.EventRow.type == kind)
    if state:
        names = [one.name for several in listeners.values() for one in several]
        rows = session.scalars(jobs_in(state, None).where(jobs.JobRow.name.in_(names)).limit(MOST_EVENTS))
        ids = {UUID(row.args["event_id"]) for row in rows if "event_id" in row.args}
        statement = statement.where(events.EventRow.id.in_(ids))
    return statement


def get_event(session: Session, event_id: UUID) -> events.EventRow:
    """Raises EventNotFound."""
    row = session.scalar(select(events.EventRow).where(events.EventRow.id == event_id))
    if row is None:
        raise EventNotFound()
    return row


def deliveries_of(
    session: Session, listeners: events.Listeners, told: Iterable[events.EventRow]
) -> dict[UUID, list[jobs.JobRow]]:
    """The jobs that deliver these events, by event; those done more than three days ago are no longer there."""
    wanted = list(told)
    keys = [f"{one.name}:{row.key}" for row in wanted if row.key for one in listeners.get(row.type, ())]
    found: dict[UUID, list[jobs.JobRow]] = {row.id: [] for row in wanted}
    for start in range(0, len(keys), CHUNK):
        statement = select(jobs.JobRow).where(jobs.JobRow.key.in_(keys[start : start + CHUNK]))
        _sort_in(found, session.scalars(statement.order_by(jobs.JobRow.seq)).all())
    keyless = [str(row.id) for row in wanted if not row.key]
    if keyless:
        names = [one.name for row in wanted for one in listeners.get(row.type, ())]
        statement = select(jobs.JobRow).where(jobs.JobRow.name.in_(names), jobs.JobRow.key.is_(None))
        statement = statement.where(jobs.JobRow.args["event_id"].as_string().in_(keyless))
        _sort_in(found, session.scalars(statement).all())
    return found


def _sort_in(found: dict[UUID, list[jobs.JobRow]], rows: Sequence[jobs.JobRow]) -> None:
    for row in rows:
        event_id = UUID(row.args["event_id"]) if "event_id" in row.args else None
        if event_id in found:
            found[event_id].append(row)


def timers(session: Session) -> dict[str, jobs.TimerRow]:
    """When each timer fires next and fired last."""
    return {row.name: row for row in session.scalars(select(jobs.TimerRow))}


def last_run(session: Session, timer: str) -> jobs.JobRow | None:
    """The last job a timer put in the queue, while it is kept."""
    statement = select(jobs.JobRow).where(jobs.JobRow.key == f"timer:{timer}")
    return session.scalar(statement.order_by(jobs.JobRow.seq.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """How many jobs have failed for good; the name and number of the newest."""

    count: int
    name: str
    number: int


def newest_dead(session: Session) -> DeadLetters | None:
    """The dead letters; None when there are none."""
    dead = jobs.JobRow.state == jobs.DEAD
    newest = session.execute(
        select(jobs.JobRow.name, jobs.JobRow.seq).where(dead).order_by(jobs.JobRow.finished_at.desc()).limit(1)
    ).first()
    count = session.scalar(select(func.count()).where(dead)) or 0
    return DeadLetters(count, newest[0], newest[1]) if newest else None


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """The database as it stands. Sizes in bytes; `wal` is SQLite's log. `ahead_s`: its clock against ours."""

    kind: str
    version: str
    size: int
    wal: int | None
    ahead_s: float | None


@dataclass(frozen=True, slots=True)
class MachineHealth:
    """The machine as it stands. Sizes in bytes."""

    disk_free: int
    disk_total: int
    memory: int
    python: str
    system: str


def database_health(session: Session, database: Database, *, now: datetime) -> DatabaseHealth:
    """The database's kind, size, and clock."""
    if not database.is_sqlite:
        version, size, clock = session.execute(
            text("select current_setting('server_version'), pg_database_size(current_database()), clock_timestamp()")
        ).one()
        return DatabaseHealth("postgresql", version, size, None, (clock - now).total_seconds())
    version = session.scalar(text("select sqlite_version()"))
    pages, page = session.scalar(text("pragma page_count")), session.scalar(text("pragma page_size"))
    log = Path(f"{database.url.database}-wal")
    return DatabaseHealth(
        "sqlite", str(version), int(pages) * int(page), log.stat().st_size if log.exists() else 0, None
    )


def machine_health(data: Path) -> MachineHealth:
    """The disk of the data folder, this process's memory, its Python."""
    place = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    disk = shutil.disk_usage(place)
    return MachineHealth(disk.free, disk.total, _memory(), sys.version.split()[0], platform.platform(terse=True))


def _memory() -> int:
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """How an engine answered when it was asked whether it works."""

    name: str
    adapter: str
    failure: Words | None
    took_s: float
    promise: Words = OPENED


def ask_engines(givens: Givens) -> list[EngineAnswer]:
    """Each open engine asked in turn whether it works; those that cannot be asked were opened, which is all that is known."""
    answers = []
    for kind, engine in givens.items():
        if not kind.__module__.startswith("zhengtong.engines."):
            continue
        check = getattr(engine, "check", None)
        began = time.perf_counter()
        failure = _failure(check) if check else None
        adapter = type(engine).__module__.rpartition(".")[2]
        promise = ANSWERS if check else OPENED
        answers.append(EngineAnswer(kind.__name__.lower(), adapter, failure, time.perf_counter() - began, promise))
    return sorted(answers, key=lambda answer: answer.name)


def _failure(check: Callable[[], None]) -> Words | None:
    try:
        check()
    except errors.Problem as problem:
        return Words(problem.say("zh"), problem.say("en"))
    return None


def waiting_or_dead(counted: Counter[JobState]) -> tuple[int, int]:
    """Of counted jobs: those that wait (to be tried again, too), and the dead."""
    return counted[JobState.WAITING] + counted[JobState.RETRYING], counted[JobState.DEAD]


def dead_or_cancelled(name: str | None, numbers: Sequence[int] | None, *, limit: int) -> Select[jobs.JobRow]:
    """Jobs that can be replayed, chosen by number or by name, locked."""
    state = or_(jobs.JobRow.state == jobs.DEAD, jobs.JobRow.state == "cancelled")
    statement = select(jobs.JobRow).where(state if numbers is not None else jobs.JobRow.state == jobs.DEAD)
    if numbers is not None:
        statement = statement.where(jobs.JobRow.seq.in_(numbers))
    if name is not None:
        statement = statement.where(jobs.JobRow.name == name)
    return statement.order_by(jobs.JobRow.seq).limit(limit).with_for_update()
