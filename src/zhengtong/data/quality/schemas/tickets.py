"""Correction tickets over the wire."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.quality.rules import Deed, Ending, State
from zhengtong.data.quality.schemas.shared import BothLanguages, In, Name, QualityDepartment, QualityItem, Reason

Tone = Literal["calm", "soon", "late", "stopped", "done", "unknown"]


class TicketsWanted(BaseModel):
    """Which tickets are asked for."""

    which: Literal["live", "to_answer", "mine", "overdue", "closed", "all"] = "live"
    department: UUID | None = None
    item: UUID | None = None


class TicketIn(In):
    """A correction that a user of the data asks for."""

    item_id: UUID
    title: Name = Field(description="what seems wrong, in a few words")
    reason: Reason = Field(description="what was seen, and why it cannot be right")
    rows: str = Field("", max_length=500, description="which rows: their keys; shown only to both departments")
    evidence: str = Field("", max_length=500, description="where it can be seen: a document, a register, a case number")


class TicketAnswer(In):
    """The owner's answer."""

    answer: Literal["corrected", "refused"]
    said: Reason = Field(description="what was found and mended, or why it stays as it is")


class TicketWords(In):
    """Words to a deed."""

    said: Reason


class TicketExtension(In):
    """Further working days, who consented, and the paper's number."""

    by: int = Field(ge=1, le=60, description="working days")
    said: Reason
    approval: Name


class TicketClock(BaseModel):
    """How the deadline stands."""

    words: BothLanguages
    share: float = Field(description="of the limit used up, 0–1")
    tone: Tone
    due_at: datetime | None
    verified: bool = Field(description="false: the limit was not checked against its article")
    source: str
    article: str


class TicketLine(BaseModel):
    """A ticket in a list."""

    id: UUID
    number: str
    title: str
    item: QualityItem
    state: State
    outcome: Ending
    by_rule: bool
    raised_by: str
    raised_department: QualityDepartment | None
    department: QualityDepartment
    opened_at: datetime
    closed_at: datetime | None
    judged: int | None
    passed: int | None
    reopened: int
    clock: TicketClock | None


class TicketDeed(BaseModel):
    """One deed on a ticket."""

    at: datetime
    deed: Deed
    state: State
    by: str
    department: QualityDepartment | None
    said: str
    facts: dict[str, Any]


class TicketOut(TicketLine):
    """One ticket with its evidence."""

    version: int
    reason: str
    rule_id: UUID | None
    rule_says: BothLanguages | None
    entries: list[TicketDeed]
    next: BothLanguages = Field(description="who acts next")
    abilities: dict[str, bool]
