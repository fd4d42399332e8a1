"""What deadlines announces. Rooms above hear these and know their own by `about_kind` and `about_id`."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class ClockFact(Event):
    """What every event of a clock tells. Events of one clock are heard in order."""

    clock_id: UUID
    rule: str
    about_kind: str
    about_id: str
    department_id: UUID | None
    person_id: UUID | None
    at: datetime


@dataclass(frozen=True)
class ClockStarted(ClockFact):
    type: ClassVar[str] = "deadlines.clock_started@1"
    due_at: datetime | None
    unknown_year: int | None


@dataclass(frozen=True)
class ClockStopped(ClockFact):
    type: ClassVar[str] = "deadlines.clock_stopped@1"
    ground: str
    reason: str


@dataclass(frozen=True)
class ClockResumed(ClockFact):
    type: ClassVar[str] = "deadlines.clock_resumed@1"
    due_at: datetime | None
    unknown_year: int | None


@dataclass(frozen=True)
class ClockExtended(ClockFact):
    type: ClassVar[str] = "deadlines.clock_extended@1"
    by: int
    unit: str
    reason: str
    due_at: datetime | None
    unknown_year: int | None


@dataclass(frozen=True)
class ClockWarned(ClockFact):
    type: ClassVar[str] = "deadlines.clock_warned@1"
    due_at: datetime


@dataclass(frozen=True)
class ClockExpired(ClockFact):
    """The limit has passed. `consequence`: escalate | deemed_accepted | next_contact | lapse."""

    type: ClassVar[str] = "deadlines.clock_expired@1"
    due_at: datetime
    consequence: str


@dataclass(frozen=True)
class ClockEscalated(ClockFact):
    """An overdue clock climbed to rung `step` (from 1) of its ladder: `to` is a role, or `holder`."""

    type: ClassVar[str] = "deadlines.clock_escalated@1"
    step: int
    to: str


@dataclass(frozen=True)
class ClockMet(ClockFact):
    type: ClassVar[str] = "deadlines.clock_met@1"
    late: bool


@dataclass(frozen=True)
class ClockWithdrawn(ClockFact):
    type: ClassVar[str] = "deadlines.clock_withdrawn@1"
    reason: str


@dataclass(frozen=True)
class ClockRecomputed(ClockFact):
    """A changed calendar moved the end."""

    type: ClassVar[str] = "deadlines.clock_recomputed@1"
    due_at: datetime | None
    unknown_year: int | None


@dataclass(frozen=True)
class CalendarYearMissing(Event):
    """The holidays of `year` are not known, and `clocks` live clocks wait for them (0: the year is only near)."""

    type: ClassVar[str] = "deadlines.calendar_year_missing@1"
    year: int
    clocks: int


@dataclass(frozen=True)
class CalendarYearLoaded(Event):
    type: ClassVar[str] = "deadlines.calendar_year_loaded@1"
    year: int
    layer: str
    changed_days: int


@dataclass(frozen=True)
class RulePackPut(Event):
    type: ClassVar[str] = "deadlines.rule_pack_put@1"
    pack: str
    digest: str


@dataclass(frozen=True)
class RulePackRetired(Event):
    type: ClassVar[str] = "deadlines.rule_pack_retired@1"
    pack: str
    reason: str


CLOCK_EVENTS = (
    ClockStarted,
    ClockStopped,
    ClockResumed,
    ClockExtended,
    ClockWarned,
    ClockExpired,
    ClockEscalated,
    ClockMet,
    ClockWithdrawn,
    ClockRecomputed,
)
EVENTS = (*CLOCK_EVENTS, CalendarYearMissing, CalendarYearLoaded, RulePackPut, RulePackRetired)
