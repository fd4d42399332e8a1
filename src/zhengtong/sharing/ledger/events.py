"""What the ledger announces."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class SealGiven(Event):
    """A department's own signer has signed what was put before it; `digest`: SM3 of the payload, in hex."""

    type: ClassVar[str] = "ledger.seal_given@1"
    department_id: UUID
    request_id: UUID
    digest: str
    at: datetime


@dataclass(frozen=True)
class AlarmRaised(Event):
    """Something about the ledger is not as it must be. `kind`: fork, lost_tail, clock, altered."""

    type: ClassVar[str] = "ledger.alarm_raised@1"
    alarm_id: UUID
    kind: str
    told: str
    at: datetime


@dataclass(frozen=True)
class Anchored(Event):
    """Entries that waited for the chain's validators stand on the ledger now: `first` to `last`, by index."""

    type: ClassVar[str] = "ledger.anchored@1"
    first: int
    last: int
    at: datetime


EVENTS = (SealGiven, AlarmRaised, Anchored)
