"""What the catalogue announces: intake, quality, sharing and the ledger build on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class ItemPublished(Event):
    """Version `number` of an item is in force from `at` on."""

    type: ClassVar[str] = "catalogue.item_published@1"
    item_id: UUID
    code: str
    number: int
    department_id: UUID
    level: str
    at: datetime


@dataclass(frozen=True)
class ItemChanged(Event):
    """Version `after` took the place of `before`. `breaking`: a field is gone, narrower or of another type."""

    type: ClassVar[str] = "catalogue.item_changed@1"
    item_id: UUID
    code: str
    before: int
    after: int
    breaking: bool
    fields_added: tuple[str, ...]
    fields_removed: tuple[str, ...]
    fields_changed: tuple[str, ...]


@dataclass(frozen=True)
class ItemWithdrawn(Event):
    type: ClassVar[str] = "catalogue.item_withdrawn@1"
    item_id: UUID
    code: str
    department_id: UUID
    reason: str
    at: datetime


@dataclass(frozen=True)
class ItemOverdue(Event):
    """A promise was not kept. `duty`: `data` (the update cycle passed without a batch) or `catalogue` (the entry was not brought
    up to date in the law's days)."""

    type: ClassVar[str] = "catalogue.item_overdue@1"
    item_id: UUID
    code: str
    department_id: UUID
    duty: str
    due_at: datetime


EVENTS = (ItemPublished, ItemChanged, ItemWithdrawn, ItemOverdue)
