"""Sources run by their schedules; runs that nobody works on are taken up; the lake's tables are kept tidy at night."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake.actions import scheduling
from zhengtong.data.intake.tables import Source
from zhengtong.engines.lake import Lake
from zhengtong.kernel import jobs


def start_due(session: Session, *, now: datetime) -> None:
    """This will start the sources whose time has come."""
    scheduling.start_due(session, now=now)


def take_up(session: Session, *, now: datetime) -> None:
    """This will put runs in the queue again that have lost their job."""
    scheduling.take_up(session, now=now)


def tidy(run: jobs.Run) -> None:
    """This will join the small files of each table that sources feed, and delete what no version of the last week needs."""
    lake = run.given(Lake)
    with run.read() as session:
        fed = select(Source.item_id).where(Source.item_id.is_not(None)).distinct()
        tables = list(session.scalars(select(catalogue.Item.table).where(catalogue.Item.id.in_(fed))))
    for table in sorted(tables):
        if table <= run.kept.get("done", "") or not lake.exists(table):
            continue
        if run.stopping:
            raise jobs.Stopping
        lake.compact(table)
        lake.vacuum(table)
        with run.write():
            run.kept["done"] = table


START = jobs.Job("intake.start_due", start_due)
TAKE_UP = jobs.Job("intake.take_up", take_up)
TIDY = jobs.Job("intake.tidy_lake", tidy, steps=True)
JOBS = (START, TAKE_UP, TIDY)
TIMERS = (
    jobs.Timer("intake.start_due", START, every="20s"),
    jobs.Timer("intake.take_up", TAKE_UP, every="1m"),
    jobs.Timer("intake.tidy_lake", TIDY, cron="10 2 * * *"),
)
