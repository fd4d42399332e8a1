"""A person's own key destroyed: their receipts stand on the ledger, and nobody can tell any more whose they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway.queries.uses import person_by_number


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The person as the trail names them: by their register's id alone, nought where they are in none."""

    id: UUID


def forget_person(session: Session, actor: Actor, keyring: Keyring, number: str, *, reason: str, now: datetime) -> int:
    """This will destroy the key of the resident or firm of this number, and which receipts are theirs (个人信息保护法 art. 47). Returns how
    many nobody can tell to be theirs any more. Later uses get a new key. Raises PersonUnknown for what is no number."""
    person = person_by_number(session, number, keyring)
    gone = sum(ledger.shred_subject(session, token, now=now) for token in person.tokens)
    if gone:
        after = {"receipts": gone, "reason": reason}
        audit.record(session, actor, "gateway.person_forgotten", Forgotten(person.id), after=after, at=now)
    return gone
