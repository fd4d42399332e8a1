"""Serving copies follow the lake and the agreements; the use of items is told each minute."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake
from zhengtong.kernel import wake
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Timer
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway.actions import copying, usage
from zhengtong.sharing.gateway.actions.serving import CONTRACTS


def follow_batch(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """This will have the item copied anew where it is served."""
    if copying.is_wanted(session, event.item_id):
        copying.ask_copy(session, event.item_id)


def follow_item(session: Session, event: catalogue.ItemPublished, *, now: datetime) -> None:
    """This will have the item's new fields served, and its levels looked at by every process."""
    wake.ring(session, CONTRACTS)
    if copying.is_wanted(session, event.item_id):
        copying.ask_copy(session, event.item_id)


def drop_item(session: Session, event: catalogue.ItemWithdrawn, *, now: datetime) -> None:
    """This will take the copy of an item away that is withdrawn."""
    if copying.is_wanted(session, event.item_id):
        copying.ask_copy(session, event.item_id)


def serve_agreed(session: Session, event: agreements.AgreementInForce, *, now: datetime) -> None:
    """This will have the items of an agreement copied."""
    for item_id in event.item_ids:
        copying.ask_copy(session, item_id)


def tell_usage(session: Session, *, now: datetime) -> None:
    """This will tell what was served since the last time."""
    usage.tell_usage(session, now=now)


TELL_USAGE = Job("gateway.tell_usage", tell_usage)
JOBS = (copying.MAKE_COPY, TELL_USAGE)
TIMERS = (Timer("gateway.tell_usage", TELL_USAGE, every="1m"),)
LISTENERS = (
    Listener("gateway.follow_batch", intake.BatchLanded, follow_batch),
    Listener("gateway.follow_item", catalogue.ItemPublished, follow_item),
    Listener("gateway.drop_item", catalogue.ItemWithdrawn, drop_item),
    Listener("gateway.serve_agreed", agreements.AgreementInForce, serve_agreed),
)
