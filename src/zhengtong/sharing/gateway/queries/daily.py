"""How an agreement was used, day by day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.office import deadlines, identity
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors, schemas
from zhengtong.sharing.gateway.permissions import READ
from zhengtong.sharing.gateway.queries import records
from zhengtong.sharing.gateway.tables import Call, Quota

CITY_TIME = ZoneInfo("Asia/Shanghai")


def daily_use(session: Session, actor: Actor, number: str, *, days: int, now: datetime) -> schemas.DailyUse:
    """The last law days of calls, empty ones included. Raises AgreementNotYours."""
    one = session.scalars(select(agreements.Agreement).where(agreements.Agreement.number == number)).unique().first()
    reach = actor.scope(READ)
    if one is None or not (reach.covers(one.department_id) or reach.covers(one.provider_id)):
        raise errors.AgreementNotYours(number=number)
    contract, quota = agreements.snapshot(session).find(number), session.get(Quota, one.id)
    today = identity.law_day(now)
    counted = _counted(session, actor, number, [today - timedelta(days=back) for back in range(days)])
    known = deadlines.calendar(session)
    return schemas.DailyUse(
        agreement=number,
        daily_quota=contract.terms.daily_quota if contract else None,
        used_today=quota.used_day if quota and quota.day == today else 0,
        used_total=quota.used_total if quota else 0,
        days=[
            schemas.UseDay(
                day=day,
                served=counted.get(day, (0, 0))[0],
                refused=counted.get(day, (0, 0))[1],
                workday=known.is_working(day) if known.knows(day.year) else None,
            )
            for day in (today - timedelta(days=back) for back in reversed(range(days)))
        ],
    )


def _counted(session: Session, actor: Actor, number: str, line: list[date]) -> dict[date, tuple[int, int]]:
    """Served and refused by day; the days, newest first. Told apart by instants, as databases differ in time zones."""
    begins = [(datetime.combine(day, time(), tzinfo=CITY_TIME), place) for place, day in enumerate(line)]
    bucket = case(*((Call.response_out >= begin, place) for begin, place in begins), else_=len(line))
    found = records.find_calls(actor, agreement=number, since=begins[-1][0])
    refused = func.sum(case((Call.code != "", 1), else_=0))
    rows = session.execute(found.with_only_columns(bucket.label("bucket"), func.count(), refused).group_by(bucket))
    return {line[place]: (total - bad, bad) for place, total, bad in rows if place < len(line)}
