"""Runs and batches over the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.intake.rules import BatchKind, Cause, RunState
from zhengtong.data.intake.schemas.sources import ItemRef, ReasonOut
from zhengtong.data.intake.schemas.words import ColumnName, FieldName, In, Told, WordsOut


class WantedRuns(In):
    """Which runs are asked for."""

    source_id: UUID | None = None
    item_id: UUID | None = None
    state: RunState | None = None
    cause: Cause | None = None


class StartIn(In):
    """What to run: for uploads, one of them."""

    upload_id: UUID | None = None


class SourceRef(BaseModel):
    """A source, as others name it."""

    id: UUID
    code: str
    name_zh: str
    name_en: str


class ProgressOut(BaseModel):
    """How far a run is."""

    rows: int = Field(description="rows read so far, those of the batch in hand included")
    total: int | None = Field(description="rows of the whole run, where it is known")
    share: float | None = Field(description="0 to 1")
    rows_per_second: float
    seconds: float = Field(description="time it has worked")
    seconds_left: float | None


class RunLine(BaseModel):
    """One run in a list."""

    id: UUID
    number: int
    source: SourceRef
    item: ItemRef | None
    cause: Cause
    state: RunState
    asked: str
    progress: ProgressOut
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    rows_repeated: int = Field(description="left out: a later row of the batch has the same key")
    rows_removed: int
    bytes: int
    batches: int
    reason: Told | None
    created_at: datetime
    created_by: str
    begun_at: datetime | None
    ended_at: datetime | None
    again_at: datetime | None = Field(description="when a waiting run is tried again")


class DriftOut(WordsOut):
    """A change of the source's columns."""

    column: str
    change: str
    before: str
    after: str
    field: str


class RunOut(RunLine):
    """One run in full."""

    drift: list[DriftOut]
    reasons: list[ReasonOut] = Field(description="why rows of this run wait in quarantine")
    waiting: int = Field(description="rows of this run that still wait in quarantine")
    abilities: dict[str, bool]


class BatchOut(BaseModel):
    """A batch that landed."""

    id: UUID
    run_id: UUID
    number: int
    kind: BatchKind
    first_row: int
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    rows_repeated: int
    rows_removed: int
    bytes: int
    digest: str = Field(description="SM3 Merkle root of the canonical batch as read, in hexadecimal")
    version: int | None = Field(description="version of the lake's table")
    at: datetime


class DriftConfirmed(In):
    """How the columns map now."""

    mapping: dict[FieldName, ColumnName]
    resume: bool = True
    propose: list[ColumnName] = Field(
        [],
        max_length=200,
        description="new columns to be proposed to the catalogue as fields of the item's next version",
    )


class StatusOut(BaseModel):
    """Intake in figures."""

    sources: dict[str, int]
    running: list[RunLine]
    waiting: int
    paused: int
    failed_today: int
    landed_today: int = Field(description="rows landed since midnight")
    quarantined: int = Field(description="rows that wait to be mended")
