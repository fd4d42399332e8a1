"""`zhengtong ledger`: what was altered beside the program is found and named from the command line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import column, insert, select, table, update

from zhengtong import engines
from zhengtong.cli import opening
from zhengtong.engines.crypto import CryptoSettings, Purpose
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database, new_id
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway.tables import Call

from .conftest import Command

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def city(command: Command, tmp_path: Path) -> Database:
    """A migrated city with three entries on its ledger."""
    assert command("migrate").code == 0
    database = Database(opening.chosen(None, {"data": tmp_path / "data"}).kernel.database_url)
    body = {"account": "a", "points": 1, "reason": "r"}
    with database.write() as session:
        entries = [ledger.Entry("points.moved@1", new_id(), NOW, ledger.CITY, body) for _ in range(3)]
        ledger.append(session, entries, now=NOW)
    return database


def test_an_altered_entry_is_named(command: Command, city: Database) -> None:
    assert command("ledger", "check").code == 0
    altered = update(ledger.LedgerEntry).where(ledger.LedgerEntry.index == 1).values(entry=b"{}")
    with city.write() as session:
        triggers = select(column("name")).select_from(table("sqlite_master")).where(column("type") == "trigger")
        for trigger in session.scalars(triggers.where(column("tbl_name") == "ledger_entry")).all():
            session.connection().exec_driver_sql("DROP TRIGGER " + trigger)
        session.execute(altered)
    done = command("ledger", "check", "--lang", "en")
    assert done.code == 1
    assert "1" in done.out + done.err


def test_a_call_without_its_entry_is_named_when_all_is_decided_again(command: Command, city: Database) -> None:
    assert "0" in command("ledger", "recheck").out
    receipt = new_id()
    with city.write() as session:
        session.execute(insert(Call).values(**call(receipt)))
    done = command("ledger", "recheck", "--lang", "en")
    assert done.code == 1
    assert str(receipt) in done.out
    assert "no such entry" in done.out


def call(receipt: object) -> dict[str, object]:
    texts = ("agreement", "item_code", "operation", "purpose", "case_number", "message_id", "policy", "code")
    numbers = ("status", "rows", "about", "request_bytes", "response_bytes")
    told: dict[str, object] = {**dict.fromkeys(texts, ""), **dict.fromkeys(numbers, 0)}
    return {**told, "receipt_id": receipt, "consumer_id": new_id(), "request_in": NOW, "response_out": NOW}


def test_a_persons_receipts_are_made_nobodys(command: Command, city: Database, tmp_path: Path) -> None:
    settings = opening.chosen(None, {"data": tmp_path / "data"})
    keyring = engines.open_keyring(settings, engines.open_crypto(settings.of(CryptoSettings)))
    number = "990101199003071234"
    token = keyring.blind_index(Purpose.SUBJECTS, number)
    with city.write() as session:
        (subject, _) = ledger.SubjectKeys(keyring).of(session, {token}, held=ledger.hold(session))[token]
        ledger.note_uses(session, [(subject, new_id()), (subject, new_id())], size=3)
    forget = ("ledger", "forget", "--reason", "本人要求", "--lang", "en")
    assert command(*forget[:3], " ", *forget[4:], stdin=f"{number}\n").code == 2
    assert "no receipts" in command(*forget, "--yes", stdin="990101199003075555\n").out
    assert command(*forget, stdin=f"{number}\nn\n").code == 1
    with city.read() as session:
        assert len(ledger.uses_of(session, token)) == 2
    done = command(*forget, stdin=f"{number}\ny\n")
    assert done.code == 0, done.err
    assert "2 receipts" in done.out
    assert number not in done.out + done.err
    with city.read() as session:
        assert ledger.uses_of(session, token) == []
        (deed,) = session.scalars(select(Audit).where(Audit.action == "gateway.person_forgotten"))
    assert deed.after == {"receipts": 2, "reason": "本人要求"}
