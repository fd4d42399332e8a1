"""The registers over the wire. What names a person is masked, but in `EntityRevealed`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.entities.rules import Happening, Kind, Verdict
from zhengtong.data.entities.schemas.leads import LeadLine
from zhengtong.data.entities.schemas.shared import EntityItem, EntityText, In, Reason


class Wanted(BaseModel):
    """Which entities are asked for."""

    doubtful: bool | None = Field(None, description="only those with a doubtful pair")
    shared: bool | None = Field(None, description="only those known to two items or more")


class EntityLine(BaseModel):
    """One firm or person in a list."""

    id: UUID
    kind: Kind
    name: str
    code: str
    status: str
    records: int
    sources: int
    waiting: int = Field(description="doubtful pairs that wait for somebody to decide")
    changed_at: datetime


class EntityOtherValue(BaseModel):
    """What another record says instead."""

    item: EntityItem
    value: str


class EntityValue(BaseModel):
    """One attribute of the golden record and where its value comes from."""

    attribute: str
    label: EntityText
    value: str
    masked: bool
    item: EntityItem
    batch_id: str
    seen_at: datetime
    rule: Literal["only", "trust", "newest"] = Field(description="what settled it among the records that say it")
    others: list[EntityOtherValue]


class EntityRecord(BaseModel):
    """One record that belongs to the entity."""

    id: UUID
    item: EntityItem
    values: dict[str, str]
    batch_id: str
    row: int
    order: str
    seen_at: datetime
    linked_by: Literal["first", "code", "likeness", "decision"]
    probability: float | None = Field(description="of the strongest likeness to another record of the entity")


class EntityStory(BaseModel):
    """Something that happened to the entity."""

    at: datetime
    what: Happening
    by: str
    told: dict[str, Any]
    items: list[EntityItem]


class EntityDecision(BaseModel):
    """What somebody decided about two beings."""

    id: UUID
    verdict: Verdict
    reason: str
    decided_at: datetime
    decided_by: str
    other_id: UUID | None = Field(description="the entity that is kept apart, as it stands now")
    other_name: str
    undoable: bool


class EntityOut(EntityLine):
    """The golden record of one firm or person."""

    values: list[EntityValue]
    members: list[EntityRecord]
    stories: list[EntityStory]
    decisions: list[EntityDecision]
    leads: list[LeadLine]
    pairs: list[UUID]
    version: int
    abilities: dict[str, bool]


class EntityRevealIn(In):
    """Why the whole values are needed; kept in the audit trail."""

    purpose: Reason


class EntityRevealed(BaseModel):
    """Whole values of one person. Shown once."""

    values: dict[str, str]


class EntityFigures(BaseModel):
    """How the registers stand."""

    firms: int
    persons: int
    records: int
    shared: int = Field(description="known to two items or more")
    waiting: int
    leads_open: int
