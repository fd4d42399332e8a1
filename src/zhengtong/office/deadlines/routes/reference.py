"""Rules, rule packs, the calendar, and what-if."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path, Query
from sqlalchemy.orm import Session

from zhengtong.kernel import clock as time
from zhengtong.kernel import web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office.deadlines import actions, queries, rules, schemas
from zhengtong.office.deadlines.errors import PackTextMissing
from zhengtong.office.deadlines.permissions import CHANGE_PACKS, LOAD_CALENDAR
from zhengtong.office.deadlines.routes import shown
from zhengtong.office.deadlines.routes.clocks import zoned
from zhengtong.office.deadlines.routes.ground import routes
from zhengtong.office.deadlines.tables import CalendarYear, Layer, RulePack

Units = Annotated[int | None, Query(ge=1, le=10_000)]


@routes.get("/deadlines/rules", needs=web.SIGNED_IN)
def list_rules(session: Session) -> schemas.RulesOut:
    """Every rule that holds here, with its source."""
    return schemas.RulesOut(items=[shown.rule(standing) for standing in queries.rulebook(session)])


@routes.get("/deadlines/what-if", needs=web.SIGNED_IN)
def what_if(
    session: Session,
    rule: Annotated[str, Query(max_length=80)],
    started_at: datetime,
    limit: Units = None,
    pack: Annotated[str | None, Query(max_length=64, description="as if this bundled pack were in force")] = None,
) -> schemas.WhatIfOut:
    """When a limit would end if the event happened then, day by day."""
    book = queries.rulebook(session)
    if pack:
        book = rules.RuleBook((*book.packs, queries.parsed(queries.bundled_pack(pack))))
    return _what_if(book.rule(rule), queries.calendar(session), zoned(started_at), limit)


def _what_if(
    standing: rules.Standing, known: rules.WorkCalendar, started_at: datetime, limit: int | None
) -> schemas.WhatIfOut:
    found = rules.foresee(standing.rule, known, started_at=started_at, limit=limit)
    end = found.end
    due = end if isinstance(end, rules.Due) else None
    counted = [schemas.CountedDayOut(date=d.date, kind=d.kind, name=d.name, number=d.number) for d in found.days]
    return schemas.WhatIfOut(
        rule=shown.rule(standing),
        limit=found.limit,
        started_at=started_at,
        started_on=rules.law_day(started_at),
        due_at=due.at if due else None,
        due_on=due.on if due else None,
        unknown_year=end.year if isinstance(end, rules.Unknown) else None,
        words=rules.end_words(end, standing.rule.unit) if isinstance(end, rules.Due) else rules.unknown_words(end),
        warn_at=found.warn_at,
        rungs=[schemas.RungOut(at=at, to=to) for at, to in found.rungs],
        days=counted,
    )


@routes.get("/deadlines/packs", needs=web.SIGNED_IN)
def list_packs(session: Session, actor: Actor) -> schemas.PacksOut:
    """The rule packs: those in force, in the order in which they override, then those only bundled."""
    rows = {row.pack: row for row in queries.packs_in_force(session)}
    held = [_pack(pack, rows.get(pack.pack), in_force=True) for pack in queries.rulebook(session).packs]
    names = {one.pack for one in held}
    others = [_pack(queries.parsed(text), None, in_force=False) for text in queries.bundled_packs().values()]
    items = [*held, *(one for one in others if one.pack not in names)]
    return schemas.PacksOut(items=items, can_change=actor.may(CHANGE_PACKS))


def _pack(pack: rules.Pack, row: RulePack | None, *, in_force: bool) -> schemas.PackOut:
    bundled = queries.bundled_packs().get(pack.pack)
    return schemas.PackOut(
        pack=pack.pack,
        name=Words(pack.zh, pack.en),
        place=Words(pack.place.zh, pack.place.en),
        national=pack.national,
        rules=len(pack.rules),
        verified=sum(rule.verified for rule in pack.rules),
        in_force=in_force,
        bundled=bundled is not None,
        newer_bundled=bool(row and bundled and row.digest != queries.digest_of(bundled)),
        put_at=row.put_at if row else None,
        put_by=row.put_by_name if row else None,
    )


@routes.get("/deadlines/packs/{pack}", needs=web.SIGNED_IN)
def get_pack(session: Session, pack: str) -> schemas.PackTextOut:
    """The text of a rule pack: as it is in force here, else as it is bundled."""
    row = next((row for row in queries.packs_in_force(session) if row.pack == pack), None)
    return schemas.PackTextOut(pack=pack, text=row.text if row else queries.bundled_pack(pack))


@routes.post("/deadlines/packs/preview", needs=CHANGE_PACKS)
def preview_pack(session: Session, actor: Actor, wanted: schemas.PackSent) -> schemas.PackChangeOut:
    """What putting a pack in force would change."""
    changes = actions.preview_pack(session, actor, text=_text(wanted), now=time.now())
    shown_changes = [
        schemas.RuleChangeOut(
            id=one.id,
            before=shown.rule(one.before) if one.before else None,
            after=shown.rule(one.after) if one.after else None,
        )
        for one in changes
    ]
    return schemas.PackChangeOut(changes=shown_changes)


@routes.post("/deadlines/packs", needs=CHANGE_PACKS, status=201)
def put_pack(session: Session, actor: Actor, wanted: schemas.PackSent) -> schemas.PackOut:
    """Put a rule pack in force."""
    row = actions.put_pack(session, actor, text=_text(wanted), now=time.now())
    return _pack(queries.parsed(row.text), row, in_force=True)


@routes.post("/deadlines/packs/{pack}/retire", needs=CHANGE_PACKS)
def retire_pack(session: Session, actor: Actor, pack: str, wanted: schemas.Reason) -> schemas.PackOut:
    """Take a rule pack out of force."""
    row = actions.retire_pack(session, actor, pack, reason=wanted.reason, now=time.now())
    return _pack(queries.parsed(row.text), row, in_force=False)


def _text(wanted: schemas.PackSent) -> str:
    if wanted.text:
        return wanted.text
    if wanted.bundled:
        return queries.bundled_pack(wanted.bundled)
    raise PackTextMissing()


@routes.get("/deadlines/calendar", needs=web.SIGNED_IN)
def get_calendar(session: Session, actor: Actor) -> schemas.CalendarOut:
    """Which years are known, and which are wanted."""
    today, known = rules.law_day(time.now()), queries.calendar(session)
    wanted = queries.years_to_load(session, on=today)
    rows = queries.loaded_years(session)
    return schemas.CalendarOut(
        today=today,
        years=[_year(known, rows, year) for year in known.known_years],
        missing=[schemas.MissingYear(year=year, clocks=count) for year, count in sorted(wanted.items())],
        can_load=actor.may(LOAD_CALENDAR),
    )


@routes.get("/deadlines/calendar/{year}", needs=web.SIGNED_IN)
def get_year(session: Session, year: Annotated[int, Path(ge=1949, le=2200)]) -> schemas.YearOut:
    """The days of a year that differ from the ordinary week."""
    known = queries.calendar(session)
    line = _year(known, queries.loaded_years(session), year)
    days = [day for day in known.days_of(year) if day.name]
    months = [
        known.between(date(year, m, 1), _month_end(year, m)) + known.is_working(date(year, m, 1)) for m in range(1, 13)
    ]
    return schemas.YearOut(**line.model_dump(), days=[_day(day) for day in days], by_month=months)


def _month_end(year: int, month: int) -> date:
    return date.fromordinal((date(year, month + 1, 1) if month < 12 else date(year + 1, 1, 1)).toordinal() - 1)


def _year(known: rules.WorkCalendar, rows: list[CalendarYear], year: int) -> schemas.YearLine:
    own = {row.layer: row for row in rows if row.year == year}
    row, city = own.get(Layer.NATIONAL), own.get(Layer.CITY)
    return schemas.YearLine(
        year=year,
        papers=[paper for plan in known.plans if plan.year == year for paper in plan.papers],
        working_days=sum(day.kind.is_working for day in known.days_of(year)),
        bundled=row is None,
        city_days=len(rules.YearPlan.model_validate(city.content).days) if city else 0,
        loaded_at=row.loaded_at if row else None,
        loaded_by=row.loaded_by_name if row else None,
    )


def _day(day: rules.Day) -> schemas.NamedDayOut:
    return schemas.NamedDayOut(date=day.date, kind=day.kind, name=day.name)


@routes.post("/deadlines/calendar/preview", needs=LOAD_CALENDAR)
def preview_year(session: Session, actor: Actor, wanted: schemas.YearSent) -> schemas.YearChangeOut:
    """What loading a year would change."""
    plan = rules.read_year(wanted.text)
    return _changed(actions.preview_year(session, actor, plan=plan, layer=wanted.layer, now=time.now()))


@routes.post("/deadlines/calendar", needs=LOAD_CALENDAR, status=201)
def load_year(session: Session, actor: Actor, wanted: schemas.YearSent) -> schemas.YearChangeOut:
    """Load a year of the calendar; the clocks it touches are computed again."""
    plan = rules.read_year(wanted.text)
    return _changed(actions.load_year(session, actor, plan=plan, layer=wanted.layer, now=time.now()))


def _changed(change: actions.CalendarChange) -> schemas.YearChangeOut:
    days = [_day(day) for day in change.days]
    return schemas.YearChangeOut(year=change.year, layer=change.layer, new=change.new, days=days, clocks=change.clocks)
