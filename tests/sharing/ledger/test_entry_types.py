"""Each type of entry is frozen: its canonical bytes and leaf stand in golden/, written once (ZT_TEST_WRITE=1) and never changed."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from zhengtong.sharing import ledger
from zhengtong.sharing.gateway.rules import receipts
from zhengtong.sharing.ledger.rules.entries import TYPES

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 3, 5, 1, 2, 3, 456789, tzinfo=UTC)
ID, TAX, LABOUR = UUID(int=7), "a" * 32, "b" * 32
DIGEST, KEY = "ab" * 32, "04" + "cd" * 64
SEAL = {"member": TAX, "key_id": "0011223344556677", "custody": "department", "signature": "ef" * 64}
SAID = receipts.Said("XY-2026-0001", "SJ-1", "lookup", "job_subsidy", LABOUR, "c" * 32, "contract@1", DIGEST, DIGEST)
OF_KEY = {"member": TAX, "key_id": "0011223344556677", "public": KEY, "custody": "platform"}
OF_TERMS = {"agreement_id": "d" * 32, "number": "XY-2026-0001", "version": 1, "terms_digest": DIGEST,
            "valid_from": "2026-03-01", "valid_to": "2027-02-28"}  # fmt: skip
OF_STATE = {"agreement_id": "d" * 32, "version": 1, "reason": "超出目的使用，先停后查"}
BODIES: dict[str, dict[str, Any]] = {
    "member.joined@1": {**OF_KEY, "name": "云溪市税务局"},
    "member.key_rotated@1": {**OF_KEY, "custody": "department", "replaces": "8899aabbccddeeff"},
    "member.key_revoked@1": {"member": TAX, "key_id": "0011223344556677", "reason": "密钥卡遗失"},
    "member.left@1": {"member": TAX, "reason": "并入市财政局"},
    "item.version@1": {"item_id": str(ID), "code": "SJ-1", "version": 2, "digest": DIGEST, "level": "general_3", "share_type": "conditional"},
    "batch.landed@1": {"batch_id": str(ID), "item_id": str(ID), "digest": DIGEST, "rows": 3, "table": "market/firms", "version": 4,
                       "files": {"part-0.parquet": DIGEST}},
    "agreement.proposed@1": {**OF_TERMS, "provider": TAX, "consumer": LABOUR},
    "agreement.countersigned@1": {"agreement_id": "d" * 32, "version": 1, "terms_digest": DIGEST, "seal": SEAL},
    "agreement.changed@1": {**OF_TERMS, "version": 2},
    "agreement.proposed@2": {**OF_TERMS, "text_digest": "cd" * 32, "provider": TAX, "consumer": LABOUR},
    "agreement.countersigned@2": {"agreement_id": "d" * 32, "version": 1, "terms_digest": DIGEST, "text_digest": "cd" * 32, "seal": SEAL},
    "agreement.changed@2": {**OF_TERMS, "text_digest": "cd" * 32, "version": 2},
    "agreement.suspended@1": OF_STATE,
    "agreement.resumed@1": OF_STATE,
    "agreement.ended@1": OF_STATE,
    "decision@1": receipts.decision_body(SAID),
    "receipt@1": receipts.receipt_body(
        SAID, contract=("d" * 32, 1, TAX), fields={"uscc": "full", "name": "partial"}, data=("2.4", 1), answer=DIGEST, subjects=[DIGEST]
    ),
    "points.moved@1": {"account": TAX, "points": -5, "reason": "答复逾期"},
    "audit.head@1": {"seq": 1024, "digest": DIGEST},
    "anchor@1": {"digest": DIGEST, "size": 2048},
}  # fmt: skip


def test_every_type_is_frozen() -> None:
    assert BODIES.keys() == TYPES.keys()
    assert {path.stem for path in GOLDEN.glob("*.json")} == TYPES.keys()


@pytest.mark.parametrize("type", sorted(TYPES))
def test_an_entry_of_a_type_has_the_bytes_and_the_leaf_it_always_had(type: str) -> None:
    data = ledger.Entry(type, ID, AT, TAX, BODIES[type]).to_bytes()
    told = {"entry": data.decode(), "leaf_sm3": ledger.leaf_hash(ledger.sm3, data).hex()}
    file = GOLDEN / f"{type}.json"
    if os.environ.get("ZT_TEST_WRITE") and not file.exists():
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert json.loads(file.read_text("utf-8")) == told
    assert ledger.Entry.of(data) == ledger.Entry(type, ID, AT, TAX, BODIES[type])


@pytest.mark.parametrize("type", sorted(name for name, fields in TYPES.items() if fields))
def test_an_entry_that_lacks_a_field_or_has_it_of_another_kind_is_refused(type: str) -> None:
    for name, kind in TYPES[type].items():
        lacking = {key: value for key, value in BODIES[type].items() if key != name}
        for body in (lacking, {**lacking, name: 1 if kind is not int else "1"}):
            with pytest.raises(ledger.EntryWrong, match=name):
                ledger.Entry(type, ID, AT, TAX, body).to_bytes()
