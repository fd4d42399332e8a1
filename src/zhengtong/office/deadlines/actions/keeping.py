"""Keep a change of a clock: the row, its evidence, and what is announced, in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from zhengtong.kernel import events as told
from zhengtong.kernel import jobs, wake
from zhengtong.kernel.actor import Actor
from zhengtong.office.deadlines import events, queries, rules
from zhengtong.office.deadlines.rules import EntryKind
from zhengtong.office.deadlines.tables import Clock, ClockEntry

TOPIC = "deadlines"
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
SWEEP_NAME = "deadlines.sweep"


def keep(
    session: Session, actor: Actor, clock: Clock, change: rules.Change, known: rules.WorkCalendar, *, now: datetime
) -> None:
    """This will write the change down. The first of a clock's life sets all its columns."""
    keep_all(session, actor, [(clock, change)], known, now=now)


def keep_all(
    session: Session,
    actor: Actor,
    changes: Iterable[tuple[Clock, rules.Change]],
    known: rules.WorkCalendar,
    *,
    now: datetime,
) -> None:
    """As `keep`, for many clocks, with one statement for all their evidence."""
    evidence: list[dict[str, Any]] = []
    for clock, change in changes:
        if not change.entries:
            continue
        _write(clock, change.clock, known)
        for entry in change.entries:
            evidence.append(_evidence(actor, clock, entry, now))
            told.announce(session, _event(clock, change.clock, entry))
            if isinstance(entry.after, rules.Unknown):
                _alarm(session, clock, entry.after)
        _ring_at(session, clock)
    if evidence:
        session.flush()
        session.execute(insert(ClockEntry), evidence)
        wake.ring(session, TOPIC)


def _write(clock: Clock, state: rules.Clock, known: rules.WorkCalendar) -> None:
    """Only what differs is set: a sweep sets little on many rows."""
    values: dict[str, Any] = {
        "started_at": state.started_at,
        "limit": state.limit,
        "status": state.status,
        "extended": state.extended,
        "extensions": state.extensions,
        "pauses": [_pause(pause) for pause in state.pauses],
        "warned": state.warned,
        "step": state.step,
        "changed_at": state.changed_at,
        "ended_at": state.ended_at,
        "next_at": rules.next_moment(state, known),
    }
    if state.status.is_live:
        end = state.due(known)
        due = end if isinstance(end, rules.Due) else None
        values["due_at"], values["due_on"] = (due.at, due.on) if due else (None, None)
        values["unknown_year"] = end.year if isinstance(end, rules.Unknown) else None
        values["sorts_at"] = due.at if due else END_OF_TIME
    for name, value in values.items():
        if getattr(clock, name) != value:
            setattr(clock, name, value)


def _pause(pause: rules.Pause) -> dict[str, Any]:
    resumed = pause.resumed_at.isoformat() if pause.resumed_at else None
    return {"stopped_at": pause.stopped_at.isoformat(), "ground": pause.ground, "resumed_at": resumed}


def _evidence(actor: Actor, clock: Clock, entry: rules.Entry, now: datetime) -> dict[str, Any]:
    due_before, unknown_before = _split(entry.before)
    due_after, unknown_after = _split(entry.after)
    return {
        "clock_id": clock.id,
        "kind": entry.kind,
        "at": entry.at,
        "recorded_at": now,
        "actor": actor.subject,
        "actor_kind": actor.kind,
        "actor_name": actor.name,
        "acting_for": actor.acting_for,
        "due_before": due_before,
        "unknown_before": unknown_before,
        "due_after": due_after,
        "unknown_after": unknown_after,
        "amount": entry.amount,
        "reason": entry.reason,
        "ground": entry.ground,
        "approval": entry.approval,
        "step_to": entry.step_to,
    }


def _split(end: rules.Due | rules.Unknown | None) -> tuple[datetime | None, int | None]:
    if isinstance(end, rules.Due):
        return end.at, None
    return None, end.year if end else None


def _alarm(session: Session, clock: Clock, end: rules.Unknown) -> None:
    """The first clock that waits for a year raises the alarm at once; after that the daily look does."""
    waiting = queries.waiting_for_years(session)
    if waiting.get(end.year, 0) <= 1:
        told.announce(session, events.CalendarYearMissing(year=end.year, clocks=max(1, waiting.get(end.year, 0))))


def _ring_at(session: Session, clock: Clock) -> None:
    """A limit of hours or minutes has its sweep at the very moment, not at the next minute's."""
    rule = queries.rule_of(clock.terms)
    if clock.next_at and not rule.unit.is_days:
        jobs.enqueue(
            session, jobs.Job(SWEEP_NAME, keep), at=clock.next_at, unique=f"{SWEEP_NAME}@{clock.next_at.isoformat()}"
        )


def _event(clock: Clock, state: rules.Clock, entry: rules.Entry) -> events.ClockFact:
    common = {
        "clock_id": clock.id,
        "rule": clock.rule,
        "about_kind": clock.about_kind,
        "about_id": clock.about_id,
        "department_id": clock.department_id,
        "person_id": clock.person_id,
        "at": entry.at,
    }
    return _EVENTS[entry.kind](common, state, entry)


def _after(entry: rules.Entry) -> dict[str, Any]:
    due_at, unknown_year = _split(entry.after)
    return {"due_at": due_at, "unknown_year": unknown_year}


def _end(entry: rules.Entry) -> datetime:
    assert isinstance(entry.before, rules.Due), "time acts only on a known end"
    return entry.before.at


_Make = Callable[[dict[str, Any], rules.Clock, rules.Entry], events.ClockFact]
_EVENTS: Mapping[EntryKind, _Make] = {
    EntryKind.STARTED: lambda common, _, e: events.ClockStarted(**common, **_after(e)),
    EntryKind.STOPPED: lambda common, _, e: events.ClockStopped(**common, ground=e.ground, reason=e.reason),
    EntryKind.RESUMED: lambda common, _, e: events.ClockResumed(**common, **_after(e)),
    EntryKind.EXTENDED: lambda common, s, e: events.ClockExtended(
        **common, **_after(e), by=e.amount or 0, unit=s.unit.value, reason=e.reason
    ),
    EntryKind.WARNED: lambda common, _, e: events.ClockWarned(**common, due_at=_end(e)),
    EntryKind.EXPIRED: lambda common, s, e: events.ClockExpired(
        **common, due_at=_end(e), consequence=s.rule.on_expiry.value
    ),
    EntryKind.ESCALATED: lambda common, _, e: events.ClockEscalated(**common, step=e.amount or 0, to=e.step_to),
    EntryKind.MET: lambda common, s, _: events.ClockMet(**common, late=s.status is rules.Status.MET_LATE),
    EntryKind.WITHDRAWN: lambda common, _, e: events.ClockWithdrawn(**common, reason=e.reason),
    EntryKind.RECOMPUTED: lambda common, _, e: events.ClockRecomputed(**common, **_after(e)),
}
