"""The update promise: until when the next batch is due, and whether it came in time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Promise:
    """Two updates lie at most `hours` apart; `grace_hours` more are not held against anybody."""

    hours: int
    grace_hours: int = 0

    @property
    def span(self) -> timedelta:
        return timedelta(hours=self.hours + self.grace_hours)


Promises = Mapping[str, Promise]


def due_after(last: datetime, cycle: str, promises: Promises) -> datetime | None:
    """When the next update is due at the latest; None where the cycle promises nothing."""
    promise = promises.get(cycle)
    return last + promise.span if promise else None


def is_kept(due_at: datetime | None, at: datetime) -> bool:
    """True when the batch came in time, or none was promised."""
    return due_at is None or at <= due_at


@dataclass(frozen=True, slots=True)
class SharingRate:
    """Live items by share type; `share` (0–1) is the part that is shared, None when there are none."""

    unconditional: int
    conditional: int
    refused: int

    @property
    def total(self) -> int:
        return self.unconditional + self.conditional + self.refused

    @property
    def share(self) -> float | None:
        return (self.unconditional + self.conditional) / self.total if self.total else None


def sharing_rate(share_types: Iterable[tuple[str, int]]) -> SharingRate:
    """The rate of counted share types.

    >>> sharing_rate([("unconditional", 3), ("refused", 1)]).share
    0.75
    """
    counted = dict(share_types)
    return SharingRate(*(counted.get(name, 0) for name in ("unconditional", "conditional", "refused")))
