"""On a chain of several validators: what waits is submitted, what they have ordered is put on the ledger in their order."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.chain import Chain, ChainAway, ChainOther, NodeAltered
from zhengtong.kernel import jobs
from zhengtong.kernel.db import new_id
from zhengtong.sharing.ledger.actions.following import AT_ONCE, note_stop, set_consensus, take_in
from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.queries.checkpoints import latest
from zhengtong.sharing.ledger.rules import CITY, Entry, EntryWrong
from zhengtong.sharing.ledger.tables import LedgerEntry, LedgerHead, LedgerPending

SOON = timedelta(seconds=5)


def follow(run: jobs.Run) -> None:
    """This will submit what waits, bring the chain forward, and take in what has its place; with one's own log there is nothing to do."""
    chain = run.given(Chain)
    consensus = chain.features.consensus
    with run.read() as session:
        agreed = session.scalar(select(LedgerHead.consensus).where(LedgerHead.id == trees.ONE))
    if bool(agreed) != consensus:
        with run.write() as session:
            set_consensus(session, consensus, now=run.now())
    if not consensus:
        return
    with run.write() as session:
        _submit(session, chain)
    try:
        chain.carry()
        with run.write() as session:
            if take_in(session, chain, now=run.now()):
                jobs.enqueue(session, FOLLOW, key=FOLLOW.name)
            elif session.scalar(select(LedgerPending.id).where(LedgerPending.refused == "").limit(1)):
                _look_again(session, run.now())
    except ChainAway:  # the entries are kept; how long they wait is shown
        with run.write() as session:
            _look_again(session, run.now())
    except (NodeAltered, ChainOther, EntryWrong) as wrong:
        with run.write() as session:
            note_stop(session, wrong, now=run.now())
        raise


def _look_again(session: Session, now: datetime) -> None:
    waits = select(jobs.JobRow.seq).where(jobs.JobRow.key == FOLLOW.name, jobs.JobRow.state == jobs.WAITING)
    if session.scalar(waits.limit(1)) is None:
        jobs.enqueue(session, FOLLOW, at=now + SOON, key=FOLLOW.name)


def _submit(session: Session, chain: Chain) -> None:
    waiting = select(LedgerPending).where(LedgerPending.sent.is_(False)).order_by(LedgerPending.seq).limit(AT_ONCE)
    rows = list(session.scalars(waiting))
    ordered = bool(rows) and chain.submit(session, [row.entry for row in rows]) is not None
    for row in rows:
        if ordered and trees.find(session, row.id) is not None:
            session.delete(row)  # the chain knew it from before, and so do we
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


FOLLOW = jobs.Job("ledger.follow", follow, retries=3, steps=True)
JOBS = (FOLLOW,)
TIMERS = (jobs.Timer("ledger.follow", FOLLOW, every="1m"),)
