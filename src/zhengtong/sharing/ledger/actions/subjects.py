"""Whose receipts are whose: a key a person, kept under seal beside the ledger; destroying it makes them nobody's."""

import time
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import CTE, and_, bindparam, delete, literal, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose, random
from zhengtong.kernel.db import new_id
from zhengtong.sharing.ledger.actions.loading import load
from zhengtong.sharing.ledger.tables import LedgerHead, LedgerSubject, LedgerSubjectUse

KEY, SPAN = 32, 2048
"""How long a person's key is, in bytes; of how many entries what is whose stands together."""
OPEN_S, OPEN_MOST = 60.0, 20_000
_SUBJECT = LedgerSubject.__table__.c
_KNOWN = select(_SUBJECT.token, _SUBJECT.id, _SUBJECT.sealed).where(
    _SUBJECT.token.in_(bindparam("tokens", expanding=True))
)


class _Opened:
    """Keys as they were opened: in one case many departments ask for one person. They are believed for a minute, and only where the database
    still has them, under the same seal."""

    def __init__(self) -> None:
        self._keys: dict[tuple[Keyring, bytes, bytes], bytes] = {}
        self._until = 0.0

    def key(self, keyring: Keyring, sealed: bytes, id: bytes) -> bytes:
        if time.monotonic() > self._until or len(self._keys) >= OPEN_MOST:
            self.forget()
            self._until = time.monotonic() + OPEN_S
        key = self._keys.get((keyring, sealed, id))
        if key is None:
            key = self._keys[keyring, sealed, id] = keyring.open(Purpose.SUBJECTS, sealed, id)
        return key

    def forget(self) -> None:
        self._keys = {}


_opened = _Opened()


def subject_keys(session: Session, tokens: Collection[str], *, keyring: Keyring) -> dict[str, tuple[UUID, bytes]]:
    """The keys of these persons by token (a blind index of the number, never the number), made where there is none yet."""
    wanted = sorted(set(tokens))
    found: dict[str, tuple[UUID, bytes]] = {}
    for token, id, sealed in session.execute(_KNOWN, {"tokens": wanted}).all():
        found[token] = (id, _opened.key(keyring, sealed or b"", id.bytes))
    made = []
    absent = [token for token in wanted if token not in found]
    drawn = random(KEY * len(absent))
    for place, token in enumerate(absent):
        id, key = new_id(), drawn[KEY * place : KEY * place + KEY]
        made.append((id, token, keyring.seal(Purpose.SUBJECTS, key, id.bytes)))
        found[token] = (id, key)
    load(session, LedgerSubject, ("id", "token", "sealed"), made)
    return found


def note_uses(session: Session, uses: Iterable[tuple[UUID, UUID]], *, size: int) -> None:
    """This will keep beside the ledger which receipts (subject's id, entry's id) are whose. `size`: the ledger's, with the receipts."""
    span = size // SPAN
    load(session, LedgerSubjectUse, ("span", "subject_id", "entry_id"), [(span, *one) for one in uses])


def uses_of(session: Session, token: str) -> list[UUID]:
    """The ids of a person's receipts, the oldest first; none once the key is destroyed."""
    subject = session.scalar(select(LedgerSubject.id).where(LedgerSubject.token == token))
    if subject is None:
        return []
    spans, use = _spans(), LedgerSubjectUse
    found = select(use.entry_id).join(spans, and_(use.span == spans.c.span, use.subject_id == subject))
    return list(session.scalars(found.order_by(use.entry_id)))


def _spans() -> CTE:
    """The number of every span of the ledger."""
    last = select(LedgerHead.size // SPAN).scalar_subquery()
    spans = select(literal(0).label("span")).cte(recursive=True)
    return spans.union_all(select(spans.c.span + 1).where(spans.c.span < last))


def shred_subject(session: Session, token: str, *, now: datetime) -> int:
    """This will destroy a person's key and the index beside the ledger; returns how many receipts can no more be told to be theirs."""
    row = session.scalar(select(LedgerSubject).where(LedgerSubject.token == token))
    if row is None:
        return 0
    gone = len(uses_of(session, token))
    spans = select(_spans().c.span)
    session.execute(
        delete(LedgerSubjectUse).where(LedgerSubjectUse.span.in_(spans), LedgerSubjectUse.subject_id == row.id)
    )
    row.sealed, row.shredded_at, row.token = None, now, f"shredded-{row.id.hex}"
    session.flush()
    _opened.forget()
    return gone
