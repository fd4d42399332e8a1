"""Which days are worked, from the bundled notices of 2024–2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.office.deadlines import errors
from zhengtong.office.deadlines.rules import DayKind, NamedDay, WorkCalendar, YearPlan, read_year

BUNDLED = tuple(
    read_year(file.read_text("utf-8")) for file in sorted((assets.path("rules") / "calendar").glob("*.json"))
)
CALENDAR = WorkCalendar(BUNDLED)
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2026-11-20", DayKind.WORKDAY, ""),
        ("2026-11-21", DayKind.WEEKEND, ""),
        ("2026-10-01", DayKind.HOLIDAY, "国庆节"),
        ("2026-10-10", DayKind.MAKE_UP, "国庆节"),
        ("2026-02-14", DayKind.MAKE_UP, "春节"),
        ("2025-01-26", DayKind.MAKE_UP, "春节"),
        ("2024-05-11", DayKind.MAKE_UP, "劳动节"),
        ("2024-02-12", DayKind.HOLIDAY, "春节"),
    ],
)
def test_a_day_is_what_the_notice_of_its_year_says(day: str, kind: DayKind, name: str) -> None:
    found = CALENDAR.day(date.fromisoformat(day))
    assert (found.kind, found.name) == (kind, name)


@pytest.mark.parametrize(("year", "working"), [(2024, 251), (2025, 248), (2026, 248)])
def test_the_bundled_years_have_as_many_working_days_as_counted_by_hand(year: int, working: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    assert sum(CALENDAR.is_working(day) for day in days if day.year == year) == working


def test_an_unknown_year_is_never_guessed() -> None:
    for ask in (
        lambda: CALENDAR.day(date(2027, 1, 1)),
        lambda: CALENDAR.after(date(2026, 12, 31), 1),
        lambda: CALENDAR.between(date(2026, 12, 1), date(2027, 1, 4)),
        lambda: CALENDAR.on_or_after(date(2027, 3, 1)),
    ):
        with pytest.raises(errors.YearUnknown) as unknown:
            ask()
        assert unknown.value.facts["year"] == 2027
    with pytest.raises(errors.YearUnknown) as unknown:
        CALENDAR.after(date(2024, 1, 3), -5)
    assert unknown.value.facts["year"] == 2023


def test_a_gap_between_known_years_is_not_jumped_over() -> None:
    gapped = WorkCalendar(tuple(plan for plan in BUNDLED if plan.year != 2025))
    assert gapped.known_years == (2024, 2026)
    with pytest.raises(errors.YearUnknown) as unknown:
        gapped.after(date(2024, 12, 31), 3)
    assert unknown.value.facts["year"] == 2025


def test_a_later_plan_of_the_same_year_overrides_it_day_by_day() -> None:
    typhoon = YearPlan(
        year=2026, papers=("台风停工通告",), days=(NamedDay(date=date(2026, 8, 12), name="台风停工", working=False),)
    )
    city = WorkCalendar((*BUNDLED, typhoon))
    assert city.day(date(2026, 8, 12)).kind is DayKind.HOLIDAY
    assert city.after(date(2026, 8, 11), 1) == date(2026, 8, 13)
    assert city.known_years == CALENDAR.known_years


def _by_walking(day: date, count: int) -> date:
    step = 1 if count > 0 else -1
    while count:
        day += timedelta(days=step)
        count -= step * CALENDAR.is_working(day)
    return day


@given(st.dates(date(2024, 6, 1), date(2026, 6, 1)), st.integers(-80, 80))
def test_counting_by_index_is_the_same_as_walking_day_by_day(day: date, count: int) -> None:
    assert CALENDAR.after(day, count) == _by_walking(day, count)


@given(DAYS, DAYS)
def test_between_counts_what_after_steps(a: date, b: date) -> None:
    after, until = min(a, b), max(a, b)
    count = CALENDAR.between(after, until)
    assert count == sum(CALENDAR.is_working(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))
    if count:
        assert CALENDAR.after(after, count) <= until


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "JSON"),
        ('{"year": 2027, "papers": ["x"], "days": []}', "days"),
        ('{"year": 2027, "papers": [], "days": [{"date": "2027-01-01", "name": "元旦", "working": false}]}', "papers"),
        (
            '{"year": 2027, "papers": ["x"], "days": [{"date": "2026-05-01", "name": "错", "working": false}]}',
            "2026-05-01",
        ),
        (
            '{"year": 2027, "papers": ["x"], "days": [{"date": "2027-01-01", "name": "a", "working": false},'
            ' {"date": "2027-01-01", "name": "b", "working": true}]}',
            "twice",
        ),
    ],
)
def test_a_faulty_calendar_file_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(errors.CalendarWrong) as wrong:
        read_year(text)
    assert told in wrong.value.say("en")
