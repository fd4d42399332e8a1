"""Who may see sources and runs, connect a source, run it, mend what was quarantined, see values in full."""

from zhengtong.data.intake.rules.words import UNFINISHED, Cause, RowState, RunState, SourceState
from zhengtong.data.intake.tables import QuarantinedRow, Run, Source
from zhengtong.kernel.actor import Actor, Permission

READ = Permission("intake.read", "查看数据接入", "See sources and runs")
CONNECT = Permission("intake.connect", "接入数据源", "Connect sources")
RUN = Permission("intake.run", "运行数据接入", "Run sources")
MEND = Permission("intake.mend", "处理隔离的数据", "Mend quarantined rows")
REVEAL = Permission("intake.reveal", "查看隔离数据原值", "See quarantined values in full", step_up=True)
PUSH = Permission("intake.push", "推送数据", "Push rows")

PERMISSIONS = (READ, CONNECT, RUN, MEND, REVEAL, PUSH)


def source_abilities(actor: Actor, source: Source) -> dict[str, bool]:
    """What the actor can do with a source as it stands."""
    place = source.department_id
    live = source.state is not SourceState.RETIRED
    ready = live and source.item_id is not None and bool(source.mapping)
    return {
        "change": live and actor.may(CONNECT, place),
        "try": live and actor.may(CONNECT, place),
        "run": ready and actor.may(RUN, place),
        "rest": source.state is SourceState.ACTIVE and actor.may(RUN, place),
        "wake": source.state is SourceState.RESTING and actor.may(RUN, place),
        "retire": live and actor.may(CONNECT, place),
    }


def run_abilities(actor: Actor, source: Source, run: Run) -> dict[str, bool]:
    """What the actor can do with a run as it stands."""
    may = actor.may(RUN, source.department_id)
    drifted = run.state is RunState.PAUSED and (run.reason or {}).get("code") == "columns-changed"
    return {
        "pause": may and run.state in (RunState.WAITING, RunState.RUNNING),
        "resume": may and run.state is RunState.PAUSED and not drifted,
        "cancel": may and run.state in UNFINISHED,
        "confirm_drift": drifted and actor.may(CONNECT, source.department_id),
        "again": may and run.state in (RunState.FAILED, RunState.CANCELLED) and run.cause is not Cause.REPLAY,
    }


def row_abilities(actor: Actor, source: Source, row: QuarantinedRow) -> dict[str, bool]:
    """What the actor can do with a quarantined row as it stands."""
    may = actor.may(MEND, source.department_id) and row.state is RowState.OPEN
    return {"mend": may, "replay": may, "discard": may, "reveal": actor.may(REVEAL, source.department_id)}
