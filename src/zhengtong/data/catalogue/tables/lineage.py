"""Where fields come from: edges between fields, what items are derived by, and runs that other systems told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base, Id


class LineageEdge(Base):
    """One field made from another by a job. A side is an item's id in hex, or `out:` and the name of a source outside.

    `how`: copy | compute | aggregate. A field's name is empty where only the tables are known.
    """

    __tablename__ = "catalogue_lineage"

    id: Mapped[Id]
    source: Mapped[str] = mapped_column(String(300))
    source_field: Mapped[str] = mapped_column(String(100))
    target: Mapped[str] = mapped_column(String(300))
    target_field: Mapped[str] = mapped_column(String(100))
    how: Mapped[str] = mapped_column(String(20))
    job: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("target", "target_field", "source", "source_field", "job", name="uq_catalogue_lineage_edge"),
        Index(None, "source", "source_field"),
        Index(None, "job"),
    )


class Derivation(Base):
    """The SQL by which an item is made from others."""

    __tablename__ = "catalogue_derivation"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    sql: Mapped[str] = mapped_column(Text)
    dialect: Mapped[str] = mapped_column(String(20))
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]
    changed_by_name: Mapped[str] = mapped_column(String(100))


class LineageRun(Base):
    """A run event of another system, told once."""

    __tablename__ = "catalogue_lineage_run"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    job: Mapped[str] = mapped_column(String(300))
    happened_at: Mapped[datetime]
    told_at: Mapped[datetime]
    told_by: Mapped[UUID]
    event: Mapped[dict[str, Any]]

    __table_args__ = (Index(None, "job", "happened_at"),)
