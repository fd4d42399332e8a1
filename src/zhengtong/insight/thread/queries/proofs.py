"""What the ledger has of a step, and how that proof stands: cheap enough for every page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from zhengtong.data import catalogue
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.queries.reading import Focus, Reading, body_of
from zhengtong.insight.thread.rules import Proved, standing
from zhengtong.sharing import agreements, gateway, ledger


def batch_entry(reading: Reading, focus: Focus) -> ledger.LedgerEntry | None:
    """The entry of the batch: it bears the batch's own id."""
    return ledger.find(reading.session, focus.batch.id) if focus.batch else None


def item_entry(reading: Reading, focus: Focus) -> ledger.LedgerEntry | None:
    """The entry of the item's version on this thread."""
    if focus.item is None:
        return None
    number = focus.version or focus.item.in_force
    rows = _about(reading, "item.version@1", focus.item.id)
    return next((row for row in rows if body_of(row).get("version") == number), None)


def item_version(reading: Reading, focus: Focus) -> catalogue.ItemVersion | None:
    """The item's version on this thread."""
    number = (focus.version or focus.item.in_force or focus.item.draft) if focus.item else None
    if focus.item is None or number is None:
        return None
    return reading.session.get(catalogue.ItemVersion, (focus.item.id, number))


def seal_entries(reading: Reading, focus: Focus) -> list[ledger.LedgerEntry]:
    """The entries by which both sides have sealed this version of the terms, in order."""
    if focus.agreement is None:
        return []
    kinds = (f"agreement.countersigned@{form}" for form in (1, 2))
    rows = [row for kind in kinds for row in _about(reading, kind, focus.agreement.id)]
    return [row for row in rows if body_of(row).get("version") == focus.terms_version]


def terms_of(reading: Reading, focus: Focus) -> agreements.AgreementTerms | None:
    """The version of the terms on this thread."""
    if focus.agreement is None or focus.terms_version is None:
        return None
    return reading.session.get(agreements.AgreementTerms, (focus.agreement.id, focus.terms_version))


def terms_digest(reading: Reading, terms: agreements.AgreementTerms) -> str:
    """The fingerprint of the terms as they are kept now, every byte of them."""
    try:
        return ledger.sm3(ledger.canonical(terms.terms)).hex()
    except ValueError:
        return ""


def text_fits(terms: agreements.AgreementTerms, row: ledger.LedgerEntry) -> bool:
    """Whether the agreement's text, as it is kept now, is the one that the seal's entry fixed."""
    fixed = {name: told for name, told in body_of(row).items() if name == "text_digest"}
    return agreements.text_facts(terms) == fixed


def call_entry(reading: Reading, focus: Focus) -> ledger.LedgerEntry | None:
    """The entry of the call: a receipt, or the decision by which it was refused."""
    return ledger.find(reading.session, focus.call.receipt_id) if focus.call else None


def batch_proof(reading: Reading, focus: Focus) -> schemas.ThreadProof | None:
    """That the batch is on the ledger as it was read."""
    if focus.batch is None:
        return None
    row = batch_entry(reading, focus)
    fits = body_of(row).get("digest") == focus.batch.digest
    return proof(reading, row, focus.batch.digest, fits=fits, at=focus.batch.at)


def item_proof(reading: Reading, focus: Focus) -> schemas.ThreadProof | None:
    """That the item's version says what it said when it was published."""
    version = item_version(reading, focus)
    if version is None or version.published_at is None:
        return None
    row, now = item_entry(reading, focus), ledger.sm3(ledger.told(version.content)).hex()
    told = str(body_of(row).get("digest", now))
    return proof(reading, row, told, fits=told == now, at=version.published_at)


def agreement_proof(reading: Reading, focus: Focus) -> schemas.ThreadProof | None:
    """That the terms are those which both sides have sealed."""
    terms, rows = terms_of(reading, focus), seal_entries(reading, focus)
    if terms is None:
        return None
    digests = {terms.digest, terms_digest(reading, terms), *(str(body_of(row).get("terms_digest")) for row in rows)}
    both, text = len(rows) >= 2, all(text_fits(terms, row) for row in rows)
    return proof(
        reading,
        rows[-1] if both else None,
        terms.digest,
        fits=text and len(digests) == 1,
        at=terms.in_force_at or reading.now,
    )


def decision_proof(reading: Reading, focus: Focus) -> schemas.ThreadProof | None:
    """That what was decided, and from what, stands on the ledger."""
    if focus.call is None:
        return None
    row = call_entry(reading, focus)
    return proof(reading, row, str(body_of(row).get("inputs", "")), fits=bool(body_of(row)), at=focus.call.response_out)


def call_proof(reading: Reading, focus: Focus) -> schemas.ThreadProof | None:
    """That the receipt stands on the ledger and says what the record of the call says."""
    if focus.call is None:
        return None
    row = call_entry(reading, focus)
    return proof(
        reading,
        row,
        row.leaf.hex() if row else "",
        fits=not differing(focus.call, body_of(row)),
        at=focus.call.response_out,
    )


def differing(call: gateway.Call, body: Mapping[str, Any]) -> list[str]:
    """What the record of a call and its receipt say otherwise."""
    kept: dict[str, object] = {
        "agreement": call.agreement,
        "consumer": call.consumer_id.hex,
        "item": call.item_code,
        "operation": call.operation,
        "policy": call.policy,
        "purpose": call.purpose,
    }
    if not call.code:
        kept |= {"contract": str(call.agreement_id) if call.agreement_id else "", "rows": call.rows}
    return [name for name, value in kept.items() if not _same(body.get(name), value)]


def proof(
    reading: Reading, row: ledger.LedgerEntry | None, digest: str, *, fits: bool, at: datetime | None
) -> schemas.ThreadProof:
    """How the proof stands."""
    whole = row is not None and ledger.leaf_hash(ledger.sm3, row.entry) == row.leaf
    point = ledger.best_checkpoint(reading.session, row.index + 1, reading.needed) if row else None
    covered = point is not None or (row is not None and _signed_with_its_group(reading, row))
    state = standing(found=row is not None, fits=fits and whole, covered=covered, at=at, now=reading.now)
    return schemas.ThreadProof(
        state=state,
        digest=digest,
        type=row.type if row else "",
        index=row.index if row else None,
        entry_id=row.id if row else None,
        checkpoint=point.number if point else None,
        size=point.size if point else None,
        cosigners=len(cosigners(reading, point)) if point else 0,
    )


def cosigners(reading: Reading, point: ledger.LedgerCheckpoint) -> list[str]:
    """The witnesses under a checkpoint, by name."""
    try:
        note = ledger.Note.of(ledger.full_note(reading.session, point))
    except ledger.NoteWrong:
        return []
    return sorted({line.name for line in note.lines} - {reading.origin})


def newest_over(reading: Reading, index: int) -> schemas.ThreadCheckpoint | None:
    """The checkpoint that covers everything up to an entry."""
    point = ledger.best_checkpoint(reading.session, index + 1, reading.needed)
    if point is None:
        return None
    names = cosigners(reading, point)
    return schemas.ThreadCheckpoint(
        number=point.number, size=point.size, at=point.at, cosigners=names, needed=reading.needed
    )


def is_proven(told: schemas.ThreadProof | None) -> bool:
    return told is not None and told.state is Proved.PROVEN


def about_member(reading: Reading, member: str) -> list[ledger.LedgerEntry]:
    """The entries by which a member's keys came on the ledger."""
    one = ledger.LedgerEntry
    keys = one.type.in_(("member.joined@1", "member.key_rotated@1"))
    return list(reading.session.scalars(select(one).where(keys, one.about == member).order_by(one.index)))


def _signed_with_its_group(reading: Reading, row: ledger.LedgerEntry) -> bool:
    if row.type not in ("receipt@1", "decision@1"):
        return False
    try:
        return gateway.bundle_of(reading.session, row.index, reading.settings) is not None
    except ValueError:
        return False


def _about(reading: Reading, type: str, id: UUID) -> list[ledger.LedgerEntry]:
    one = ledger.LedgerEntry
    statement = select(one).where(one.type == type, one.about == str(id)).order_by(one.index)
    return list(reading.session.scalars(statement))


def _same(told: object, kept: object) -> bool:
    """Codes are kept cut to their column, ids in hex or with dashes."""
    if isinstance(told, str) and isinstance(kept, str):
        return told.replace("-", "") == kept.replace("-", "") or (len(kept) >= 40 and told.startswith(kept))
    return told == kept
