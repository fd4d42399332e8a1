"""What the gateway announces."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class DataServed(Event):
    """What a department was given of an item for a purpose, under an agreement, since this was last told: calls, rows, on that law day."""

    type: ClassVar[str] = "gateway.data_served@1"
    item_id: UUID
    agreement: str
    provider_id: UUID
    consumer_id: UUID
    purpose: str
    calls: int
    rows: int
    day: date
    at: datetime


@dataclass(frozen=True)
class DoubtRaised(Event):
    """A resident or firm asks about a use of their data, or objects to it. `kind`: question or objection."""

    type: ClassVar[str] = "gateway.doubt_raised@1"
    doubt_id: UUID
    number: str
    kind: str
    department_id: UUID
    receipt_id: UUID
    at: datetime


@dataclass(frozen=True)
class DoubtAnswered(Event):
    """A department has answered. `outcome`: justified, stopped or wrong."""

    type: ClassVar[str] = "gateway.doubt_answered@1"
    doubt_id: UUID
    number: str
    department_id: UUID
    outcome: str
    at: datetime


EVENTS = (DataServed, DoubtRaised, DoubtAnswered)
