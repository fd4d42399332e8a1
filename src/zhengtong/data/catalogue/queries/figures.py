"""The catalogue in figures: the sharing rate, what waits, what is late, who uses an item."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import rules, schemas
from zhengtong.data.catalogue.queries import items
from zhengtong.data.catalogue.rules import SharingRate, State
from zhengtong.data.catalogue.tables import Item, ItemBatch, ItemUsage
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity

LAW = ZoneInfo("Asia/Shanghai")


def sharing_rate(session: Session, *, on: date, department_id: UUID | None = None) -> SharingRate:
    """The share of the items live on that day that are shared, with or without conditions."""
    end = datetime.combine(on + timedelta(days=1), time(), LAW)
    statement = select(Item.share_type, func.count()).where(Item.published_at < end, _not_withdrawn(end))
    if department_id:
        statement = statement.where(Item.department_id == department_id)
    return rules.sharing_rate([(kind, count) for kind, count in session.execute(statement.group_by(Item.share_type))])


def figures(session: Session, actor: Actor) -> schemas.FiguresOut:
    """What the first page of the catalogue shows, of what the actor may see."""
    seen = items.visible_items(actor).with_only_columns(Item.id)
    states = _counted(session, select(Item.state, func.count()).where(Item.id.in_(seen)).group_by(Item.state))
    live = select(Item.department_id, Item.share_type, func.count()).where(Item.state.in_(State.live()))
    by_department: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    every: dict[str, int] = defaultdict(int)
    for department, kind, count in session.execute(live.group_by(Item.department_id, Item.share_type)):
        by_department[department].append((kind, count))
        every[kind] += count
    names = select(identity.Department).where(identity.Department.id.in_(by_department))
    departments = sorted(session.scalars(names), key=lambda one: (one.position, one.name_zh))
    waiting = items.waiting_for_review(actor).with_only_columns(Item.id)
    promised = select(Item.id).where(Item.state.in_(State.live()), Item.due_at.is_not(None))
    return schemas.FiguresOut(
        sharing=_rate(rules.sharing_rate(every.items())),
        by_department=[
            schemas.DepartmentRate(
                **_rate(rules.sharing_rate(by_department[one.id])).model_dump(),
                department=identity.DepartmentRef.of(one),
            )
            for one in departments
        ],
        states=states,
        waiting_for_review=_count(session, waiting),
        promised=_count(session, promised),
        overdue=_count(session, promised.where(Item.overdue_since.is_not(None))),
    )


def batches_of(item: Item) -> Select[ItemBatch]:
    """The batches that landed in the item's table."""
    return select(ItemBatch).where(ItemBatch.item_id == item.id)


def usage_of(session: Session, item: Item, *, until: date, days: int) -> schemas.ItemUsageOut:
    """The item's use in the days up to `until`."""
    since = until - timedelta(days=days - 1)
    this = (ItemUsage.item_id == item.id, ItemUsage.day >= since, ItemUsage.day <= until)
    summed = (func.sum(ItemUsage.calls), func.sum(ItemUsage.rows))
    by_purpose = select(ItemUsage.department_id, ItemUsage.purpose, *summed, func.max(ItemUsage.day)).where(*this)
    grouped = session.execute(by_purpose.group_by(ItemUsage.department_id, ItemUsage.purpose)).all()
    by_day = session.execute(
        select(ItemUsage.day, *summed).where(*this).group_by(ItemUsage.day).order_by(ItemUsage.day)
    ).all()
    wanted = {department for department, *_ in grouped}
    named = session.scalars(select(identity.Department).where(identity.Department.id.in_(wanted)))
    known = {one.id: identity.DepartmentRef.of(one) for one in named}
    lines = [
        schemas.UsageOut(
            department=known.get(department), purpose=purpose, calls=int(calls), rows=int(rows), last_day=str(last)
        )
        for department, purpose, calls, rows, last in grouped
    ]
    return schemas.ItemUsageOut(
        days=days,
        calls=sum(one.calls for one in lines),
        rows=sum(one.rows for one in lines),
        departments=len(wanted),
        by_department=sorted(lines, key=lambda one: -one.calls),
        by_day=[schemas.UsagePerDay(day=str(day), calls=int(calls), rows=int(rows)) for day, calls, rows in by_day],
    )


def _not_withdrawn(end: datetime) -> ColumnElement[bool]:
    return or_(Item.withdrawn_at.is_(None), Item.withdrawn_at >= end)


def _rate(one: SharingRate) -> schemas.RateOut:
    names = ("unconditional", "conditional", "refused", "total", "share")
    return schemas.RateOut(**{name: getattr(one, name) for name in names})


def _count(session: Session, statement: Select[UUID]) -> int:
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def _counted(session: Session, statement: Select[State, int]) -> dict[State, int]:
    return {state: count for state, count in session.execute(statement)}  # noqa: C416 - rows are no pairs to mypy
