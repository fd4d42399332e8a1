"""What goes over the wire. Labels come in both languages; the page picks."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from zhengtong.kernel.errors import Words
from zhengtong.office.operations.rules import JobState, Level


class JobAbilities(BaseModel):
    """What the reader can do with a job."""

    replay: bool
    cancel: bool


class JobOut(BaseModel):
    """One piece of work."""

    id: int
    name: str
    label: Words = Field(description="its name as people say it")
    state: JobState
    state_name: Words
    key: str | None = Field(description="jobs of one key run one after another")
    attempts: int
    retries: int | None = Field(description="how often it is tried again; null when this program knows no such job")
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None = Field(description="first line, personal numbers hidden")
    abilities: JobAbilities


class JobDetail(JobOut):
    """One piece of work, whole."""

    arguments: dict[str, Any] = Field(description="secrets and personal numbers hidden")
    kept: dict[str, Any] = Field(description="what a stepwise job keeps between its steps, hidden likewise")
    whole_error: str | None
    lease_until: datetime | None
    request_id: str


class NameCount(BaseModel):
    """The jobs of one name that are not done."""

    name: str
    label: Words
    waiting: int
    running: int
    dead: int


class NamesOut(BaseModel):
    """Every kind of work this program knows, or has left lying."""

    items: list[NameCount]


class Replaying(BaseModel):
    """Which jobs to replay: by number, or all dead ones of a name."""

    model_config = ConfigDict(extra="forbid")
    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] | None = Field(None, min_length=1, max_length=1000)
    name: str | None = Field(None, min_length=1, max_length=100)


class Changed(BaseModel):
    """Which jobs changed."""

    changed: int
    ids: list[int]


class Cancelling(BaseModel):
    """Why a job is cancelled."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    reason: str = Field(min_length=1, max_length=300)


class DeliveryCounts(BaseModel):
    """How an event's deliveries stand; done ones are forgotten after three days."""

    waiting: int
    running: int
    done: int
    dead: int


class EventOut(BaseModel):
    """An announced event."""

    id: UUID
    seq: int
    type: str
    label: Words
    key: str
    at: datetime
    listeners: int
    deliveries: DeliveryCounts


class EventDetail(EventOut):
    """An announced event with what it said and how its deliveries stand."""

    body: dict[str, Any] = Field(description="secrets and personal numbers hidden")
    delivered_to: list[JobOut]


class TimerAbilities(BaseModel):
    """What the reader can do with a timer."""

    run: bool


class TimerOut(BaseModel):
    """Something that happens by itself."""

    name: str
    label: Words
    job: str
    schedule: Words
    next_at: datetime | None
    last_at: datetime | None
    last_state: JobState | None
    last_state_name: Words | None
    last_job: int | None
    abilities: TimerAbilities


class TimersOut(BaseModel):
    """Every timer."""

    items: list[TimerOut]


class AlarmOut(BaseModel):
    """Something to look at."""

    code: str
    level: Level
    text: Words
    link: str


class QueueOut(BaseModel):
    """The queue at a glance."""

    waiting: int
    retrying: int
    running: int
    dead: int
    oldest_waiting_s: float | None = Field(description="seconds since the oldest due job was due")


class OverviewOut(BaseModel):
    """The engine room at a glance."""

    health: Level
    alarms: list[AlarmOut]
    queue: QueueOut
    workers: int = Field(description="threads of this process that run jobs")


class DatabaseOut(BaseModel):
    """The database as it stands."""

    kind: str
    version: str
    size_bytes: int
    wal_bytes: int | None
    ahead_s: float | None = Field(description="the database's clock against ours; null for SQLite")


class EngineOut(BaseModel):
    """An engine as it stands."""

    name: str
    adapter: str
    state: str = Field(description="ok | bad")
    text: Words
    took_ms: float


class ProcessOut(BaseModel):
    """This process and its machine."""

    version: str
    python: str
    system: str
    started_at: datetime
    memory_bytes: int
    disk_free_bytes: int
    disk_total_bytes: int
    workers: int
    at: datetime = Field(description="this process's clock")


class HealthOut(BaseModel):
    """Everything measured now."""

    health: Level
    alarms: list[AlarmOut]
    database: DatabaseOut
    engines: list[EngineOut]
    process: ProcessOut
    queue: QueueOut
    running: list[JobOut]


class SettingOut(BaseModel):
    """One setting as it stands."""

    section: str
    key: str
    value: str = Field(description="*** for a secret")
    source: str
    description: Words


class SettingsOut(BaseModel):
    """Every setting."""

    items: list[SettingOut]
