"""The record of calls, receipts, what is served, and a person's uses over the wire."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Words = dict[str, str]


class SharePlace(BaseModel):
    """A department, by name."""

    id: UUID
    name_zh: str
    name_en: str
    short_name: str


class CallLine(BaseModel):
    """One call, as X-Road's operational monitoring tells it; never a value of the data."""

    number: int
    receipt_id: UUID
    index: int | None = Field(description="the receipt's place on the ledger; null while it is being anchored")
    at: datetime
    agreement: str
    item_code: str
    item_zh: str
    item_en: str
    operation: str
    consumer: SharePlace | None
    provider: SharePlace | None
    system: str
    purpose: str
    purpose_words: Words
    case_number: str
    served: bool
    code: str = Field(description="the condition of the contract that was not met; empty where served")
    code_words: Words | None
    rows: int
    about: int = Field(description="how many persons and firms the answer named")
    request_bytes: int
    response_bytes: int
    took_ms: float


class ReceiptOut(CallLine):
    """A receipt with what proves it: the ledger's entry and the bundle that anybody can verify offline."""

    entry: dict[str, Any]
    bundle: dict[str, Any] | None = Field(description="zhengtong-receipt@1; null while the entry is being anchored")
    can_recheck: bool


class RecheckOut(BaseModel):
    """What deciding again from the sealed inputs gave."""

    verdict: Literal["same", "differs", "altered", "missing", "shredded"]
    was: str
    now: str


class Hour(BaseModel):
    """An hour of calls."""

    at: datetime
    served: int
    refused: int


class UseDay(BaseModel):
    """A law day of calls under one agreement. `workday`: null where the calendar does not know."""

    day: date
    served: int
    refused: int
    workday: bool | None


class DailyUse(BaseModel):
    """The last days of an agreement's calls, the newest last, beside what it allows a day."""

    agreement: str
    daily_quota: int | None
    used_today: int
    used_total: int
    days: list[UseDay]


class Use(BaseModel):
    """Calls of one agreement and item in the window."""

    agreement: str
    item_code: str
    item_zh: str
    item_en: str
    consumer: SharePlace | None
    provider: SharePlace | None
    served: int
    refused: int
    rows: int
    last_at: datetime


class Monitoring(BaseModel):
    """How the service runs: the last 24 hours."""

    served: int
    refused: int
    rows: int
    p50_ms: float | None
    p99_ms: float | None
    hours: list[Hour]
    uses: list[Use]
    copies: list["CopyOut"]


class ServedField(BaseModel):
    """A field of a served item under an agreement."""

    name: str
    name_zh: str
    kind: str
    mask: str
    key: bool
    meaning: str


class CopyOut(BaseModel):
    """A serving copy: how fresh, how large."""

    item_id: UUID
    item_code: str
    item_zh: str
    item_en: str
    version: str
    rows: int
    data_at: datetime | None
    made_at: datetime
    seconds: float
    trouble: Words | None


class ServiceLine(BaseModel):
    """One item under one agreement, as it can be called."""

    agreement: str
    agreement_id: UUID
    status: str
    item_code: str
    item_zh: str
    item_en: str
    consumer: SharePlace | None
    provider: SharePlace | None
    used_today: int
    daily_quota: int
    fresh: datetime | None
    ways: list[str]


class ServedAccount(BaseModel):
    """A service account that the agreement names."""

    id: UUID
    name: str


class ServedPurpose(BaseModel):
    """A purpose that the agreement allows."""

    code: str
    words: Words


class ServiceOut(ServiceLine):
    """The same with all that a programmer needs."""

    path: str
    fields: list[ServedField]
    purposes: list[str]
    purpose_words: list[ServedPurpose]
    case_required: bool
    person_required: bool = Field(
        description="the agreement names persons or posts, or asks for a second factor: say who sits there"
    )
    factor_required: bool
    systems: list[str]
    accounts: list[ServedAccount]
    max_rows: int
    rate_per_second: int
    total_quota: int
    used_total: int
    valid_from: date
    valid_to: date
    copy_: CopyOut | None = Field(None, alias="copy")
    example: dict[str, Any]
    answer: dict[str, Any]
    model_config = ConfigDict(populate_by_name=True)


class UsageLine(BaseModel):
    """One use of a person's data, as the person sees it: never a value."""

    receipt_id: UUID
    index: int | None
    at: datetime
    department: SharePlace | None
    provider: SharePlace | None
    system: str
    item_zh: str
    item_en: str
    purpose: Words
    agreement: str
    operation: str
    fields: list[Words] = Field(description="names of the fields that were given")
    masked: list[str]
    doubt: "DoubtOut | None"


class Withheld(BaseModel):
    """Uses that are counted and not listed: for how long, or on what ground."""

    count: int
    purpose: Words
    days: int | None
    basis: Words | None


class UsagePage(BaseModel):
    """A person's uses, the newest first. `not_listed`: those delayed or withheld, by purpose."""

    name: str
    total: int
    items: list[UsageLine]
    next: int | None
    delayed: int
    withheld: int
    not_listed: list[Withheld]
    departments: int
    since: datetime | None


class TraceIn(BaseModel):
    """Whose uses are to be found, and what for; both stand in the audit trail, the number as a blind index."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field(min_length=8, max_length=18, description="identity number, or a firm's code")
    reason: str = Field(min_length=2, max_length=300)


class DoubtIn(BaseModel):
    """A question about one use, or an objection to it."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["question", "objection"]
    said: str = Field(min_length=5, max_length=1000)


class DoubtAnswerIn(BaseModel):
    """The department's answer. `outcome`: the use was justified, it was stopped, or it was wrong."""

    model_config = ConfigDict(extra="forbid")
    outcome: Literal["justified", "stopped", "wrong"]
    said: str = Field(min_length=5, max_length=2000)


class DoubtOut(BaseModel):
    """A question or objection, and how it stands."""

    id: UUID
    number: str
    kind: Literal["question", "objection"]
    state: Literal["open", "answered"]
    receipt_id: UUID
    department: SharePlace | None
    said: str
    answer: str
    outcome: str
    asked_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    abilities: dict[str, bool]


class FindUsage(BaseModel):
    """The Estonian data tracker's answer."""

    totalUsages: int
    usages: list["TrackedUsage"]


class TrackedUsage(BaseModel):
    """One use in the data tracker's words."""

    logtime: datetime
    action: str
    receiverCode: str
    receiverName: str
    receiverSystem: str


class UsagePeriod(BaseModel):
    """From when to when uses are known."""

    periodStart: datetime | None
    periodEnd: datetime | None


class Heartbeat(BaseModel):
    """That the tracker answers."""

    status: Literal["UP"] = "UP"
