"""What is signed: the head of each group commit, checkpoints, and departments' seals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring, PublicKey, Purpose
from zhengtong.kernel import audit, clock, wake
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions import keys
from zhengtong.sharing.ledger.actions.appending import TOPIC, Held
from zhengtong.sharing.ledger.events import SealGiven
from zhengtong.sharing.ledger.permissions import SEAL
from zhengtong.sharing.ledger.queries import states, trees
from zhengtong.sharing.ledger.queries.keys import (
    DEPARTMENT,
    ED25519,
    fits,
    member_of,
    note_key,
    present_key,
    present_signer,
    signed_there,
)
from zhengtong.sharing.ledger.rules import CITY, Checkpoint, Note, notes
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.rules.seals import Seal, greeting, message_of
from zhengtong.sharing.ledger.tables import LedgerHead, LedgerSealRequest

_HEAD = LedgerHead.__table__.c
_STATE_HASH = select(_HEAD.state_hash).where(_HEAD.id == trees.ONE)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The head with the city's signature, as a note."""

    size: int
    root: bytes
    state: bytes
    note: str
    at: datetime


def sign_head(
    session: Session,
    *,
    origin: str,
    keyring: Keyring,
    crypto: Crypto,
    now: datetime,
    stock: bool = False,
    held: Held | None = None,
) -> SignedHead:
    """This will sign the head as it stands in this transaction: once a group commit, whatever it holds.

    `stock`: with an Ed25519 line too, which every stock verifier of transparency logs can check.
    `held`: the head as this transaction holds it.
    """
    if held is None:
        head, state = trees.head(session), _state_hash(session)
    else:
        head = trees.Head(held.frontier.size, held.frontier.root(sm3), held.contract_seq)
        state = held.state_hash or _state_hash(session)
    text = Checkpoint(origin, head.size, head.root, state).text()
    row = present_signer(session, CITY) or keys.city_key(session, keyring=keyring, crypto=crypto, now=now)
    signature = crypto.sign(keys.private_key(row, keyring), text.encode())
    lines = [notes.signed_line(note_key(row, origin), signature)]
    if stock:
        lines.append(_stock_line(session, origin, text, keyring=keyring, crypto=crypto, now=now))
    return SignedHead(head.size, head.root, state, str(Note(text, tuple(lines))), now)


def sign_text(session: Session, text: str, *, origin: str, keyring: Keyring, crypto: Crypto, now: datetime) -> str:
    """The text as a note that the city has signed. Its first line must say what it is and differ from every log's origin."""
    row = keys.city_key(session, keyring=keyring, crypto=crypto, now=now)
    signature = crypto.sign(keys.private_key(row, keyring), text.encode())
    return str(Note(text, (notes.signed_line(note_key(row, origin), signature),)))


def _stock_line(
    session: Session, origin: str, text: str, *, keyring: Keyring, crypto: Crypto, now: datetime
) -> notes.Line:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    row = keys.city_key(session, ED25519, keyring=keyring, crypto=crypto, now=now)
    secret = keyring.open(Purpose.SIGNING, row.sealed or b"", row.id.bytes)
    signature = ed25519.Ed25519PrivateKey.from_private_bytes(secret).sign(text.encode())
    return notes.signed_line(note_key(row, origin), signature)


def _state_hash(session: Session) -> bytes:
    """The hash of the state; computed again only when an entry has changed it."""
    kept: bytes | None = session.scalar(_STATE_HASH)
    if kept is None:
        kept = states.state_hash(session)
        session.execute(update(LedgerHead).where(LedgerHead.id == trees.ONE).values(state_hash=kept))
    return kept


def seal(
    session: Session,
    actor: Actor,
    department_id: UUID,
    payload: bytes,
    *,
    keyring: Keyring,
    crypto: Crypto,
    now: datetime,
) -> Seal:
    """This will sign the payload with the department's key, which becomes a member if it is none yet. Needs SEAL there, and step-up.

    Where the department keeps its key itself, what its signer has signed is taken: put it there first by `ask_signer`.
    Raises SignerNeeded, KeyRevoked.
    """
    place = keys.Place(department_id)
    require(actor, SEAL, place, now=now)
    key = keys.join(session, department_id, keyring=keyring, crypto=crypto, now=now)
    if key.custody == DEPARTMENT:
        found = signed_there(session, department_id, payload)
        if found is None:
            raise errors.SignerNeeded(name=keys.name_of(session, department_id))
        return found
    signature = crypto.sign(keys.private_key(key, keyring), message_of(payload))
    audit.record(
        session, actor, "ledger.sealed", place, after={"digest": sm3(payload).hex(), "key": key.key_id}, at=now
    )
    return Seal(key.member, key.key_id, key.custody, signature.hex())


def ask_signer(
    session: Session, actor: Actor, department_id: UUID, payload: bytes, *, about: str, now: datetime
) -> LedgerSealRequest:
    """This will put the payload before the department's own signer; asked again, it is the same request. Needs SEAL there, and step-up."""
    require(actor, SEAL, keys.Place(department_id), now=now)
    digest = sm3(payload).hex()
    place = (LedgerSealRequest.department_id == department_id, LedgerSealRequest.digest == digest)
    row = session.scalar(select(LedgerSealRequest).where(*place))
    if row is None:
        row = LedgerSealRequest(id=new_id(), department_id=department_id, digest=digest, payload=payload)
        session.add(row)
    if row.state != "signed":
        row.about, row.state, row.asked_at = about[:400], "waiting", now
        row.asked_by, row.asked_by_name = actor.subject, actor.name
    session.flush()
    wake.ring(session, TOPIC)
    return row


def take_signature(
    session: Session, request: LedgerSealRequest, signature: bytes, *, crypto: Crypto, now: datetime
) -> None:
    """This will take what the department's signer has signed: the signature itself is who it is. Raises SealWrong."""
    key = present_key(session, member_of(request.department_id))
    if key is None or key.custody != DEPARTMENT or not fits(crypto, key.public, signature, request.payload):
        raise errors.SealWrong()
    request.signature, request.key_id, request.state, request.done_at = signature, key.key_id, "signed", now
    announce(session, SealGiven(request.department_id, request.id, request.digest, now))
    wake.ring(session, TOPIC)


def refuse_signature(session: Session, request: LedgerSealRequest, *, now: datetime) -> None:
    """This will note that the department's officer did not sign."""
    request.state, request.done_at = "refused", now
    wake.ring(session, TOPIC)


def recognise(
    session: Session,
    department_id: UUID,
    seconds: int,
    signature: bytes,
    *,
    crypto: Crypto,
    now: datetime,
    clock_s: int,
) -> None:
    """Raises SignerUnknown unless the department's own key has just signed this greeting."""
    key = present_key(session, member_of(department_id))
    late = abs(int(clock.outside(now).timestamp()) - seconds) > clock_s
    if late or key is None or key.custody != DEPARTMENT:
        raise errors.SignerUnknown()
    if not crypto.verify(PublicKey(key.public), signature, greeting(key.member, seconds)):
        raise errors.SignerUnknown()
