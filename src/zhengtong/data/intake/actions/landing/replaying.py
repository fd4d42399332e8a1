"""Mended rows on their way into the lake: read from the quarantine, judged again, landed as a batch of their own."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.data.intake.actions.landing.collecting import RawBatch
from zhengtong.data.intake.actions.landing.judging import Judged
from zhengtong.data.intake.actions.landing.planning import BATCH_COLUMN, ROW_COLUMN, Plan
from zhengtong.data.intake.rules import Mode, RowState
from zhengtong.data.intake.tables import Batch, QuarantinedRow
from zhengtong.kernel import jobs

if TYPE_CHECKING:
    import pyarrow as pa

    from zhengtong.engines.compute import Work

AT_ONCE = 500
GOOD, BAD, REPEATED = "good", "bad", "repeated"


def rows_to_replay(run: jobs.Run, plan: Plan) -> Iterator[RawBatch]:
    """The rows that were chosen for this run and are not decided, five hundred at a time, as they read once mended."""
    after = UUID(int=0)
    while True:
        with run.read() as session:
            waiting = (QuarantinedRow.replay_run_id == plan.run_id, QuarantinedRow.state == RowState.REPLAYING)
            statement = select(QuarantinedRow).where(*waiting, QuarantinedRow.id > after).order_by(QuarantinedRow.id)
            found = list(session.scalars(statement.limit(AT_ONCE)))
        if not found:
            return
        after = found[-1].id
        yield _batch(found, plan)


def _batch(found: Sequence[QuarantinedRow], plan: Plan) -> RawBatch:
    import pyarrow as pa

    said = [{**one.values, **one.mended} for one in found]
    columns = {field.name: pa.array([row.get(field.name) for row in said], pa.string()) for field in plan.fields}
    rows = pa.table(columns)
    return RawBatch(
        rows=rows,
        bad=(),
        places=((0, 1),),
        cursor={},
        bytes=rows.nbytes,
        ids=tuple(str(one.id) for one in found),
        origins=tuple(str(one.batch_id) for one in found),
    )


def without_overtaken(work: "Work", raw: RawBatch, judged: Judged, plan: Plan) -> Judged:
    """Leaves out rows whose key the lake holds from a later batch than the one they came with: what is newer stays."""
    if plan.mode is Mode.APPEND or judged.good.num_rows == 0:
        return judged
    kept, new = work.table(plan.table), work.rows(judged.good.select([*plan.keys, ROW_COLUMN]))
    same = [new[key] == kept[key] for key in plan.keys]
    met = new.join(kept, same).select(row=new[ROW_COLUMN], batch=kept[BATCH_COLUMN])
    later = {one["row"] for one in work.run(met).to_pylist() if one["batch"] > raw.origins[one["row"] - 1]}
    if not later:
        return judged
    return Judged(_left(judged.good, later), judged.bad, sorted({*judged.repeated, *later}))


def _left(good: "pa.Table", rows: set[int]) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    return good.filter(pc.invert(pc.is_in(good[ROW_COLUMN], value_set=pa.array(sorted(rows), pa.int64()))))


def choose(session: Session, batch: Batch, ids: Sequence[str], judged: Judged) -> None:
    """This will write down with the batch what becomes of each row once it has landed."""
    broken = {bad.row: bad.marks for bad in judged.bad}
    repeated = set(judged.repeated)
    rows = {
        str(one.id): one for one in session.scalars(select(QuarantinedRow).where(QuarantinedRow.id.in_(map(UUID, ids))))
    }
    for place, text in enumerate(ids, start=1):
        kept = rows[text]
        kept.replay_batch_id = batch.id
        kept.verdict = BAD if place in broken else REPEATED if place in repeated else GOOD
        if place in broken:
            kept.marks, kept.raw, kept.why = broken[place], None, None


def settle(session: Session, batch: Batch, now: datetime) -> None:
    """This will make the rows what was written down: landed, open again, or overtaken by a later row of their key."""
    for verdict, state in ((GOOD, RowState.LANDED), (REPEATED, RowState.OVERTAKEN), (BAD, RowState.OPEN)):
        values = {"state": state, "decided_at": now, "verdict": ""}
        if state is RowState.OPEN:
            values |= {"replay_run_id": None, "replay_batch_id": None, "decided_at": None}
        these = (QuarantinedRow.replay_batch_id == batch.id, QuarantinedRow.verdict == verdict)
        session.execute(
            update(QuarantinedRow).where(*these).values(values).execution_options(synchronize_session=False)
        )
