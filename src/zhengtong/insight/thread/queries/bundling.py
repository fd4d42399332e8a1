"""A thread's proofs in one file that needs nobody: `zhengtong-thread@1`, verified by `tools/verify.py`.

`receipts`: the ledger's entries of the steps, each with its path and a signed root. `evidence`: the very bytes that an entry's digest is
of, where the reader may see them (an item's version, terms, a decision's inputs, a batch's chunks). `seals`: a side's signature, and the
entry by which its key came on the ledger.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from zhengtong.engines.crypto import Purpose, SealBroken
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.errors import ProofsAbsent
from zhengtong.insight.thread.queries import proofs
from zhengtong.insight.thread.queries.reading import Focus, Reading, body_of
from zhengtong.insight.thread.rules import Kind, Shown, Step
from zhengtong.sharing import agreements, gateway, ledger

THREAD = "zhengtong-thread@1"


def bundle(reading: Reading, focus: Focus, steps: Iterable[schemas.ThreadStep]) -> dict[str, Any]:
    """The proofs of every step that the reader sees in full. Raises ProofsAbsent where none is on the ledger yet."""
    seen = {one.step for one in steps if one.shown is Shown.OPEN}
    seals = list(_seals(reading, focus)) if Step.AGREEMENT in seen else []
    rows = {step: row for step, row in _rows(reading, focus) if step in seen}
    wanted = [(step.value, row) for step, row in rows.items()]
    wanted += [(Step.AGREEMENT.value, row) for one in seals for row in one["rows"]]
    receipts: list[dict[str, Any]] = []
    notes: dict[str, Any] = {}
    for step, row in {row.id: (step, row) for step, row in wanted}.values():
        told = gateway.bundle_of(reading.session, row.index, reading.settings)
        if told is not None:
            receipts.append({**{name: told[name] for name in _OF_ENTRY}, "step": step})
            notes = {name: told[name] for name in ("keys", "witnesses_needed")}
    if not receipts:
        raise ProofsAbsent()
    return {
        "format": THREAD,
        "about": {"kind": focus.kind.value, "id": focus.id},
        "made_at": reading.now.isoformat(),
        "receipts": sorted(receipts, key=lambda one: one["index"]),
        "evidence": [one for one in _evidence(reading, focus) if Step(one["step"]) in seen],
        "seals": [{name: value for name, value in one.items() if name != "rows"} for one in seals],
        **notes,
    }


_OF_ENTRY = ("entry", "index", "tree_size", "path", "root", "note")


def _rows(reading: Reading, focus: Focus) -> Iterator[tuple[Step, ledger.LedgerEntry]]:
    """The entry of each step."""
    call = proofs.call_entry(reading, focus)
    last = Step.VIEW if focus.kind is Kind.USE else Step.CALL if call and call.type == "receipt@1" else Step.DECISION
    for step, row in (
        (Step.BATCH, proofs.batch_entry(reading, focus)),
        (Step.ITEM, proofs.item_entry(reading, focus)),
        (last, call),
    ):
        if row is not None:
            yield step, row


def _evidence(reading: Reading, focus: Focus) -> Iterator[dict[str, Any]]:
    """What the digests in the entries are of."""
    batch, row = focus.batch, proofs.batch_entry(reading, focus)
    if batch is not None and row is not None:
        yield {"step": "batch", "entry": str(row.id), "field": "digest", "leaves": list(batch.leaves)}
    version, row = proofs.item_version(reading, focus), proofs.item_entry(reading, focus)
    if version is not None and row is not None:
        yield {"step": "item", "entry": str(row.id), "field": "digest", "text": ledger.told(version.content).decode()}
    terms, rows = proofs.terms_of(reading, focus), proofs.seal_entries(reading, focus)
    if terms is not None and rows:
        text = ledger.canonical(terms.terms).decode()
        yield {"step": "agreement", "entry": str(rows[-1].id), "field": "terms_digest", "text": text}
    call, row = focus.call, proofs.call_entry(reading, focus)
    if call is not None and call.inputs and row is not None and reading.actor.may(gateway.RECHECK):
        try:
            inputs = reading.keyring.open(Purpose.DATABASE, call.inputs, call.receipt_id.bytes)
        except SealBroken:
            return
        yield {"step": "decision", "entry": str(row.id), "field": "inputs", "text": inputs.decode()}


def _seals(reading: Reading, focus: Focus) -> Iterator[dict[str, Any]]:
    """Each side's signature over the terms, with the entries that prove it and the signer's key."""
    terms = proofs.terms_of(reading, focus)
    for row in proofs.seal_entries(reading, focus):
        told = body_of(row).get("seal", {})
        key = _key_entry(reading, str(told.get("member", "")), str(told.get("key_id", "")))
        if terms is None or key is None:
            continue
        payload = agreements.seal_payload(terms.agreement_id, terms.number, terms.digest)
        yield {"entry": str(row.id), "key": str(key.id), "payload": payload.decode(), "rows": (row, key)}


def _key_entry(reading: Reading, member: str, key_id: str) -> ledger.LedgerEntry | None:
    """The entry by which a member's key came on the ledger."""
    rows = proofs.about_member(reading, member) if member else []
    return next((row for row in rows if body_of(row).get("key_id") == key_id), None)
