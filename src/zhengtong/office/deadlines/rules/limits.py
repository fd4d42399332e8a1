"""When a limit ends. The day of the event is not counted, the last day ends at 24:00, and it is never a day off.

Civil Code art. 201 (the first day is not counted; hours run from the moment), 203 (a last day off moves to the next
working day; it ends at 24:00); Administrative Licensing Law art. 82 (days are working days). Law days are dates of Asia/Shanghai.

A limit before an event (30 days before a licence expires) that would end on a day off is brought *forward*, so that nobody is told too late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from zhengtong.office.deadlines import errors
from zhengtong.office.deadlines.rules.calendar import DayKind, WorkCalendar
from zhengtong.office.deadlines.rules.terms import Direction, Unit

LAW_ZONE = ZoneInfo("Asia/Shanghai")
_SPAN = {Unit.HOURS: timedelta(hours=1), Unit.MINUTES: timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Due:
    """The limit ends at `at` (from then on it is too late), the end of the law day `on`."""

    at: datetime
    on: date


@dataclass(frozen=True, slots=True)
class Unknown:
    """The end cannot be told before the holidays of `year` are known."""

    year: int


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day on the way to the end: why it counts or not, and as which."""

    date: date
    kind: DayKind
    name: str
    number: int | None


def law_day(at: datetime) -> date:
    """The date on which something happens, in the zone of the law."""
    return at.astimezone(LAW_ZONE).date()


def midnight(day: date) -> datetime:
    """00:00 of a law day."""
    return datetime.combine(day, time(), LAW_ZONE)


def end_of(day: date) -> datetime:
    """24:00 of a law day."""
    return midnight(day + timedelta(days=1))


def span(unit: Unit, count: int) -> timedelta:
    """`count` hours or minutes."""
    return _SPAN[unit] * count


def due(
    calendar: WorkCalendar,
    *,
    started_at: datetime,
    count: int,
    unit: Unit,
    direction: Direction = Direction.FORWARD,
    paused: timedelta = timedelta(),
) -> Due | Unknown:
    """When `count` units after the event are over (or before it). `paused`: time not counted, for hours and minutes.

    >>> due(WorkCalendar(()), started_at=datetime(2026, 11, 20, 7, 0, tzinfo=LAW_ZONE), count=5, unit=Unit.WORKING_DAYS)
    Unknown(year=2026)
    """
    if not unit.is_days:
        at = started_at + span(unit, count) + paused
        return Due(at, law_day(at))
    start = law_day(started_at)
    try:
        on = (
            _before(calendar, start, count, unit)
            if direction is Direction.BEFORE
            else forward(calendar, start, count, unit)
        )
    except errors.YearUnknown as unknown:
        return Unknown(int(unknown.facts["year"]))
    return Due(end_of(on), on)


def forward(calendar: WorkCalendar, day: date, count: int, unit: Unit) -> date:
    """The last day of `count` days after `day`. Raises YearUnknown."""
    if unit is Unit.WORKING_DAYS:
        return calendar.after(day, count)
    return calendar.on_or_after(day + timedelta(days=count))


def _before(calendar: WorkCalendar, day: date, count: int, unit: Unit) -> date:
    if unit is Unit.WORKING_DAYS:
        return calendar.after(day, -count)
    return calendar.on_or_before(day - timedelta(days=count))


def days_between(calendar: WorkCalendar, after: date, until: date, unit: Unit) -> int:
    """How many days of this unit lie after `after` up to and with `until`. Raises YearUnknown."""
    if unit is Unit.WORKING_DAYS:
        return calendar.between(after, until)
    return max(0, (until - after).days)


def counted_days(calendar: WorkCalendar, start: date, end: date, unit: Unit) -> Iterator[CountedDay]:
    """Every day after the event up to the last one, numbered where it counts, so that a person can check the sum.

    Raises YearUnknown.
    """
    number = 0
    for offset in range(1, (end - start).days + 1):
        day = calendar.day(start + timedelta(days=offset))
        counts = unit is Unit.CALENDAR_DAYS or day.kind.is_working
        number += counts
        yield CountedDay(day.date, day.kind, day.name, number if counts else None)
