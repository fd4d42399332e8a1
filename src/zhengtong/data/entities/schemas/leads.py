"""Leads over the wire. Evidence is masked."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data.entities.rules import Kind, LeadState
from zhengtong.data.entities.schemas.shared import In, ItemRef, Reason, Words
from zhengtong.office import identity


class LeadLine(BaseModel):
    """One lead in a list."""

    id: UUID
    number: str
    rule: str
    title: Words
    kind: Kind
    entity_id: UUID
    name: str
    department: identity.DepartmentRef
    state: LeadState
    assigned_name: str
    found_at: datetime
    changed_at: datetime
    gone: bool = Field(description="the data no longer contradict")
    due_at: datetime | None
    left: Words | None
    share: float
    tone: str


class ShownValue(BaseModel):
    label: Words
    value: str


class EvidenceOut(BaseModel):
    """One row that speaks in the contradiction."""

    side: Literal["left", "right"]
    title: Words
    item: ItemRef | None
    batch_id: str
    row: int
    values: list[ShownValue]


class StepOut(BaseModel):
    at: datetime
    what: str
    by: str
    text: str


class LeadOut(LeadLine):
    """One lead with its evidence and how it was followed up."""

    why: Words
    evidence: list[EvidenceOut]
    rows_left_out: int
    steps: list[StepOut]
    closed_at: datetime | None
    reason: str
    assigned_to: UUID | None
    version: int
    abilities: dict[str, bool]


class LeadsWanted(BaseModel):
    """Which leads are asked for."""

    state: LeadState | None = None
    rule: str | None = Field(None, max_length=60)
    department: UUID | None = None
    mine: bool | None = None
    live: bool | None = Field(None, description="only those not closed")


class AssignIn(In):
    person_id: UUID


class CloseIn(In):
    """How it was settled. The reason is kept and shown."""

    outcome: Literal["confirmed", "explained", "dismissed"]
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500, pattern=r"^[^\x00]*$")
    ]


class ReopenIn(In):
    reason: Reason


class BoardRule(BaseModel):
    code: str
    title: Words
    open: int
    closed: int
    confirmed: int


class BoardOut(BaseModel):
    """How many leads stand where, for the board."""

    states: dict[LeadState, int]
    rules: list["BoardRule"]
    late: int
