"""What happens by itself: every batch is measured, every night what ages is looked at, rules follow the standards."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake, standards
from zhengtong.data.quality import actions
from zhengtong.data.quality.actions import MEASURE
from zhengtong.data.quality.tables import QualityRule, Standing
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Timer
from zhengtong.office import identity


def measure_batch(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """This will have the batch measured. Batches of one item are measured in order."""
    actions.ask_measurement(
        session,
        event.item_id,
        cause="batch",
        mark=f"batch:{event.batch_id}",
        batch_id=str(event.batch_id),
        version=event.version,
    )


def follow_published(session: Session, event: catalogue.ItemPublished, *, now: datetime) -> None:
    """This will have the item's rules say what its standards say, from its publication on."""
    actions.follow_standards(session, catalogue.get_item(session, event.item_id), now=now)


def follow_element(session: Session, event: standards.ElementPublished, *, now: datetime) -> None:
    """This will have every measured item that is built on the element follow its new version."""
    ruled = select(QualityRule.item_id).where(QualityRule.mark.is_not(None)).distinct()
    built = select(catalogue.Field.item_id).where(
        catalogue.Field.element_code == event.code, catalogue.Field.item_id.in_(ruled)
    )
    for item_id in session.scalars(built.distinct()).all():
        actions.follow_standards(session, catalogue.get_item(session, item_id), now=now)


def move_merged(session: Session, event: identity.DepartmentsMerged, *, now: datetime) -> None:
    """This will hand the tickets of a merged department to the one it went into."""
    actions.move_department(session, before=event.department_id, after=event.into_id)


def measure_nightly(session: Session, *, now: datetime) -> None:
    """This will have every measured item measured again."""
    day = identity.law_day(now).isoformat()
    for item_id in session.scalars(select(Standing.item_id).order_by(Standing.item_id)).all():
        actions.ask_measurement(session, item_id, cause="night", mark=f"night:{day}:{item_id}")


NIGHTLY = Job("quality.nightly", measure_nightly)
JOBS: tuple[Job, ...] = (MEASURE, NIGHTLY)
TIMERS = (Timer("quality.nightly", NIGHTLY, cron="30 2 * * *"),)
LISTENERS = (
    Listener("quality.measure_batch", intake.BatchLanded, measure_batch),
    Listener("quality.follow_published", catalogue.ItemPublished, follow_published),
    Listener("quality.follow_element", standards.ElementPublished, follow_element),
    Listener("quality.move_merged", identity.DepartmentsMerged, move_merged),
)
