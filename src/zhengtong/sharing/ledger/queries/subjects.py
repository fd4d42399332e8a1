"""By which reference a receipt would name a person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.sharing.ledger.rules import subject_reference
from zhengtong.sharing.ledger.tables import LedgerSubject


def references_of(session: Session, tokens: Sequence[str], receipt_id: UUID, *, keyring: Keyring) -> set[str]:
    """How the receipt would name the person of these tokens; nothing once the key is destroyed."""
    kept = select(LedgerSubject).where(LedgerSubject.token.in_(tokens), LedgerSubject.sealed.is_not(None))
    keys = [keyring.open(Purpose.SUBJECTS, row.sealed or b"", row.id.bytes) for row in session.scalars(kept)]
    return {subject_reference(key, receipt_id) for key in keys}
