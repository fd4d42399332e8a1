"""On a chain of several validators: what waits is submitted, what they have ordered is put on the ledger in their order."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from zhengtong.engines.chain import Chain, ChainAway
from zhengtong.kernel import jobs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions.appending import hold, place_ordered
from zhengtong.sharing.ledger.events import Anchored
from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.queries.checkpoints import latest
from zhengtong.sharing.ledger.rules import CITY, Entry, EntryWrong
from zhengtong.sharing.ledger.tables import LedgerEntry, LedgerHead, LedgerPending

AT_ONCE = 200


def follow(run: jobs.Run) -> None:
    """This will submit what waits, bring the chain forward, and take in what has its place; with one's own log there is nothing to do."""
    chain = run.given(Chain)
    consensus = chain.features.consensus
    with run.read() as session:
        agreed = session.scalar(select(LedgerHead.consensus).where(LedgerHead.id == trees.ONE))
    if bool(agreed) != consensus:
        with run.write() as session:
            hold(session)
            session.execute(update(LedgerHead).values(consensus=consensus))
    if not consensus:
        return
    with run.write() as session:
        _submit(session, chain)
    try:
        chain.carry()
    except ChainAway:
        return
    with run.write() as session:
        _take_refused(session, chain)
        if _take_in(session, chain, now=run.now()):
            jobs.enqueue(session, FOLLOW, key=FOLLOW.name)


def _submit(session: Session, chain: Chain) -> None:
    waiting = select(LedgerPending).where(LedgerPending.sent.is_(False)).order_by(LedgerPending.seq).limit(AT_ONCE)
    rows = list(session.scalars(waiting))
    if rows:
        chain.submit(session, [row.entry for row in rows])
    for row in rows:
        row.sent = True
    last = latest(session)
    if last and not session.scalar(select(LedgerPending.id).where(LedgerPending.at == last.at)):
        body = {"digest": last.root.hex(), "size": last.size}
        anchor = Entry("anchor@1", new_id(), last.at, CITY, body)
        if not session.scalar(
            select(LedgerEntry.index).where(LedgerEntry.type == "anchor@1", LedgerEntry.at == last.at)
        ):
            chain.submit(session, [anchor.to_bytes()])
            session.add(LedgerPending(id=anchor.id, entry=anchor.to_bytes(), at=last.at, sent=True, refused=""))


def _take_in(session: Session, chain: Chain, *, now: datetime) -> bool:
    """The next entries in the chain's order; True where there may be more."""
    hold(session)
    followed = session.scalar(select(LedgerHead.followed).where(LedgerHead.id == trees.ONE)) or 0
    found = chain.follow(session, followed, AT_ONCE)
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


FOLLOW = jobs.Job("ledger.follow", follow, retries=3, steps=True)
JOBS = (FOLLOW,)
TIMERS = (jobs.Timer("ledger.follow", FOLLOW, every="1m"),)
