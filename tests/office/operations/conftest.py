"""A small city with its real site, and work of every state in its queue."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.office.notices.conftest import add_department, add_person
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.db import Database


def fails(session: Any, **arguments: Any) -> None:
    raise RuntimeError(f"the register of 11010519491231002X is closed to {arguments['to']}")


FAILS = jobs.Job("test.fails", fails, retries=0)
LATER = jobs.Job("test.later", fails)


@pytest.fixture
def administrators(database: Database) -> list[Any]:
    with database.write() as session:
        bureau = add_department(session, "数据管理局")
        people = [add_person(session, f"管理员{n}", department=bureau, role="administrator") for n in range(2)]
        add_person(session, "林晚", department=bureau, role="officer")
    return people


@pytest.fixture
def dead(database: Database) -> list[int]:
    """Three dead letters, one waiting job; their numbers."""
    with clock.fixed(NOW), database.write() as session:
        for n in range(3):
            jobs.enqueue(session, FAILS, to="13800138000", password="hunter2", n=n)
        jobs.enqueue(session, LATER, at=NOW + timedelta(days=1), to="x")
    with clock.fixed(NOW):
        run_all(database)
    with database.read() as session:
        return list(session.scalars(jobs_of(jobs.DEAD)))


def run_all(database: Database, *more: jobs.Job) -> None:
    from zhengtong.kernel.wake import Wake

    registry = jobs.Registry({job.name: job for job in (FAILS, LATER, *more)}, {})
    jobs.Workers(database, registry, Wake(database), givens={}, threads=0).drain()


def jobs_of(state: str) -> Any:
    from sqlalchemy import select

    return select(jobs.JobRow.seq).where(jobs.JobRow.state == state).order_by(jobs.JobRow.seq)
