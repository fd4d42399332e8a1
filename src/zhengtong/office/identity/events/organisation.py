"""What the organisation announces. Ids only: names are looked up by whoever may see them."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event

TOPIC = "identity"


@dataclass(frozen=True)
class DepartmentAdded(Event):
    type: ClassVar[str] = "identity.department_added@1"
    department_id: UUID
    parent_id: UUID | None


@dataclass(frozen=True)
class DepartmentChanged(Event):
    type: ClassVar[str] = "identity.department_changed@1"
    department_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class DepartmentClosed(Event):
    type: ClassVar[str] = "identity.department_closed@1"
    department_id: UUID
    closed_on: date


@dataclass(frozen=True)
class DepartmentsMerged(Event):
    """Everything of `department_id` belongs to `into_id` from that day on."""

    type: ClassVar[str] = "identity.departments_merged@1"
    department_id: UUID
    into_id: UUID
    merged_on: date


@dataclass(frozen=True)
class PersonAdded(Event):
    type: ClassVar[str] = "identity.person_added@1"
    person_id: UUID


@dataclass(frozen=True)
class PersonChanged(Event):
    type: ClassVar[str] = "identity.person_changed@1"
    person_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True)
class PersonDeactivated(Event):
    type: ClassVar[str] = "identity.person_deactivated@1"
    person_id: UUID


@dataclass(frozen=True)
class PersonReactivated(Event):
    type: ClassVar[str] = "identity.person_reactivated@1"
    person_id: UUID


@dataclass(frozen=True)
class PostGiven(Event):
    type: ClassVar[str] = "identity.post_given@1"
    person_id: UUID
    post_id: UUID
    department_id: UUID
    from_on: date


@dataclass(frozen=True)
class PostChanged(Event):
    type: ClassVar[str] = "identity.post_changed@1"
    person_id: UUID
    post_id: UUID
    department_id: UUID


@dataclass(frozen=True)
class PostEnded(Event):
    type: ClassVar[str] = "identity.post_ended@1"
    person_id: UUID
    post_id: UUID
    department_id: UUID
    until_on: date


@dataclass(frozen=True)
class RoleChanged(Event):
    type: ClassVar[str] = "identity.role_changed@1"
    role: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class DeputyNamed(Event):
    type: ClassVar[str] = "identity.deputy_named@1"
    absent_person_id: UUID
    deputy_id: UUID
    acting_id: UUID
    from_on: date
    until_on: date


@dataclass(frozen=True)
class ActingEnded(Event):
    type: ClassVar[str] = "identity.acting_ended@1"
    absent_person_id: UUID
    deputy_id: UUID
    acting_id: UUID


@dataclass(frozen=True)
class ImportConfirmed(Event):
    type: ClassVar[str] = "identity.import_confirmed@1"
    import_id: UUID


@dataclass(frozen=True)
class ImportFinished(Event):
    type: ClassVar[str] = "identity.import_finished@1"
    uploaded_by: UUID
    import_id: UUID
    done: int
    failed: int


@dataclass(frozen=True)
class SubjectRegistered(Event):
    """A resident or a firm was registered."""

    type: ClassVar[str] = "identity.subject_registered@1"
    subject_id: UUID
    kind: str


ORGANISATION_EVENTS = (
    DepartmentAdded,
    DepartmentChanged,
    DepartmentClosed,
    DepartmentsMerged,
    PersonAdded,
    PersonChanged,
    PersonDeactivated,
    PersonReactivated,
    PostGiven,
    PostChanged,
    PostEnded,
    RoleChanged,
    DeputyNamed,
    ActingEnded,
    ImportConfirmed,
    ImportFinished,
    SubjectRegistered,
)
