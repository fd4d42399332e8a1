"""One slice of a run: what a job does before it lets others have their turn."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions import credentials
from zhengtong.data.intake.actions.landing import collecting, landing, planning, removing, replaying
from zhengtong.data.intake.actions.landing.ahead import Ahead
from zhengtong.data.intake.actions.landing.collecting import Cut, Keys, Opened, Seen
from zhengtong.data.intake.actions.landing.planning import Plan
from zhengtong.data.intake.actions.landing.readying import Ready, make_ready
from zhengtong.data.intake.actions.reading import open_reader
from zhengtong.data.intake.actions.running import drifting, ending
from zhengtong.data.intake.actions.running.queueing import NAME, pass_on
from zhengtong.data.intake.rules import UNFINISHED, Asked, Cursor, Mode, Reader, RunState
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Run, Source
from zhengtong.engines.compute import Compute
from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.engines.lake import Lake
from zhengtong.kernel import jobs, wake
from zhengtong.kernel.errors import Problem, Unavailable
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity

FAULTS = 4
TICK_S = 1.0
MB = 2**20
STOPS = (errors.TooManyBad, errors.TooManyGone, errors.ColumnsChanged)
OUR_OWN = (errors.DiskLow,)


def run_slice(run: jobs.Run, *, run_id: str, turn: int) -> None:
    """This will work on the run for some seconds: land batches, and leave the rest to the next slice."""
    if not _begin(run, UUID(run_id), turn):
        return
    try:
        _Slice(run, UUID(run_id)).work()
    except Unavailable as away:
        _waits(run, UUID(run_id), away)
    except Problem as problem:
        with run.write() as session:
            row = session.get_one(Run, UUID(run_id))
            end = ending.pauses if isinstance(problem, STOPS) else ending.fails
            end(session, row, ending.words_of(problem), now=run.now())


def _begin(run: jobs.Run, run_id: UUID, turn: int) -> bool:
    """True when this job is the one that works on the run now; what was asked of the run meanwhile is done."""
    with run.write() as session:
        row, job = session.get(Run, run_id), session.get_one(jobs.JobRow, run.seq)
        if row is None or row.turn != turn or row.state not in (RunState.WAITING, RunState.RUNNING):
            return False
        if job.error and job.attempts > FAULTS:
            ending.fails(session, row, _fault(job.error), now=run.now())
            return False
        if job.attempts > 1 and not job.error:
            pass_on(session, row)  # its process was killed: a fresh job, whose tries are not used up
            return False
        if _obeyed(session, row, run.now()) or _is_behind(session, row):
            return False
        if _is_crowded(session, run):
            pass_on(session, row, at=run.now() + ending.SHORT_PAUSE)
            return False
        row.state, row.reason, row.again_at, row.changed_at = RunState.RUNNING, None, None, run.now()
        row.begun_at = row.begun_at or run.now()
        wake.ring(session, ending.topic(row.id))
    return True


def _fault(error: str) -> dict[str, Any]:
    return {
        "code": "fault",
        "zh": f"程序出错（{error[:200]}），请把运行管理中的失败任务交给维护者。",
        "en": f"A fault of the program ({error[:200]}); give the failed job under Operations to its maintainers.",
    }


def _obeyed(session: Session, row: Run, now: datetime) -> bool:
    """True when a person asked for a pause or an end, which is done."""
    if row.asked is Asked.CANCEL:
        ending.cancelled(session, row, now=now)
    if row.asked is Asked.PAUSE:
        ending.pauses(session, row, None, now=now)
    return row.state not in (RunState.WAITING, RunState.RUNNING)


def _is_behind(session: Session, row: Run) -> bool:
    """True while an earlier run of the source is not over; its end puts this one in the queue."""
    earlier = (Run.source_id == row.source_id, Run.number < row.number, Run.state.in_(UNFINISHED))
    return session.scalar(select(Run.id).where(*earlier).limit(1)) is not None


def _is_crowded(session: Session, run: jobs.Run) -> bool:
    """True when as many runs are at work as may be, so that other jobs find a thread."""
    settings = run.given(Settings)
    most = settings.of(Intake).at_once or max(1, settings.kernel.workers - 1)
    others = (jobs.JobRow.name == NAME, jobs.JobRow.state == jobs.RUNNING, jobs.JobRow.seq < run.seq)
    living = jobs.JobRow.lease_until > run.now()
    return (session.scalar(select(func.count()).select_from(jobs.JobRow).where(*others, living)) or 0) >= most


def _waits(run: jobs.Run, run_id: UUID, away: Unavailable) -> None:
    chosen = run.given(Settings).of(Intake)
    most = chosen.tries if isinstance(away, errors.SourceAway) else None
    with run.write() as session:
        row = session.get_one(Run, run_id)
        ending.waits(session, row, away, first_s=chosen.retry_s, most=most, now=run.now())


class _Slice:
    """The engines and the plan of one slice, and how far it is."""

    def __init__(self, run: jobs.Run, run_id: UUID) -> None:
        self._run, self._run_id = run, run_id
        self._lake: Lake = run.given(Lake)
        self._digest = run.given(Crypto).sm3
        self._chosen = run.given(Settings).of(Intake)
        with run.read() as session:
            row = session.get_one(Run, run_id)
            self._plan = planning.plan(session, row, today=identity.law_day(run.now()))
            self._config = credentials.config_of(session.get_one(Source, row.source_id), run.given(Keyring), row.what)
            self._kept_cursor = session.get_one(Source, row.source_id).cursor
            self._begun_cursor, self._has_begun = row.cursor, row.begun
        self._seen, self._told, self._since = Seen(), 0, time.monotonic()
        self._stopped = False
        self._keys: Keys | None = None
        self._reader: Reader | None = None

    def work(self) -> None:
        """Reads, judges and lands until the source is read, the time is over, or the run must stop."""
        prepare_table(self._lake, self._plan)
        self._check_room()
        landing.recover(self._run, self._plan, self._lake)
        with self._run.read() as session:
            self._begun_cursor = session.get_one(Run, self._run_id).cursor
        with self._steps() as steps:
            cut = self._take(steps)
        if self._run.stopping and cut:
            raise jobs.Stopping
        if not cut:
            self._remove()
        self._end(cut=cut)

    @contextmanager
    def _steps(self) -> Iterator[Ahead[Any]]:
        compute = self._run.given(Compute)
        reading = Ahead(replaying.rows_to_replay(self._run, self._plan) if self._plan.replay else self._collected())
        ready = Ahead(make_ready(reading, self._plan, compute, self._digest))
        try:
            yield ready
        finally:
            self._stopped = True
            ready.close()
            reading.close()

    def _collected(self) -> Iterator[collecting.Step]:
        chosen, plan = self._chosen, self._plan
        limits = collecting.Limits(
            rows=chosen.batch_rows,
            bytes=chosen.batch_mb * MB,
            until=time.monotonic() + chosen.slice_s,
            stopped=lambda: self._stopped or self._run.stopping,
        )
        keys = [plan.mapped[key] for key in plan.keys] if plan.removes and plan.mode is Mode.UPSERT else []
        opening = open_reader(self._config, self._run.given(jobs.Workers).givens)
        return collecting.collect(opening, self._after, limits, self._seen, key_columns=keys)

    def _after(self, reader: Reader) -> Cursor | None:
        """Where this slice begins: where the last batch of the run ended, else where the source is kept at."""
        if self._has_begun:
            return self._begun_cursor
        return self._kept_cursor if reader.keeps_place else None

    def _take(self, steps: Ahead[Any]) -> bool:
        """True when the time was over before the source was read."""
        while True:
            while not steps.ready(TICK_S):
                self._tick()
            step = steps.next()
            if step is None or isinstance(step, Cut):
                return step is not None
            if isinstance(step, Opened):
                self._opened(step)
            elif isinstance(step, Keys):
                self._keys = step
            elif self._land(step):
                return True

    def _opened(self, step: Opened) -> None:
        self._reader = step.reader
        with self._run.write() as session:
            row = session.get_one(Run, self._run_id)
            if not row.begun:
                row.begun, row.cursor = True, self._kept_cursor if step.reader.keeps_place else None
                row.what = {**row.what, "keeps_place": step.reader.keeps_place}
            row.total = row.total if step.total is None else step.total
            stop = drifting.note(session, self._plan, row, step.columns, now=self._run.now())
        if stop:
            raise stop

    def _land(self, ready: Ready) -> bool:
        """Lands one batch; True when the slice should end after it."""
        self._check_columns(ready)
        self._check_share(ready)
        self._check_room()
        landing.land(self._run, self._plan, self._lake, ready)
        if self._reader and not self._plan.replay:
            self._reader.landed(ready.raw.cursor)
        self._told += ready.raw.count
        return self._tick(landed=True)

    def _tick(self, *, landed: bool = False) -> bool:
        """Tells how far it is, and hears what was asked; True when the run should stop reading here."""
        spent, self._since = time.monotonic() - self._since, time.monotonic()
        with self._run.write() as session:
            row = session.get_one(Run, self._run_id)
            row.seen = max(0, self._seen.rows - self._told)
            row.seconds += spent
            row.changed_at = self._run.now()
            wake.ring(session, ending.topic(row.id))
            asked = row.asked is not Asked.NOTHING
        self._stopped = self._stopped or asked
        return landed and (asked or self._run.stopping)

    def _check_columns(self, ready: Ready) -> None:
        plan = self._plan
        if plan.replay or not plan.accepted:
            return
        new = [name for name in ready.raw.rows.column_names if not planning.is_known(plan, name)]
        if new:
            with self._run.write() as session:
                row = session.get_one(Run, self._run_id)
                stop = drifting.note_new(session, plan, row, new, now=self._run.now())
            if stop:
                raise stop

    def _check_share(self, ready: Ready) -> None:
        bad, read, most = len(ready.judged.bad) + len(ready.raw.bad), ready.raw.count, self._plan.most_bad_percent
        if read > errors.FEW and bad * 100 > read * most and "bad" not in self._plan.allowed:
            raise errors.TooManyBad(bad=bad, read=read, most=most)

    def _check_room(self) -> None:
        place = self._lake.uri(self._plan.table)
        if "://" in place:
            return
        free = shutil.disk_usage(place).free // MB
        if free < self._chosen.free_mb:
            raise errors.DiskLow(free_mb=free, least_mb=self._chosen.free_mb)

    def _remove(self) -> None:
        plan = self._plan
        if plan.replay or not (plan.mode is Mode.REPLACE or self._keys is not None):
            return
        with self._run.given(Compute).session() as work:
            keys = self._keys.rows if self._keys else None
            removing.remove_gone(self._run, plan, self._lake, work, self._digest, keys)

    def _end(self, *, cut: bool) -> None:
        if not cut:
            landing.forget_open(self._run, self._plan)
        with self._run.write() as session:
            row = session.get_one(Run, self._run_id)
            row.seconds += time.monotonic() - self._since
            row.seen = 0
            if cut:
                if not _obeyed(session, row, self._run.now()):
                    pass_on(session, row)
            else:
                ending.landed(session, row, now=self._run.now())


def prepare_table(lake: Lake, plan: Plan) -> None:
    """This will make the item's table, or give it the item's new columns. Raises ShapeChanged when a type has changed."""
    if not lake.exists(plan.table):
        lake.create(plan.table, plan.schema)
    elif set(plan.schema.names) - set(lake.schema(plan.table).names):
        lake.evolve(plan.table, _with_former(plan, lake))


def _with_former(plan: Plan, lake: Lake) -> Any:
    import pyarrow as pa

    former = [field for field in lake.schema(plan.table) if field.name not in plan.schema.names]
    return pa.schema([*plan.schema, *former])
