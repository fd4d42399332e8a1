"""What can be asked: the figures of a period, the departments' duties, the lines of the day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.insight.home import rules, schemas
from zhengtong.insight.home.permissions import FIGURES
from zhengtong.insight.home.rules import Figure
from zhengtong.insight.home.tables import Happening, Tally
from zhengtong.kernel.actor import Actor, Scope
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines, identity

Days = Mapping[date, tuple[int, int]]


def city(session: Session, actor: Actor, *, days: int, now: datetime) -> schemas.CityOut:
    """How the departments one sees are doing: the figures of the period beside the one before, and their duties now."""
    scope, period = reach(session, actor), rules.Period.of(days, deadlines.rules.law_day(now))
    sums = _sums(session, scope, period)
    shared = _shared(session, scope, period)
    counted = [_figure(figure, sums[figure], period) for figure in Figure if figure is not Figure.SHARED]
    return schemas.CityOut(
        everywhere=scope.everywhere,
        first=period.first,
        last=period.last,
        figures=[shared, *counted],
        departments=_departments(session, scope, now),
    )


def reach(session: Session, actor: Actor) -> Scope:
    """Whose figures one sees: a section's people see their body's; who sits in the city government's office sees all."""
    scope = actor.scope(FIGURES)
    if scope.everywhere:
        return scope
    above = session.scalars(identity.bodies_above(scope.departments))
    bodies = scope.departments | {one for one in above if one}
    office = select(identity.Department.id).where(
        identity.Department.id.in_(bodies),
        identity.Department.kind == identity.Kind.GOVERNMENT,
        identity.Department.level == identity.Level.CITY,  # a district's or a town's government is not the city's
    )
    return Scope(everywhere=True) if session.scalar(office.limit(1)) else Scope(departments=bodies)


def happenings(session: Session, actor: Actor) -> Select[Happening]:
    """The lines of the day that one may see: of the departments one sees; the city's own where one sees all."""
    scope = reach(session, actor)
    return select(Happening).where(true() if scope.everywhere else Happening.department_id.in_(scope.departments))


def told(session: Session, lines: Iterable[Happening]) -> list[schemas.HappeningOut]:
    """The lines in words."""
    found = list(lines)
    names = _names(session, {line.department_id for line in found if line.department_id})
    return [
        schemas.HappeningOut(
            id=line.id,
            at=line.at,
            kind=line.kind,
            words=_worded(line),
            tone=rules.TOLD[line.kind].tone,
            department=names.get(line.department_id) if line.department_id else None,
            link=line.link,
        )
        for line in found
    ]


def _worded(line: Happening) -> Words:
    told = rules.TOLD[line.kind]
    many = told.many if line.count > 1 and told.many else told.words
    return _filled(many, name=line.name, count=str(line.count))


def _sums(session: Session, scope: Scope, period: rules.Period) -> Mapping[Figure, Days]:
    asked = select(Tally.figure, Tally.day, func.sum(Tally.good), func.sum(Tally.whole))
    asked = asked.where(Tally.day.between(period.before, period.last))
    if not scope.everywhere:
        asked = asked.where(Tally.department_id.in_(scope.departments))
    found: dict[Figure, dict[date, tuple[int, int]]] = defaultdict(dict)
    for figure, day, good, whole in session.execute(asked.group_by(Tally.figure, Tally.day)):
        found[figure][day] = int(good), int(whole)
    return found


def _figure(figure: Figure, by_day: Days, period: rules.Period) -> schemas.FigureOut:
    count = figure is Figure.SERVED
    good, whole = rules.total(by_day, period.first, period.last)
    was_good, was = rules.total(by_day, period.before, period.first - timedelta(days=1))
    if count:
        change = float(whole - was) if was else None
    else:
        change = good / whole - was_good / was if whole and was else None
    return schemas.FigureOut(
        figure=figure,
        label=rules.SAID[figure].label,
        good=good,
        whole=whole,
        share=None if count or not whole else good / whole,
        parts=_filled(rules.SAID[figure].parts, good=f"{good:,}", whole=f"{whole:,}"),
        change=change,
        trend=rules.trend(by_day, period, count=count),
        link=rules.SAID[figure].link,
    )


def _shared(session: Session, scope: Scope, period: rules.Period) -> schemas.FigureOut:
    """The catalogue knows since when each item is published, so its past is asked of it, day by day."""

    def on(day: date) -> tuple[int, int]:
        if scope.everywhere:
            rates = [catalogue.sharing_rate(session, on=day)]
        else:
            rates = [catalogue.sharing_rate(session, on=day, department_id=one) for one in sorted(scope.departments)]
        return sum(one.unconditional + one.conditional for one in rates), sum(one.total for one in rates)

    (good, whole), (was_good, was) = on(period.last), on(period.first)
    said = rules.SAID[Figure.SHARED]
    return schemas.FigureOut(
        figure=Figure.SHARED,
        label=said.label,
        good=good,
        whole=whole,
        share=good / whole if whole else None,
        parts=_filled(said.parts, good=f"{good:,}", whole=f"{whole:,}"),
        change=good / whole - was_good / was if whole and was else None,
        trend=[],
        link=said.link,
    )


def _departments(session: Session, scope: Scope, now: datetime) -> list[schemas.DepartmentOut]:
    standing = deadlines.standing_by_department(
        session, None if scope.everywhere else sorted(scope.departments), now=now
    )
    names = _names(session, {one.department_id for one in standing})
    return [
        schemas.DepartmentOut(
            id=one.department_id,
            name=names[one.department_id],
            live=one.live,
            soon=one.soon,
            overdue=one.overdue,
            urgent=one.urgent,
            due_on=one.due_on,
        )
        for one in standing
    ]


def _names(session: Session, ids: set[UUID]) -> Mapping[UUID, Words]:
    found = session.scalars(select(identity.Department).where(identity.Department.id.in_(ids)))
    return {one.id: Words(one.name_zh, one.name_en or one.name_zh) for one in found}


def _filled(words: Words, **facts: str) -> Words:
    return Words(words.zh.format(**facts), words.en.format(**facts))
