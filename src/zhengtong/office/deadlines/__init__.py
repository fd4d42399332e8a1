"""Deadlines 时限: every statutory or promised limit of the city runs on one kind of clock.

A clock starts under a rule (law as data, from a rule pack), counts by the State Council's working days, is stopped and resumed on
legal grounds, extended with consent, met, or it expires and climbs its ladder; each change leaves evidence that cannot be altered.
A year whose holidays are not known is never guessed. Serves the Administrative Licensing Law (arts. 32–50, 82), the regulation on the
sharing of government data (Decree 809), the regulation on open government information, and each city's own rules.

    clock = deadlines.start_clock(session, actor, rule="sharing.answer_conditional", now=now,
                                  duty=deadlines.Duty(about=("application", id), name="SQ-2026-0112", department_id=provider))
    deadlines.meet_clock(session, actor, clock.id, now=now)

The room that starts a clock asks for the permission, keeps its id or finds it by `clocks_about`, and hears its events.
"""

from zhengtong.kernel.capability import Capability
from zhengtong.office.deadlines import events, jobs, rules
from zhengtong.office.deadlines.actions import (
    Duty,
    extend_clock,
    load_year,
    meet_clock,
    put_bundled_pack,
    put_pack,
    resume_clock,
    start_clock,
    stop_clock,
    withdraw_clock,
)
from zhengtong.office.deadlines.events import (
    CalendarYearLoaded,
    CalendarYearMissing,
    ClockEscalated,
    ClockExpired,
    ClockExtended,
    ClockMet,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockWarned,
    ClockWithdrawn,
    RulePackPut,
    RulePackRetired,
)
from zhengtong.office.deadlines.permissions import PERMISSIONS
from zhengtong.office.deadlines.queries import (
    DepartmentStanding,
    calendar,
    clocks_about,
    rulebook,
    standing_by_department,
    state_of,
    years_to_load,
)
from zhengtong.office.deadlines.routes import routes
from zhengtong.office.deadlines.rules import Consequence, Remaining, Status, Tone, remaining
from zhengtong.office.deadlines.tables import Clock, ClockEntry

__all__ = [
    "CalendarYearLoaded",
    "CalendarYearMissing",
    "Clock",
    "ClockEntry",
    "ClockEscalated",
    "ClockExpired",
    "ClockExtended",
    "ClockMet",
    "ClockRecomputed",
    "ClockResumed",
    "ClockStarted",
    "ClockStopped",
    "ClockWarned",
    "ClockWithdrawn",
    "Consequence",
    "DepartmentStanding",
    "Duty",
    "Remaining",
    "RulePackPut",
    "RulePackRetired",
    "Status",
    "Tone",
    "calendar",
    "capability",
    "clocks_about",
    "extend_clock",
    "load_year",
    "meet_clock",
    "put_bundled_pack",
    "put_pack",
    "remaining",
    "resume_clock",
    "rulebook",
    "rules",
    "standing_by_department",
    "start_clock",
    "state_of",
    "stop_clock",
    "withdraw_clock",
    "years_to_load",
]

capability = Capability(
    name="deadlines",
    group="office",
    zh="时限与日历",
    en="Deadlines",
    routes=routes,
    permissions=PERMISSIONS,
    events=events.EVENTS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
)
