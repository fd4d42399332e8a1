"""What keeps a follower of the chain from going on is told, and nothing behind it is taken."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.sharing.ledger.ground import NOW, countersigned, moved, proposed
from zhengtong.engines import open_chain
from zhengtong.engines.chain import ChainSettings, NodeAltered
from zhengtong.kernel.db import Database
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.tables import LedgerAlarm, LedgerPending


def chain_with(database: Database, *entries: bytes) -> object:
    chain = open_chain(ChainSettings(), database)
    with database.write() as session:
        chain.submit(session, entries)
    return chain


def test_ordered_entries_come_to_the_ledger_in_their_order_once(database: Database) -> None:
    chain = chain_with(database, proposed("a1").to_bytes(), proposed("a2").to_bytes())
    for _ in range(2):
        with database.write() as session:
            assert not ledger.take_in(session, chain, now=NOW)  # type: ignore[arg-type]
    with database.read() as session:
        assert (ledger.head(session).size, ledger.followed(session)) == (2, 2)
        assert ledger.contract(session, "a2") is not None


def test_one_that_does_not_follow_on_the_state_is_passed_over_as_the_validators_did(database: Database) -> None:
    chain = chain_with(database, moved("suspended", "a9").to_bytes(), proposed("a1").to_bytes())
    with database.write() as session:
        ledger.take_in(session, chain, now=NOW)  # type: ignore[arg-type]
    with database.read() as session:
        assert (ledger.head(session).size, ledger.followed(session)) == (1, 2)


def test_an_entry_that_cannot_be_read_stops_all_behind_it(database: Database) -> None:
    chain = chain_with(database, proposed("a1").to_bytes(), b"not an entry", proposed("a2").to_bytes())
    with pytest.raises(ledger.EntryWrong), database.write() as session:
        ledger.take_in(session, chain, now=NOW)  # type: ignore[arg-type]
    with database.read() as session:
        assert ledger.followed(session) == 0


def test_what_waits_for_its_order_is_known_by_what_it_is_about(session: Session) -> None:
    ledger.set_consensus(session, True, now=NOW)
    ledger.append(session, [proposed("a1")], now=NOW)
    assert [ledger.awaited(session, one) for one in ("a1", "a2")] == [True, False]
    session.execute(update(LedgerPending).values(refused="no such member"))
    assert not ledger.awaited(session, "a1")


def test_what_stood_before_is_told_to_the_validators_once_in_its_order(session: Session) -> None:
    """A city that grows onto a chain: an agreement of before could not be suspended by validators who never heard of it."""
    before = [proposed("a1"), countersigned("police", "a1"), countersigned("tax", "a1")]
    ledger.append(session, before, now=NOW)
    for _ in range(2):
        ledger.set_consensus(session, True, now=NOW)
    ledger.append(session, [moved("suspended", "a1")], now=NOW)
    told = [ledger.Entry.of(one) for one in session.scalars(select(LedgerPending.entry).order_by(LedgerPending.seq))]
    assert [one.id for one in told[:3]] == [one.id for one in before]
    assert [one.type for one in told[3:]] == ["agreement.suspended@1"]
    state = ledger.State()
    for one in told:
        state = ledger.apply(state, one)
    assert state.contracts["a1"]["status"] == ledger.SUSPENDED


def test_the_alarm_stands_once_while_nobody_has_seen_it(session: Session) -> None:
    wrong = NodeAltered(node="http://10.1.0.1:26657", position=7)
    for _ in range(3):
        ledger.note_stop(session, wrong, now=NOW)
    (alarm,) = session.scalars(select(LedgerAlarm))
    assert "10.1.0.1" in alarm.told
    alarm.seen_at = NOW
    session.flush()
    ledger.note_stop(session, wrong, now=NOW)
    assert len(session.scalars(select(LedgerAlarm)).all()) == 2
