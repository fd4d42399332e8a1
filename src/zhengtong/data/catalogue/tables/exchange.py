"""Foreign catalogues, and which item each of their datasets became."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base, Id


class Harvest(Base):
    """A foreign catalogue. `url` is empty where files are brought; `failure` says why the last run ended early."""

    __tablename__ = "catalogue_harvest"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[str] = mapped_column(String(1000))
    form: Mapped[str] = mapped_column(String(20))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    created_at: Mapped[datetime]
    ran_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class HarvestedDataset(Base):
    """A dataset of a foreign catalogue. `state`: added | changed | unchanged | refused | gone at the last run that met it."""

    __tablename__ = "catalogue_harvested"

    harvest_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_harvest.id"), primary_key=True)
    uri: Mapped[str] = mapped_column(String(700), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("catalogue_item.id"))
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    said: Mapped[str] = mapped_column(String(500), default="")
    seen_at: Mapped[datetime]

    __table_args__ = (Index(None, "harvest_id", "state"),)
