"""Taking in what has arrived: a file in a watched folder, pushed batches, messages. Each becomes a run that reads just that."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions import credentials, runs
from zhengtong.data.intake.actions.reading import drains, folders, mqtt, open_log, table_files, topics
from zhengtong.data.intake.rules import UNFINISHED, Cause, Kind, SourceConfig, SourceState, kinds
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Push, Run, SeenFile, Source
from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import jobs, logs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.given import Givens
from zhengtong.kernel.settings import Settings

NAME = "intake.look"
_PLACE = jobs.Job(NAME, lambda **_: None, steps=True)
ROWS_AT_ONCE = 500_000
LONG_QUIET_S = 300.0
IDLE_S = 0.5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 3600.0
MESSAGES_AT_ONCE = 50_000
log = logs.get("intake")


def look_soon(session: Session, source_id: UUID, *, coalesce: Sequence[str] = (jobs.WAITING,)) -> None:
    """This will have the source looked at for what has arrived, once however often it is asked meanwhile."""
    key = f"intake.look:{source_id}"
    if not session.scalar(
        select(jobs.JobRow.seq).where(jobs.JobRow.key == key, jobs.JobRow.state.in_(coalesce)).limit(1)
    ):
        jobs.enqueue(session, _PLACE, key=key, source_id=str(source_id))


def watched(session: Session) -> list[UUID]:
    """The active sources whose arrivals we go and look for: where no schedule says when, and where pushes wait."""
    active = select(Source.id).where(Source.state == SourceState.ACTIVE)
    looked_for = active.where(Source.kind.in_((Kind.FOLDER, Kind.MQTT, Kind.TOPIC)), Source.schedule == "")
    waiting = active.where(Source.kind == Kind.PUSH, Source.id.in_(select(Push.source_id).where(Push.run_id.is_(None))))
    return [*session.scalars(looked_for), *session.scalars(waiting)]


@dataclass(frozen=True, slots=True)
class Ground:
    """What taking in needs."""

    database: Database
    givens: Givens
    now: Callable[[], datetime]
    stopping: Callable[[], bool]

    @property
    def data(self) -> Path:
        data: Path = self.givens[Settings].kernel.data
        return data

    @property
    def limits(self) -> Intake:
        limits: Intake = self.givens[Settings].of(Intake)
        return limits


def take(ground: Ground, source_id: UUID) -> bool:
    """This will begin a run for what has arrived at the source; False when nothing has, or the source is busy.

    Where the source cannot be looked at, the run that begins tells it, waits and tries again as runs do.
    """
    with ground.database.read() as session:
        source = session.get(Source, source_id)
        if source is None or source.state is not SourceState.ACTIVE or is_busy(session, source_id):
            return False
    takers: dict[Kind, Callable[[Ground, Source], bool]] = {
        Kind.FOLDER: _take_file,
        Kind.PUSH: _take_pushes,
        Kind.MQTT: _take_messages,
        Kind.TOPIC: _take_topic,
    }
    if source.kind not in takers or PAUSES.holds(source_id):
        return False
    try:
        began = takers[source.kind](ground, source)
    except (errors.SourceAway, errors.SourceRefused) as failure:
        PAUSES.add(source_id)
        log.warning("intake.cannot_look", source=source.code, why=failure.say("en"))
        with ground.database.write() as session:
            if not is_busy(session, source_id):
                _begin(session, ground, source, Cause.STREAM, {"look": True})
        return True
    PAUSES.clear(source_id)
    return began


def is_busy(session: Session, source_id: UUID) -> bool:
    """True while a run of the source is under way."""
    unfinished = select(Run.id).where(Run.source_id == source_id, Run.state.in_(UNFINISHED))
    return session.scalar(unfinished.limit(1)) is not None


def _begin(session: Session, ground: Ground, source: Source, cause: Cause, what: dict[str, Any]) -> Run:
    return runs.start_run(session, SYSTEM, source.id, now=ground.now(), cause=cause, what=what)


def _take_pushes(ground: Ground, source: Source) -> bool:
    with ground.database.write() as session:
        if is_busy(session, source.id):
            return False
        waiting = select(Push).where(Push.source_id == source.id, Push.run_id.is_(None))
        some: list[Push] = []
        rows = 0
        for push in session.scalars(waiting.order_by(Push.at, Push.id).limit(500)):
            if some and rows + push.rows > ROWS_AT_ONCE:
                break
            some.append(push)
            rows += push.rows
        if not some:
            return False
        run = _begin(session, ground, source, Cause.PUSH, {"kept": [push.id.hex for push in some]})
        for push in some:
            push.run_id = run.id
    return True


def _take_file(ground: Ground, source: Source) -> bool:
    """The oldest file that has arrived and whose content is new."""
    told = kinds.Folder.model_validate({**source.settings, "kind": Kind.FOLDER})
    root = folders.checked(Path(told.path), ground.limits.folders)
    for path in folders.dropped(root, told.pattern):
        try:
            if _took_file(ground, source, told, path):
                return True
        except FileNotFoundError:  # taken away again meanwhile
            continue
    return False


def _took_file(ground: Ground, source: Source, told: kinds.Folder, path: Path) -> bool:
    before = path.stat()
    if LOOKS.is_known(source.id, path, before.st_size) or not _has_arrived(told, source.id, path, ground.limits):
        return False
    digest = table_files.sm3_of(path, ground.givens[Crypto])
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return False
    return _begin_file(ground, source, path, digest)


def _has_arrived(told: kinds.Folder, source_id: UUID, path: Path, limits: Intake) -> bool:
    if told.arrived == "done":
        return folders.is_plain_file(path.with_name(path.name + ".done"))
    return LOOKS.arrived(source_id, path, limits.steady_s)


def _begin_file(ground: Ground, source: Source, path: Path, digest: str) -> bool:
    with ground.database.write() as session:
        if is_busy(session, source.id):
            return False
        if session.get(SeenFile, (source.id, digest)) is not None:
            LOOKS.note_known(source.id, path)
            return False
        run = _begin(session, ground, source, Cause.STREAM, {"file": path.name, "digest": digest})
        size = path.stat().st_size
        seen = SeenFile(
            source_id=source.id, digest=digest, name=path.name[-255:], size=size, run_id=run.id, at=ground.now()
        )
        session.add(seen)
    LOOKS.note_known(source.id, path)
    return True


def _take_messages(ground: Ground, source: Source) -> bool:
    """One round of MQTT messages, acknowledged once they are on the disk, begun as a run in one transaction."""
    told = kinds.Mqtt.model_validate({**source.settings, "kind": Kind.MQTT})
    password = credentials.secrets_of(source, ground.givens[Keyring]).get("password", "")
    with ground.database.read() as session:
        last = session.scalar(
            select(Push.id).where(Push.source_id == source.id).order_by(Push.at.desc(), Push.id.desc()).limit(1)
        )
    into = drains.Drain(ground.data, source.id, new_id=new_id, previous=last)
    with ground.database.read() as session:
        if session.get(Push, into.id) is not None:  # killed after the run had begun
            into.close()
            return False
    name = f"zhengtong-{source.id.hex[-12:]}"
    with mqtt.connected(told, password, ground.limits.networks, client_id=name, kept=True) as line:
        drains.drain(line, into, most=MESSAGES_AT_ONCE, idle_s=IDLE_S, stop=ground.stopping)
    if not into.messages:
        return False
    with ground.database.write() as session:
        run = _begin(session, ground, source, Cause.STREAM, {"kept": [into.id.hex]})
        digest = table_files.sm3_of(into.path, ground.givens[Crypto])
        session.add(
            Push(
                id=into.id,
                source_id=source.id,
                key=f"mqtt-{into.id.hex}",
                digest=digest,
                rows=into.messages,
                run_id=run.id,
                pushed_by=SYSTEM.subject,
                at=ground.now(),
            )
        )
    into.close()
    return True


def _take_topic(ground: Ground, source: Source) -> bool:
    told = kinds.Topic.model_validate({**source.settings, "kind": Kind.TOPIC})
    secrets = credentials.secrets_of(source, ground.givens[Keyring])
    config = SourceConfig(Kind.TOPIC, source.settings, secrets, code=source.code)
    with open_log(told, config, ground.givens) as log_:
        waiting = topics.TopicReader(told, log_).waiting(source.cursor)
    if not waiting:
        return False
    with ground.database.write() as session:
        if is_busy(session, source.id):
            return False
        _begin(session, ground, source, Cause.STREAM, {})
    return True


class Looks:
    """What this process saw of watched folders at its last look: a file has arrived once it has not changed between two."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[UUID, str], tuple[int, int, float]] = {}
        self._known: dict[tuple[UUID, str], tuple[int, int]] = {}

    def arrived(self, source_id: UUID, path: Path, steady_s: float) -> bool:
        """True once size and time have stood still for some seconds, or for long already."""
        stat, now = path.stat(), time.monotonic()
        if time.time() - stat.st_mtime > LONG_QUIET_S:
            return True
        with self._lock:
            size, changed, since = self._seen.get((source_id, path.name), (-1, -1, now))
            if (size, changed) != (stat.st_size, stat.st_mtime_ns):
                self._seen[source_id, path.name] = (stat.st_size, stat.st_mtime_ns, now)
                return False
            return now - since >= steady_s

    def is_known(self, source_id: UUID, path: Path, size: int) -> bool:
        return self._known.get((source_id, path.name)) == (size, path.stat().st_mtime_ns)

    def note_known(self, source_id: UUID, path: Path) -> None:
        stat = path.stat()
        with self._lock:
            self._known[source_id, path.name] = (stat.st_size, stat.st_mtime_ns)
            self._seen.pop((source_id, path.name), None)


class Pauses:
    """Which sources could not be looked at, and until when they are left alone: longer each time, an hour at most."""

    def __init__(self) -> None:
        self._until: dict[UUID, tuple[int, float]] = {}

    def holds(self, source_id: UUID) -> bool:
        return self._until.get(source_id, (0, 0.0))[1] > time.monotonic()

    def add(self, source_id: UUID) -> None:
        count = self._until.get(source_id, (0, 0.0))[0] + 1
        self._until[source_id] = count, time.monotonic() + min(FIRST_PAUSE_S * 2**count, LONGEST_PAUSE_S)

    def clear(self, source_id: UUID) -> None:
        self._until.pop(source_id, None)


LOOKS, PAUSES = Looks(), Pauses()


def sweepable(session: Session, *, before: datetime) -> list[UUID]:
    """The arrivals whose rows have landed, or were given up, before then: their files may go."""
    done = select(Push.id).join(Run, Run.id == Push.run_id).where(Run.ended_at.is_not(None), Run.ended_at < before)
    return list(session.scalars(done.limit(10_000)))
