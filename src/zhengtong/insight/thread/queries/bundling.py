"""A thread's proofs in one file that needs nobody: `zhengtong-proofs@1`, verified by `tools/verify.py`.

A line of JSON each: what it is; a receipt for each entry; then what is shown for them (`proves`: the entry's id): the very text that a
digest in the entry is of, a batch by its chunks, a side's seal with the entry by which its key came on the ledger. Only what the reader
may see is shown; what is fixed by a digest alone stays a digest.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from zhengtong.engines.crypto import SealBroken
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.errors import ProofsAbsent
from zhengtong.insight.thread.queries import fans, proofs
from zhengtong.insight.thread.queries.reading import Focus, Reading, body_of
from zhengtong.insight.thread.rules import Shown, Step
from zhengtong.sharing import agreements, gateway, ledger

PROOFS = "zhengtong-proofs@1"


def bundle(reading: Reading, focus: Focus, steps: Iterable[schemas.ThreadStep]) -> bytes:
    """The proofs of every step that the reader sees in full. Raises ProofsAbsent where none is on the ledger yet."""
    seen = {one.step for one in steps if one.shown is Shown.OPEN}
    rows = {row.index: row for step, row in _rows(reading, focus) if step in seen}
    told = {index: gateway.bundle_of(reading.session, index, reading.settings) for index in sorted(rows)}
    proved = [one for one in told.values() if one is not None]
    if not proved:
        raise ProofsAbsent()
    there = {str(rows[index].id) for index, one in told.items() if one is not None}
    head = {
        "format": PROOFS,
        "origin": reading.origin,
        "about": fans.title(focus).zh,
        "count": len(proved),
        "later": len(told) - len(proved),
        "keys": proved[-1]["keys"],
        "witnesses_needed": reading.needed,
    }
    shown = [
        one
        for step, one in _shown(reading, focus)
        if step in seen and {one["proves"], one.get("key", one["proves"])} <= there
    ]
    return b"".join(_line(one) for one in (head, *proved, *shown))


def _rows(reading: Reading, focus: Focus) -> Iterator[tuple[Step, ledger.LedgerEntry]]:
    """The entries of each step."""
    found = [
        (Step.BATCH, proofs.batch_entry(reading, focus)),
        (Step.ITEM, proofs.item_entry(reading, focus)),
        (Step.DECISION, proofs.call_entry(reading, focus)),
    ]
    for row in proofs.seal_entries(reading, focus):
        found += [(Step.AGREEMENT, row), (Step.AGREEMENT, _key_entry(reading, row))]
    yield from ((step, row) for step, row in found if row is not None)


def _shown(reading: Reading, focus: Focus) -> Iterator[tuple[Step, dict[str, Any]]]:
    """What the digests in the entries are of, and the seals."""
    batch, row = focus.batch, proofs.batch_entry(reading, focus)
    if batch is not None and row is not None:
        chunks: dict[str, Any] = {"leaves": batch.leaves} if batch.leaves else {"text": ""}
        yield Step.BATCH, {"step": "batch", "proves": str(row.id), "field": "digest", **chunks}
    version, row = proofs.item_version(reading, focus), proofs.item_entry(reading, focus)
    if version is not None and row is not None:
        yield Step.ITEM, _text("item", row, "digest", ledger.told(version.content))
    if (terms := proofs.terms_of(reading, focus)) is not None:
        yield from ((Step.AGREEMENT, one) for one in _sealed(reading, focus, terms))
    inputs, row = _inputs(reading, focus), proofs.call_entry(reading, focus)
    if inputs is not None and row is not None:
        yield Step.DECISION, _text("decision", row, "inputs", inputs)


def _sealed(reading: Reading, focus: Focus, terms: agreements.AgreementTerms) -> Iterator[dict[str, Any]]:
    """The terms and the text, and each side's seal over them."""
    payload = agreements.seal_payload(terms).decode()
    for row in proofs.seal_entries(reading, focus):
        yield _text("agreement", row, "terms_digest", ledger.canonical(terms.terms))
        if "text_digest" in body_of(row):
            yield _text("agreement", row, "text_digest", ledger.canonical(terms.text))
        if key := _key_entry(reading, row):
            yield {"step": "agreement", "proves": str(row.id), "key": str(key.id), "text": payload}


def _text(step: str, row: ledger.LedgerEntry, name: str, text: bytes) -> dict[str, Any]:
    return {"step": step, "proves": str(row.id), "field": name, "text": text.decode()}


def _inputs(reading: Reading, focus: Focus) -> bytes | None:
    """What the call was decided from, for who may decide past calls again."""
    if focus.call is None or focus.call.inputs is None or not reading.actor.may(gateway.RECHECK):
        return None
    try:
        return gateway.inputs_of(reading.session, reading.keyring, focus.call)
    except SealBroken:
        return None


def _key_entry(reading: Reading, row: ledger.LedgerEntry) -> ledger.LedgerEntry | None:
    """The entry by which the key of a seal came on the ledger."""
    told = body_of(row).get("seal")
    seal = told if isinstance(told, dict) else {}
    rows = proofs.about_member(reading, str(seal.get("member", "")))
    return next((one for one in rows if body_of(one).get("key_id") == seal.get("key_id")), None)


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
