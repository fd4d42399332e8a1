"""What a chain of several validators has ordered, put on the ledger in their order."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from zhengtong.engines.chain import Chain
from zhengtong.kernel.errors import Problem
from zhengtong.kernel.events import announce
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions.appending import hold, keep_waiting, place_ordered
from zhengtong.sharing.ledger.actions.checkpoints import ALTERED, raise_alarm
from zhengtong.sharing.ledger.events import Anchored
from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.rules import Entry, EntryWrong
from zhengtong.sharing.ledger.rules.entries import CONSENSUS
from zhengtong.sharing.ledger.tables import LedgerEntry, LedgerHead, LedgerPending

AT_ONCE = 200


def followed(session: Session) -> int:
    """The position of the chain's last entry that is on the ledger."""
    return session.scalar(select(LedgerHead.followed).where(LedgerHead.id == trees.ONE)) or 0


def awaited(session: Session, about: str) -> bool:
    """True while an entry about this (an agreement's id) has yet to be ordered."""
    waiting = session.scalars(select(LedgerPending.entry).where(LedgerPending.refused == ""))
    return any(Entry.of(one).about == about for one in waiting)


def set_consensus(session: Session, consensus: bool, *, now: datetime) -> None:
    """This will have what changes the state wait for the validators' order from now on, or stand at once.

    What stood before is told to the validators, in its order: they can judge only what they know the beginning of.
    """
    if hold(session).consensus is consensus:
        return
    session.execute(update(LedgerHead).where(LedgerHead.id == trees.ONE).values(consensus=consensus))
    if consensus:
        waiting = select(LedgerPending.id).where(LedgerPending.id == LedgerEntry.id).exists()
        decided = or_(*(LedgerEntry.type.startswith(begin) for begin in CONSENSUS))
        before = session.scalars(select(LedgerEntry.entry).where(decided, ~waiting).order_by(LedgerEntry.index))
        keep_waiting(session, [Entry.of(one) for one in before], now)


def take_in(session: Session, chain: Chain, *, now: datetime) -> bool:
    """This will put what the chain has ordered on the ledger, in its order, and tell what was refused; True where there may be more.

    Raises EntryWrong for an entry that cannot be read: nothing behind it may be taken before it.
    """
    hold(session)
    _take_refused(session, chain)
    found = chain.follow(session, followed(session), AT_ONCE)
    before = trees.head(session).size
    for one in found:
        entry = Entry.of(one.entry)
        if trees.find(session, entry.id) is None:
            _place(session, entry, now)
        session.execute(delete(LedgerPending).where(LedgerPending.id == entry.id, LedgerPending.refused == ""))
    if found:
        session.execute(update(LedgerHead).values(followed=found[-1].position))
        after = trees.head(session).size
        if after > before:
            announce(session, Anchored(before, after - 1, now))
    return len(found) == AT_ONCE


def _place(session: Session, entry: Entry, now: datetime) -> None:
    """The validators have judged it by the same rules; one that does not follow here all the same is kept as refused."""
    try:
        place_ordered(session, [entry], now=now)
    except errors.EntryRefused as wrong:
        why = wrong.say("zh")[:400]
        session.execute(update(LedgerPending).where(LedgerPending.id == entry.id).values(refused=why))


def _take_refused(session: Session, chain: Chain) -> None:
    """What the validators did not accept is told with its reason, and no longer waits."""
    for one in chain.refused(session):
        try:
            id = Entry.of(one.entry).id
        except EntryWrong:
            continue
        session.execute(update(LedgerPending).where(LedgerPending.id == id).values(refused=one.reason[:400]))
        chain.forget(session, one.digest)


def note_stop(session: Session, wrong: Exception, *, now: datetime) -> None:
    """This will raise the alarm that the chain cannot be followed, and why; once while nobody has seen it."""
    told = wrong.say("en") if isinstance(wrong, Problem) else str(wrong)
    evidence = {"followed": str(followed(session)), "reason": told}
    raise_alarm(session, ALTERED, f"The chain is not followed any more: {told}", evidence, now=now)
