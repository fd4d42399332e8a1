"""Keys that the source no longer has leave the lake, as a batch of their own."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.landing.landing import make_known, next_batch, open_batch
from zhengtong.data.intake.actions.landing.planning import BATCH_COLUMN, Plan
from zhengtong.data.intake.rules import BatchKind, BatchState, RowState, casting, merkle
from zhengtong.data.intake.tables import Batch, QuarantinedRow
from zhengtong.engines.lake import Lake, Mark
from zhengtong.kernel import jobs

if TYPE_CHECKING:
    import pyarrow as pa

    from zhengtong.engines.compute import Work

FEW, MOST_GONE = 100, 0.5


def remove_gone(
    run: jobs.Run, plan: Plan, lake: Lake, work: "Work", digest: merkle.Digest, keys: "pa.Table | None"
) -> None:
    """This will remove the rows whose key is not at the source. `keys`: those the source has; None: those this run landed.

    Keys of rows in quarantine stay. Raises TooManyGone when more than half of more than a hundred rows would go.
    """
    gone, held = _gone(run, plan, work, keys)
    if gone.num_rows == 0:
        return
    if held > FEW and gone.num_rows > held * MOST_GONE and "gone" not in plan.allowed:
        raise errors.TooManyGone(gone=gone.num_rows, held=held)
    with run.read() as session:
        left = open_batch(session, plan.run_id)
        last = session.scalar(select(Batch.cursor).where(Batch.run_id == plan.run_id).order_by(Batch.number.desc()))
    with run.write() as session:
        batch = session.get_one(Batch, left.id) if left else next_batch(session, plan)
        batch.kind, batch.state, batch.at = BatchKind.REMOVAL, BatchState.LANDING, run.now()
        batch.rows_removed, batch.cursor, batch.leaves = gone.num_rows, last, []
        batch.digest = merkle.root([], digest).hex()
        session.add(batch)
    version = lake.remove(plan.table, gone, keys=plan.keys, mark=Mark(plan.writer, batch.number))
    with run.write() as session:
        make_known(session, plan, batch.id, version, run.now())


def _gone(run: jobs.Run, plan: Plan, work: "Work", keys: "pa.Table | None") -> tuple["pa.Table", int]:
    """The keys to remove, and how many rows the lake holds."""
    kept = work.table(plan.table)
    if keys is None:
        with run.read() as session:
            fresh = [str(one) for one in session.scalars(select(Batch.id).where(Batch.run_id == plan.run_id))]
        old = kept.filter(kept[BATCH_COLUMN].notin(fresh)) if fresh else kept
    else:
        there = work.rows(_typed(keys.rename_columns(list(plan.keys)), plan))
        old = kept.anti_join(there, list(plan.keys))
    quarantined = _quarantined(run, plan)
    if quarantined.num_rows:
        old = old.anti_join(work.rows(quarantined), list(plan.keys))
    held = work.run(kept.count()).to_pylist()[0]
    return work.run(old.select(*plan.keys).distinct()), int(next(iter(held.values())))


def _quarantined(run: jobs.Run, plan: Plan) -> "pa.Table":
    """The keys of this source's open rows, as far as they can be read."""
    import pyarrow as pa

    with run.read() as session:
        waiting = (QuarantinedRow.source_id == plan.source_id, QuarantinedRow.state == RowState.OPEN)
        said: list[Any] = list(session.scalars(select(QuarantinedRow.values).where(*waiting)))
    columns = {key: pa.array([values.get(key) for values in said], pa.string()) for key in plan.keys}
    return _typed(pa.table(columns), plan).drop_null()


def _typed(keys: "pa.Table", plan: Plan) -> "pa.Table":
    import pyarrow as pa

    return pa.table({name: casting.cast(keys[name], plan.schema.field(name).type)[0] for name in plan.keys})
