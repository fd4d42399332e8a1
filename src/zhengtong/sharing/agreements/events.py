"""What applications and agreements announce."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class ApplicationMoved(Event):
    """An application changed its state. `deed`: as in rules/agreements/applications.yaml."""

    type: ClassVar[str] = "agreements.application_moved@1"
    application_id: UUID
    number: str
    item_id: UUID
    department_id: UUID
    provider_id: UUID
    deed: str
    state: str
    at: datetime


@dataclass(frozen=True)
class AgreementInForce(Event):
    """A version of an agreement is signed by both sides and holds."""

    type: ClassVar[str] = "agreements.in_force@1"
    agreement_id: UUID
    number: str
    terms_version: int
    item_ids: list[UUID]
    provider_id: UUID
    consumer_id: UUID
    at: datetime


@dataclass(frozen=True)
class AgreementSuspended(Event):
    """An agreement is suspended. `by`: provider, consumer or bureau."""

    type: ClassVar[str] = "agreements.suspended@1"
    agreement_id: UUID
    number: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AgreementResumed(Event):
    """A suspended agreement holds again."""

    type: ClassVar[str] = "agreements.resumed@1"
    agreement_id: UUID
    number: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AgreementEnded(Event):
    """An agreement is over. `by`: provider, consumer, bureau, or platform (its term, a successor)."""

    type: ClassVar[str] = "agreements.ended@1"
    agreement_id: UUID
    number: str
    by: str
    at: datetime


@dataclass(frozen=True)
class DisputeMoved(Event):
    """A dispute was opened, went a step further, or was settled."""

    type: ClassVar[str] = "agreements.dispute_moved@1"
    dispute_id: UUID
    number: str
    step: str
    at: datetime


EVENTS = (ApplicationMoved, AgreementInForce, AgreementSuspended, AgreementResumed, AgreementEnded, DisputeMoved)
