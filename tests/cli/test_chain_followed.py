"""The doctor says when the ledger does not follow the chain any more."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from zhengtong import app
from zhengtong.cli import data_checks, schema
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.settings import Settings
from zhengtong.sharing import ledger


@pytest.fixture
def chosen(tmp_path: Path) -> Iterator[Settings]:
    """A city on a chain whose node takes calls."""
    with socket.create_server(("127.0.0.1", 0)) as node:
        nodes = f"http://127.0.0.1:{node.getsockname()[1]}"
        given = {"kernel": {"data": tmp_path}, "chain": {"engine": "cometbft", "nodes": nodes}}
        yield app.load_settings(file=tmp_path / "none.toml", given=given)


def test_entries_that_wait_too_long_and_alarms_are_told(chosen: Settings) -> None:
    assert data_checks.chain(chosen).mark == "ok", "there is no ledger yet"
    assert not (chosen.kernel.data / "zhengtong.sqlite").exists()
    database = Database(chosen.kernel.database_url)
    schema.migrate(database, chosen.kernel.data)
    assert data_checks.chain(chosen).mark == "ok"
    entry = ledger.Entry(
        "points.moved@1", new_id(), clock.now(), ledger.CITY, {"account": "a", "points": 1, "reason": "r"}
    )
    with database.write() as session:
        ledger.set_consensus(session, True, now=clock.now())
        ledger.append(session, [entry], now=clock.now())
    assert data_checks.chain(chosen).mark == "ok"
    with clock.fixed(clock.now() + timedelta(minutes=6)):
        assert data_checks.chain(chosen).mark == "wrong"
    with database.write() as session:
        ledger.note_stop(session, ledger.EntryWrong("entry 7 cannot be read"), now=clock.now())
    found = data_checks.chain(chosen)
    assert (found.mark, "entry 7" in found.found) == ("wrong", True)
    database.close()
