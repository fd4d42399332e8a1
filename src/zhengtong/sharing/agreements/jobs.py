"""What happens by itself: what has run out ends, merged departments hand over, signers' seals are taken, the chain's order is followed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import intake
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Timer
from zhengtong.office import identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import actions
from zhengtong.sharing.agreements.rules import State
from zhengtong.sharing.agreements.tables import Agreement, Application


def hand_over(session: Session, event: identity.DepartmentsMerged, *, now: datetime) -> None:
    """This will hand over what a merged department had."""
    actions.hand_over(session, event.department_id, event.into_id, now=now)


def take_seal(session: Session, event: ledger.SealGiven, *, now: datetime) -> None:
    """This will take the seal that a department's own signer has given."""
    actions.signed_by_signer(session, event.department_id, event.digest, now=now)


def note_provided(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """This will say that data are provided to whom they were promised, with the item's first batch."""
    waiting = select(Application).where(Application.item_id == event.item_id, Application.state == State.PROVIDING)
    for application in session.scalars(waiting).all():
        actions.provide(session, SYSTEM, application, now=now)


def sweep(session: Session, *, now: datetime) -> None:
    """This will end what is past its term and remind of what ends soon."""
    actions.sweep(session, now=now)


def follow(session: Session, *, now: datetime) -> None:
    """This will take over what the chain's validators have ordered meanwhile."""
    for agreement in session.scalars(select(Agreement).where(Agreement.awaits)).all():
        actions.follow(session, agreement, now=now)


def follow_anchored(session: Session, event: ledger.Anchored, *, now: datetime) -> None:
    """This will take over at once what has just come from the chain."""
    follow(session, now=now)


SWEEP = Job("agreements.sweep", sweep)
FOLLOW = Job("agreements.follow", follow)
JOBS: tuple[Job, ...] = (SWEEP, FOLLOW)
TIMERS = (
    Timer("agreements.sweep", SWEEP, cron="10 0 * * *"),
    Timer("agreements.follow", FOLLOW, every="10s"),
)
LISTENERS = (
    Listener("agreements.hand_over", identity.DepartmentsMerged, hand_over),
    Listener("agreements.take_seal", ledger.SealGiven, take_seal),
    Listener("agreements.follow_anchored", ledger.Anchored, follow_anchored),
    Listener("agreements.note_provided", intake.BatchLanded, note_provided),
)
