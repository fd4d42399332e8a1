"""The job that measures: what is to be measured is read, the scan runs outside of any transaction, what it found is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import queries
from zhengtong.data.quality.actions.measuring import Cause, keep_measurement
from zhengtong.data.quality.actions.rules import follow_standards
from zhengtong.data.quality.permissions import MEASURE as MAY_MEASURE
from zhengtong.engines.compute import Compute
from zhengtong.engines.lake import Lake
from zhengtong.kernel import audit, jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.office import identity


def measure(
    run: jobs.Run,
    *,
    item_id: str,
    cause: Cause,
    batch_id: str = "",
    version: int | None = None,
    earlier: Sequence[str] = (),
) -> None:
    """This will measure the item, the batch within it when one is named, and keep what follows.

    Batches of the item that wait by then are taken along: the table is scanned once, and they are judged together as one, the last.
    `earlier`: those taken along before.
    """
    now = run.now()
    with run.write() as session:
        item = catalogue.get_item(session, UUID(item_id))
        if batch_id:
            batch_id, version, earlier = _with_those_waiting(session, run.seq, now)
        follow_standards(session, item, now=now)
        session.flush()
        subject = queries.subject(session, item, today=identity.law_day(now))
    batches = tuple(UUID(one) for one in (*earlier, batch_id) if one)
    found = queries.scan(run.given(Compute), run.given(Lake), subject, now=now, batches=batches, version=version)
    with run.write() as session:
        batch = batches[-1] if batches else None
        keep_measurement(session, subject, found, cause=cause, batch_id=batch, now=now)


def _with_those_waiting(session: Session, seq: int, now: datetime) -> tuple[str, int | None, list[str]]:
    """The last batch to be measured, its version, and those before it: this job's and those of the jobs that it makes needless."""
    row = jobs.JobRow
    own = session.get_one(row, seq)
    same = (row.key == own.key, row.name == own.name, row.seq > seq, row.args["cause"].as_string() == "batch")
    waiting = select(row).where(*same, row.state == jobs.WAITING, row.attempts == 0, row.due_at <= now)
    args = own.args
    for one in session.scalars(waiting.order_by(row.seq)):
        earlier = [*args.get("earlier", ()), args["batch_id"]]
        args = {**args, "batch_id": one.args["batch_id"], "version": one.args.get("version"), "earlier": earlier}
        one.state, one.finished_at = jobs.DONE, now
    own.args = args
    return args["batch_id"], args.get("version"), args.get("earlier", [])


MEASURE = jobs.Job("quality.measure", measure, steps=True)


def ask_measurement(session: Session, item_id: UUID, *, cause: Cause, mark: str, **told: Any) -> None:
    """This will have the item measured, once for the mark; measurements of one item run one after another."""
    jobs.enqueue(
        session,
        MEASURE,
        key=f"quality:{item_id}",
        unique=f"quality:{mark}",
        item_id=str(item_id),
        cause=cause,
        **told,
    )


def measure_now(session: Session, actor: Actor, item: catalogue.Item, *, now: datetime) -> None:
    """This will have the item measured now. Needs MEASURE of the item. Raises NoData."""
    require(actor, MAY_MEASURE, item, now=now)
    queries.check_measurable(item)
    ask_measurement(session, item.id, cause="demand", mark=f"demand:{item.id}:{now:%Y%m%d%H%M%S}")
    audit.record(session, actor, "quality.measurement_asked", item, at=now)
