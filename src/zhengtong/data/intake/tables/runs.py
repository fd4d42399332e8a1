"""Runs of sources, and the batches they landed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.data.intake.rules.words import Asked, BatchKind, BatchState, Cause, RunState
from zhengtong.data.intake.tables.sources import one_of
from zhengtong.kernel.db import Base, Id


class Run(Base):
    """One run of a source. `what`: the file, rows or push it reads, where that is not the source's own place. `cursor`: where its last
    landed batch ended. `seen`: rows of the batch being read, for the progress. `turn`: only the job of this number may work on it.
    `reason`: why it waits, paused or failed, as {code, zh, en}. `seconds`: it has worked so long.
    """

    __tablename__ = "intake_run"

    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("intake_source.id"))
    number: Mapped[int]
    cause: Mapped[Cause] = mapped_column(one_of(Cause))
    state: Mapped[RunState] = mapped_column(one_of(RunState))
    asked: Mapped[Asked] = mapped_column(one_of(Asked))
    what: Mapped[dict[str, Any]]
    begun: Mapped[bool] = mapped_column(default=False)
    turn: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[dict[str, Any] | None]
    total: Mapped[int | None] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(default=0)
    rows_read: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_landed: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_quarantined: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_repeated: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_removed: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    batches: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    drift: Mapped[list[Any]]
    reason: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    created_by_name: Mapped[str] = mapped_column(String(100))
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    again_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("source_id", "number"), Index(None, "state", "changed_at"))


class Batch(Base):
    """Rows that landed together: one version of the lake's table. `number` is the mark of its write, growing per source.

    `digest`: SM3 Merkle root (hex) of the canonical batch as read. rows_read = landed + quarantined + repeated. `cursor`: where
    the source goes on after it. While `landing`, nobody but the run sees it.
    """

    __tablename__ = "intake_batch"

    id: Mapped[Id]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("intake_run.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("intake_source.id"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("catalogue_item.id"))
    number: Mapped[int]
    kind: Mapped[BatchKind] = mapped_column(one_of(BatchKind))
    state: Mapped[BatchState] = mapped_column(one_of(BatchState))
    first_row: Mapped[int] = mapped_column(BigInteger, default=1)
    rows_read: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_landed: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_quarantined: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_repeated: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_removed: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    digest: Mapped[str] = mapped_column(String(64))
    leaves: Mapped[list[str]]
    cursor: Mapped[dict[str, Any] | None]
    version: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("source_id", "number"),
        Index(None, "run_id", "number"),
        Index(None, "item_id", "at"),
    )
