"""Exchanges follow the lake: after each batch, and again where something hindered them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import intake
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Timer
from zhengtong.sharing.gateway.actions.exchange import arranging, reconciling, running
from zhengtong.sharing.gateway.rules.exchanging import ExchangeState
from zhengtong.sharing.gateway.tables import Exchange


def follow_batch(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """This will have the receivers of the item brought up to date."""
    active = select(Exchange).where(Exchange.item_id == event.item_id, Exchange.state == ExchangeState.ACTIVE)
    for exchange in session.scalars(active):
        arranging.ask_run(session, exchange, now=now)


def try_again(session: Session, *, now: datetime) -> None:
    """This will have those tried again that something hindered."""
    hindered = Exchange.trouble.is_not(None) | Exchange.last_at.is_(None)
    for exchange in session.scalars(select(Exchange).where(Exchange.state == ExchangeState.ACTIVE, hindered)):
        arranging.ask_run(session, exchange, now=now)


TRY_AGAIN = Job("gateway.try_exchanges", try_again)
JOBS = (running.RUN_EXCHANGE, reconciling.RECONCILE, TRY_AGAIN)
TIMERS = (Timer("gateway.try_exchanges", TRY_AGAIN, every="5m"),)
LISTENERS = (Listener("gateway.exchange_batch", intake.BatchLanded, follow_batch),)
