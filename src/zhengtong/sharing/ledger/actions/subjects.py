"""Whose receipts are whose: a key a person, kept under seal beside the ledger; destroying it makes them nobody's."""

import time
from collections.abc import Iterable, Set
from datetime import datetime
from uuid import UUID

from sqlalchemy import CTE, and_, bindparam, delete, literal, select, update
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring, Purpose, random
from zhengtong.kernel.db import new_id
from zhengtong.sharing.ledger.actions.appending import Held, hold
from zhengtong.sharing.ledger.actions.loading import load
from zhengtong.sharing.ledger.tables import LedgerHead, LedgerSubject, LedgerSubjectUse

KEY, SPAN = 32, 2048
"""How long a person's key is, in bytes; of how many entries what is whose stands together."""
OPEN_S, OPEN_MOST = 60.0, 20_000
_SUBJECT = LedgerSubject.__table__.c
_KNOWN = select(_SUBJECT.token, _SUBJECT.id, _SUBJECT.sealed).where(
    _SUBJECT.token.in_(bindparam("tokens", expanding=True))
)


class SubjectKeys:
    """The keys of persons as one process has opened them: in one case many departments ask for one person. They are believed for a minute,
    and until one of the city's is destroyed, in whichever process."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._known: dict[str, tuple[UUID, bytes]] = {}
        self._shredded, self._until = 0, 0.0

    def of(self, session: Session, tokens: Set[str], *, held: Held) -> dict[str, tuple[UUID, bytes]]:
        """The keys of these persons by token (a blind index of the number, never the number), made where there is none yet. `held`: the
        ledger's head, as this transaction holds it."""
        now = time.monotonic()
        if held.shredded != self._shredded or now > self._until or len(self._known) > OPEN_MOST:
            self.forget()
            self._shredded, self._until = held.shredded, now + OPEN_S
        known = self._known
        if not tokens <= known.keys():
            known |= _found(session, tokens - known.keys(), self._keyring)
        found = {token: known[token] for token in tokens if token in known}
        return found if len(found) == len(tokens) else found | _made(session, tokens - found.keys(), self._keyring)

    def forget(self) -> None:
        """This will read them anew."""
        self._known = {}


def _found(session: Session, tokens: Set[str], keyring: Keyring) -> dict[str, tuple[UUID, bytes]]:
    rows = session.execute(_KNOWN, {"tokens": sorted(tokens)}).all()
    return {token: (id, keyring.open(Purpose.SUBJECTS, sealed or b"", id.bytes)) for token, id, sealed in rows}


def _made(session: Session, tokens: Set[str], keyring: Keyring) -> dict[str, tuple[UUID, bytes]]:
    made = {token: (new_id(), random(KEY)) for token in sorted(tokens)}
    rows = [(id, token, keyring.seal(Purpose.SUBJECTS, key, id.bytes)) for token, (id, key) in made.items()]
    load(session, LedgerSubject, ("id", "token", "sealed"), rows)
    return made


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
    """This will destroy a person's key and the index beside the ledger; returns how many receipts can no more be told to be theirs. Whoever
    appends afterwards, in whichever process, believes no key any more that it has in memory."""
    held = hold(session)
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
    session.execute(update(LedgerHead).values(shredded=held.shredded + 1))
    return gone
