"""What the registers do by themselves: take batches in as they land, look for contradictions, read everything anew at night."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import intake
from zhengtong.data.entities import actions
from zhengtong.data.entities.actions import working
from zhengtong.data.entities.tables import Feed
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Timer


def hear_batch(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """A batch has landed: match it where its item feeds a register, then look for what it contradicts."""
    for feed in session.scalars(select(Feed.id).where(Feed.item_id == event.item_id)):
        working.order_match(session, feed, event.batch_id, event.at)
    for rule in actions.rules_about(session, event.item_id):
        working.order_look(session, rule)


LISTENERS = (Listener("entities.hear_batch", intake.BatchLanded, hear_batch),)
JOBS = (working.MATCH, working.LOOK, working.REBUILD, working.REBUILD_ALL, working.TRAIN)
TIMERS = (Timer("entities.nightly", working.REBUILD_ALL, cron="20 3 * * *"),)
