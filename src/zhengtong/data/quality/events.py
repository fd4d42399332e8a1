"""What quality announces."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class ItemMeasured(Event):
    """An item was measured. `score`: hundredths of a point, 0–10000; `judged` and `passed` are its parts."""

    type: ClassVar[str] = "quality.measured@1"
    item_id: UUID
    measurement_id: UUID
    batch_id: UUID | None
    score: int
    grade: str
    judged: int
    passed: int
    at: datetime


@dataclass(frozen=True)
class TicketOpened(Event):
    """A correction was asked for, or asked for again (`reopened` counts how often)."""

    type: ClassVar[str] = "quality.ticket_opened@1"
    ticket_id: UUID
    number: str
    item_id: UUID
    department_id: UUID
    by_rule: bool
    reopened: int
    at: datetime


@dataclass(frozen=True)
class TicketAnswered(Event):
    """The owner has answered: corrected or refused."""

    type: ClassVar[str] = "quality.ticket_answered@1"
    ticket_id: UUID
    number: str
    item_id: UUID
    answer: str
    at: datetime


@dataclass(frozen=True)
class TicketClosed(Event):
    """`outcome`: corrected, refused or withdrawn. `late`: its limit had passed."""

    type: ClassVar[str] = "quality.ticket_closed@1"
    ticket_id: UUID
    number: str
    item_id: UUID
    department_id: UUID
    outcome: str
    late: bool
    at: datetime


EVENTS = (ItemMeasured, TicketOpened, TicketAnswered, TicketClosed)
