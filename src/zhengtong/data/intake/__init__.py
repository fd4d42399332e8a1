"""数据接入: rows of the departments' systems come in, are judged by the standards, and land in the lake; what breaks a rule waits apart.

A source says where rows come from, which item they belong to and how columns map to its fields. A run reads it batch by batch; each
batch lands once, however often the run is killed, and is announced as BatchLanded with the SM3 digest of what was read.

    run = intake.start_run(session, actor, source_id, now=now)
"""

from zhengtong.data.intake import jobs
from zhengtong.data.intake.actions.divisions import load_divisions, publish_divisions
from zhengtong.data.intake.actions.loading import Into, load_file
from zhengtong.data.intake.actions.runs import start_run
from zhengtong.data.intake.actions.sources import add_source, map_source
from zhengtong.data.intake.events import EVENTS, BatchLanded, RunEnded
from zhengtong.data.intake.permissions import PERMISSIONS, READ
from zhengtong.data.intake.queries import progress, visible_batches, visible_sources
from zhengtong.data.intake.routes import routes
from zhengtong.data.intake.rules import BatchKind, BatchState, Cause, Kind, Mode, RunState, SourceState
from zhengtong.data.intake.rules.merkle import root as batch_root
from zhengtong.data.intake.schemas import MappingIn, NewSource
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Batch, QuarantinedRow, Run, Source
from zhengtong.kernel.capability import Capability

__all__ = [
    "READ",
    "Batch",
    "BatchKind",
    "BatchLanded",
    "BatchState",
    "Cause",
    "Intake",
    "Into",
    "Kind",
    "MappingIn",
    "Mode",
    "NewSource",
    "QuarantinedRow",
    "Run",
    "RunEnded",
    "RunState",
    "Source",
    "SourceState",
    "add_source",
    "batch_root",
    "capability",
    "load_divisions",
    "load_file",
    "map_source",
    "progress",
    "publish_divisions",
    "start_run",
    "visible_batches",
    "visible_sources",
]

capability = Capability(
    name="intake",
    group="data",
    zh="数据接入",
    en="Intake",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
    settings=Intake,
)
