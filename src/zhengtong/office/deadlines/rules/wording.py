"""How a clock stands, said in words, as a share for the bar, and as a tone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from zhengtong.kernel.errors import Words
from zhengtong.office.deadlines import errors
from zhengtong.office.deadlines.rules import limits
from zhengtong.office.deadlines.rules.calendar import WorkCalendar
from zhengtong.office.deadlines.rules.clock import Clock, Status
from zhengtong.office.deadlines.rules.limits import Due, Unknown
from zhengtong.office.deadlines.rules.passing import warn_moment
from zhengtong.office.deadlines.rules.terms import Direction, Unit

URGENT = timedelta(hours=12)


class Tone(StrEnum):
    """How it should look: calm, soon (inside the warning), late (under twelve hours, or over), stopped, unknown, done."""

    CALM = "calm"
    SOON = "soon"
    LATE = "late"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Remaining:
    """`words` in both languages; `share` of the limit that is used up (0–1); `left` in units of the rule, if known."""

    words: Words
    share: float
    tone: Tone
    left: int | None = None


def remaining(clock: Clock, calendar: WorkCalendar, *, now: datetime) -> Remaining:
    """How the clock stands at `now`: “还剩 2 个工作日，11 月 27 日 24:00 前”, its share and its tone."""
    if not clock.status.is_live:
        share = min(1.0, _share(clock, calendar, clock.ended_at or now))
        return Remaining(clock.status.words, share, Tone.LATE if clock.status is Status.MET_LATE else Tone.DONE)
    end = clock.due(calendar)
    if end is None:
        return _stopped(clock, calendar, now)
    if isinstance(end, Unknown):
        return Remaining(unknown_words(end), 0.0, Tone.UNKNOWN)
    if now >= end.at:
        return Remaining(_overdue(clock, calendar, end, now), 1.0, Tone.LATE, 0)
    return _running(clock, calendar, end, now)


def unknown_words(end: Unknown) -> Words:
    """The sentence for an end that cannot be told yet."""
    return Words(f"到期日待定：等 {end.year} 年日历载入", f"end unknown until the calendar of {end.year} is loaded")


def _running(clock: Clock, calendar: WorkCalendar, end: Due, now: datetime) -> Remaining:
    warning = warn_moment(clock, calendar, end)
    tone = Tone.SOON if warning and now >= warning else Tone.CALM
    if end.at - now < URGENT and clock.unit.is_days:
        tone = Tone.LATE
    share = _share(clock, calendar, now)
    if not clock.unit.is_days:
        span = end.at - now
        words = Words(f"还剩 {_span_zh(span)}", f"{_span_en(span)} left")
        return Remaining(words, share, tone, int(span / limits.span(clock.unit, 1)))
    today = limits.law_day(now)
    try:
        left = limits.days_between(calendar, today, end.on, clock.unit)
    except errors.YearUnknown:
        left = (end.on - today).days
    by_zh, by_en = f"{end.on.month} 月 {end.on.day} 日 24:00 前", f"by the end of {end.on:%-d %b}"
    if left == 0:
        return Remaining(Words("今天 24:00 前", "due today, by 24:00"), share, tone, 0)
    words = Words(f"还剩 {clock.unit.zh(left)}，{by_zh}", f"{clock.unit.en(left)} left, {by_en}")
    return Remaining(words, share, tone, left)


def _stopped(clock: Clock, calendar: WorkCalendar, now: datetime) -> Remaining:
    ground = clock.rule.ground(clock.pauses[-1].ground)
    zh, en = (ground.zh, ground.en) if ground else ("", "")
    try:
        used = clock.used(calendar, now)
    except errors.YearUnknown:
        return Remaining(Words(f"已停表：{zh}", f"stopped: {en}"), 0.0, Tone.STOPPED)
    if isinstance(used, timedelta):
        span = limits.span(clock.unit, clock.total) - used
        words = Words(f"已停表：{zh}；还剩 {_span_zh(span)}", f"stopped: {en}; {_span_en(span)} left")
        return Remaining(words, _share(clock, calendar, now), Tone.STOPPED)
    left = max(0, clock.total - used)
    words = Words(f"已停表：{zh}；还剩 {clock.unit.zh(left)}", f"stopped: {en}; {clock.unit.en(left)} left")
    return Remaining(words, _share(clock, calendar, now), Tone.STOPPED, left)


def _overdue(clock: Clock, calendar: WorkCalendar, end: Due, now: datetime) -> Words:
    if not clock.unit.is_days:
        return Words(f"已超期 {_span_zh(now - end.at)}", f"overdue by {_span_en(now - end.at)}")
    try:
        over = limits.days_between(calendar, end.on, limits.law_day(now), clock.unit)
    except errors.YearUnknown:
        over = 0
    if not over:
        return Words("已超期", "overdue")
    return Words(f"已超期 {clock.unit.zh(over)}", f"overdue by {clock.unit.en(over)}")


def _share(clock: Clock, calendar: WorkCalendar, at: datetime) -> float:
    if clock.rule.direction is Direction.BEFORE:
        return 0.0
    try:
        used = clock.used(calendar, at)
    except errors.YearUnknown:
        return 0.0
    part = used / limits.span(clock.unit, clock.total) if isinstance(used, timedelta) else used / clock.total
    return round(min(1.0, max(0.0, part)), 4)


def _span_zh(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
    return f"{minutes} 分钟" if minutes else "不到 1 分钟"


def _span_en(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else "under a minute"


def end_words(end: Due, unit: Unit) -> Words:
    """An end as people say it: the last day until 24:00, or the minute."""
    if not unit.is_days:
        at = end.at.astimezone(limits.LAW_ZONE)
        return Words(f"{at.year} 年 {at.month} 月 {at.day} 日 {at:%H:%M}", f"{at:%H:%M} on {at.day} {at:%b %Y}")
    weekday = "一二三四五六日"[end.on.weekday()]
    zh = f"{end.on.year} 年 {end.on.month} 月 {end.on.day} 日（周{weekday}）24:00"
    return Words(zh, f"the end of {end.on:%A}, {end.on.day} {end.on:%b %Y}")
