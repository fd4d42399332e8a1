"""Who may see and touch clocks, the calendar and the rules."""

from dataclasses import dataclass
from datetime import datetime

from zhengtong.kernel.actor import Actor, Permission
from zhengtong.office.deadlines import rules
from zhengtong.office.deadlines.tables import Clock

READ = Permission("deadlines.clocks.read", "查看时限", "See deadlines")
RUN = Permission("deadlines.clocks.run", "登记、停表与恢复时限", "Start by hand, stop and resume deadlines")
EXTEND = Permission("deadlines.clocks.extend", "批准延长时限", "Extend deadlines", step_up=True)
LOAD_CALENDAR = Permission("deadlines.calendar.load", "载入工作日历", "Load the working-day calendar", step_up=True)
CHANGE_PACKS = Permission("deadlines.packs.change", "维护时限规则包", "Change the deadline rule packs", step_up=True)

PERMISSIONS = (READ, RUN, EXTEND, LOAD_CALENDAR, CHANGE_PACKS)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the actor can do with a clock as it stands."""

    stop: bool
    resume: bool
    extend: bool
    meet: bool
    withdraw: bool


def may_run(actor: Actor, clock: Clock) -> bool:
    """True when the actor may stop and resume this clock: in their departments, or the one they hold themselves."""
    scope = actor.scope(RUN)
    return scope.covers(clock.department_id) or (scope.covers(actor.department) and clock.person_id == actor.subject)


def abilities(actor: Actor, clock: Clock, state: rules.Clock, *, now: datetime) -> Abilities:
    """What the actor can do with this clock now: permission and state together."""
    runs = may_run(actor, clock)
    on_time = state.status in (rules.Status.RUNNING, rules.Status.STOPPED) and not (
        clock.due_at and now >= clock.due_at
    )
    return Abilities(
        stop=runs and on_time and state.status is rules.Status.RUNNING and bool(state.rule.stops),
        resume=runs and state.status is rules.Status.STOPPED,
        extend=actor.scope(EXTEND).covers(clock.department_id) and on_time and rules.extension_left(state) != 0,
        meet=runs and clock.by_hand and state.status.is_live,
        withdraw=runs and clock.by_hand and state.status.is_live,
    )
