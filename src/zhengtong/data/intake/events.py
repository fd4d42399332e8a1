"""What intake announces."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class BatchLanded(Event):
    """A batch is in the lake as `version` of `table`. `digest`: SM3 Merkle root, in hex, of the canonical batch as read."""

    type: ClassVar[str] = "intake.batch_landed@1"
    batch_id: UUID
    source_id: UUID
    run_id: UUID
    item_id: UUID
    item_code: str
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    bytes: int
    digest: str
    table: str
    version: int
    at: datetime

    @property
    def key(self) -> str:
        return str(self.item_id)


@dataclass(frozen=True)
class RunEnded(Event):
    """A run is over: `state` is landed, failed or cancelled."""

    type: ClassVar[str] = "intake.run_ended@1"
    run_id: UUID
    source_id: UUID
    item_id: UUID | None
    state: str
    rows_read: int
    rows_landed: int
    rows_quarantined: int
    at: datetime

    @property
    def key(self) -> str:
        return str(self.source_id)


EVENTS = (BatchLanded, RunEnded)
