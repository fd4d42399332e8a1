"""Sources: where rows come from, how they are read, mapped and landed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.intake.rules.kinds import Kind
from zhengtong.data.intake.rules.words import Mode, OnDrift, SourceState
from zhengtong.engines.crypto import Purpose
from zhengtong.engines.sealing import sealed
from zhengtong.kernel.db import Base, Id


def one_of(words: type[StrEnum]) -> Enum:
    """A column of these words."""
    return Enum(words, native_enum=False, length=20, values_callable=lambda known: [word.value for word in known])


class Source(Base):
    """A source. `settings` holds no secret; `sealed` holds the secrets (SM4-GCM), `secret_names` which there are.

    `mapping`: field of the item → column of the source. `columns`: the columns that were accepted last ([{name, type}]).
    `cursor`: where the next run begins, for sources that keep their place. `schedule`: cron in the city's time, "" by hand.
    """

    __tablename__ = "intake_source"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name_zh: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    spelling: Mapped[str] = mapped_column(String(600), default="")
    kind: Mapped[Kind] = mapped_column(one_of(Kind))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    state: Mapped[SourceState] = mapped_column(one_of(SourceState))
    settings: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed(Purpose.CREDENTIALS))
    secret_names: Mapped[list[str]]
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("catalogue_item.id"), index=True)
    mode: Mapped[Mode] = mapped_column(one_of(Mode))
    mapping: Mapped[dict[str, Any]]
    columns: Mapped[list[Any]]
    on_drift: Mapped[OnDrift] = mapped_column(one_of(OnDrift))
    removes: Mapped[bool] = mapped_column(default=False)
    most_bad_percent: Mapped[int] = mapped_column(default=50)
    schedule: Mapped[str] = mapped_column(String(100), default="")
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    cursor: Mapped[dict[str, Any] | None]
    last_landed_at: Mapped[datetime | None]
    runs: Mapped[int] = mapped_column(default=0)
    marks: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
    __table_args__ = (Index(None, "state", "next_at"), Index(None, "name_zh"))
