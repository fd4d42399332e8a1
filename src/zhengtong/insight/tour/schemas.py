"""The demo over the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from zhengtong.insight.tour.rules import Step


class DemoClockOut(BaseModel):
    """The demo's clock."""

    now: datetime = Field(description="what it shows")
    ahead_s: int = Field(description="seconds it is ahead of the clocks outside; it never goes back")
    next_limit: datetime | None = Field(description="when a running limit next warns, ends or is escalated")
    busy: int = Field(description="jobs that are due and not yet done: what the last step set going")


class StepIn(BaseModel):
    step: Step


class StartOut(BaseModel):
    """Where the guided tour begins: the newest receipt that the reader may see, or else an item; of a resident or firm, the newest use."""

    kind: Literal["receipt", "item", "use"]
    id: str


class LossOut(BaseModel):
    """How many of a kind would be gone."""

    kind: Literal["applications", "agreements", "calls", "entries", "batches", "people"]
    count: int


class DemoOut(BaseModel):
    """The demo as the pages need it."""

    clock: DemoClockOut
    start: StartOut | None = Field(description="null: there is nothing to show yet")
    may_reset: bool


class ResetOut(BaseModel):
    """What beginning anew would wipe out."""

    losses: list[LossOut]
    takes_s: int = Field(description="about how long it takes, in seconds")
