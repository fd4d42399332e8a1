"""The index mends itself: made again when it holds other items than there are."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data.catalogue.actions import finding
from zhengtong.data.catalogue.queries import search
from zhengtong.kernel.jobs import Job, Timer


def check_index(session: Session, *, now: datetime) -> None:
    """This will have the index made again when it lacks items or holds too many: after a restore, or a migration."""
    if search.count_entries(session) != search.count_items(session):
        finding.enqueue_rebuild(session)


CHECK = Job("catalogue.check_index", check_index)
JOBS = (finding.REBUILD, CHECK)
TIMERS = (Timer("catalogue.check_index", CHECK, every="15m"),)
