"""How far a step takes the demo's clock."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from zhengtong.insight.tour.errors import NothingAhead
from zhengtong.office import deadlines

HOUR = timedelta(hours=1)
OPENS = timedelta(hours=9)
PAST = timedelta(minutes=1)


class Step(StrEnum):
    """What the clock can be moved on by: an hour; to nine o'clock of the next working day; to just past the next limit."""

    HOUR = "hour"
    WORKING_DAY = "working_day"
    LIMIT = "limit"


def moved(step: Step, now: datetime, calendar: deadlines.rules.WorkCalendar, *, limit: datetime | None) -> datetime:
    """What the clock shows after the step. `limit`: when the next running limit ends or warns.

    Raises NothingAhead where no limit runs, YearUnknown where the calendar does not know the day it would be.

    >>> from datetime import UTC
    >>> moved(Step.HOUR, datetime(2026, 11, 21, 12, tzinfo=UTC), deadlines.rules.WorkCalendar(()), limit=None).hour
    13
    """
    if step is Step.HOUR:
        return now + HOUR
    if step is Step.LIMIT:
        if limit is None:
            raise NothingAhead()
        return max(limit, now) + PAST
    today = deadlines.rules.law_day(now)
    if calendar.is_working(today) and now < _opening(today):
        return _opening(today)
    return _opening(calendar.after(today, 1))


def _opening(day: date) -> datetime:
    return (deadlines.rules.end_of(day - timedelta(days=1)) + OPENS).astimezone(UTC)
