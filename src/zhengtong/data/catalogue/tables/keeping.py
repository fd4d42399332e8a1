"""What happens to items: batches that came, who used them, imports and what they changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base, Id


class ItemBatch(Base):
    """A batch that landed in the item's table. `due_at`: until when it was promised; `kept`: it came in time."""

    __tablename__ = "catalogue_item_batch"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    rows: Mapped[int] = mapped_column(BigInteger)
    table_version: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    kept: Mapped[bool]

    __table_args__ = (Index(None, "item_id", "at"),)


class ItemUsage(Base):
    """How much a department used an item for a purpose on a day (of law, Asia/Shanghai)."""

    __tablename__ = "catalogue_item_usage"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    department_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(100), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)


class Import(Base):
    """A file of items that was imported. `undone_at`: it was taken back while all was draft."""

    __tablename__ = "catalogue_import"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[UUID]
    by_name: Mapped[str] = mapped_column(String(100))
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    left_out: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str] = mapped_column(String(100), default="")


class ImportLine(Base):
    """What an import did to one item. `before`: the draft as it was; None when there was none. `number`: the version it wrote."""

    __tablename__ = "catalogue_import_line"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_import.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    written_at: Mapped[datetime]
