"""One batch into the lake, once: written down, then in the lake under its mark, then known.

1. The batch is written down as `landing`, with its digest, counts and the cursor after it, and its quarantined rows in small steps.
2. The lake takes the good rows under the mark (source, number): a mark that is there already takes nothing.
3. One transaction makes it `landed`: counts and cursor of the run and the source, the catalogue, lineage, BatchLanded.

Killed before 2: the batch is read again under the same id and number. Killed after 2: the lake knows the mark, and 3 is done from what
was written down in 1, without reading the source again.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Dialect, Table, delete, insert, literal, literal_column, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake.actions.landing import replaying
from zhengtong.data.intake.actions.landing.planning import BATCH_COLUMN, Plan
from zhengtong.data.intake.actions.landing.readying import Ready
from zhengtong.data.intake.events import BatchLanded
from zhengtong.data.intake.rules import BatchKind, BatchState, Mode, RowState, marking
from zhengtong.data.intake.tables import Batch, QuarantinedRow, Run, Source
from zhengtong.engines.lake import Lake, Mark
from zhengtong.kernel import jobs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 500
QUARANTINE: Table = QuarantinedRow.__table__  # type: ignore[assignment]


def land(run: jobs.Run, plan: Plan, lake: Lake, ready: Ready) -> Batch:
    """This will land the batch, once however often it is tried. Raises what the lake raises."""
    batch = _write_down(run, plan, ready)
    if not plan.replay:
        _quarantine(run, batch, ready)
    with run.write():  # raises LeaseLost where another worker has taken over: it will land this batch
        pass
    version = _into_lake(lake, plan, batch, ready.judged.good)
    with run.write() as session:
        make_known(session, plan, batch.id, version, run.now())
    return batch


def recover(run: jobs.Run, plan: Plan, lake: Lake) -> None:
    """This will finish the batch that a killed run left half-way, if the lake has it; else it waits to be read again."""
    with run.read() as session:
        batch = open_batch(session, plan.run_id)
    if batch is None or not lake.exists(plan.table):
        return
    mark = lake.mark_of(plan.table, plan.writer)
    if batch.rows_landed + batch.rows_removed > 0 and (mark is None or mark < batch.number):
        return
    if batch.rows_landed + batch.rows_removed == 0 and not plan.replay and not _whole(run, batch):
        return
    with run.write() as session:
        make_known(session, plan, batch.id, lake.version(plan.table), run.now())


def open_batch(session: Session, run_id: UUID) -> Batch | None:
    """The batch of the run that is being landed."""
    return session.scalar(select(Batch).where(Batch.run_id == run_id, Batch.state == BatchState.LANDING))


def forget_open(run: jobs.Run, plan: Plan) -> None:
    """This will drop what is written down of a batch that turned out to be empty when read again."""
    with run.read() as session:
        batch = open_batch(session, plan.run_id)
    if batch is not None:
        _drop_quarantined(run, batch)
        with run.write() as session:
            session.execute(delete(Batch).where(Batch.id == batch.id))


def _write_down(run: jobs.Run, plan: Plan, ready: Ready) -> Batch:
    """The batch as `landing`: a new one, or again the one that was left half-way."""
    raw, judged = ready.raw, ready.judged
    facts = {
        "kind": BatchKind.REPLAY if plan.replay else BatchKind.ROWS,
        "state": BatchState.LANDING,
        "first_row": raw.places[0][1],
        "rows_read": raw.count,
        "rows_landed": judged.good.num_rows,
        "rows_quarantined": len(judged.bad) + len(raw.bad),
        "rows_repeated": len(judged.repeated),
        "bytes": raw.bytes,
        "digest": ready.seal.digest,
        "leaves": list(ready.seal.leaves),
        "cursor": dict(raw.cursor),
        "at": run.now(),
    }
    with run.read() as session:
        left = open_batch(session, plan.run_id)
    if left is not None:
        _drop_quarantined(run, left)
    with run.write() as session:
        batch = session.get_one(Batch, left.id) if left else next_batch(session, plan)
        for name, value in facts.items():
            setattr(batch, name, value)
        session.add(batch)
        if plan.replay:
            replaying.choose(session, batch, ready.raw.ids, ready.judged)
    return batch


def next_batch(session: Session, plan: Plan) -> Batch:
    """A new batch under the source's next number; the caller says what it holds."""
    source = session.get_one(Source, plan.source_id, with_for_update=True)
    source.marks += 1
    return Batch(
        id=new_id(),
        run_id=plan.run_id,
        source_id=plan.source_id,
        item_id=plan.item_id,
        number=source.marks,
        version=None,
        rows_removed=0,
    )


def _quarantine(run: jobs.Run, batch: Batch, ready: Ready) -> None:
    """In steps of five hundred, so that nobody waits long for the database. What all rows share is bound once, not for each."""
    told = _told(batch, run.now(), run.database.engine.dialect)
    rows = iter(_quarantined(ready))
    while some := list(islice(rows, AT_ONCE)):
        with run.write() as session:
            session.execute(insert(QUARANTINE).values(told), some)


def _told(batch: Batch, now: datetime, dialect: Dialect) -> dict[str, Any]:
    """What all quarantined rows of a batch say, as the statement's own words."""
    shared = {
        "source_id": batch.source_id,
        "run_id": batch.run_id,
        "batch_id": batch.id,
        "item_id": batch.item_id,
        "state": RowState.OPEN,
        "decided_by_name": "",
        "reason": "",
        "verdict": "",
        "at": now,
    }
    told = {name: literal(value, QUARANTINE.c[name].type) for name, value in shared.items()}
    written = {name: one.compile(dialect=dialect, compile_kwargs={"literal_binds": True}) for name, one in told.items()}
    return {"mended": literal_column("'{}'"), **{name: literal_column(str(one)) for name, one in written.items()}}


def _quarantined(ready: Ready) -> Iterator[dict[str, Any]]:
    for bad in ready.judged.bad:
        place = ready.raw.place(bad.row)
        yield {"id": new_id(), "place": place, "marks": bad.marks, "values": bad.values, "raw": None, "why": None}
    for line in ready.raw.bad:
        why = {"zh": line.why_zh, "en": line.why_en}
        told = {"marks": marking.UNREADABLE, "values": {}, "raw": line.raw[:10_000], "why": why}
        yield {"id": new_id(), "place": line.line, **told}


def _drop_quarantined(run: jobs.Run, batch: Batch) -> None:
    while True:
        with run.write() as session:
            some = session.scalars(
                select(QuarantinedRow.id).where(QuarantinedRow.batch_id == batch.id).limit(AT_ONCE)
            ).all()
            session.execute(delete(QuarantinedRow).where(QuarantinedRow.id.in_(some)))
        if len(some) < AT_ONCE:
            return


def _whole(run: jobs.Run, batch: Batch) -> bool:
    """True when all quarantined rows of a batch that lands nothing were written down."""
    with run.read() as session:
        ids = session.scalars(select(QuarantinedRow.id).where(QuarantinedRow.batch_id == batch.id)).all()
    return len(ids) == batch.rows_quarantined


def _into_lake(lake: Lake, plan: Plan, batch: Batch, good: "pa.Table") -> int:
    if good.num_rows == 0:
        return lake.version(plan.table)
    rows = as_kept(good, batch.id, lake.schema(plan.table))
    mark = Mark(plan.writer, batch.number)
    if plan.mode is Mode.APPEND or not lake.files(plan.table):
        return lake.append(plan.table, rows, mark=mark)
    return lake.merge(plan.table, rows, keys=plan.keys, mark=mark)


def as_kept(good: "pa.Table", batch_id: UUID, schema: "pa.Schema") -> "pa.Table":
    """The rows as the table has its columns; one that the item no longer has stays empty."""
    import pyarrow as pa

    columns = []
    for field in schema:
        if field.name == BATCH_COLUMN:
            columns.append(pa.repeat(pa.scalar(str(batch_id)), good.num_rows))
        elif field.name in good.column_names:
            columns.append(good[field.name].cast(field.type))
        else:
            columns.append(pa.nulls(good.num_rows, field.type))
    return pa.table(columns, schema=schema)


def make_known(session: Session, plan: Plan, batch_id: UUID, version: int, now: datetime) -> None:
    """The last step: landed for everybody."""
    batch = session.get_one(Batch, batch_id)
    if plan.replay:
        replaying.settle(session, batch, now)
    batch.state, batch.version, batch.at = BatchState.LANDED, version, now
    run = session.get_one(Run, plan.run_id, with_for_update=True)
    for name in ("rows_read", "rows_landed", "rows_quarantined", "rows_repeated", "rows_removed", "bytes"):
        setattr(run, name, getattr(run, name) + getattr(batch, name))
    run.batches, run.cursor, run.changed_at, run.tries = run.batches + 1, batch.cursor, now, 0
    source = session.get_one(Source, plan.source_id)
    source.last_landed_at = now
    if batch.kind is BatchKind.ROWS and run.what.get("keeps_place"):
        source.cursor = batch.cursor
    landed = BatchLanded(
        batch_id=batch.id,
        source_id=batch.source_id,
        run_id=batch.run_id,
        item_id=batch.item_id,
        item_code=plan.item_code,
        rows_read=batch.rows_read,
        rows_landed=batch.rows_landed,
        rows_quarantined=batch.rows_quarantined,
        bytes=batch.bytes,
        digest=batch.digest,
        table=plan.table,
        version=version,
        at=now,
    )
    announce(session, landed)
    catalogue.note_batch(
        session, plan.item_id, batch_id=batch.id, rows=batch.rows_landed, table_version=version, at=now
    )
    if run.batches == 1 and not plan.replay:
        edges = [catalogue.Edge(plan.code, column, plan.item_id, name, "copy") for name, column in plan.mapped.items()]
        catalogue.note_lineage(session, edges, job=f"intake/{plan.code}", at=now)
