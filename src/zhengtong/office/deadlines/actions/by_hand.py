"""What a person does with a clock on its page: ask first, then as the matter's own room would."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, PermissionMissing, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.office.deadlines import queries
from zhengtong.office.deadlines.actions import clocks
from zhengtong.office.deadlines.actions.clocks import Duty
from zhengtong.office.deadlines.errors import NotByHand
from zhengtong.office.deadlines.permissions import EXTEND, RUN, may_run
from zhengtong.office.deadlines.tables import Clock

MANUAL = "manual"


def start_by_hand(
    session: Session,
    actor: Actor,
    *,
    rule: str,
    name: str,
    department_id: UUID,
    started_at: datetime,
    now: datetime,
    limit: int | None = None,
) -> Clock:
    """This will start a clock on a duty that no room of the platform keeps; the actor holds it.

    Raises PermissionMissing, and what `start_clock` raises.
    """
    person_id = actor.subject if actor.kind == "person" else None
    duty = Duty(about=(MANUAL, new_id()), name=name.strip(), department_id=department_id, person_id=person_id)
    require(actor, RUN, duty)
    clock = clocks.start_clock(session, actor, rule=rule, duty=duty, now=now, started_at=started_at, limit=limit)
    clock.by_hand = True
    audit.record(session, actor, "deadlines.clock_started", clock, after={"rule": rule, "name": duty.name}, at=now)
    return clock


def stop_by_hand(session: Session, actor: Actor, clock_id: UUID, *, ground: str, reason: str, now: datetime) -> Clock:
    """This will stop a clock the actor may run. Raises ClockNotFound, PermissionMissing, and what `stop_clock` raises."""
    _ask(session, actor, clock_id)
    return clocks.stop_clock(session, actor, clock_id, ground=ground, reason=reason, now=now)


def resume_by_hand(session: Session, actor: Actor, clock_id: UUID, *, reason: str, now: datetime) -> Clock:
    """This will resume a clock the actor may run. Raises ClockNotFound, PermissionMissing, and what `resume_clock` raises."""
    _ask(session, actor, clock_id)
    return clocks.resume_clock(session, actor, clock_id, reason=reason, now=now)


def extend_by_hand(
    session: Session, actor: Actor, clock_id: UUID, *, by: int, reason: str, approval: str, now: datetime
) -> Clock:
    """This will extend a clock of a department where the actor may. Raises ClockNotFound, PermissionMissing, StepUpNeeded,
    and what `extend_clock` raises."""
    require(actor, EXTEND, queries.get_clock(session, actor, clock_id), now=now)
    return clocks.extend_clock(session, actor, clock_id, by=by, reason=reason, approval=approval, now=now)


def meet_by_hand(session: Session, actor: Actor, clock_id: UUID, *, reason: str, now: datetime) -> Clock:
    """This will end a clock that was started by hand: done. Raises ClockNotFound, PermissionMissing, NotByHand, ClockEnded."""
    _kept_by_hand(_ask(session, actor, clock_id))
    clock = clocks.meet_clock(session, actor, clock_id, reason=reason, now=now)
    audit.record(session, actor, "deadlines.clock_met", clock, after={"status": clock.status.value}, at=now)
    return clock


def withdraw_by_hand(session: Session, actor: Actor, clock_id: UUID, *, reason: str, now: datetime) -> Clock:
    """This will withdraw a clock that was started by hand. Raises as `meet_by_hand`, and ReasonMissing."""
    _kept_by_hand(_ask(session, actor, clock_id))
    return clocks.withdraw_clock(session, actor, clock_id, reason=reason, now=now)


def _ask(session: Session, actor: Actor, clock_id: UUID) -> Clock:
    clock = queries.get_clock(session, actor, clock_id)
    if not may_run(actor, clock):
        raise PermissionMissing(permission=Words(RUN.zh, RUN.en))
    return clock


def _kept_by_hand(clock: Clock) -> None:
    if not clock.by_hand:
        raise NotByHand(about=clock.name)
