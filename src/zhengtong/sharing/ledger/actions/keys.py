"""Keys of the city and its members: made, sealed, used, replaced, revoked. The ledger says which key is whose, and since when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, KeyInvalid, Keyring, PrivateKey, PublicKey, Purpose
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.office import identity
from zhengtong.sharing.ledger import errors
from zhengtong.sharing.ledger.actions.appending import append
from zhengtong.sharing.ledger.permissions import KEYS, MANAGE
from zhengtong.sharing.ledger.queries.keys import (
    DEPARTMENT,
    ED25519,
    PLATFORM,
    SM2,
    Signer,
    keys_of,
    member_of,
    present_key,
)
from zhengtong.sharing.ledger.rules import CITY, Entry
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.tables import LedgerKey


def key_id_of(public: bytes) -> str:
    """How a key is named: the first eight bytes of its digest."""
    return sm3(public)[:8].hex()


def city_key(session: Session, kind: str = SM2, *, keyring: Keyring, crypto: Crypto, now: datetime) -> LedgerKey:
    """The city's own key for checkpoints, made when it is first needed."""
    return present_key(session, CITY, kind) or _new_key(session, CITY, kind, keyring=keyring, crypto=crypto, now=now)


def join(session: Session, department_id: UUID, *, keyring: Keyring, crypto: Crypto, now: datetime) -> LedgerKey:
    """This will make the department a member with a key of its own, kept here under seal; once is enough."""
    member = member_of(department_id)
    key = present_key(session, member)
    if key:
        return key
    if _had_keys(session, member):
        raise errors.KeyRevoked(name=name_of(session, department_id))
    key = _new_key(session, member, SM2, keyring=keyring, crypto=crypto, now=now)
    body = {**_told(key), "name": name_of(session, department_id)}
    append(session, [Entry("member.joined@1", new_id(), now, member, body)], now=now)
    return key


def rotate_key(
    session: Session,
    actor: Actor,
    department_id: UUID,
    *,
    public: bytes | None,
    keyring: Keyring,
    crypto: Crypto,
    now: datetime,
) -> LedgerKey:
    """This will put a new key in the place of the department's present one; what the old one signed stays valid.

    `public`: the key that the department keeps itself (its signer's); None: one kept here. Needs KEYS there. Raises KeyWrong.
    """
    require(actor, KEYS, Place(department_id), now=now)
    member = member_of(department_id)
    before = present_key(session, member)
    if before is None and not _had_keys(session, member):
        before = join(session, department_id, keyring=keyring, crypto=crypto, now=now)
    if before:
        before.replaced_at = now
        session.flush()
    key = (
        _own_key(session, member, public, now)
        if public
        else _new_key(session, member, SM2, keyring=keyring, crypto=crypto, now=now)
    )
    body = {**_told(key), "replaces": before.key_id if before else ""}
    append(session, [Entry("member.key_rotated@1", new_id(), now, member, body)], now=now)
    audit.record(
        session,
        actor,
        "ledger.key_rotated",
        Place(department_id),
        after={"key": key.key_id, "custody": key.custody},
        at=now,
    )
    return key


def revoke_key(session: Session, actor: Actor, key: LedgerKey, *, reason: str, now: datetime) -> None:
    """This will say on the ledger that a member's key is no longer to be believed. Needs KEYS there, or MANAGE."""
    department_id = UUID(key.member)
    if not actor.may(MANAGE):
        require(actor, KEYS, Place(department_id), now=now)
    else:
        require(actor, MANAGE, now=now)
    key.revoked_at = now
    session.flush()
    body = {"member": key.member, "key_id": key.key_id, "reason": reason}
    append(session, [Entry("member.key_revoked@1", new_id(), now, key.member, body)], now=now)
    audit.record(
        session, actor, "ledger.key_revoked", Place(department_id), after={"key": key.key_id, "reason": reason}, at=now
    )


def private_key(row: LedgerKey | Signer, keyring: Keyring) -> PrivateKey:
    """The pair of an SM2 key that is kept here."""
    return PrivateKey(keyring.open(Purpose.SIGNING, row.sealed or b"", row.id.bytes), PublicKey(row.public))


@dataclass(frozen=True, slots=True)
class Place:
    """A department, as permissions and the audit trail ask for it."""

    department_id: UUID

    @property
    def id(self) -> UUID:
        return self.department_id


def _told(key: LedgerKey) -> dict[str, str]:
    return {"member": key.member, "key_id": key.key_id, "public": key.public.hex(), "custody": key.custody}


def name_of(session: Session, department_id: UUID) -> str:
    """What the department is called on the ledger. Raises MemberUnknown."""
    found = session.get(identity.Department, department_id)
    if found is None:
        raise errors.MemberUnknown()
    return found.name_zh


def _had_keys(session: Session, member: str) -> bool:
    return bool(keys_of(session, member))


def _new_key(session: Session, member: str, kind: str, *, keyring: Keyring, crypto: Crypto, now: datetime) -> LedgerKey:
    secret, public = _ed25519_pair() if kind == ED25519 else _sm2_pair(crypto)
    id = new_id()
    row = LedgerKey(
        id=id,
        member=member,
        key_id=key_id_of(public),
        kind=kind,
        custody=PLATFORM,
        public=public,
        sealed=keyring.seal(Purpose.SIGNING, secret, id.bytes),
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _own_key(session: Session, member: str, public: bytes, now: datetime) -> LedgerKey:
    try:
        point = PublicKey.from_bytes(public).point
    except KeyInvalid as wrong:
        raise errors.KeyWrong() from wrong
    row = LedgerKey(
        id=new_id(),
        member=member,
        key_id=key_id_of(point),
        kind=SM2,
        custody=DEPARTMENT,
        public=point,
        sealed=None,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _sm2_pair(crypto: Crypto) -> tuple[bytes, bytes]:
    key = crypto.new_key()
    return key.scalar, key.public.point


def _ed25519_pair() -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()
