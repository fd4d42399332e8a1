"""What has come to us and waits to be read: uploads, files of watched folders, pushed batches."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.intake.tables.sources import one_of
from zhengtong.kernel.db import Base, Id


class UploadState(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    WHOLE = "whole"
    USED = "used"
    EXPIRED = "expired"


class Upload(Base):
    """A file that is sent in pieces. `received`: bytes kept so far; `digest`: SM3 of the whole in hex, declared or found; none of a file
    that was on this machine."""

    __tablename__ = "intake_upload"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[UploadState] = mapped_column(one_of(UploadState))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("department.id"))
    created_by: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SeenFile(Base):
    """A file of a watched folder that was taken, by its content; the same content is not taken twice."""

    __tablename__ = "intake_seen_file"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("intake_source.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_run.id"))
    at: Mapped[datetime]


class Push(Base):
    """A pushed batch that was taken. The same key and digest is the same push."""

    __tablename__ = "intake_push"

    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("intake_source.id"))
    key: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_run.id"))
    pushed_by: Mapped[UUID]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "source_id", "key", unique=True), Index(None, "source_id", "at"))
