"""The job that measures: what is to be measured is read, the scan runs outside of any transaction, what it found is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

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


def measure(run: jobs.Run, *, item_id: str, cause: Cause, batch_id: str = "", version: int | None = None) -> None:
    """This will measure the item, the batch within it when one is named, and keep what follows."""
    now, batch = run.now(), UUID(batch_id) if batch_id else None
    with run.write() as session:
        item = catalogue.get_item(session, UUID(item_id))
        follow_standards(session, item, now=now)
        session.flush()
        subject = queries.subject(session, item, today=identity.law_day(now))
    found = queries.scan(run.given(Compute), run.given(Lake), subject, now=now, batch=batch, version=version)
    with run.write() as session:
        keep_measurement(session, subject, found, cause=cause, batch_id=batch, now=now)


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
