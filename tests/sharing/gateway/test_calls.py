"""A governed call from end to end: signed, decided, masked, receipted; and every way in which it is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from tests.sharing.gateway.place import FIRMS, NUMBER, PERSON, Place
from zhengtong.engines.crypto import Purpose
from zhengtong.kernel import clock
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway.tables import Call, Quota

ROW = {"uscc": FIRMS[0], "name": "甲**", "owed_fen": "0~100000", "paid_on": "2026-03-01"}


def entries(place: Place, kind: str) -> list[ledger.Entry]:
    with place.city.database.read() as session:
        found = session.scalars(select(ledger.LedgerEntry).where(ledger.LedgerEntry.type == kind))
        return [ledger.Entry.of(one.entry) for one in found]


def test_a_call_gives_the_agreed_fields_masked_and_a_receipt(place: Place, client: TestClient) -> None:
    answer = place.call(client, "lookup", {"key": {"uscc": FIRMS[0]}})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {name: told["rows"][0][name] for name in ROW} == ROW
    assert set(told["rows"][0]) == {*ROW, "boss_id"}
    assert PERSON not in answer.text
    (entry,) = entries(place, "receipt@1")
    assert str(entry.id) == answer.headers["x-zhengtong-receipt"]
    salt = bytes.fromhex(answer.headers["x-zhengtong-salt"])
    assert entry.body["answer"] == ledger.sm3(salt + answer.content).hex()
    assert entry.body["rows"] == 1
    assert "owed_fen:general:100000" in entry.body["fields"]
    assert FIRMS[0] not in json.dumps(entry.body)
