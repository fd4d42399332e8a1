"""Loading a year: what was unknown becomes known, what was wrong is put right, and the clocks follow."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel import clock as time_now
from zhengtong.kernel.actor import SYSTEM, Actor, PermissionMissing, StepUpNeeded
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.events import EventRow
from zhengtong.kernel.jobs import Workers, enqueue
from zhengtong.office import deadlines, notices
from zhengtong.office.deadlines import actions, errors, queries, rules
from zhengtong.office.deadlines.permissions import LOAD_CALENDAR
from zhengtong.office.deadlines.rules import EntryKind, Status
from zhengtong.office.deadlines.tables import CalendarYear, Clock, Layer

Someone = Callable[..., Actor]
YEAR_2027 = rules.read_year(
    json.dumps(
        {
            "$schema": "x",
            "year": 2027,
            "papers": ["2027 年放假通知（试验用）"],
            "days": [
                {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
                {"name": "元旦", "date": "2026-12-26", "isOffDay": False},
                {"name": "春节", "date": "2027-02-08", "isOffDay": True},
            ],
        }
    )
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


NOW = at("2026-12-28T09:00")


def started(session: Session, city: Any, when: str, rule: str = "licence.decide") -> Clock:
    duty = deadlines.Duty(("case", new_id()), "SL-1", city.section, city.officer)
    clock = deadlines.start_clock(session, SYSTEM, rule=rule, duty=duty, now=at(when))
    session.flush()
    return clock


def alarms(session: Session) -> list[tuple[int, int]]:
    rows = session.scalars(
        select(EventRow).where(EventRow.type == "deadlines.calendar_year_missing@1").order_by(EventRow.seq)
    )
    return [(row.payload["year"], row.payload["clocks"]) for row in rows]


def test_a_clock_into_an_unknown_year_starts_without_an_end_and_the_first_one_raises_the_alarm(
    session: Session, city: Any
) -> None:
    first, second = started(session, city, "2026-12-25T09:00"), started(session, city, "2026-12-25T09:00")
    for clock in (first, second):
        assert (clock.due_at, clock.unknown_year, clock.next_at, clock.status) == (None, 2027, None, Status.RUNNING)
    assert alarms(session) == [(2027, 1)]
    assert queries.years_to_load(session, on=NOW.date()) == {2027: 2}


@pytest.mark.parametrize(("day", "wanted"), [("2026-11-14", {}), ("2026-11-15", {2027: 0}), ("2027-02-01", {2027: 0})])
def test_the_next_year_is_wanted_from_mid_november_though_no_clock_waits(
    session: Session, day: str, wanted: dict[int, int]
) -> None:
    assert queries.years_to_load(session, on=datetime.fromisoformat(day).date()) == wanted


def test_the_daily_alarm_reaches_those_who_may_load_the_calendar_once_a_day(
    database: Database, standing_city: Any, workers: Workers
) -> None:
    with time_now.fixed(NOW):
        for _ in range(2):
            with database.write() as session:
                enqueue(session, actions.ALARM)
            workers.drain()
    with database.read() as session:
        rows = session.scalars(select(notices.Notice)).all()
    assert [(row.kind, row.subject_id) for row in rows] == [("deadlines.calendar_missing", standing_city.steerer)]


def test_loading_the_year_recomputes_the_waiting_and_the_moved_and_leaves_the_rest(
    database: Database, standing_city: Any, workers: Workers, someone: Someone
) -> None:
    with database.write() as session:
        waiting = [started(session, standing_city, "2026-12-25T09:00").id for _ in range(40)]
        moved = started(session, standing_city, "2026-12-21T09:00", "licence.tell_incomplete").id
        same = started(session, standing_city, "2026-12-01T09:00", "licence.deliver").id
        assert str(session.get_one(Clock, moved).due_on) == "2026-12-28"
    with time_now.fixed(at("2026-12-22T09:00")):
        with database.write() as session:
            change = deadlines.load_year(session, someone(LOAD_CALENDAR, now=at("2026-12-22T09:00")), plan=YEAR_2027,
                                         layer=Layer.NATIONAL, now=at("2026-12-22T09:00"))  # fmt: skip
            assert (change.new, change.clocks) == (True, 41)
            assert [str(day.date) for day in change.days] == ["2026-12-26"]
        workers.drain()
    with database.read() as session:
        assert {str(session.get_one(Clock, key).due_on) for key in waiting} == {"2027-01-22"}
        assert str(session.get_one(Clock, moved).due_on) == "2026-12-26"
        kinds = {key: [entry.kind for entry in queries.entries_of(session, key)] for key in (waiting[0], moved, same)}
        assert kinds[waiting[0]] == kinds[moved] == [EntryKind.STARTED, EntryKind.RECOMPUTED]
        assert kinds[same] == [EntryKind.STARTED]
        assert queries.years_to_load(session, on=NOW.date()) == {}


def test_recomputing_twice_changes_nothing_more(
    database: Database, standing_city: Any, workers: Workers, someone: Someone
) -> None:
    with database.write() as session:
        key = started(session, standing_city, "2026-12-25T09:00").id
        deadlines.load_year(session, someone(LOAD_CALENDAR, now=NOW), plan=YEAR_2027, layer=Layer.NATIONAL, now=NOW)
    with time_now.fixed(NOW):
        workers.drain()
        with database.write() as session:
            enqueue(session, actions.RECOMPUTE, since="2026-01-01")
        workers.drain()
    with database.read() as session:
        assert [entry.kind for entry in queries.entries_of(session, key)] == [EntryKind.STARTED, EntryKind.RECOMPUTED]


def test_a_typhoon_day_of_the_city_moves_the_ends_behind_it(
    database: Database, standing_city: Any, workers: Workers, someone: Someone
) -> None:
    now = at("2026-08-11T20:00")
    storm = rules.YearPlan(
        year=2026,
        papers=("云溪市防指停工通告",),
        days=(rules.NamedDay(date=at("2026-08-12T00:00").date(), name="台风停工", working=False),),
    )
    with time_now.fixed(now), database.write() as session:
        before = started(session, standing_city, "2026-08-03T09:00", "licence.tell_incomplete").id
        behind = started(session, standing_city, "2026-08-07T09:00", "licence.tell_incomplete").id
        change = deadlines.load_year(session, someone(LOAD_CALENDAR, now=now), plan=storm, layer=Layer.CITY, now=now)
        assert (change.new, change.clocks, [day.name for day in change.days]) == (False, 1, ["台风停工"])
    with time_now.fixed(now):
        workers.drain()
    with database.read() as session:
        assert str(session.get_one(Clock, before).due_on) == "2026-08-10"
        assert str(session.get_one(Clock, behind).due_on) == "2026-08-17"
        assert queries.calendar(session).known_years == (2024, 2025, 2026)


def test_a_year_loaded_again_replaces_the_former_which_stays_on_record(session: Session, someone: Someone) -> None:
    actor = someone(LOAD_CALENDAR, now=NOW)
    deadlines.load_year(session, actor, plan=YEAR_2027, layer=Layer.NATIONAL, now=NOW)
    mended = YEAR_2027.model_copy(update={"days": YEAR_2027.days[:2]})
    change = deadlines.load_year(session, actor, plan=mended, layer=Layer.NATIONAL, now=NOW)
    assert [str(day.date) for day in change.days] == ["2027-02-08"]
    rows = session.scalars(select(CalendarYear).order_by(CalendarYear.id)).all()
    assert [row.replaced_at for row in rows] == [NOW, None]
    assert queries.calendar(session).is_working(at("2027-02-08T09:00").date())
    deeds = session.scalars(select(Audit).where(Audit.action == "deadlines.calendar_loaded").order_by(Audit.seq)).all()
    assert [deed.before for deed in deeds] == [None, {"digest": rows[0].digest}]


def test_days_of_the_city_in_an_unknown_year_are_refused(session: Session, someone: Someone) -> None:
    with pytest.raises(errors.YearUnknown):
        actions.preview_year(session, someone(LOAD_CALENDAR, now=NOW), plan=YEAR_2027, layer=Layer.CITY, now=NOW)


def test_only_who_may_and_has_just_shown_the_second_factor_loads_a_year(session: Session, someone: Someone) -> None:
    for actor, refusal in (
        (someone(), PermissionMissing),
        (someone(LOAD_CALENDAR, second_factor_at=None), StepUpNeeded),
    ):
        with pytest.raises(refusal):
            deadlines.load_year(session, actor, plan=YEAR_2027, layer=Layer.NATIONAL, now=NOW)
