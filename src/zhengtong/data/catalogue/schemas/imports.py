"""Imports and proposals over the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data import standards
from zhengtong.data.catalogue.schemas.items import ChangeOut, Words

Outcome = Literal["add", "change", "unchanged", "wrong"]


class CellFault(BaseModel):
    """What is wrong in a cell of the file."""

    row: int
    column: str
    zh: str
    en: str


class PlannedItem(BaseModel):
    """What importing would do to one item."""

    row: int
    code: str = Field(description="empty: it gets the next of its class")
    name_zh: str
    department: str
    fields: int
    level: standards.Level | None
    outcome: Outcome
    changes: list[ChangeOut]
    faults: list[CellFault]


class ImportPlan(BaseModel):
    """What importing a file would do; items become drafts or revisions. `plan` is given back when confirming.

    At most 200 of the items are listed, the wrong ones first.
    """

    counts: dict[Outcome, int]
    fields: int
    wrong_rows: int
    items: list[PlannedItem]
    plan: str


class ImportOut(BaseModel):
    """An import that was carried out."""

    id: UUID
    name: str
    at: datetime
    by: str
    added: int
    changed: int
    unchanged: int
    left_out: int
    undone_at: datetime | None
    undone_by: str
    can_undo: bool = Field(description="all of it still stands as it was imported, and the reader may")


class FieldProposalOut(BaseModel):
    """What a column of a source is likely to be."""

    name: str
    name_zh: str
    source_name: str
    type: standards.Type
    length: int | None
    precision: int | None
    element_code: str
    element_name: str
    confidence: float = Field(description="0–1, of the element")
    level: standards.Level
    is_key: bool
    required: bool
    rows: int
    nulls: int
    distinct: int
    least: str
    most: str
    samples: list[str] = Field(description="masked")
    why: list[Words]


class DuplicateOut(BaseModel):
    """An item that says much the same."""

    code: str
    name_zh: str
    department: str
    name_share: float
    field_share: float


class ProposalOut(BaseModel):
    """What a file would make as an item. Nothing is kept."""

    name_zh: str
    rows: int = Field(description="rows that were looked at")
    fields: list[FieldProposalOut]
    duplicates: list[DuplicateOut]
