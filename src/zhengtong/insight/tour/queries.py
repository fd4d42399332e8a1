"""What the demo's pages ask: reads only."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake
from zhengtong.engines.crypto import Keyring
from zhengtong.insight.tour import schemas
from zhengtong.insight.tour.errors import NothingAhead
from zhengtong.insight.tour.rules import Step
from zhengtong.insight.tour.tables import DemoClock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Problem
from zhengtong.office import deadlines, identity, operations
from zhengtong.sharing import agreements, gateway, ledger

TAKES_S = 60
HOUR, OPENS, PAST = timedelta(hours=1), timedelta(hours=9), timedelta(minutes=1)


def ahead(session: Session) -> timedelta:
    """How far the demo's clock is ahead."""
    row = session.get(DemoClock, 1)
    return timedelta(seconds=row.ahead_s if row else 0)


def next_limit(session: Session, *, now: datetime) -> datetime | None:
    """When time alone will next do something to a running limit."""
    return session.scalar(select(func.min(deadlines.Clock.next_at)).where(deadlines.Clock.next_at > now))


def clock_out(session: Session, *, now: datetime) -> schemas.DemoClockOut:
    """The clock as the pages show it."""
    return schemas.DemoClockOut(
        now=now,
        ahead_s=int(ahead(session).total_seconds()),
        next_limit=next_limit(session, now=now),
        busy=operations.count_due(session, now=now),
    )


def demo_out(session: Session, actor: Actor, keyring: Keyring, *, now: datetime) -> schemas.DemoOut:
    """The clock, where the tour begins for this reader, and whether they may begin anew."""
    start = start_of(session, actor) if actor.kind == "person" else own_use(session, actor, keyring, now=now)
    return schemas.DemoOut(clock=clock_out(session, now=now), start=start, may_reset=may_reset(actor))


def may_reset(actor: Actor) -> bool:
    """True for the demo's administrator."""
    return actor.may(operations.ACT)


def start_of(session: Session, actor: Actor) -> schemas.StartOut | None:
    """The newest answered call that the reader may see; else the item that got data last."""
    call = gateway.visible_calls(actor).where(gateway.Call.item_id.is_not(None), gateway.Call.rows > 0)
    newest = session.scalar(call.order_by(gateway.Call.number.desc()).limit(1))
    if newest is not None:
        return schemas.StartOut(kind="receipt", id=str(newest.receipt_id))
    delivered = intake.visible_batches(actor).order_by(intake.Batch.at.desc()).limit(1)
    batch, item = session.scalar(delivered), session.scalar(catalogue.visible_items(actor).limit(1))
    found = batch.item_id if batch else item.id if item else None
    return schemas.StartOut(kind="item", id=str(found)) if found else None


def own_use(session: Session, actor: Actor, keyring: Keyring, *, now: datetime) -> schemas.StartOut | None:
    """The newest use of a resident's or firm's own data that they may see already."""
    try:
        uses = gateway.calls_about(session, gateway.person_of(session, actor, keyring))
    except Problem:
        return None
    shown = next((one for one in uses if gateway.is_shown(one, now=now)), None)
    return schemas.StartOut(kind="use", id=str(shown.receipt_id)) if shown else None


def reset_out(session: Session) -> schemas.ResetOut:
    """What would be lost."""
    counted: dict[Any, Any] = {
        "applications": agreements.Application,
        "agreements": agreements.Agreement,
        "calls": gateway.Call,
        "entries": ledger.LedgerEntry,
        "batches": intake.Batch,
        "people": identity.Person,
    }
    losses = [
        schemas.LossOut(kind=kind, count=session.scalar(select(func.count()).select_from(table)) or 0)
        for kind, table in counted.items()
    ]
    return schemas.ResetOut(losses=losses, takes_s=TAKES_S)


def moved(step: Step, now: datetime, calendar: deadlines.rules.WorkCalendar, *, limit: datetime | None) -> datetime:
    """What the clock shows after the step. `limit`: when the next running limit ends or warns.

    Raises NothingAhead where no limit runs, YearUnknown where the calendar does not know the day it would be.
    """
    if step is Step.HOUR:
        return now + HOUR
    if step is Step.LIMIT:
        if limit is None:
            raise NothingAhead()
        return max(limit, now) + PAST
    today = deadlines.rules.law_day(now)
    if calendar.is_working(today) and now < _opening(today):
        return _opening(today)
    return _opening(calendar.after(today, 1))


def _opening(day: date) -> datetime:
    return (deadlines.rules.end_of(day - timedelta(days=1)) + OPENS).astimezone(UTC)
