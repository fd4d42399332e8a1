"""What happens by itself, and what people are told of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel.errors import Words
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Timer
from zhengtong.office import identity, notices
from zhengtong.office.deadlines import actions, events, queries, rules
from zhengtong.office.deadlines.tables import Clock

LINK = "/deadlines?id={}"


def tell_warned(session: Session, event: events.ClockWarned, *, now: datetime) -> None:
    """This will tell whoever holds the clock that it ends soon; unless it has ended, stopped or moved meanwhile."""
    clock = session.get_one(Clock, event.clock_id)
    if clock.status is not rules.Status.RUNNING or clock.due_at != event.due_at or now >= event.due_at:
        return
    left = rules.remaining(queries.state_of(clock), queries.calendar(session), now=now).words
    _tell(session, clock, "deadlines.due_soon", "holder", f"warned:{event.due_at.isoformat()}", now, left=left)


def tell_expired(session: Session, event: events.ClockExpired, *, now: datetime) -> None:
    """This will tell whoever holds the clock that it is over, and what follows."""
    clock = session.get_one(Clock, event.clock_id)
    consequence = rules.Consequence(event.consequence)
    outcome = Words(consequence.zh, consequence.en)
    _tell(session, clock, "deadlines.expired", "holder", f"expired:{event.due_at.isoformat()}", now, outcome=outcome)


def tell_escalated(session: Session, event: events.ClockEscalated, *, now: datetime) -> None:
    """This will tell the people of the rung; unless the duty was done meanwhile."""
    clock = session.get_one(Clock, event.clock_id)
    if clock.status is rules.Status.OVERDUE:
        department = _department(session, clock.department_id)
        mark = f"escalated:{event.step}:{event.at.isoformat()}"
        _tell(session, clock, "deadlines.escalated", event.to, mark, now, department=department)


def tell_calendar_missing(session: Session, event: events.CalendarYearMissing, *, now: datetime) -> None:
    """This will remind those who may load the calendar, once a day at most."""
    on = rules.law_day(now)
    notices.tell(
        session,
        to=queries.keepers_of_the_calendar(session, on=on),
        kind="deadlines.calendar_missing",
        parameters={"year": str(event.year), "count": event.clocks},
        link="/deadlines/calendar",
        unique=f"deadlines:calendar:{event.year}:{on.isoformat()}",
        now=now,
    )


def _tell(session: Session, clock: Clock, kind: str, to: str, mark: str, now: datetime, **more: Words) -> None:
    rule = queries.rule_of(clock.terms)
    end = queries.end_of(clock)
    due = rules.end_words(end, rule.unit) if isinstance(end, rules.Due) else Words("待定", "unknown")
    notices.tell(
        session,
        to=queries.told_about(session, clock, to, on=rules.law_day(now)),
        kind=kind,
        parameters={"duty": Words(rule.zh, rule.en), "about": clock.name, "due": due, **more},
        link=clock.link or LINK.format(clock.id),
        unique=f"clock:{clock.id}:{mark}",
        now=now,
    )


def _department(session: Session, department_id: UUID | None) -> Words:
    found = session.get(identity.Department, department_id) if department_id else None
    return Words(found.name_zh, found.name_en or found.name_zh) if found else Words("全市", "The city")


JOBS = (actions.SWEEP, actions.RECOMPUTE, actions.ALARM)
TIMERS = (
    Timer("deadlines.sweep", actions.SWEEP, every="1m"),
    Timer("deadlines.calendar_alarm", actions.ALARM, cron="0 9 * * *"),
)
LISTENERS = (
    Listener("deadlines.tell_warned", events.ClockWarned, tell_warned),
    Listener("deadlines.tell_expired", events.ClockExpired, tell_expired),
    Listener("deadlines.tell_escalated", events.ClockEscalated, tell_escalated),
    Listener("deadlines.tell_calendar_missing", events.CalendarYearMissing, tell_calendar_missing),
)
