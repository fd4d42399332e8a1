"""Doubtful pairs over the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.entities.rules import Kind, PairState, Verdict
from zhengtong.data.entities.schemas.shared import EntityItem, EntityText, In, Note


class PairSide(BaseModel):
    """One of the two records of a pair."""

    record_id: UUID
    entity_id: UUID
    item: EntityItem
    values: dict[str, str]
    seen_at: datetime
    others: int = Field(description="further records of the same entity")


class PairReason(BaseModel):
    """What one comparison says for or against."""

    comparison: str
    label: EntityText
    level: str
    words: EntityText
    weight: float = Field(description="bits; positive speaks for one being")


class PairLine(BaseModel):
    """One doubtful pair in the list."""

    id: UUID
    kind: Kind
    probability: float
    left_name: str
    right_name: str
    left_item: EntityItem
    right_item: EntityItem
    words: list[EntityText]
    found_at: datetime


class PairOut(BaseModel):
    """One doubtful pair side by side."""

    id: UUID
    kind: Kind
    probability: float
    weight: float
    prior: float
    state: PairState
    left: PairSide
    right: PairSide
    reasons: list[PairReason]
    decision: UUID | None = Field(description="the decision to undo, where one was taken")
    next: UUID | None = Field(description="the pair to look at next")
    waiting: int
    version: int
    abilities: dict[str, bool]


class PairDecideIn(In):
    """Merge, or keep apart."""

    verdict: Verdict
    reason: Note = ""


class PairDecided(BaseModel):
    decision: UUID
    entity_id: UUID
    next: UUID | None
    waiting: int
