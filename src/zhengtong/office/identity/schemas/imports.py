"""Imports of departments and people over the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.office.identity.rules import Outcome
from zhengtong.office.identity.schemas.departments import PersonRef
from zhengtong.office.identity.schemas.words import In


class Counts(BaseModel):
    """How many rows would do what."""

    add: int = 0
    change: int = 0
    unchanged: int = 0
    error: int = 0


class ImportLine(BaseModel):
    """One import in a list."""

    id: UUID
    kind: str
    file_name: str
    uploaded_by: PersonRef
    uploaded_at: datetime
    expires_at: datetime
    state: str = Field(description="draft, applying, done or discarded")
    row_count: int
    done_count: int
    failed_count: int
    finished_at: datetime | None
    abilities: dict[str, bool]


class ImportOut(ImportLine):
    """One import; while it is a draft, with what confirming it would do."""

    counts: Counts | None
    plan: str | None = Field(description="fingerprint of the plan; give it back when confirming")
    encoding: str
    warnings: list[dict[str, str]]


class ChangeOut(BaseModel):
    field: str
    zh: str
    en: str
    before: Any
    after: Any


class FaultOut(BaseModel):
    field: str
    zh: str
    en: str


class ImportRow(BaseModel):
    """What importing one row would do."""

    row: int = Field(description="number of the row in the file")
    name: str
    outcome: Outcome
    changes: list[ChangeOut]
    errors: list[FaultOut]


class ImportRows(BaseModel):
    """Some rows of an import."""

    items: list[ImportRow]
    next: int | None = Field(description="give as `after` for the next rows")
    total: int


class Confirm(In):
    """What was seen, and whether the right rows may go ahead of the wrong ones."""

    plan: str = Field(max_length=64)
    skip_errors: bool = False
