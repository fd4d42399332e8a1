"""Every call that was decided, with what it was decided from; and how much of each agreement is used up."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.engines.sealing import sealed
from zhengtong.kernel.audit import Serial
from zhengtong.kernel.db import Base


class Call(Base):
    """One decided call, in the order of the decisions: who, under which agreement, what, why, how it ended; never a value of the data.

    The times, sizes and codes are those that X-Road's operational monitoring logs. `receipt_id`: the ledger's entry, written in the same
    transaction, at `index` (none until a chain of several validators has ordered it). `inputs`: what it was decided from, sealed (of
    calls alike only the first's; of the others the quota used, open); gone once shredded. `code`: why it was refused, empty where it was served. `about`: how many residents and firms the answer named.
    """

    __tablename__ = "gateway_call"

    number: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    receipt_id: Mapped[UUID] = mapped_column(unique=True)
    index: Mapped[int | None] = mapped_column(BigInteger)
    agreement: Mapped[str] = mapped_column(String(40))
    agreement_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    item_code: Mapped[str] = mapped_column(String(40))
    operation: Mapped[str] = mapped_column(String(10))
    system_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    consumer_id: Mapped[UUID]
    provider_id: Mapped[UUID | None]
    purpose: Mapped[str] = mapped_column(String(60))
    case_number: Mapped[str] = mapped_column(String(100))
    message_id: Mapped[str] = mapped_column(String(64))
    policy: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(60))
    status: Mapped[int]
    rows: Mapped[int]
    about: Mapped[int]
    request_bytes: Mapped[int] = mapped_column(BigInteger)
    response_bytes: Mapped[int] = mapped_column(BigInteger)
    request_in: Mapped[datetime]
    request_out: Mapped[datetime | None]
    response_in: Mapped[datetime | None]
    response_out: Mapped[datetime]
    inputs: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed("database", attached="receipt_id"))

    __table_args__ = (
        Index(None, "agreement_id", "number"),
        Index(None, "consumer_id", "number"),
        Index(None, "provider_id", "number"),
        Index(None, "response_out"),
    )


class Quota(Base):
    """How much of an agreement is used: on its day (of law), in all, and within its second. Changed by compare-and-set alone."""

    __tablename__ = "gateway_quota"

    agreement_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date]
    used_day: Mapped[int] = mapped_column(BigInteger)
    used_total: Mapped[int] = mapped_column(BigInteger)
    second: Mapped[int] = mapped_column(BigInteger)
    used_second: Mapped[int]


class SignedGroup(Base):
    """The root that was signed with a group of calls: over `size` entries, as a note."""

    __tablename__ = "gateway_signed_group"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class UsageCursor(Base):
    """Up to which call the use of items has been told to the catalogue."""

    __tablename__ = "gateway_usage_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
