"""What time alone does to a clock: it warns, expires, climbs the ladder; and a changed calendar moves the end.

Looking twice is looking once, and how late one looks makes no difference to how the clock stands.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zhengtong.office.deadlines import errors
from zhengtong.office.deadlines.rules import limits
from zhengtong.office.deadlines.rules.calendar import WorkCalendar
from zhengtong.office.deadlines.rules.clock import Change, Clock, Entry, EntryKind, Status, promised
from zhengtong.office.deadlines.rules.limits import CountedDay, Due, Unknown
from zhengtong.office.deadlines.rules.terms import Direction, Rule, Unit


def settle(clock: Clock, calendar: WorkCalendar, *, now: datetime) -> Change:
    """This will do all that time alone has done until `now`: warn, expire, climb the ladder. Twice is once.

    A warning that comes too late is left out: whoever is told that it expired need not be told that it will.
    """
    entries: list[Entry] = []
    end = clock.due(calendar)
    if clock.status is Status.RUNNING and isinstance(end, Due):
        if now >= end.at:
            clock = _expired(clock, end)
            entries.append(Entry(EntryKind.EXPIRED, end.at, before=end))
        elif not clock.warned and (moment := warn_moment(clock, calendar, end)) and now >= moment:
            clock = replace(clock, warned=True)
            entries.append(Entry(EntryKind.WARNED, moment, before=end))
    while (step := next_step(clock, calendar)) and step[0] <= now:
        moment, to = step
        clock = replace(clock, step=clock.step + 1)
        entries.append(Entry(EntryKind.ESCALATED, moment, before=end, amount=clock.step, step_to=to))
    return Change(clock, tuple(entries))


def _expired(clock: Clock, end: Due) -> Clock:
    if clock.rule.on_expiry.ends_clock:
        return replace(clock, status=Status.LAPSED, warned=True, ended_at=end.at, changed_at=end.at)
    return replace(clock, status=Status.OVERDUE, warned=True, changed_at=end.at)


def recompute(clock: Clock, calendar: WorkCalendar, *, before: Due | Unknown | None, now: datetime) -> Change:
    """This will take over a changed calendar: the end moves, and what was overdue by the old one may run again."""
    after = clock.due(calendar)
    if after == before or not clock.status.is_live:
        return Change(clock)
    if clock.status is Status.OVERDUE and not (isinstance(after, Due) and now >= after.at):
        clock = replace(clock, status=Status.RUNNING, warned=False, step=0)
    elif isinstance(after, Due) and now < after.at:
        clock = replace(clock, warned=False)
    return Change(clock, (Entry(EntryKind.RECOMPUTED, now, before=before, after=after),))


def warn_moment(clock: Clock, calendar: WorkCalendar, end: Due) -> datetime | None:
    """From when to warn; None when the rule warns of nothing. Never before the clock last changed."""
    before = clock.rule.warn_before
    if before is None or before >= clock.total:
        return None
    if not clock.unit.is_days:
        return end.at - limits.span(clock.unit, before)
    try:
        day = calendar.after(end.on, -before) if clock.unit is Unit.WORKING_DAYS else end.on - timedelta(days=before)
    except errors.YearUnknown:
        return None
    return max(limits.midnight(day), clock.changed_at)


def next_step(clock: Clock, calendar: WorkCalendar) -> tuple[datetime, str] | None:
    """The next rung of the ladder of an overdue clock: when, and whom to tell."""
    if clock.status is not Status.OVERDUE or clock.step >= len(clock.rule.ladder):
        return None
    end, step = clock.due(calendar), clock.rule.ladder[clock.step]
    if not isinstance(end, Due):
        return None
    if not clock.unit.is_days:
        return end.at + limits.span(clock.unit, step.after), step.to
    try:
        return limits.end_of(limits.forward(calendar, end.on, step.after, clock.unit)), step.to
    except errors.YearUnknown:
        return None


def next_moment(clock: Clock, calendar: WorkCalendar) -> datetime | None:
    """When time alone will next do something to this clock; None when nothing (stopped, ended, end unknown)."""
    if clock.status is Status.OVERDUE:
        step = next_step(clock, calendar)
        return step[0] if step else None
    end = clock.due(calendar) if clock.status is Status.RUNNING else None
    if not isinstance(end, Due):
        return None
    warning = None if clock.warned else warn_moment(clock, calendar, end)
    return min(warning, end.at) if warning else end.at


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of a clock that nobody touches: its end, how it was counted, when whom is told."""

    limit: int
    end: Due | Unknown
    days: tuple[CountedDay, ...]
    warn_at: datetime | None
    rungs: tuple[tuple[datetime, str], ...]


def foresee(rule: Rule, calendar: WorkCalendar, *, started_at: datetime, limit: int | None = None) -> Foreseen:
    """What would become of a clock started then. Raises LimitMissing, LimitWrong."""
    clock = Clock(rule, started_at, promised(rule, limit), changed_at=started_at)
    if rule.direction is Direction.BEFORE:
        clock = replace(clock, changed_at=datetime.min.replace(tzinfo=limits.LAW_ZONE))
    end = clock.due(calendar)
    if not isinstance(end, Due):
        return Foreseen(clock.limit, end or Unknown(limits.law_day(started_at).year), (), None, ())
    first, last = sorted((limits.law_day(started_at), end.on))
    days = tuple(limits.counted_days(calendar, first, last, rule.unit)) if rule.unit.is_days else ()
    rungs, overdue = [], settle(clock, calendar, now=end.at).clock
    overdue = replace(overdue, step=0)
    while (rung := next_step(overdue, calendar)) is not None:
        rungs.append(rung)
        overdue = replace(overdue, step=overdue.step + 1)
    return Foreseen(clock.limit, end, days, warn_moment(clock, calendar, end), tuple(rungs))
