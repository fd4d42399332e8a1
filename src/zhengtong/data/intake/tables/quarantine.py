"""Rows that did not land, with why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.intake.rules.words import RowState
from zhengtong.data.intake.tables.sources import one_of
from zhengtong.kernel.db import Base, Id


class QuarantinedRow(Base):
    """A row that broke a rule of its item. `values`: by field of the item, as read; `marks`: what it broke, as `|field:rule|field:rule|`.

    `raw`: the line, where it could not be read as a row, and `why` ({zh, en}). `mended`: values set by a person. `place`: in the source.
    `verdict`: of the replay that is landing it: good, bad, repeated.
    """

    __tablename__ = "intake_quarantined_row"

    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("intake_source.id"))
    run_id: Mapped[UUID] = mapped_column(ForeignKey("intake_run.id"), index=True)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("intake_batch.id"), index=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    place: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[RowState] = mapped_column(one_of(RowState))
    marks: Mapped[str] = mapped_column(String(2000))
    values: Mapped[dict[str, Any]]
    raw: Mapped[str | None]
    why: Mapped[dict[str, Any] | None]
    mended: Mapped[dict[str, Any]]
    replay_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_run.id"), index=True)
    replay_batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_batch.id"))
    verdict: Mapped[str] = mapped_column(String(10), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]

    __table_args__ = (Index(None, "source_id", "state", "marks"), Index(None, "state", "id"))
