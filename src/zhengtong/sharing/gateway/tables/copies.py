"""What is known of each item's serving copy."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base


class ServingCopy(Base):
    """The copy of an item from which calls are answered: of which versions, with which fields, how fresh.

    `lake_version`: the lake's version in it. `trouble`: why the last try to make one failed, as {zh, en}; the copy before it still serves.
    """

    __tablename__ = "gateway_copy"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"), primary_key=True)
    item_version: Mapped[int]
    lake_table: Mapped[str] = mapped_column(String(80))
    lake_version: Mapped[int] = mapped_column(BigInteger)
    fields: Mapped[list[Any]]
    rows: Mapped[int] = mapped_column(BigInteger)
    data_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    seconds: Mapped[float]
    trouble: Mapped[dict[str, Any] | None]
