"""Checkpoints, who co-signed them, and the receipts that are proved by them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.queries.keys import log_keys
from zhengtong.sharing.ledger.rules import Key, Note, bundle, notes
from zhengtong.sharing.ledger.tables import LedgerCheckpoint, LedgerCosignature, LedgerEntry, LedgerWitness


def latest(session: Session) -> LedgerCheckpoint | None:
    """The newest checkpoint."""
    return session.scalar(select(LedgerCheckpoint).order_by(LedgerCheckpoint.number.desc()).limit(1))


def get_checkpoint(session: Session, number: int) -> LedgerCheckpoint:
    """The checkpoint. Raises CheckpointNotFound."""
    found = session.get(LedgerCheckpoint, number) if 0 < number < 2**63 else None
    if found is None:
        raise errors.CheckpointNotFound(number=number)
    return found


def witnesses(session: Session, *, active: bool = True) -> list[LedgerWitness]:
    """The witnesses, by name."""
    statement = select(LedgerWitness).order_by(LedgerWitness.name)
    return list(session.scalars(statement.where(LedgerWitness.active.is_(True)) if active else statement))


def cosignatures(session: Session, numbers: Sequence[int]) -> dict[int, list[LedgerCosignature]]:
    """The co-signatures of these checkpoints."""
    found: dict[int, list[LedgerCosignature]] = {number: [] for number in numbers}
    for row in session.scalars(select(LedgerCosignature).where(LedgerCosignature.checkpoint.in_(numbers))):
        found[row.checkpoint].append(row)
    return found


def full_note(session: Session, checkpoint: LedgerCheckpoint) -> str:
    """The checkpoint with every co-signature under it."""
    lines = [
        notes.line_of(one)
        for row in cosignatures(session, [checkpoint.number])[checkpoint.number]
        for one in row.lines.splitlines()
    ]
    return str(Note.of(checkpoint.note).with_lines(lines))


def all_keys(session: Session, origin: str) -> list[Key]:
    """The city's keys and those of the witnesses, as a bundle shows them."""
    return log_keys(session, origin) + [Key.of(one) for row in witnesses(session, active=False) for one in row.keys]


def best_checkpoint(session: Session, size: int, needed: int) -> LedgerCheckpoint | None:
    """The first checkpoint over `size` entries that enough witnesses have signed; else the newest that covers them."""
    covering = select(LedgerCheckpoint).where(LedgerCheckpoint.size >= size).order_by(LedgerCheckpoint.number).limit(20)
    rows = list(session.scalars(covering))
    signed = cosignatures(session, [row.number for row in rows])
    return next((row for row in rows if len(signed[row.number]) >= needed), rows[-1] if rows else None)


def receipt_bundle(
    session: Session, index: int, *, origin: str, needed: int, note: str | None = None
) -> dict[str, Any] | None:
    """The entry with its path and a signed root over it, to be verified anywhere; None while no root over it is kept.

    `note`: the signed head of the entry's own group commit, where whoever asks has kept it; a checkpoint with co-signatures is better.
    """
    data = session.scalar(select(LedgerEntry.entry).where(LedgerEntry.index == index))
    if data is None:
        raise errors.EntryNotFound()
    checkpoint = best_checkpoint(session, index + 1, needed)
    told = full_note(session, checkpoint) if checkpoint else note
    if told is None:
        return None
    shown = notes.Checkpoint.of(Note.of(told).text)
    proof = trees.prove(session, index, size=shown.size)
    return bundle(data, proof, shown.root, told, all_keys(session, origin), needed)
