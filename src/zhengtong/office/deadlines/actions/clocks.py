"""What can be done with a clock. These ask for no permission: the room whose matter it is has asked (see `by_hand` for people)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor
from zhengtong.kernel.db import new_id
from zhengtong.office.deadlines import queries, rules
from zhengtong.office.deadlines.actions.keeping import keep
from zhengtong.office.deadlines.tables import Clock, Terms


@dataclass(frozen=True, slots=True)
class Duty:
    """What a clock is about: the thing (`("application", id)`), its name for people, its page, and who must act."""

    about: tuple[str, str | UUID]
    name: str
    department_id: UUID | None = None
    person_id: UUID | None = None
    link: str = ""


def start_clock(
    session: Session,
    actor: Actor,
    *,
    rule: str,
    duty: Duty,
    now: datetime,
    started_at: datetime | None = None,
    limit: int | None = None,
) -> Clock:
    """This will start a clock under the rule as it holds today; later changes of the rule do not touch it.

    `started_at`: when the law's event happened, if not now. `limit`: a promise shorter than the rule's limit, or the limit where
    the rule leaves it open. Raises RuleNotFound, RuleNotInForce, LimitMissing, LimitWrong, OutOfOrder.
    """
    standing, known = queries.rulebook(session).rule(rule), queries.calendar(session)
    change = rules.start(standing.rule, known, started_at=started_at or now, now=now, limit=limit)
    clock = Clock(
        id=new_id(),
        terms=_terms(session, standing),
        rule=rule,
        about_kind=duty.about[0],
        about_id=str(duty.about[1]),
        name=duty.name,
        link=duty.link,
        department_id=duty.department_id,
        person_id=duty.person_id,
    )
    session.add(clock)
    keep(session, actor, clock, change, known, now=now)
    return clock


def stop_clock(session: Session, actor: Actor, clock_id: UUID, *, ground: str, reason: str, now: datetime) -> Clock:
    """This will stop the clock on a ground its rule names.

    Raises ClockNotFound, ClockEnded, ClockOverdue, ClockStoppedAlready, GroundNotAllowed, ReasonMissing, OutOfOrder.
    """

    def stop(state: rules.Clock, known: rules.WorkCalendar) -> rules.Change:
        return rules.stop(state, known, at=now, ground=ground, reason=reason)

    return _change(session, actor, clock_id, stop, now=now, deed="deadlines.clock_stopped")


def resume_clock(session: Session, actor: Actor, clock_id: UUID, *, now: datetime, reason: str = "") -> Clock:
    """This will let a stopped clock run on. Raises ClockNotFound, ClockEnded, ClockNotStopped, OutOfOrder."""

    def resume(state: rules.Clock, known: rules.WorkCalendar) -> rules.Change:
        return rules.resume(state, known, at=now, reason=reason)

    return _change(session, actor, clock_id, resume, now=now, deed="deadlines.clock_resumed")


def extend_clock(
    session: Session, actor: Actor, clock_id: UUID, *, by: int, reason: str, approval: str, now: datetime
) -> Clock:
    """This will extend the limit `by` units, as far as the rule allows. `approval`: who consented, and the paper's number.

    Raises ClockNotFound, ClockEnded, ClockOverdue, NotExtendable, ExtensionTooFar, ReasonMissing, ApprovalMissing, OutOfOrder.
    """

    def extend(state: rules.Clock, known: rules.WorkCalendar) -> rules.Change:
        return rules.extend(state, known, at=now, by=by, reason=reason, approval=approval)

    return _change(session, actor, clock_id, extend, now=now, deed="deadlines.clock_extended")


def meet_clock(session: Session, actor: Actor, clock_id: UUID, *, now: datetime, reason: str = "") -> Clock:
    """This will end the clock: the duty is done, in time or late. Raises ClockNotFound, ClockEnded, OutOfOrder."""

    def meet(state: rules.Clock, known: rules.WorkCalendar) -> rules.Change:
        return rules.meet(state, known, at=now, reason=reason)

    return _change(session, actor, clock_id, meet, now=now)


def withdraw_clock(session: Session, actor: Actor, clock_id: UUID, *, reason: str, now: datetime) -> Clock:
    """This will end the clock without a verdict, because its matter was withdrawn.

    Raises ClockNotFound, ClockEnded, ReasonMissing, OutOfOrder.
    """

    def withdraw(state: rules.Clock, known: rules.WorkCalendar) -> rules.Change:
        return rules.withdraw(state, known, at=now, reason=reason)

    return _change(session, actor, clock_id, withdraw, now=now, deed="deadlines.clock_withdrawn")


def _change(
    session: Session,
    actor: Actor,
    clock_id: UUID,
    do: Callable[[rules.Clock, rules.WorkCalendar], rules.Change],
    *,
    now: datetime,
    deed: str = "",
) -> Clock:
    """Time first, then the deed: whoever acts after the end finds the clock expired, however late the sweep is."""
    clock, known = queries.clock_to_change(session, clock_id), queries.calendar(session)
    before = _told(clock)
    passed = rules.settle(queries.state_of(clock), known, now=now)
    keep(session, SYSTEM, clock, passed, known, now=now)
    keep(session, actor, clock, do(passed.clock, known), known, now=now)
    if deed:
        audit.record(session, actor, deed, clock, before=before, after=_told(clock), at=now)
    return clock


def _told(clock: Clock) -> dict[str, Any]:
    due = clock.due_at.isoformat() if clock.due_at else None
    return {"status": clock.status.value, "due_at": due, "extended": clock.extended}


def _terms(session: Session, standing: rules.Standing) -> Terms:
    content = standing.rule.model_dump(mode="json")
    told = json.dumps([standing.pack, content], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(told.encode()).hexdigest()
    found = session.get(Terms, digest)
    if found is None:
        found = Terms(id=digest, rule=standing.rule.id, pack=standing.pack, content=content)
        session.add(found)
    return found
