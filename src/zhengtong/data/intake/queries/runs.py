"""Runs and batches: who sees which, how far they are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, schemas
from zhengtong.data.intake.permissions import run_abilities
from zhengtong.data.intake.queries.reasons import reasons_of
from zhengtong.data.intake.queries.sources import item_ref, visible_sources
from zhengtong.data.intake.rules import BatchState, RowState, RunState, SourceState, drift, pace
from zhengtong.data.intake.tables import Batch, QuarantinedRow, Run, Source
from zhengtong.kernel.actor import Actor

SHOWN = 20


def find_runs(actor: Actor, wanted: schemas.WantedRuns) -> Select[Run]:
    """Runs of the sources the actor may see, by source, item, state, cause."""
    sources = visible_sources(actor).with_only_columns(Source.id)
    statement = select(Run).where(Run.source_id.in_(sources))
    if wanted.item_id is not None:
        statement = statement.where(Run.source_id.in_(select(Source.id).where(Source.item_id == wanted.item_id)))
    for name in ("source_id", "state", "cause"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(Run, name) == value)
    return statement


def get_run(session: Session, actor: Actor, run_id: UUID, *, lock: bool = False) -> Run:
    """The run, for one who may see its source. Raises RunNotFound."""
    statement = find_runs(actor, schemas.WantedRuns()).where(Run.id == run_id)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise errors.RunNotFound()
    return found


def run_line(session: Session, run: Run) -> schemas.RunLine:
    """A run in a list."""
    return schemas.RunLine(**_line(session, run))


def run_out(session: Session, actor: Actor, run: Run) -> schemas.RunOut:
    """A run in full."""
    source = session.get_one(Source, run.source_id)
    rows = select(QuarantinedRow).join(Batch, Batch.id == QuarantinedRow.batch_id)
    rows = rows.where(QuarantinedRow.run_id == run.id, Batch.state == BatchState.LANDED)
    waiting = rows.where(QuarantinedRow.state == RowState.OPEN)
    return schemas.RunOut(
        **_line(session, run),
        drift=[_drift(one) for one in run.drift],
        reasons=reasons_of(session, rows),
        waiting=session.scalar(select(func.count()).select_from(waiting.subquery())) or 0,
        abilities={**run_abilities(actor, source, run), "propose_fields": _may_propose(session, actor, source)},
    )


def _may_propose(session: Session, actor: Actor, source: Source) -> bool:
    item = session.get(catalogue.Item, source.item_id) if source.item_id else None
    return item is not None and actor.may(catalogue.EDIT, item.department_id)


def _drift(told: dict[str, Any]) -> schemas.DriftOut:
    one = drift.Drift(**{**told, "change": drift.Change(told["change"])})
    zh, en = drift.words(one)
    return schemas.DriftOut(**told, zh=zh, en=en)


def _line(session: Session, run: Run) -> dict[str, Any]:
    source = session.get_one(Source, run.source_id)
    names = ("id", "number", "cause", "state", "bytes", "batches", "created_at", "begun_at", "ended_at", "again_at")
    counts = ("rows_read", "rows_landed", "rows_quarantined", "rows_repeated", "rows_removed")
    return {
        **{name: getattr(run, name) for name in (*names, *counts)},
        "asked": run.asked.value,
        "source": schemas.SourceRef.model_validate(source, from_attributes=True),
        "item": item_ref(session, source.item_id),
        "progress": progress(run),
        "reason": schemas.Told(**run.reason) if run.reason else None,
        "created_by": run.created_by_name,
    }


def progress(run: Run) -> schemas.ProgressOut:
    """How far a run is."""
    rows, done = run.rows_read + run.seen, run.state is RunState.LANDED
    total = run.rows_read if done else max(run.total, rows) if run.total is not None else None
    return schemas.ProgressOut(
        rows=rows,
        total=total,
        share=1.0 if done else pace.share_done(rows, total),
        rows_per_second=round(pace.rows_per_second(rows, run.seconds), 1),
        seconds=round(run.seconds, 2),
        seconds_left=None if done else pace.seconds_left(rows, total, run.seconds),
    )


def batches_of(run_id: UUID | None = None, item_id: UUID | None = None) -> Select[Batch]:
    """The batches that landed, of a run or an item."""
    statement = select(Batch).where(Batch.state == BatchState.LANDED)
    if run_id is not None:
        statement = statement.where(Batch.run_id == run_id)
    return statement.where(Batch.item_id == item_id) if item_id is not None else statement


def visible_batches(actor: Actor) -> Select[Batch]:
    """The batches that landed, of the sources the actor may see."""
    return batches_of().where(Batch.source_id.in_(visible_sources(actor).with_only_columns(Source.id)))


def batches_seen(actor: Actor, item_id: UUID) -> Select[Batch]:
    """The batches of an item, of the sources the actor may see."""
    return visible_batches(actor).where(Batch.item_id == item_id)


def batch_out(batch: Batch) -> schemas.BatchOut:
    """A batch as it is shown."""
    return schemas.BatchOut.model_validate(batch, from_attributes=True)


def status(session: Session, actor: Actor, *, since: datetime) -> schemas.StatusOut:
    """Intake in figures, of what the actor may see; `since`: the beginning of the day."""
    sources = visible_sources(actor).subquery()
    by_state: dict[SourceState, int] = dict(
        session.execute(select(sources.c.state, func.count()).group_by(sources.c.state)).tuples().all()
    )
    runs = find_runs(actor, schemas.WantedRuns())
    live = list(session.scalars(runs.where(Run.state == RunState.RUNNING).order_by(Run.changed_at.desc()).limit(SHOWN)))
    own = select(sources.c.id)
    landed = select(func.coalesce(func.sum(Batch.rows_landed), 0)).where(
        Batch.source_id.in_(own), Batch.at >= since, Batch.state == BatchState.LANDED
    )
    open_rows = select(func.count()).select_from(QuarantinedRow)
    open_rows = open_rows.where(QuarantinedRow.source_id.in_(own), QuarantinedRow.state == RowState.OPEN)

    def count(state: RunState) -> int:
        wanted = runs.where(Run.state == state)
        if state is RunState.FAILED:
            wanted = wanted.where(Run.ended_at >= since)
        return session.scalar(select(func.count()).select_from(wanted.subquery())) or 0

    return schemas.StatusOut(
        sources={state.value: by_state.get(state, 0) for state in SourceState},
        running=[run_line(session, run) for run in live],
        waiting=count(RunState.WAITING),
        paused=count(RunState.PAUSED),
        failed_today=count(RunState.FAILED),
        landed_today=int(session.scalar(landed) or 0),
        quarantined=session.scalar(open_rows) or 0,
    )
