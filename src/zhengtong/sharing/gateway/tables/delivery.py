"""What is delivered: table exchanges and what each step brought, and the files that were made for a recipient."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.engines.sealing import sealed
from zhengtong.kernel.db import Base, Id


class Exchange(Base):
    """Rows of an item, kept up to date in a receiver's table or topic under an agreement.

    `into`: database | topic. `state`: active | paused | held | stopped; `trouble` says why it is held, or why the last try failed, as {zh, en}.
    `address`: where to, without the password, which is `sealed` with it. `shape`: the columns the receiver has; `terms`: the digest of
    the masks and rows they were given under. `lake_version`, `chunk`:
    how far it has come, as last told by the receiver (for a topic: the truth). `reconciled`: the last comparison.
    """

    __tablename__ = "gateway_exchange"

    id: Mapped[Id]
    agreement: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    item_code: Mapped[str] = mapped_column(String(40))
    item_name: Mapped[str] = mapped_column(String(100))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    consumer_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    system_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(String(60))
    case_number: Mapped[str] = mapped_column(String(100))
    into: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(300))
    target: Mapped[str] = mapped_column(String(130))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed("credentials"))
    state: Mapped[str] = mapped_column(String(10))
    trouble: Mapped[dict[str, Any] | None]
    shape: Mapped[list[str]]
    terms: Mapped[str] = mapped_column(String(64), default="")
    lake_version: Mapped[int] = mapped_column(BigInteger, default=-1)
    upto: Mapped[int] = mapped_column(BigInteger, default=-1)
    chunk: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_put: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_gone: Mapped[int] = mapped_column(BigInteger, default=0)
    last_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    reconciled: Mapped[dict[str, Any] | None]
    reconciled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (Index(None, "consumer_id", "state"), Index(None, "provider_id"), Index(None, "item_id", "state"))


class ExchangeStep(Base):
    """One chunk that was receipted for an exchange: found again after a kill, so that it is not receipted twice."""

    __tablename__ = "gateway_exchange_step"

    exchange_id: Mapped[UUID] = mapped_column(ForeignKey("gateway_exchange.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chunk: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    rows_put: Mapped[int] = mapped_column(BigInteger)
    rows_gone: Mapped[int] = mapped_column(BigInteger)
    receipt_id: Mapped[UUID | None]
    at: Mapped[datetime]


class SentFile(Base):
    """A file of an item's rows, made for one recipient: sealed to its key, in an order of its own.

    `state`: waiting | ready | failed | expired. `mark_key` (sealed) is the key of its order; `marks`: the fields its rows are known by.
    `decoys`: the rows agreed as decoys, of which it holds a choice of its own. `digest`: SM3 of the sealed file.
    """

    __tablename__ = "gateway_file"

    id: Mapped[Id]
    agreement: Mapped[str] = mapped_column(String(40))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    item_code: Mapped[str] = mapped_column(String(40))
    item_name: Mapped[str] = mapped_column(String(100))
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    consumer_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    system_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(String(60))
    case_number: Mapped[str] = mapped_column(String(100))
    format: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    trouble: Mapped[dict[str, Any] | None]
    key_fingerprint: Mapped[str] = mapped_column(String(64), default="")
    mark_key: Mapped[bytes] = mapped_column(LargeBinary, info=sealed("credentials"))
    marks: Mapped[list[str]]
    decoys: Mapped[list[Any]]
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    lake_version: Mapped[int | None] = mapped_column(BigInteger)
    receipt_id: Mapped[UUID | None]
    downloads: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    asked_by_name: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (
        Index(None, "consumer_id", "asked_at"),
        Index(None, "item_id", "asked_at"),
        Index(None, "expires_at"),
    )
