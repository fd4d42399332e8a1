"""Files are made when asked for, and deleted when their days are over."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.kernel.jobs import Job, Timer
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.sharing.gateway.actions import filing


def expire_files(session: Session, *, now: datetime, settings: Given[Settings]) -> None:
    """This will delete files whose days are over."""
    filing.expire_files(session, now=now, settings=settings)


EXPIRE_FILES = Job("gateway.expire_files", expire_files)
JOBS = (filing.MAKE_FILE, EXPIRE_FILES)
TIMERS = (Timer("gateway.expire_files", EXPIRE_FILES, cron="40 2 * * *"),)
