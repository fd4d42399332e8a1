"""The board: how everything stands that the reader may see, by month, by department, and the worst."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import rules, schemas
from zhengtong.data.quality.queries import tickets
from zhengtong.data.quality.queries.items import points, standing_lines
from zhengtong.data.quality.queries.packs import pack
from zhengtong.data.quality.rules import State
from zhengtong.data.quality.tables import MonthStanding, QualityRule, Standing, Ticket
from zhengtong.kernel.actor import Actor
from zhengtong.office import deadlines, identity

MONTHS = 12
WORST = 8


@dataclass
class _Sum:
    """What the measured items of a month add up to."""

    items: int = 0
    scores: int = 0
    judged: int = 0
    passed: int = 0

    def add(self, row: MonthStanding) -> None:
        self.items += 1
        self.scores += row.score
        self.judged += row.judged
        self.passed += row.passed

    def told(self, month: str) -> schemas.QualityMonth:
        score = points(round(self.scores / self.items)) if self.items else None
        return schemas.QualityMonth(month=month, score=score, items=self.items, judged=self.judged, passed=self.passed)


@dataclass
class _Months:
    whole: dict[str, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    by_department: dict[UUID, dict[str, _Sum]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(_Sum)))


def board(session: Session, actor: Actor, *, department_id: UUID | None, now: datetime) -> schemas.QualityBoard:
    """The board of what the actor may see, or of one department of it."""
    seen = catalogue.visible_items(actor)
    if department_id:
        seen = seen.where(catalogue.Item.department_id == department_id)
    ids = seen.with_only_columns(catalogue.Item.id)
    standings = list(session.scalars(select(Standing).where(Standing.item_id.in_(ids)).order_by(Standing.score)))
    names = months_until(identity.law_day(now), MONTHS)
    months = _months(session, ids, names)
    whole = [months.whole[name].told(name) for name in names]
    live = seen.where(catalogue.Item.state.in_(catalogue.State.live())).with_only_columns(catalogue.Item.id)
    return schemas.QualityBoard(
        score=points(round(sum(one.score for one in standings) / len(standings))) if standings else None,
        before=whole[-2].score,
        judged=sum(one.judged for one in standings),
        passed=sum(one.passed for one in standings),
        items=_count(session, live),
        measured=len(standings),
        grades=_grades(standings),
        rules=_count(session, _rules(ids)),
        failing=sum(one.failing for one in standings),
        **_tickets(session, actor, department_id, names[-1], now),
        months=whole,
        departments=_departments(session, months.by_department, names),
        worst=standing_lines(session, standings[:WORST]),
    )


def months_until(day: date, count: int) -> list[str]:
    """The last months, oldest first.

    >>> months_until(date(2026, 2, 5), 3)
    ['2025-12', '2026-01', '2026-02']
    """
    last = day.year * 12 + day.month - 1
    return [f"{n // 12}-{n % 12 + 1:02d}" for n in range(last - count + 1, last + 1)]


def _months(session: Session, ids: Select[UUID], names: list[str]) -> _Months:
    found = _Months()
    statement = select(MonthStanding).where(MonthStanding.item_id.in_(ids), MonthStanding.month.in_(names))
    for row in session.scalars(statement):
        found.whole[row.month].add(row)
        found.by_department[row.department_id][row.month].add(row)
    return found


def _departments(
    session: Session, found: Mapping[UUID, Mapping[str, _Sum]], names: list[str]
) -> list[schemas.DepartmentMonths]:
    departments = tickets.departments_of(session, set(found))
    rows = [
        schemas.DepartmentMonths(
            department=departments[key],
            items=max(one.items for one in months.values()),
            months=[months.get(name, _Sum()).told(name) for name in names],
        )
        for key, months in found.items()
    ]
    return sorted(rows, key=_last_score)


def _last_score(row: schemas.DepartmentMonths) -> tuple[float, str]:
    scores = [one.score for one in row.months if one.score is not None]
    return (float(scores[-1]) if scores else 0.0, row.department.name_zh)


def _grades(standings: Iterable[Standing]) -> list[schemas.QualityGradeCount]:
    counted: dict[str, int] = defaultdict(int)
    for one in standings:
        counted[one.grade] += 1
    return [schemas.QualityGradeCount(key=grade.key, items=counted[grade.key]) for grade in pack().grades]


def _rules(ids: Select[UUID]) -> Select[UUID]:
    return select(QualityRule.id).where(QualityRule.item_id.in_(ids), QualityRule.on, QualityRule.ended_at.is_(None))


def _tickets(session: Session, actor: Actor, department_id: UUID | None, month: str, now: datetime) -> dict[str, int]:
    seen = tickets.visible_tickets(actor)
    if department_id:
        seen = seen.where(Ticket.department_id == department_id)
    first = datetime.fromisoformat(f"{month}-01T00:00:00+08:00")
    closed = seen.where(Ticket.state == State.CLOSED, Ticket.closed_at >= first).with_only_columns(Ticket.id)
    in_time = closed.where(
        Ticket.clock_id.in_(
            select(deadlines.Clock.id).where(
                deadlines.Clock.status.in_((deadlines.Status.MET, deadlines.Status.WITHDRAWN))
            )
        )
    )
    ids = seen.with_only_columns(Ticket.id)
    return {
        "tickets_live": _count(session, ids.where(Ticket.state.in_(rules.LIVE))),
        "tickets_overdue": _count(session, ids.where(tickets.overdue(now))),
        "tickets_soon": _count(session, ids.where(tickets.soon(now))),
        "tickets_closed": _count(session, closed),
        "tickets_in_time": _count(session, in_time),
    }


def _count(session: Session, ids: Select[UUID]) -> int:
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0
