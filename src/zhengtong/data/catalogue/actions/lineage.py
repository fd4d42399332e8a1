"""Where fields come from: noted by our own jobs, by queries, by other systems."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors, queries
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.queries import lineage
from zhengtong.data.catalogue.rules import openlineage
from zhengtong.data.catalogue.rules.lineage import Edge
from zhengtong.data.catalogue.schemas.lineage import DerivationIn, RunEventIn, RunHeard
from zhengtong.data.catalogue.tables import Item
from zhengtong.data.catalogue.tables.lineage import Derivation, LineageEdge, LineageRun
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Field


def note_lineage(session: Session, edges: Iterable[Edge], *, job: str, at: datetime) -> None:
    """This will note what the job makes: for each target it names, these edges in place of those it noted before."""
    told = {(one.target, one.to_field, one.source, one.from_field): one for one in edges}
    for target in sorted({key[0] for key in told}):
        session.execute(delete(LineageEdge).where(LineageEdge.target == target, LineageEdge.job == job))
    session.add_all(
        LineageEdge(
            id=new_id(),
            source=one.source,
            source_field=one.from_field,
            target=one.target,
            target_field=one.to_field,
            how=one.how,
            job=job,
            at=at,
        )
        for one in told.values()
    )
    session.flush()


def set_derivation(session: Session, actor: Actor, item: Item, told: DerivationIn, *, now: datetime) -> None:
    """This will keep the query that makes the item, and its lineage. Needs EDIT. Raises DerivationNotRead, SecretMarking."""
    require(actor, EDIT, item, now=now)
    queries.refuse_secrets([told.sql])
    _, edges = lineage.plan_derivation(session, actor, item, told.sql, told.dialect)
    drop_edges(session, item)
    note_lineage(session, edges, job=lineage.job_of(item), at=now)
    kept = session.get(Derivation, item.id) or Derivation(item_id=item.id)
    kept.sql, kept.dialect, kept.changed_at = told.sql, told.dialect, now
    kept.changed_by, kept.changed_by_name = actor.subject, actor.name
    session.add(kept)
    audit.record(session, actor, "catalogue.derivation_set", item, after={"edges": len(edges)}, at=now)


def drop_derivation(session: Session, actor: Actor, item: Item, *, now: datetime) -> None:
    """This will forget the query that makes the item, and its lineage. Needs EDIT. Raises NoDerivation."""
    require(actor, EDIT, item, now=now)
    kept = session.get(Derivation, item.id)
    if kept is None:
        raise errors.NoDerivation(code=item.code)
    session.delete(kept)
    drop_edges(session, item)
    audit.record(session, actor, "catalogue.derivation_dropped", item, before={"sql": kept.sql[:500]}, at=now)


def drop_edges(session: Session, item: Item) -> None:
    """This will forget what the item's own query said."""
    job = lineage.job_of(item)
    session.execute(delete(LineageEdge).where(LineageEdge.target == item.id.hex, LineageEdge.job == job))


def hear_run(session: Session, actor: Actor, event: RunEventIn, *, now: datetime) -> RunHeard:
    """This will note a run that another system told, once. A run that is complete sets the edges of what it made. Needs EDIT
    of every item it says it made. Raises PermissionMissing, DatasetUnknown."""
    run_id = event.run.runId
    known = session.get(LineageRun, (run_id, event.eventType))
    if known is not None:
        return RunHeard(run_id=run_id, known=True, edges=0)
    told = event.model_dump(mode="json")
    job = f"{event.job.namespace}/{event.job.name}"
    session.add(
        LineageRun(
            run_id=run_id,
            kind=event.eventType,
            job=job[:300],
            happened_at=event.eventTime,
            told_at=now,
            told_by=actor.subject,
            event=told,
        )
    )
    edges = _edges(session, actor, event, now) if event.eventType == "COMPLETE" else []
    if edges:
        note_lineage(session, edges, job=job[:200], at=event.eventTime)
    session.flush()
    return RunHeard(run_id=run_id, known=False, edges=len(edges))


def _edges(session: Session, actor: Actor, event: RunEventIn, now: datetime) -> list[Edge]:
    names: dict[tuple[str, str], UUID | str] = {}
    for at, dataset in enumerate(event.outputs):
        item = lineage.item_of_dataset(session, dataset.namespace, dataset.name)
        if item is None and dataset.namespace == openlineage.NAMESPACE:
            said = Field(f"outputs.{at}.name", "目录里没有这个数据项。", "There is no such item in the catalogue.")
            raise errors.DatasetUnknown(name=dataset.name, fields=[said])
        if item is not None:
            require(actor, EDIT, item, now=now)
            names[dataset.namespace, dataset.name] = item.id

    def side(dataset: tuple[str, str]) -> UUID | str:
        if dataset not in names:
            item = lineage.item_of_dataset(session, *dataset)
            names[dataset] = item.id if item else "/".join(dataset)
        return names[dataset]

    streams = openlineage.streams_of(event.model_dump(mode="json"))
    return [Edge(side(source), field, side(target), to, how) for source, field, target, to, how in streams]
