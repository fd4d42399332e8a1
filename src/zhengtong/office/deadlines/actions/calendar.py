"""Load a year of the calendar: what was unknown becomes known, and the clocks it touches are computed again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, events, jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.office.deadlines import queries, rules
from zhengtong.office.deadlines.actions.passing import RECOMPUTE
from zhengtong.office.deadlines.errors import YearUnknown
from zhengtong.office.deadlines.events import CalendarYearLoaded
from zhengtong.office.deadlines.permissions import LOAD_CALENDAR
from zhengtong.office.deadlines.tables import CalendarYear, Clock, Layer


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What loading a year changes: the days that are worked differently, and how many live clocks may move."""

    year: int
    layer: Layer
    new: bool
    days: tuple[rules.Day, ...]
    clocks: int


def preview_year(
    session: Session, actor: Actor, *, plan: rules.YearPlan, layer: Layer, now: datetime
) -> CalendarChange:
    """What loading this year would change. Raises PermissionMissing, YearUnknown (days of the city in an unknown year)."""
    require(actor, LOAD_CALENDAR, now=now)
    known = queries.calendar(session)
    if layer is Layer.CITY and not known.knows(plan.year):
        raise YearUnknown(year=plan.year)
    new = not known.knows(plan.year)
    days = _changed_days(known, _with(session, plan, layer))
    affected = select(func.count()).select_from(Clock).where(Clock.status.in_(rules.LIVE))
    touched = [Clock.unknown_year == plan.year] if new else []
    touched += [Clock.due_on >= days[0].date] if days else []
    clocks = session.scalar(affected.where(or_(*touched))) if touched else 0
    return CalendarChange(plan.year, layer, new, days, clocks or 0)


def load_year(session: Session, actor: Actor, *, plan: rules.YearPlan, layer: Layer, now: datetime) -> CalendarChange:
    """This will load the year, replace what was known of it, and have the clocks computed again.

    Raises PermissionMissing, StepUpNeeded, YearUnknown.
    """
    change = preview_year(session, actor, plan=plan, layer=layer, now=now)
    before = _holding(session, plan.year, layer)
    if before:
        before.replaced_at = now
    row = CalendarYear(
        id=new_id(),
        year=plan.year,
        layer=layer,
        content=plan.model_dump(mode="json"),
        digest=queries.digest_of(plan.model_dump_json()),
        loaded_at=now,
        loaded_by=actor.subject,
        loaded_by_name=actor.name,
    )
    session.add(row)
    audit.record(
        session,
        actor,
        "deadlines.calendar_loaded",
        row,
        before={"digest": before.digest} if before else None,
        after={"digest": row.digest, "papers": list(plan.papers), "days": len(plan.days)},
        at=now,
    )
    events.announce(session, CalendarYearLoaded(year=plan.year, layer=layer.value, changed_days=len(change.days)))
    session.flush()
    since = change.days[0].date.isoformat() if change.days else None
    jobs.enqueue(session, RECOMPUTE, key=RECOMPUTE.name, since=since)
    return change


def _holding(session: Session, year: int, layer: Layer) -> CalendarYear | None:
    found = select(CalendarYear).where(CalendarYear.year == year, CalendarYear.layer == layer)
    return session.scalar(found.where(CalendarYear.replaced_at.is_(None)))


def _with(session: Session, plan: rules.YearPlan, layer: Layer) -> rules.WorkCalendar:
    """The calendar as it would be."""
    national = {one.year: one for one in queries.bundled_years()}
    own: dict[int, rules.YearPlan] = {}
    for row in queries.loaded_years(session):
        kept = rules.YearPlan.model_validate(row.content)
        (national if row.layer is Layer.NATIONAL else own)[row.year] = kept
    (national if layer is Layer.NATIONAL else own)[plan.year] = plan
    return rules.WorkCalendar((*national.values(), *(one for one in own.values() if one.year in national)))


def _changed_days(before: rules.WorkCalendar, after: rules.WorkCalendar) -> tuple[rules.Day, ...]:
    first, last = date(before.known_years[0], 1, 1), date(before.known_years[-1], 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    known = (day for day in days if before.knows(day.year))
    return tuple(after.day(day) for day in known if before.is_working(day) != after.is_working(day))
