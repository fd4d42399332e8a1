"""When a source runs by itself: a cron of five parts in the city's time. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

CITY = ZoneInfo("Asia/Shanghai")


def next_time(schedule: str, after: datetime) -> datetime | None:
    """The next time after `after` (aware); None where there is none, or the schedule is empty. Raises ValueError when malformed.

    >>> from datetime import UTC
    >>> next_time("0 2 * * *", datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    datetime.datetime(2026, 3, 5, 18, 0, tzinfo=datetime.timezone.utc)
    """
    if not schedule:
        return None
    if len(schedule.split()) != 5:
        raise ValueError(schedule)
    try:
        return next(CronSim(schedule, after.astimezone(CITY))).astimezone(after.tzinfo)
    except CronSimError as wrong:
        raise ValueError(schedule) from wrong
    except StopIteration:
        return None


def day_begins(now: datetime) -> datetime:
    """Midnight of the city's day.

    >>> from datetime import UTC
    >>> day_begins(datetime(2026, 3, 5, 1, 0, tzinfo=UTC)).isoformat()
    '2026-03-04T16:00:00+00:00'
    """
    return now.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
