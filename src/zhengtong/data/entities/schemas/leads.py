"""Leads over the wire. Evidence is masked."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data.entities.rules import Kind, LeadState
from zhengtong.data.entities.schemas.shared import EntityItem, EntityText, In, Reason
from zhengtong.office import identity


class LeadLine(BaseModel):
    """One lead in a list."""

    id: UUID
    number: str
    rule: str
    title: EntityText
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
    left: EntityText | None
    share: float
    tone: str


class LeadValue(BaseModel):
    label: EntityText
    value: str


class LeadEvidence(BaseModel):
    """One row that speaks in the contradiction."""

    side: Literal["left", "right"]
    title: EntityText
    item: EntityItem | None
    batch_id: str
    row: int
    values: list[LeadValue]


class LeadStepOut(BaseModel):
    at: datetime
    what: str
    by: str
    text: str


class LeadOut(LeadLine):
    """One lead with its evidence and how it was followed up."""

    why: EntityText
    evidence: list[LeadEvidence]
    rows_left_out: int
    steps: list[LeadStepOut]
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


class LeadAssignIn(In):
    person_id: UUID


class LeadCloseIn(In):
    """How it was settled. The reason is kept and shown."""

    outcome: Literal["confirmed", "explained", "dismissed"]
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500, pattern=r"^[^\x00]*$")
    ]


class LeadReopenIn(In):
    reason: Reason


class LeadBoardRule(BaseModel):
    code: str
    title: EntityText
    open: int
    closed: int
    confirmed: int


class LeadBoard(BaseModel):
    """How many leads stand where, for the board."""

    states: dict[LeadState, int]
    rules: list["LeadBoardRule"]
    late: int
