"""Clocks as they go over the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.kernel.errors import Words
from zhengtong.office.deadlines import rules
from zhengtong.office.deadlines.permissions import Abilities
from zhengtong.office.deadlines.schemas.reference import GroundOut, Sent

Which = Literal["live", "overdue", "soon", "stopped", "unknown", "ended", "all"]


class RemainingOut(BaseModel):
    """How the clock stands, for words and bar."""

    words: Words
    share: float = Field(description="of the limit used up, 0–1")
    tone: rules.Tone
    left: int | None = Field(description="units of the rule")


class AboutOut(BaseModel):
    """What the clock is about."""

    kind: str
    id: str


class Named(BaseModel):
    """A department or a person, by name."""

    id: UUID
    name: Words


class ClockLine(BaseModel):
    """A clock in a list."""

    id: UUID
    rule: str
    rule_name: Words
    verified: bool = Field(description="false: the rule's figure was not checked against its article; show it so")
    name: str
    about: AboutOut
    link: str
    department: Named | None
    person: Named | None
    status: rules.Status
    status_words: Words
    started_at: datetime
    due_at: datetime | None
    due_on: date | None
    unknown_year: int | None
    ended_at: datetime | None
    remaining: RemainingOut
    abilities: Abilities


class EntryOut(BaseModel):
    """One line of a clock's evidence."""

    seq: int
    kind: rules.EntryKind
    kind_words: Words
    at: datetime = Field(description="when it holds in law")
    recorded_at: datetime = Field(description="when it was written down")
    actor: str
    actor_kind: str
    due_before: datetime | None
    due_after: datetime | None
    unknown_before: int | None
    unknown_after: int | None
    amount: int | None = Field(description="units: the limit at the start, the extension, the rung")
    reason: str
    ground: Words | None
    approval: str
    step_to: str


class ClockOut(ClockLine):
    """A clock with its terms and its evidence."""

    pack: str
    source: str
    article: str
    limit: int
    unit: rules.Unit
    limit_words: Words
    extended: int
    extension_left: int | None = Field(description="units; 0: not at all; null: the rule names no bound")
    extension_by: Words | None
    grounds: list[GroundOut]
    on_expiry_words: Words
    entries: list[EntryOut]


class DayCount(BaseModel):
    """How many clocks end on a day."""

    date: date
    clocks: int


class SummaryOut(BaseModel):
    """How the clocks one sees stand."""

    running: int
    overdue: int
    soon: int
    stopped: int
    unknown: int
    days: list[DayCount] = Field(description="today and the working days after it")


class ClockFilter(BaseModel):
    """Which clocks to list."""

    which: Which = "live"
    rule: str | None = Field(None, max_length=80)
    department: UUID | None = None
    mine: bool = Field(False, description="only those the reader holds")
    ours: bool = Field(False, description="only those of the reader's department, or of the body it is a section of")
    about_kind: str | None = Field(None, max_length=60)
    about_id: str | None = Field(None, max_length=80)


class ClockSent(Sent):
    """A duty to keep by hand."""

    rule: str = Field(max_length=80)
    name: str = Field(min_length=2, max_length=200)
    department_id: UUID
    started_at: datetime = Field(description="when the law's event happened; with its zone")
    limit: int | None = Field(None, ge=1, le=10_000, description="units; a promise shorter than the rule's limit")


class StopSent(Sent):
    """Stop on a ground the rule names."""

    ground: str = Field(max_length=60)
    reason: str = Field(min_length=1, max_length=1000)


class ResumeSent(Sent):
    """Run on."""

    reason: str = Field("", max_length=1000)


class ExtendSent(Sent):
    """Extend, with who consented and the paper's number."""

    by: int = Field(ge=1, le=10_000, description="units of the rule")
    reason: str = Field(min_length=1, max_length=1000)
    approval: str = Field(min_length=1, max_length=300)
