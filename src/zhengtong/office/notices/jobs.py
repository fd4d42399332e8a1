"""What notices do by themselves: letters, announcements, the digest, and forgetting what is old."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office.notices.actions import DIGEST, SEND, SPREAD
from zhengtong.office.notices.settings import Notices
from zhengtong.office.notices.tables import Delivery, Notice

AT_A_TIME = 5000


def forget(session: Session, *, now: datetime, chosen: Given[Settings]) -> None:
    """This will delete what was read and is older than the city keeps notices."""
    before = now - timedelta(days=chosen.of(Notices).keep_days)
    old = select(Notice.id).where(Notice.read_at < before, Notice.created_at < before).limit(AT_A_TIME)
    ids = list(session.scalars(old))
    for start in range(0, len(ids), 500):
        few = ids[start : start + 500]
        session.execute(delete(Delivery).where(Delivery.notice_id.in_(few)))
        session.execute(delete(Notice).where(Notice.id.in_(few)))


FORGET = jobs.Job("notices.forget", forget)
JOBS = (SEND, SPREAD, DIGEST, FORGET)
TIMERS = (
    jobs.Timer("notices.digest", DIGEST, every="5m"),
    jobs.Timer("notices.forget", FORGET, cron="40 3 * * *"),
)
