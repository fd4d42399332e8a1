"""Clocks: who sees which, how they stand, what is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.office import identity
from zhengtong.office.deadlines import rules
from zhengtong.office.deadlines.errors import ClockNotFound
from zhengtong.office.deadlines.permissions import READ, RUN
from zhengtong.office.deadlines.queries.reference import calendar
from zhengtong.office.deadlines.schemas import Which
from zhengtong.office.deadlines.tables import Clock, ClockEntry, Terms

Whose = Literal["all", "mine", "ours"]
STRIP_DAYS = 10
STRIP_REACHES = 40  # calendar days in which ten working days lie, the longest holiday included
_RULES: dict[str, rules.Rule] = {}
_ENDED = [status for status in rules.Status if not status.is_live]


def visible_clocks(actor: Actor) -> Select[Clock]:
    """The clocks an actor may see: those of the departments where they may read, of the bodies whose sections these are, and their own."""
    scope = actor.scope(READ)
    if scope.everywhere:
        return select(Clock).where(true())
    own = Clock.person_id == actor.subject if actor.kind == "person" else false()
    return select(Clock).where(or_(_of(scope.departments), own))


def _of(departments: Iterable[UUID]) -> Any:
    found = list(departments)
    return or_(Clock.department_id.in_(found), Clock.department_id.in_(identity.bodies_above(found)))


def find_clocks(
    actor: Actor,
    *,
    now: datetime,
    which: Which = "live",
    rule: str | None = None,
    department_id: UUID | None = None,
    whose: Whose = "all",
    about: tuple[str, str] | None = None,
    text: str | None = None,
) -> Select[Clock]:
    """Visible clocks, narrowed. `soon`: inside the rule's warning, not yet over; `whose`: held by the actor (mine); or of the
    actor's department or its body (ours). What is of no department is the data authority's: whose who may run all clocks."""
    statement = visible_clocks(actor).where(_which(which, now))
    if rule:
        statement = statement.where(Clock.rule == rule)
    if department_id:
        statement = statement.where(Clock.department_id == department_id)
    if whose == "mine":
        statement = statement.where(Clock.person_id == actor.subject)
    if whose == "ours":
        held = _of([actor.department]) if actor.department else false()
        nobodys = and_(Clock.department_id.is_(None), Clock.person_id.is_(None))
        whole = nobodys if actor.scope(RUN).everywhere else false()
        statement = statement.where(or_(held, whole, Clock.person_id == actor.subject))
    if about:
        statement = statement.where(Clock.about_kind == about[0], Clock.about_id == about[1])
    if text:
        found = Clock.name.icontains(text, autoescape=True)
        statement = statement.where(or_(found, Clock.about_id == text))
    return statement


def _which(which: Which, now: datetime) -> Any:
    running = Clock.status == rules.Status.RUNNING
    over = and_(running, Clock.due_at <= now)
    soon = and_(running, Clock.due_at > now, or_(Clock.warned, Clock.next_at <= now))
    return {
        "all": true(),
        "live": Clock.status.in_(rules.LIVE),
        "overdue": or_(Clock.status == rules.Status.OVERDUE, over),
        "soon": soon,
        "stopped": Clock.status == rules.Status.STOPPED,
        "unknown": and_(running, Clock.unknown_year.is_not(None)),
        "ended": Clock.status.in_(_ENDED),
    }[which]


def get_clock(session: Session, actor: Actor, clock_id: UUID) -> Clock:
    """The clock, when the actor may see it. Raises ClockNotFound."""
    found = session.scalar(visible_clocks(actor).where(Clock.id == clock_id))
    if found is None:
        raise ClockNotFound()
    return found


def clock_to_change(session: Session, clock_id: UUID) -> Clock:
    """The clock, locked for a change. Raises ClockNotFound."""
    found = session.scalar(select(Clock).where(Clock.id == clock_id).with_for_update(of=Clock.__table__))
    if found is None:
        raise ClockNotFound()
    return found


def clocks_about(session: Session, about: tuple[str, str], *, live: bool = True) -> list[Clock]:
    """The clocks on a thing, the earliest end first: `("application", id)`."""
    statement = select(Clock).where(Clock.about_kind == about[0], Clock.about_id == about[1])
    if live:
        statement = statement.where(Clock.status.in_(rules.LIVE))
    return list(session.scalars(statement.order_by(Clock.sorts_at, Clock.id)))


def entries_of(session: Session, clock_id: UUID) -> Sequence[ClockEntry]:
    """The evidence of a clock, oldest first."""
    return session.scalars(select(ClockEntry).where(ClockEntry.clock_id == clock_id).order_by(ClockEntry.seq)).all()


def rule_of(terms: Terms) -> rules.Rule:
    """The rule as it read when the clock was started."""
    found = _RULES.get(terms.id)
    if found is None:
        found = _RULES[terms.id] = rules.Rule.model_validate(terms.content)
    return found


def state_of(clock: Clock) -> rules.Clock:
    """The clock as the rules see it."""
    return rules.Clock(
        rule=rule_of(clock.terms),
        started_at=clock.started_at,
        limit=clock.limit,
        changed_at=clock.changed_at,
        status=clock.status,
        extended=clock.extended,
        extensions=clock.extensions,
        pauses=tuple(_pause(pause) for pause in clock.pauses),
        warned=clock.warned,
        step=clock.step,
        ended_at=clock.ended_at,
    )


def _pause(kept: dict[str, Any]) -> rules.Pause:
    resumed = kept["resumed_at"]
    return rules.Pause(
        stopped_at=datetime.fromisoformat(kept["stopped_at"]),
        ground=kept["ground"],
        resumed_at=datetime.fromisoformat(resumed) if resumed else None,
    )


def end_of(clock: Clock) -> rules.Due | rules.Unknown | None:
    """The end as it is kept."""
    if clock.due_at and clock.due_on:
        return rules.Due(clock.due_at, clock.due_on)
    return rules.Unknown(clock.unknown_year) if clock.unknown_year else None


def due_clocks(session: Session, *, now: datetime, limit: int) -> list[Clock]:
    """Clocks to which time alone has something to do, the longest waiting first, locked for the caller."""
    statement = select(Clock).where(Clock.next_at <= now).order_by(Clock.next_at, Clock.id).limit(limit)
    return list(session.scalars(statement.with_for_update(of=Clock.__table__, skip_locked=True)))


def waiting_for_years(session: Session) -> dict[int, int]:
    """How many running clocks wait for which unknown years."""
    statement = select(Clock.unknown_year, func.count()).where(Clock.unknown_year.is_not(None))
    counted = session.execute(statement.where(Clock.status.in_(rules.LIVE)).group_by(Clock.unknown_year))
    return {year: count for year, count in counted if year is not None}


def years_to_load(session: Session, *, on: date) -> dict[int, int]:
    """The years whose holidays are wanted but not known, and how many clocks wait; from mid-November the next year too."""
    wanted = waiting_for_years(session)
    known = calendar(session)
    near = [on.year] + ([on.year + 1] if (on.month, on.day) >= (11, 15) else [])
    wanted = {year: count for year, count in wanted.items() if not known.knows(year)}
    return wanted | {year: wanted.get(year, 0) for year in near if not known.knows(year)}


@dataclass(frozen=True, slots=True)
class Summary:
    """How the visible clocks stand, and how many end on each of the next working days."""

    running: int
    overdue: int
    soon: int
    stopped: int
    unknown: int
    days: list[tuple[date, int]]


def summary(session: Session, actor: Actor, *, now: datetime, mine: bool = False) -> Summary:
    """How the clocks an actor sees stand now."""
    whose: Whose = "mine" if mine else "all"

    def count(which: Which) -> int:
        found = find_clocks(actor, now=now, which=which, whose=whose).with_only_columns(
            func.count(), maintain_column_froms=True
        )
        return session.scalar(found.order_by(None)) or 0

    on = next_working_days(session, rules.law_day(now))
    due = find_clocks(actor, now=now, whose=whose).where(Clock.due_at > now, Clock.due_on <= on[-1])
    grouped = due.with_only_columns(Clock.due_on, func.count(), maintain_column_froms=True).group_by(Clock.due_on)
    by_day = {row[0]: row[1] for row in session.execute(grouped)}
    running = count("live") - count("overdue") - count("stopped")
    return Summary(
        running,
        count("overdue"),
        count("soon"),
        count("stopped"),
        count("unknown"),
        [(d, by_day.get(d, 0)) for d in on],
    )


@dataclass(frozen=True, slots=True)
class DepartmentStanding:
    """A department's live duties; `urgent`, `due_on`: the one that ends first."""

    department_id: UUID
    live: int
    soon: int
    overdue: int
    urgent: str
    due_on: date | None


def standing_by_department(
    session: Session, departments: Sequence[UUID] | None, *, now: datetime
) -> list[DepartmentStanding]:
    """How each department stands now, those with something overdue first, then those with most. None: all departments. Asks for no
    permission: the room that shows it does."""

    def count(which: Which) -> Any:
        return func.coalesce(func.sum(case((_which(which, now), 1), else_=0)), 0)

    chosen = true() if departments is None else Clock.department_id.in_(departments)
    live = and_(chosen, Clock.department_id.is_not(None), Clock.status.in_(rules.LIVE))
    counts = select(Clock.department_id, func.count(), count("soon"), count("overdue")).where(live)
    found = session.execute(counts.group_by(Clock.department_id)).all()
    first = func.row_number().over(partition_by=Clock.department_id, order_by=(Clock.sorts_at, Clock.id))
    ranked = select(Clock.department_id, Clock.name, Clock.due_on, first.label("place")).where(live).subquery()
    asked = select(ranked.c.department_id, ranked.c.name, ranked.c.due_on).where(ranked.c.place == 1)
    urgent = {row[0]: (row[1], row[2]) for row in session.execute(asked)}
    made = [DepartmentStanding(who, many, int(soon), int(over), *urgent[who]) for who, many, soon, over in found]
    return sorted(made, key=lambda one: (-one.overdue, -one.soon, -one.live, str(one.department_id)))


def next_working_days(session: Session, today: date) -> list[date]:
    """Today, where it is one, and the working days after it, as far as they are known, ten in all; never none."""
    known = calendar(session)
    ahead = (today + timedelta(days=n) for n in range(STRIP_REACHES))
    working = (day for day in ahead if known.knows(day.year) and known.is_working(day))
    return list(islice(working, STRIP_DAYS)) or [today]
