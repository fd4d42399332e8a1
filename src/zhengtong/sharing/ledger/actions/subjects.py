"""Whose receipts are whose: a key a person, kept under seal beside the ledger; destroying it makes them nobody's."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose, random
from zhengtong.kernel.db import new_id
from zhengtong.sharing.ledger.actions.loading import load
from zhengtong.sharing.ledger.tables import LedgerSubject, LedgerSubjectUse

KEY = 32
_SUBJECT = LedgerSubject.__table__.c
_KNOWN = select(_SUBJECT.token, _SUBJECT.id, _SUBJECT.sealed).where(
    _SUBJECT.token.in_(bindparam("tokens", expanding=True))
)


def subject_keys(session: Session, tokens: Sequence[str], *, keyring: Keyring) -> dict[str, tuple[UUID, bytes]]:
    """The keys of these persons by token (a blind index of the number, never the number), made where there is none yet."""
    wanted = set(tokens)
    found: dict[str, tuple[UUID, bytes]] = {}
    for token, id, sealed in session.execute(_KNOWN, {"tokens": sorted(wanted)}):
        found[token] = (id, keyring.open(Purpose.SUBJECTS, sealed or b"", id.bytes))
    made = []
    absent = sorted(wanted - set(found))
    drawn = random(KEY * len(absent))
    for place, token in enumerate(absent):
        id, key = new_id(), drawn[KEY * place : KEY * place + KEY]
        made.append((id, token, keyring.seal(Purpose.SUBJECTS, key, id.bytes)))
        found[token] = (id, key)
    load(session, LedgerSubject, ("id", "token", "sealed"), made)
    return found


def note_uses(session: Session, uses: Iterable[tuple[UUID, UUID]]) -> None:
    """This will keep beside the ledger which receipts (subject's id, entry's id) are whose."""
    load(session, LedgerSubjectUse, ("subject_id", "entry_id"), list(uses))


def uses_of(session: Session, token: str) -> list[UUID]:
    """The ids of a person's receipts, the oldest first; none once the key is destroyed."""
    joined = select(LedgerSubjectUse.entry_id).join(LedgerSubject, LedgerSubject.id == LedgerSubjectUse.subject_id)
    return list(session.scalars(joined.where(LedgerSubject.token == token).order_by(LedgerSubjectUse.entry_id)))


def shred_subject(session: Session, token: str, *, now: datetime) -> int:
    """This will destroy a person's key and the index beside the ledger; returns how many receipts can no more be told to be theirs."""
    row = session.scalar(select(LedgerSubject).where(LedgerSubject.token == token))
    if row is None:
        return 0
    gone = len(uses_of(session, token))
    session.execute(delete(LedgerSubjectUse).where(LedgerSubjectUse.subject_id == row.id))
    row.sealed, row.shredded_at, row.token = None, now, f"shredded-{row.id.hex}"
    session.flush()
    return gone
