"""Quarantined rows over the wire. Values are masked unless they may be seen in full."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.intake.rules import Confidence, RowState
from zhengtong.data.intake.schemas.runs import SourceRef
from zhengtong.data.intake.schemas.sources import ReasonOut
from zhengtong.data.intake.schemas.words import FieldName, In, Reason, WordsOut

MOST_CHOSEN = 1000


class WantedRows(In):
    """Which quarantined rows are asked for."""

    source_id: UUID | None = None
    run_id: UUID | None = None
    batch_id: UUID | None = None
    item_id: UUID | None = None
    state: RowState | None = None
    field: str | None = Field(None, max_length=63)
    rule: str | None = Field(None, max_length=40)


class Chosen(In):
    """Rows by their ids, or all that are wanted at once (`all`), at most 100,000."""

    ids: list[UUID] = Field(default_factory=list, max_length=MOST_CHOSEN)
    all: WantedRows | None = None


class MendIn(Chosen):
    """How to mend: `set` a field's value, `replace` one text by another in a field, or take what is `proposed`."""

    how: Literal["set", "replace", "proposed"]
    field: FieldName | None = None
    value: str | None = Field(None, max_length=4000, description="of `set`; null empties the field")
    find: str = Field("", max_length=200, description="of `replace`")
    put: str = Field("", max_length=200, description="of `replace`")
    replay: bool = Field(False, description="replay the mended rows at once")


class ReplayIn(Chosen):
    """Which rows to judge again and land."""


class DiscardIn(Chosen):
    """Which rows to give up, and why."""

    reason: Reason


class MendingOut(BaseModel):
    """A proposed mending of one value."""

    field: str
    before: str | None
    after: str | None
    confidence: Confidence
    label: WordsOut
    why: WordsOut


class RowLine(BaseModel):
    """One quarantined row."""

    id: UUID
    source: SourceRef
    run_id: UUID
    batch_id: UUID
    place: int = Field(description="place in the source, from 1")
    state: RowState
    reasons: list[ReasonOut]
    values: dict[str, str | None]
    mended: dict[str, str | None]
    raw: str | None
    why: WordsOut | None
    masked: bool
    at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str
    abilities: dict[str, bool]


class ShownField(BaseModel):
    """A column of the table of rows."""

    name: str
    name_zh: str
    key: bool


class RowOut(RowLine):
    """One quarantined row with what is proposed."""

    fields: list[ShownField]
    proposals: list[MendingOut]


class SummaryOut(BaseModel):
    """Quarantined rows by what they break."""

    rows: int
    reasons: list[ReasonOut]
    fields: list[ShownField] = Field(description="the item's fields, where the rows are of one item")


class Done(BaseModel):
    """How many rows it was done to; the run that replays them, if one was begun."""

    rows: int
    run_id: UUID | None = None
