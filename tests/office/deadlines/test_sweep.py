"""What happens by itself: once each, whoever sweeps, however late, killed or not."""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.orphans import nursery
from zhengtong.kernel import clock as time_now
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.events import EventRow
from zhengtong.kernel.jobs import JobRow, Workers, enqueue
from zhengtong.office import deadlines, notices
from zhengtong.office.deadlines import actions, queries
from zhengtong.office.deadlines.rules import EntryKind, Status
from zhengtong.office.deadlines.tables import Clock, ClockEntry

pytestmark = pytest.mark.both_databases
Start = Callable[..., deadlines.Clock]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def plant(
    database: Database, city: Any, count: int, rule: str = "licence.deliver", start: str = "2026-03-05T09:00"
) -> None:
    with database.write() as session:
        for number in range(count):
            duty = deadlines.Duty(("case", new_id()), f"SL-{number}", city.section, city.officer)
            deadlines.start_clock(session, SYSTEM, rule=rule, duty=duty, now=at(start))


def entries(database: Database) -> Counter[EntryKind]:
    with database.read() as session:
        counted = session.execute(select(ClockEntry.kind, func.count()).group_by(ClockEntry.kind))
        return Counter({row[0]: row[1] for row in counted})


def sweep(database: Database, now: datetime) -> int:
    swept = 0
    while True:
        with database.write() as session:
            fired = actions.fire_due(session, now=now)
        swept += fired
        if not fired:
            return swept


def test_a_sweep_fires_what_is_due_once_and_nothing_else(database: Database, standing_city: Any) -> None:
    plant(database, standing_city, 60)
    plant(database, standing_city, 7, rule="licence.decide_joint")
    assert sweep(database, at("2026-03-17T23:59")) == 60
    assert entries(database)[EntryKind.WARNED] == 60
    assert sweep(database, at("2026-03-20T00:00")) == 60
    assert sweep(database, at("2026-03-20T00:00")) == 0
    counted = entries(database)
    assert (counted[EntryKind.EXPIRED], counted[EntryKind.ESCALATED]) == (60, 60)


def test_a_late_sweep_fires_each_once_without_the_stale_warning(database: Database, standing_city: Any) -> None:
    plant(database, standing_city, 30, rule="licence.decide")
    sweep(database, at("2026-06-30T09:00"))
    counted = entries(database)
    assert counted == {EntryKind.STARTED: 30, EntryKind.EXPIRED: 30, EntryKind.ESCALATED: 60}
    with database.read() as session:
        expired = session.scalars(select(ClockEntry).where(ClockEntry.kind == EntryKind.EXPIRED)).all()
        assert {entry.at for entry in expired} == {at("2026-04-03T00:00")}
        assert {entry.recorded_at for entry in expired} == {at("2026-06-30T09:00")}


def test_many_sweepers_at_once_fire_each_once(database: Database, standing_city: Any) -> None:
    plant(database, standing_city, 120)
    threads = [threading.Thread(target=sweep, args=(database, at("2026-03-20T00:00"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entries(database)[EntryKind.EXPIRED] == 120
    with database.read() as session:
        told = session.scalars(select(EventRow.key).where(EventRow.type == "deadlines.clock_expired@1")).all()
    assert len(told) == len(set(told)) == 120


SWEEPERS = """
import os, sys
from datetime import datetime
from tests.orphans import end_with_the_test
from zhengtong.kernel.db import Database
from zhengtong.office.deadlines import actions

def sweep():
    database = Database(sys.argv[1])
    while True:
        with database.write() as session:
            actions.fire_due(session, now=datetime.fromisoformat(sys.argv[2]), limit=5)

end_with_the_test()
for _ in sys.stdin:
    child = os.fork() or sweep()
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.soak
def test_a_sweep_killed_again_and_again_still_fires_each_once(
    database: Database, database_url: str, standing_city: Any
) -> None:
    plant(database, standing_city, 500)
    command = [sys.executable, "-W", "ignore", "-c", SWEEPERS, database_url, at("2026-03-20T00:00").isoformat()]
    with nursery(command) as sweepers:
        assert sweepers.stdin
        assert sweepers.stdout
        for _ in range(3):
            before = entries(database)[EntryKind.EXPIRED]
            print(file=sweepers.stdin, flush=True)
            child = int(sweepers.stdout.readline())
            while entries(database)[EntryKind.EXPIRED] == before:
                time.sleep(0.01)
            os.kill(child, signal.SIGKILL)
            assert int(sweepers.stdout.readline()) == -signal.SIGKILL
        sweepers.stdin.close()
    assert 0 < entries(database)[EntryKind.EXPIRED] < 500
    sweep(database, at("2026-03-20T00:00"))
    assert entries(database)[EntryKind.EXPIRED] == 500
    with database.read() as session:
        told = session.scalars(select(EventRow.key).where(EventRow.type == "deadlines.clock_expired@1")).all()
        assert len(told) == len(set(told)) == 500
        assert set(session.scalars(select(Clock.status))) == {Status.OVERDUE}


def test_a_call_of_minutes_has_its_sweep_at_the_very_moment(session: Session, start: Start) -> None:
    clock = start("emergency.acknowledge", "2026-03-05T09:00:07+08:00")
    waiting = session.scalars(select(JobRow).where(JobRow.name == "deadlines.sweep")).all()
    assert [job.due_at for job in waiting] == [clock.next_at] == [at("2026-03-05T09:03:07")]


def test_people_are_told_the_holder_first_then_up_the_ladder(
    database: Database, standing_city: Any, workers: Workers
) -> None:
    plant(database, standing_city, 1, rule="sharing.answer_conditional")
    story = [
        ("2026-03-17T09:00", [("deadlines.due_soon", standing_city.officer)]),
        (
            "2026-03-20T09:00",
            [("deadlines.expired", standing_city.officer), ("deadlines.escalated", standing_city.cdo)],
        ),
        ("2026-03-25T09:00", [("deadlines.escalated", standing_city.steerer)]),
        ("2026-03-27T09:00", [("deadlines.escalated", standing_city.leader)]),
        ("2026-03-28T09:00", []),
    ]
    expected: list[tuple[str, Any]] = []
    for moment, told in story:
        with time_now.fixed(at(moment)):
            with database.write() as session:
                enqueue(session, actions.SWEEP)
            workers.drain()
        expected += told
        with database.read() as session:
            rows = session.scalars(select(notices.Notice).order_by(notices.Notice.created_at)).all()
            assert Counter((row.kind, row.subject_id) for row in rows) == Counter(expected)


def test_a_duty_done_before_the_letter_goes_out_is_not_complained_of(
    database: Database, standing_city: Any, workers: Workers
) -> None:
    plant(database, standing_city, 1, rule="sharing.answer_conditional")
    with time_now.fixed(at("2026-03-20T09:00")):
        with database.write() as session:
            actions.fire_due(session, now=at("2026-03-20T09:00"))
            clock = session.scalars(select(Clock)).one()
            deadlines.meet_clock(session, SYSTEM, clock.id, now=at("2026-03-20T09:00"))
        workers.drain()
    with database.read() as session:
        assert set(session.scalars(select(notices.Notice.kind))) == {"deadlines.expired"}


def test_whoever_holds_the_role_nearest_above_is_told_and_at_last_the_data_bureau(
    session: Session, start: Start, city: Any
) -> None:
    clock, on = start("licence.decide", "2026-03-05T09:00+08:00"), at("2026-03-05T09:00").date()
    for to, told in [
        ("holder", city.officer),
        ("officer", city.officer),
        ("department_cdo", city.cdo),
        ("leader", city.leader),
        ("data_bureau", city.steerer),
        ("auditor", city.steerer),
    ]:
        assert queries.told_about(session, clock, to, on=on) == [told]
    assert queries.told_about(session, clock, "department_cdo", on=at("2024-12-31T09:00").date()) == []
    clock.person_id = None
    assert queries.told_about(session, clock, "holder", on=on) == [city.officer]


@pytest.mark.parametrize("days", [0, 1])
def test_the_sweep_finds_nothing_in_clocks_that_are_not_due(database: Database, standing_city: Any, days: int) -> None:
    plant(database, standing_city, 5, rule="licence.decide_joint")
    assert sweep(database, at("2026-03-05T09:00") + timedelta(days=days)) == 0
    with database.read() as session:
        assert all(status is Status.RUNNING for status in session.scalars(select(Clock.status)))
