"""Whose keys there are, and what a seal must fit."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, KeyInvalid, PublicKey
from zhengtong.kernel.settings import Settings
from zhengtong.sharing.ledger.queries import states
from zhengtong.sharing.ledger.rules import CITY, Key
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.rules.seals import Seal, message_of
from zhengtong.sharing.ledger.settings import Ledger
from zhengtong.sharing.ledger.tables import LedgerKey, LedgerSealRequest

SM2, ED25519 = "sm2", "ed25519"
PLATFORM, DEPARTMENT = "platform", "department"

_IS_PRESENT = (
    LedgerKey.member == bindparam("member"),
    LedgerKey.kind == bindparam("kind"),
    LedgerKey.replaced_at.is_(None),
    LedgerKey.revoked_at.is_(None),
)
_PRESENT = select(LedgerKey).where(*_IS_PRESENT)
_SIGNER = select(LedgerKey.id, LedgerKey.kind, LedgerKey.public, LedgerKey.sealed).where(*_IS_PRESENT)


class Signer(NamedTuple):
    """What is needed of a key to sign with it."""

    id: UUID
    kind: str
    public: bytes
    sealed: bytes | None


def origin_of(settings: Settings) -> str:
    """The name under which this city's log signs."""
    return settings.of(Ledger).origin or f"zhengtong.{settings.kernel.city_code}.ledger"


def member_of(department_id: UUID) -> str:
    """How a department is named on the ledger."""
    return department_id.hex


def present_key(session: Session, member: str, kind: str = SM2) -> LedgerKey | None:
    """The key with which a member signs now; None before its first, or where that is revoked."""
    return session.scalar(_PRESENT, {"member": member, "kind": kind})


def present_signer(session: Session, member: str) -> Signer | None:
    """As much of that SM2 key as signing needs."""
    row = session.connection().execute(_SIGNER, {"member": member, "kind": SM2}).one_or_none()
    return Signer(*row) if row else None


def custody_of(session: Session, department_id: UUID) -> str:
    """Where the department's present key is kept: "platform" (also before it has one) or "department"."""
    key = present_key(session, member_of(department_id))
    return key.custody if key else PLATFORM


def signed_there(session: Session, department_id: UUID, payload: bytes) -> Seal | None:
    """The seal that the department's own signer has given these bytes, by its present key; None while it has not."""
    key = present_key(session, member_of(department_id))
    place = (LedgerSealRequest.department_id == department_id, LedgerSealRequest.digest == sm3(payload).hex())
    row = session.scalar(select(LedgerSealRequest).where(*place))
    if key is None or row is None or row.signature is None or row.key_id != key.key_id:
        return None
    return Seal(key.member, key.key_id, key.custody, row.signature.hex())


def keys_of(session: Session, member: str) -> list[LedgerKey]:
    """Every key a member has had, the newest first."""
    return list(session.scalars(select(LedgerKey).where(LedgerKey.member == member).order_by(LedgerKey.made_at.desc())))


def log_keys(session: Session, origin: str) -> list[Key]:
    """The keys that have signed this log's checkpoints, revoked ones left out."""
    rows = session.scalars(
        select(LedgerKey)
        .where(LedgerKey.member == CITY, LedgerKey.revoked_at.is_(None))
        .order_by(LedgerKey.made_at.desc())
    )
    return [note_key(row, origin) for row in rows]


def note_key(row: LedgerKey | Signer, origin: str) -> Key:
    """A key of the city as its notes name it."""
    return Key(origin, row.kind, row.public)


def verify_seal(session: Session, seal: Seal, payload: bytes, *, crypto: Crypto) -> bool:
    """True where the seal is the member's own over these bytes, by a key that the ledger knows and that is not revoked."""
    member = states.member(session, seal.member)
    key = member["keys"].get(seal.key_id) if member else None
    if key is None or key["revoked"] or key["custody"] != seal.custody:
        return False
    try:
        return fits(crypto, bytes.fromhex(key["public"]), bytes.fromhex(seal.signature), payload)
    except ValueError:
        return False


def fits(crypto: Crypto, public: bytes, signature: bytes, payload: bytes) -> bool:
    """True where the signature is this key's over the payload as a seal."""
    try:
        return crypto.verify(PublicKey.from_bytes(public), signature, message_of(payload))
    except KeyInvalid:
        return False


def sealed_by_all(session: Session, seals: Sequence[Seal], payload: bytes, *, crypto: Crypto) -> bool:
    """True where every seal holds over the same bytes."""
    return all(verify_seal(session, one, payload, crypto=crypto) for one in seals)
