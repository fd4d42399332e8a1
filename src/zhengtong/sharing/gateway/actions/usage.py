"""What was served, told to the catalogue and to whoever counts: summed, never call by call."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.events import announce
from zhengtong.office import identity
from zhengtong.sharing.gateway.events import DataServed
from zhengtong.sharing.gateway.tables import Call, UsageCursor

ONE = 1


def tell_usage(session: Session, *, now: datetime) -> int:
    """This will sum the calls served since the last time and tell them; returns how many calls."""
    cursor = session.get(UsageCursor, ONE)
    if cursor is None:
        cursor = UsageCursor(id=ONE, number=0)
        session.add(cursor)
    last = session.scalar(select(func.max(Call.number))) or 0
    told = 0
    group = (Call.item_id, Call.agreement, Call.provider_id, Call.consumer_id, Call.purpose)
    sums = (func.count(), func.sum(Call.rows), func.max(Call.response_out))
    found = (
        select(*group, *sums)
        .where(Call.number > cursor.number, Call.number <= last, Call.code == "", Call.item_id.is_not(None))
        .group_by(*group)
    )
    for item_id, agreement, provider_id, consumer_id, purpose, calls, rows, at in session.execute(found).all():
        if item_id is None or provider_id is None:
            continue
        day = identity.law_day(at)
        catalogue.note_usage(
            session, item_id, by_department=consumer_id, purpose=purpose, rows=int(rows), at=at, calls=calls
        )
        announce(
            session,
            DataServed(item_id, agreement, provider_id, consumer_id, purpose, calls, int(rows), day, now),
        )
        told += calls
    cursor.number = last
    return told
