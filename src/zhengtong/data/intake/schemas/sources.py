"""Sources over the wire. A secret goes in and never out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data import catalogue
from zhengtong.data.intake.rules import Kind, Mode, OnDrift, RunState, SourceState
from zhengtong.data.intake.schemas.words import ColumnName, FieldName, In, Line, Name, Secret, SourceCode, WordsOut
from zhengtong.office.identity import DepartmentRef


class WantedSources(In):
    """Which sources are asked for."""

    department_id: UUID | None = None
    kind: Kind | None = None
    state: SourceState | None = None
    item_id: UUID | None = None


class SourceChange(In):
    """How a source is read and run. What is left out stays as it is."""

    name_zh: Name | None = None
    name_en: Line | None = None
    settings: dict[str, Any] | None = Field(None, description="by the kind of source, without secrets")
    schedule: Line | None = Field(None, description="five-part cron in the city's time; empty: by hand")
    on_drift: OnDrift | None = None
    most_bad_percent: int | None = Field(None, ge=0, le=100, description="a batch with more bad rows stops the run")


class NewSource(In):
    """A source to connect; it is a draft until its columns are mapped to an item."""

    code: SourceCode = Field(default="", description="empty: the next number")
    name_zh: Name
    name_en: Line = ""
    department_id: UUID
    kind: Kind
    settings: dict[str, Any] = Field(default_factory=dict, description="by the kind of source, without secrets")
    secrets: dict[str, Secret] = Field(default_factory=dict, description="kept sealed; never shown again")
    schedule: Line = Field(default="", description="five-part cron in the city's time; empty: by hand")
    on_drift: OnDrift = OnDrift.PAUSE
    most_bad_percent: int = Field(default=50, ge=0, le=100, description="a batch with more bad rows stops the run")


class Secrets(In):
    """New secrets in place of the former; none: the source needs none."""

    secrets: dict[str, Secret]


class MappingIn(In):
    """Into which item, and which column each field is read from. Fields left out stay empty."""

    item_id: UUID
    mode: Mode = Mode.APPEND
    removes: bool = Field(default=False, description="with upsert: remove keys that the source no longer has")
    mapping: dict[FieldName, ColumnName] = Field(description="column of the source by field")
    columns: list["ColumnOut"] = Field(default_factory=list, description="the columns as they were tried")


class ColumnOut(BaseModel):
    """One column of a source, as it names it."""

    name: str
    type: str = ""


class RunBrief(BaseModel):
    """A run, in a list of sources."""

    id: UUID
    number: int
    state: RunState
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    created_at: datetime
    ended_at: datetime | None


class ItemRef(BaseModel):
    """An item, as others name it."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    state: catalogue.State


class SourceLine(BaseModel):
    """One source in a list."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    kind: Kind
    state: SourceState
    department: DepartmentRef
    item: ItemRef | None
    mode: Mode
    schedule: str
    next_at: datetime | None
    last_landed_at: datetime | None
    last_run: RunBrief | None
    quarantined: int = Field(description="rows that wait to be mended")
    changed_at: datetime
    version: int
    abilities: dict[str, bool]


class MappedField(BaseModel):
    """One field of the item and the column it is read from."""

    field: str
    name_zh: str
    type: str
    needed: bool
    is_key: bool
    column: str


class SourceOut(SourceLine):
    """One source in full."""

    settings: dict[str, Any]
    secret_names: list[str] = Field(description="which secrets are kept; never their values")
    secrets_wanted: list[str] = Field(description="which secrets this kind may need")
    on_drift: OnDrift
    most_bad_percent: int
    removes: bool
    columns: list[ColumnOut]
    fields: list[MappedField]
    keeps_place: bool = Field(description="the next run goes on where the last one ended")
    created_at: datetime


class TrialIn(In):
    """What to try: the source as kept; for uploads, one of them."""

    upload_id: UUID | None = None
    item_id: UUID | None = Field(None, description="propose how the columns map to this item")
    mapping: dict[FieldName, ColumnName] | None = Field(None, description="judge the sample by this mapping")


class MappingProposal(BaseModel):
    """The column a field is probably read from, and how sure that is."""

    field: str
    name_zh: str
    column: str
    sure: bool
    why: WordsOut


class ReasonOut(BaseModel):
    """A rule that rows break, and how many."""

    field: str
    field_zh: str
    rule: str
    zh: str
    en: str
    rows: int


class AlikeItem(BaseModel):
    """An item of the catalogue that says much the same."""

    code: str
    name_zh: str
    department: str


class TrialOut(BaseModel):
    """What the source gave; nothing of it is kept."""

    columns: list[ColumnOut]
    rows: list[list[str | None]] = Field(description="the first ten rows, by column")
    masked: bool = Field(description="values are masked for who may not see them in full")
    total: int | None
    sampled: int = Field(description="rows looked at for the proposals")
    unreadable: list[WordsOut]
    proposals: list[MappingProposal]
    unmapped: list[str] = Field(description="fields of the item for which no column was found")
    bad: int | None = Field(None, description="rows of the sample that would be quarantined")
    reasons: list[ReasonOut]
    fields: list[dict[str, Any]] = Field(description="fields proposed for a new item, as the catalogue proposes them")
    duplicates: list[AlikeItem] = Field(description="items that a new one from this source would repeat")
    took_ms: int


class NewItemIn(In):
    """A new item of the catalogue, drafted from what the source gives; a person completes and submits it there."""

    name_zh: Name
    name_en: Line = ""
    abstract: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    class_code: str = Field("", max_length=20)
    update_cycle: str = Field("on_demand", max_length=30)
    upload_id: UUID | None = None
    leave_out: list[ColumnName] = Field(default_factory=list, max_length=1000, description="columns not to take")
    mode: Mode | None = Field(
        None, description="empty: rows of the same key replace one another, where a key is proposed"
    )
