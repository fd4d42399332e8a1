"""One clock as a pure state: it starts, stops, resumes, is extended, met, or expires. Every change gives its evidence.

The day of a stop is counted, the day of its resumption is not (as the day of the event is not counted), so that a stop
adds exactly the working days that lie after it, up to and with the day of the resumption.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from zhengtong.kernel.errors import Words
from zhengtong.office.deadlines import errors
from zhengtong.office.deadlines.rules import limits
from zhengtong.office.deadlines.rules.calendar import WorkCalendar
from zhengtong.office.deadlines.rules.limits import Due, Unknown
from zhengtong.office.deadlines.rules.terms import Direction, Rule, Unit


class Status(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met_late"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"

    @property
    def is_live(self) -> bool:
        return self in LIVE

    @property
    def words(self) -> Words:
        return Words(*_STATUS[self])


LIVE = frozenset({Status.RUNNING, Status.STOPPED, Status.OVERDUE})
_STATUS = {
    Status.RUNNING: ("计时中", "running"),
    Status.STOPPED: ("已停表", "stopped"),
    Status.OVERDUE: ("已超期", "overdue"),
    Status.MET: ("按时办结", "met in time"),
    Status.MET_LATE: ("超期办结", "met late"),
    Status.LAPSED: ("期满生效", "settled by expiry"),
    Status.WITHDRAWN: ("已撤销", "withdrawn"),
}


class EntryKind(StrEnum):
    """What happened to a clock."""

    STARTED = "started"
    STOPPED = "stopped"
    RESUMED = "resumed"
    EXTENDED = "extended"
    WARNED = "warned"
    EXPIRED = "expired"
    ESCALATED = "escalated"
    MET = "met"
    WITHDRAWN = "withdrawn"
    RECOMPUTED = "recomputed"

    @property
    def words(self) -> Words:
        return Words(*_KIND[self])


_KIND = {
    EntryKind.STARTED: ("开始计时", "started"),
    EntryKind.STOPPED: ("停表", "stopped"),
    EntryKind.RESUMED: ("恢复计时", "resumed"),
    EntryKind.EXTENDED: ("延长", "extended"),
    EntryKind.WARNED: ("临期提醒", "warned"),
    EntryKind.EXPIRED: ("到期", "expired"),
    EntryKind.ESCALATED: ("逐级上报", "escalated"),
    EntryKind.MET: ("办结", "met"),
    EntryKind.WITHDRAWN: ("撤销", "withdrawn"),
    EntryKind.RECOMPUTED: ("重算", "recomputed"),
}
_STOP, _EXTEND, _RESUME = Words("停表", "stop"), Words("延长", "extend"), Words("恢复", "resume")
_END = Words("办结或撤销", "end")


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count; `resumed_at` is None while it lasts."""

    stopped_at: datetime
    ground: str
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock. `limit` is the rule's, or a shorter one that was promised; `step`: rungs of the ladder climbed."""

    rule: Rule
    started_at: datetime
    limit: int
    changed_at: datetime
    status: Status = Status.RUNNING
    extended: int = 0
    extensions: int = 0
    pauses: tuple[Pause, ...] = ()
    warned: bool = False
    step: int = 0
    ended_at: datetime | None = None

    @property
    def total(self) -> int:
        return self.limit + self.extended

    @property
    def unit(self) -> Unit:
        return self.rule.unit

    def due(self, calendar: WorkCalendar) -> Due | Unknown | None:
        """When it is over; None while it is stopped."""
        if self.status is Status.STOPPED:
            return None
        try:
            count = self.total + (self._paused_days(calendar) if self.unit.is_days else 0)
        except errors.YearUnknown as unknown:
            return Unknown(int(unknown.facts["year"]))
        return limits.due(
            calendar,
            started_at=self.started_at,
            count=count,
            unit=self.unit,
            direction=self.rule.direction,
            paused=self._paused_span(),
        )

    def used(self, calendar: WorkCalendar, now: datetime) -> int | timedelta:
        """How much is used up: days of the unit, or a span for hours and minutes. Raises YearUnknown."""
        at = self.pauses[-1].stopped_at if self.status is Status.STOPPED else now
        if not self.unit.is_days:
            return max(timedelta(), at - self.started_at - self._paused_span())
        since, day = limits.law_day(self.started_at), limits.law_day(at)
        return max(0, limits.days_between(calendar, since, day, self.unit) - self._paused_days(calendar))

    def _paused_days(self, calendar: WorkCalendar) -> int:
        return sum(
            limits.days_between(calendar, limits.law_day(pause.stopped_at), limits.law_day(pause.resumed_at), self.unit)
            for pause in self.pauses
            if pause.resumed_at
        )

    def _paused_span(self) -> timedelta:
        if self.unit.is_days:
            return timedelta()
        return sum((p.resumed_at - p.stopped_at for p in self.pauses if p.resumed_at), timedelta())


@dataclass(frozen=True, slots=True)
class Entry:
    """The evidence of one change: what, when in law, the end before and after, why, on which ground."""

    kind: EntryKind
    at: datetime
    before: Due | Unknown | None = None
    after: Due | Unknown | None = None
    amount: int | None = None
    reason: str = ""
    ground: str = ""
    approval: str = ""
    step_to: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The clock after it, and what was done."""

    clock: Clock
    entries: tuple[Entry, ...] = ()


def start(
    rule: Rule, calendar: WorkCalendar, *, started_at: datetime, now: datetime, limit: int | None = None
) -> Change:
    """This will start a clock. `limit` is a promise shorter than the law's, or the limit where the rule leaves it open.

    Raises RuleNotInForce, LimitMissing, LimitWrong, OutOfOrder (a start in the future).
    """
    if rule.in_force_from and limits.law_day(started_at) < rule.in_force_from:
        raise errors.RuleNotInForce(rule=Words(rule.zh, rule.en), since=rule.in_force_from)
    if rule.direction is Direction.FORWARD and started_at > now:
        raise errors.OutOfOrder(at=_shown(started_at), last=_shown(now))
    changed_at = started_at if rule.direction is Direction.FORWARD else now
    clock = Clock(rule, started_at, promised(rule, limit), changed_at)
    return Change(clock, (Entry(EntryKind.STARTED, started_at, after=clock.due(calendar), amount=clock.limit),))


def promised(rule: Rule, limit: int | None) -> int:
    """The limit to run: the rule's, or the promised one, which may only be shorter. Raises LimitMissing, LimitWrong."""
    if limit is None:
        if rule.limit is None:
            raise errors.LimitMissing(rule=Words(rule.zh, rule.en))
        return rule.limit
    if limit < 1 or (rule.limit is not None and limit > rule.limit):
        raise errors.LimitWrong(rule=Words(rule.zh, rule.en), most=rule.limit or "…", given=limit)
    return limit


def stop(clock: Clock, calendar: WorkCalendar, *, at: datetime, ground: str, reason: str) -> Change:
    """This will stop the clock on a ground the rule names.

    Raises ClockEnded, ClockOverdue, ClockStoppedAlready, GroundNotAllowed, ReasonMissing, OutOfOrder.
    """
    _changeable(clock, calendar, at, _STOP)
    if clock.status is Status.STOPPED:
        raise errors.ClockStoppedAlready
    if clock.rule.ground(ground) is None:
        allowed = Words(
            *(("；".join(g.zh for g in clock.rule.stops) or "无"), "; ".join(g.en for g in clock.rule.stops) or "none")
        )
        raise errors.GroundNotAllowed(rule=Words(clock.rule.zh, clock.rule.en), ground=ground, allowed=allowed)
    _reasoned(reason)
    pauses = (*clock.pauses, Pause(at, ground))
    after = replace(clock, status=Status.STOPPED, pauses=pauses, changed_at=at)
    return Change(after, (Entry(EntryKind.STOPPED, at, before=clock.due(calendar), reason=reason, ground=ground),))


def resume(clock: Clock, calendar: WorkCalendar, *, at: datetime, reason: str = "") -> Change:
    """This will let a stopped clock run on. Raises ClockEnded, ClockNotStopped, OutOfOrder."""
    _live(clock, at, _RESUME)
    if clock.status is not Status.STOPPED:
        raise errors.ClockNotStopped
    last = clock.pauses[-1]
    pauses = (*clock.pauses[:-1], replace(last, resumed_at=at))
    after = replace(clock, status=Status.RUNNING, pauses=pauses, warned=False, changed_at=at)
    return Change(after, (Entry(EntryKind.RESUMED, at, after=after.due(calendar), reason=reason, ground=last.ground),))


def extend(clock: Clock, calendar: WorkCalendar, *, at: datetime, by: int, reason: str, approval: str) -> Change:
    """This will extend the limit `by` units, as far as the rule allows. `approval`: who consented, and the paper.

    Raises ClockEnded, ClockOverdue, NotExtendable, ExtensionTooFar, ReasonMissing, ApprovalMissing, OutOfOrder.
    """
    _changeable(clock, calendar, at, _EXTEND)
    most = extension_left(clock)
    if clock.rule.extension is None or most == 0:
        raise errors.NotExtendable(rule=Words(clock.rule.zh, clock.rule.en))
    if by < 1 or (most is not None and by > most):
        unit, bound = clock.unit, most or 1000
        raise errors.ExtensionTooFar(most=Words(unit.zh(bound), unit.en(bound)), given=Words(unit.zh(by), unit.en(by)))
    _reasoned(reason)
    if not approval.strip():
        raise errors.ApprovalMissing(by=Words(clock.rule.extension.by.zh, clock.rule.extension.by.en))
    after = replace(clock, extended=clock.extended + by, extensions=clock.extensions + 1, warned=False, changed_at=at)
    before, then = clock.due(calendar), after.due(calendar)
    return Change(after, (Entry(EntryKind.EXTENDED, at, before, then, amount=by, reason=reason, approval=approval),))


def extension_left(clock: Clock) -> int | None:
    """How many units it may still be extended: 0 when not at all, None where the rule names no bound."""
    rule = clock.rule.extension
    if rule is None or clock.extensions >= rule.times:
        return 0
    return None if rule.most is None else max(0, rule.most - clock.extended)


def meet(clock: Clock, calendar: WorkCalendar, *, at: datetime, reason: str = "") -> Change:
    """This will end the clock: the duty is done, in time or late. Raises ClockEnded, OutOfOrder."""
    _live(clock, at, _END)
    end = clock.due(calendar)
    late = clock.status is Status.OVERDUE or (isinstance(end, Due) and at >= end.at)
    status = Status.MET_LATE if late else Status.MET
    after = replace(clock, status=status, ended_at=at, changed_at=at)
    return Change(after, (Entry(EntryKind.MET, at, before=end, reason=reason),))


def withdraw(clock: Clock, calendar: WorkCalendar, *, at: datetime, reason: str) -> Change:
    """This will end the clock without a verdict: the matter itself was withdrawn.

    Raises ClockEnded, ReasonMissing, OutOfOrder.
    """
    _live(clock, at, _END)
    _reasoned(reason)
    after = replace(clock, status=Status.WITHDRAWN, ended_at=at, changed_at=at)
    return Change(after, (Entry(EntryKind.WITHDRAWN, at, before=clock.due(calendar), reason=reason),))


def _live(clock: Clock, at: datetime, action: Words) -> None:
    if not clock.status.is_live:
        raise errors.ClockEnded(status=clock.status.words, action=action)
    if at < clock.changed_at:
        raise errors.OutOfOrder(at=_shown(at), last=_shown(clock.changed_at))


def _changeable(clock: Clock, calendar: WorkCalendar, at: datetime, action: Words) -> None:
    _live(clock, at, action)
    end = clock.due(calendar)
    if clock.status is Status.OVERDUE or (isinstance(end, Due) and at >= end.at):
        raise errors.ClockOverdue(action=action)


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise errors.ReasonMissing


def _shown(at: datetime) -> str:
    return f"{at.astimezone(limits.LAW_ZONE):%Y-%m-%d %H:%M}"
