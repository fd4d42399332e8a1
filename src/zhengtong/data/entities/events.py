"""What entities announce."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class LeadFound(Event):
    """A contradiction between bureaus was found."""

    type: ClassVar[str] = "entities.lead_found@1"
    lead_id: UUID
    number: str
    rule: str
    kind: str
    department_id: UUID


@dataclass(frozen=True)
class LeadClosedBy(Event):
    """A bureau has closed a lead: `state` is confirmed, explained or dismissed."""

    type: ClassVar[str] = "entities.lead_closed@1"
    lead_id: UUID
    number: str
    rule: str
    state: str
    department_id: UUID


@dataclass(frozen=True)
class EntitiesMerged(Event):
    """Somebody decided that two beings are one; `entity_id` goes on."""

    type: ClassVar[str] = "entities.merged@1"
    entity_id: UUID
    merged_id: UUID
    kind: str


EVENTS = (LeadFound, LeadClosedBy, EntitiesMerged)
