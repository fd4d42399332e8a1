"""What is kept of service accounts beside the system itself: what each may do, its SM2 public keys, the nonces spent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base, Id, new_id
from zhengtong.office.identity.rules.organisation import RoleScope
from zhengtong.office.identity.tables.sign_in import one_of


class SystemGrant(Base):
    """A permission of a service account, and how far it reaches from its department."""

    __tablename__ = "service_account_grant"

    system_id: Mapped[UUID] = mapped_column(ForeignKey("system.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[RoleScope] = mapped_column(one_of(RoleScope))


class SystemKey(Base):
    """An SM2 public key of a service account. Two may be valid at once, so that keys change without a gap."""

    __tablename__ = "service_account_key"

    id: Mapped[Id] = mapped_column(default=new_id)
    system_id: Mapped[UUID] = mapped_column(ForeignKey("system.id"))
    public_key: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[str]
    added_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[str | None]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "system_id"),)


class SpentNonce(Base):
    """A nonce that has been used; kept as long as its time could still pass."""

    __tablename__ = "spent_nonce"

    owner: Mapped[UUID] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
