"""Whose a receipt is: by a key a person that is believed for a while, and that can be destroyed."""

import time
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.sharing.ledger.ground import NOW, keyring, receipt
from zhengtong.engines.crypto import SealBroken
from zhengtong.kernel.db import Database, new_id
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.actions.subjects import OPEN_S, SPAN
from zhengtong.sharing.ledger.tables import LedgerHead, LedgerSubject

pytestmark = pytest.mark.both_databases


def test_persons_keys_are_believed_until_one_is_destroyed_or_a_minute_has_passed(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, (mine, other, third) = keyring(tmp_path), ("ab" * 32, "cd" * 32, "ef" * 32)
    here, elsewhere = ledger.SubjectKeys(keys), ledger.SubjectKeys(keys)
    made = here.of(session, {mine, other}, held=ledger.hold(session))
    assert here.of(session, {mine, other}, held=ledger.hold(session)) == made, "from the database"
    assert elsewhere.of(session, {mine}, held=ledger.hold(session)) == {mine: made[mine]}
    session.execute(update(LedgerSubject).where(LedgerSubject.token == mine).values(sealed=b"altered"))
    again = here.of(session, {mine, third}, held=ledger.hold(session))
    kept = select(LedgerSubject.id).where(LedgerSubject.token == third)
    assert (again[mine], again[third][0]) == (made[mine], session.scalar(kept))
    ledger.shred_subject(session, other, now=NOW)
    for one in (here, elsewhere):
        with pytest.raises(SealBroken):
            one.of(session, {mine}, held=ledger.hold(session))
    assert here.of(session, {third}, held=ledger.hold(session)) == {third: again[third]}
    session.execute(update(LedgerSubject).where(LedgerSubject.token == third).values(sealed=b"altered"))
    now = time.monotonic()
    monkeypatch.setattr("zhengtong.sharing.ledger.actions.subjects.time.monotonic", lambda: now + OPEN_S + 1)
    with pytest.raises(SealBroken):
        here.of(session, {third}, held=ledger.hold(session))


def test_a_key_that_is_taken_back_with_its_transaction_is_not_believed(database: Database, tmp_path: Path) -> None:
    keys, token = ledger.SubjectKeys(keyring(tmp_path)), "ab" * 32
    with pytest.raises(RuntimeError), database.write() as session:
        lost = keys.of(session, {token}, held=ledger.hold(session))[token]
        raise RuntimeError
    with database.write() as session:
        kept = keys.of(session, {token}, held=ledger.hold(session))[token]
        assert kept != lost
        assert session.scalars(select(LedgerSubject.id)).all() == [kept[0]]


def test_a_destroyed_key_makes_a_persons_receipts_nobodys(session: Session, tmp_path: Path) -> None:
    keys, token = ledger.SubjectKeys(keyring(tmp_path)), "ab" * 32

    def mine() -> tuple[UUID, bytes]:
        return keys.of(session, {token}, held=ledger.hold(session))[token]

    subject, key = mine()
    receipts = [new_id(), new_id()]
    references = [ledger.subject_reference(key, one) for one in receipts]
    assert len(set(references)) == 2
    ledger.append(session, [receipt()], now=NOW)
    ledger.note_uses(session, [(subject, receipts[0])], size=1)
    session.execute(update(LedgerHead).values(size=3 * SPAN, frontier=bytes(2 * 32)))
    ledger.note_uses(session, [(subject, receipts[1])], size=3 * SPAN)
    assert mine() == (subject, key)
    assert ledger.uses_of(session, token) == receipts
    assert ledger.shred_subject(session, token, now=NOW) == 2
    assert ledger.uses_of(session, token) == []
    another, other = mine()
    assert another != subject
    assert ledger.subject_reference(other, receipts[0]) not in references
