"""When a limit ends: known cases, and what must hold for every date."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.office.deadlines.rules import (
    LAW_ZONE,
    Direction,
    Due,
    Unit,
    Unknown,
    WorkCalendar,
    counted_days,
    due,
    end_of,
    law_day,
    read_year,
)

CALENDAR = WorkCalendar(
    tuple(read_year(file.read_text("utf-8")) for file in sorted((assets.path("rules") / "calendar").glob("*.json")))
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 1), timezones=st.just(LAW_ZONE))  # noqa: DTZ001 - the bounds are naive by contract
DAY_UNITS = st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE)


@pytest.mark.parametrize(
    ("started", "count", "unit", "ends"),
    [
        # received on Friday 15:00: five working days end on the next Friday at 24:00
        ("2026-11-20 15:00", 5, Unit.WORKING_DAYS, "2026-11-28 00:00"),
        ("2026-11-20 15:00", 1, Unit.WORKING_DAYS, "2026-11-24 00:00"),
        # received on a Saturday: Monday is the first day
        ("2026-11-21 10:00", 1, Unit.WORKING_DAYS, "2026-11-24 00:00"),
        # the last minute of the day, and the first of the next
        ("2026-11-19 23:59", 1, Unit.WORKING_DAYS, "2026-11-21 00:00"),
        ("2026-11-20 00:00", 1, Unit.WORKING_DAYS, "2026-11-24 00:00"),
        # across the National Day of 2026 (1–7 October off, Saturday 10 October worked)
        ("2026-09-29 09:00", 3, Unit.WORKING_DAYS, "2026-10-10 00:00"),
        ("2026-09-29 09:00", 4, Unit.WORKING_DAYS, "2026-10-11 00:00"),
        # a make-up Sunday counts (26 January 2025)
        ("2025-01-24 09:00", 1, Unit.WORKING_DAYS, "2025-01-27 00:00"),
        # calendar days run through the weekend and move off a day off
        ("2026-11-20 15:00", 3, Unit.CALENDAR_DAYS, "2026-11-24 00:00"),
        ("2026-11-19 15:00", 3, Unit.CALENDAR_DAYS, "2026-11-24 00:00"),
        ("2026-09-28 15:00", 3, Unit.CALENDAR_DAYS, "2026-10-09 00:00"),
        # hours and minutes run at once and through days off
        ("2026-11-20 23:50", 24, Unit.HOURS, "2026-11-21 23:50"),
        ("2026-10-01 02:03", 5, Unit.MINUTES, "2026-10-01 02:08"),
    ],
)
def test_the_end_of_a_limit(started: str, count: int, unit: Unit, ends: str) -> None:
    end = due(CALENDAR, started_at=at(started), count=count, unit=unit)
    assert isinstance(end, Due)
    assert end.at == at(ends)


def test_the_law_day_is_a_date_of_shanghai_whatever_zone_the_time_is_told_in() -> None:
    late_in_utc = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert law_day(late_in_utc) == date(2026, 11, 21)
    assert end_of(date(2026, 11, 20)) == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started", "count", "unit", "end"),
    [
        ("2026-12-25 09:00", 10, Unit.WORKING_DAYS, Unknown(2027)),
        ("2026-12-31 09:00", 1, Unit.CALENDAR_DAYS, Unknown(2027)),
        ("2027-02-01 09:00", 1, Unit.WORKING_DAYS, Unknown(2027)),
        ("2023-12-01 09:00", 1, Unit.WORKING_DAYS, Unknown(2023)),
    ],
)
def test_an_end_in_an_unknown_year_is_unknown(started: str, count: int, unit: Unit, end: Unknown) -> None:
    assert due(CALENDAR, started_at=at(started), count=count, unit=unit) == end


def test_hours_need_no_calendar() -> None:
    assert due(WorkCalendar(()), started_at=at("2031-01-01 00:00"), count=24, unit=Unit.HOURS) == Due(
        at("2031-01-02 00:00"), date(2031, 1, 2)
    )


@pytest.mark.parametrize(
    ("anchor", "count", "unit", "last"),
    [
        ("2026-11-20 00:00", 30, Unit.CALENDAR_DAYS, "2026-10-21"),
        ("2026-11-03 00:00", 30, Unit.CALENDAR_DAYS, "2026-09-30"),
        ("2026-11-20 00:00", 5, Unit.WORKING_DAYS, "2026-11-13"),
    ],
)
def test_a_limit_before_an_event_is_never_told_too_late(anchor: str, count: int, unit: Unit, last: str) -> None:
    end = due(CALENDAR, started_at=at(anchor), count=count, unit=unit, direction=Direction.BEFORE)
    assert isinstance(end, Due)
    assert end.on == date.fromisoformat(last)


@given(MOMENTS, st.integers(1, 60), DAY_UNITS, st.sampled_from(Direction))
def test_a_limit_in_days_never_ends_on_a_day_off(
    started: datetime, count: int, unit: Unit, direction: Direction
) -> None:
    end = due(CALENDAR, started_at=started, count=count, unit=unit, direction=direction)
    if isinstance(end, Due):
        assert CALENDAR.is_working(end.on)
        assert end.at == end_of(end.on)


@given(MOMENTS, MOMENTS, st.integers(1, 60), st.sampled_from(Unit))
def test_who_starts_later_never_ends_earlier(a: datetime, b: datetime, count: int, unit: Unit) -> None:
    first = due(CALENDAR, started_at=min(a, b), count=count, unit=unit)
    second = due(CALENDAR, started_at=max(a, b), count=count, unit=unit)
    if isinstance(first, Due) and isinstance(second, Due):
        assert first.at <= second.at


@given(MOMENTS, st.integers(1, 60), st.sampled_from(Unit))
def test_a_longer_limit_never_ends_earlier_and_in_working_days_always_later(
    started: datetime, count: int, unit: Unit
) -> None:
    shorter = due(CALENDAR, started_at=started, count=count, unit=unit)
    longer = due(CALENDAR, started_at=started, count=count + 1, unit=unit)
    if isinstance(shorter, Due) and isinstance(longer, Due):
        assert longer.at >= shorter.at
        if unit is Unit.WORKING_DAYS:
            assert CALENDAR.between(shorter.on, longer.on) == 1


@given(MOMENTS, st.integers(1, 40))
def test_exactly_the_limit_of_working_days_lies_between_start_and_end(started: datetime, count: int) -> None:
    end = due(CALENDAR, started_at=started, count=count, unit=Unit.WORKING_DAYS)
    assert isinstance(end, Due)
    numbers = [day.number for day in counted_days(CALENDAR, law_day(started), end.on, Unit.WORKING_DAYS) if day.number]
    assert numbers == list(range(1, count + 1))
    assert end.at - started >= timedelta(days=1)
