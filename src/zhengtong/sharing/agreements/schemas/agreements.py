"""Agreements, disputes, wishes and decisions over the wire."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.sharing.agreements.rules import Kind, Side, Status, Step
from zhengtong.sharing.agreements.schemas.shared import (
    BothWords,
    Code,
    DeedOut,
    DutyClock,
    In,
    Line,
    Long,
    PartyRef,
    Said,
    Sentence,
    SharedItem,
    Title,
)


class AgreementsWanted(BaseModel):
    """Which agreements are asked for."""

    which: Literal["all", "live", "to_sign", "uses", "provides", "ending"] = "all"
    status: Status | None = None
    department: UUID | None = None
    item: UUID | None = None


class AgreementLine(BaseModel):
    """An agreement in a list."""

    id: UUID
    number: str
    status: Status
    label: BothWords
    item: SharedItem
    provider: PartyRef
    consumer: PartyRef
    purposes: list[BothWords]
    terms_version: int
    in_force: int | None
    valid_from: date
    valid_to: date
    days_left: int
    awaits: bool
    changed_at: datetime


class SealOut(BaseModel):
    """A side's seal. `waiting`: the department's own signer has been asked."""

    side: Side
    department: PartyRef
    waiting: bool
    custody: str
    key_id: str
    signature: str
    by: str
    at: datetime
    index: int | None


class VersionOut(BaseModel):
    """One version of the terms."""

    number: int
    digest: str
    created_at: datetime
    in_force_at: datetime | None
    application_id: UUID | None
    application_number: str | None
    kind: Kind | None


class PointOut(BaseModel):
    """A point of the security checklist. `confirmed`: null where the platform itself sees to it."""

    key: str
    stage: BothWords
    by: str
    words: BothWords
    confirmed: bool | None


class ArticleOut(BaseModel):
    """An article of the agreement's text."""

    title: BothWords
    words: BothWords


class AgreementOut(AgreementLine):
    """One agreement: its parties and seals, its terms in words and for machines, what was done.

    `digest`, `text_digest`: SM3 of the terms and of the text, both under the seals; the latter "" in agreements from before.
    """

    version: int
    digest: str
    text_digest: str
    level: str
    sentences: list[Sentence]
    terms: dict[str, Any]
    seals: list[SealOut]
    awaited: list[PartyRef]
    versions: list[VersionOut]
    text_title: BothWords
    text: list[ArticleOut]
    checklist: list[PointOut]
    to_confirm: list[str]
    personal: bool
    stopped_by: str
    reason: str
    succeeds: UUID | None
    contract_seq: int
    on_ledger: bool
    deeds: list[DeedOut]
    abilities: dict[str, bool]


class SignIn(In):
    """Signing confirms the side's points of the security checklist."""

    checklist: list[Code] = Field(default=[], max_length=30)


class StopIn(In):
    """A reason for suspending, resuming or ending."""

    said: Long


class ChangeIn(In):
    """A change or renewal goes the way of an application; its terms start as those in force."""

    kind: Literal["change", "renewal"]
    said: Long
    valid_to: date | None = Field(default=None, description="of a renewal: the new last day")


class CorrectionIn(In):
    """A value that is wrong: goes to the owner as a correction ticket."""

    item_id: UUID
    title: Title
    reason: Long
    rows: Line = ""
    evidence: Line = ""


class TicketRef(BaseModel):
    """The correction ticket that was opened."""

    id: UUID
    number: str


class DisputesWanted(BaseModel):
    """Which disputes are asked for."""

    which: Literal["live", "closed", "all"] = "live"
    agreement: UUID | None = None
    application: UUID | None = None


class DisputeIn(In):
    """A dispute about an application's answer, or an agreement."""

    application_id: UUID | None = None
    agreement_id: UUID | None = None
    title: Title
    said: Long


class DisputeSettle(In):
    """How it was settled. `reopen`: the refused application is answered again."""

    outcome: Long
    reopen: bool = False


class DisputeLine(BaseModel):
    """A dispute in a list."""

    id: UUID
    number: str
    title: str
    step: Step
    label: BothWords
    department: PartyRef
    against: PartyRef
    application_id: UUID | None
    agreement_id: UUID | None
    about: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    clock: DutyClock | None


class DisputeOut(DisputeLine):
    """One dispute with what was said."""

    version: int
    deeds: list[DeedOut]
    abilities: dict[str, bool]


class WishesWanted(BaseModel):
    """Which wishes are asked for."""

    which: Literal["open", "mine", "to_answer", "all"] = "open"


class WishIn(In):
    """Data that is needed and not listed."""

    title: Title
    wanted: Long
    purpose: Code
    provider_id: UUID | None = None


class WishAnswer(In):
    """The answer to a wish: it will be listed, is listed as an item, or cannot be."""

    answer: Literal["accepted", "listed", "declined"]
    said: Said = ""
    item_id: UUID | None = None


class WishOut(BaseModel):
    """A wish."""

    id: UUID
    number: str
    title: str
    wanted: str
    purpose: BothWords
    state: str
    answer: str
    department: PartyRef
    provider: PartyRef | None
    item: SharedItem | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    abilities: dict[str, bool]


class SupplyLine(BaseModel):
    """What a department supplies and asks for: items by share type, agreements as provider and as consumer, answers in time."""

    department: PartyRef
    unconditional: int
    conditional: int
    refused: int
    provides: int
    uses: int
    asked: int
    answered_late: int


class QuestionIn(In):
    """May this department read these fields for this purpose?"""

    department_id: UUID
    item_id: UUID
    fields: list[str] = Field(min_length=1, max_length=100)
    purpose: Code
    whole: bool = Field(default=False, description="as it is; else as the agreement gives it")
    case: bool = True
    operation: Literal["lookup", "batch", "page", "count", "relay", "table", "file"] = "lookup"
    at: datetime | None = None
    used_today: int = Field(default=0, ge=0)
    keys: int = Field(default=1, ge=1)


class ConditionOut(BaseModel):
    """One condition of the contract and whether it is met."""

    key: str
    label: BothWords
    met: bool
    words: BothWords


class VerdictOut(BaseModel):
    """The answer of one agreement to the question. `inputs`: canonical JSON, to decide again; `digest`: its SM3."""

    agreement_id: UUID | None
    agreement_number: str
    terms_version: int
    allowed: bool
    code: str
    words: BothWords
    remedy: BothWords
    conditions: list[ConditionOut]
    fields: dict[str, str]
    given: list[BothWords]
    policy_version: str
    inputs: str
    digest: str


class Verdicts(BaseModel):
    """The answers, the best first; how it could be granted where none allows it."""

    at: datetime
    verdicts: list[VerdictOut]
    advice: BothWords


class MatrixCell(BaseModel):
    """What a department may of an item: `allowed` fields under which agreements."""

    department_id: UUID
    item_id: UUID
    agreements: list[str]
    agreement_ids: list[UUID]
    allowed: bool
    fields: int
    level: str
    why: BothWords


class MatrixOut(BaseModel):
    """Who may what: departments by items, as decided now."""

    at: datetime
    departments: list[PartyRef]
    items: list[SharedItem]
    cells: list[MatrixCell]
    more: bool


class ContractWords(BaseModel):
    """The vocabulary: purposes, masks, ways, states, the checklist, the bases of a refusal, the policy in force."""

    purposes: list[dict[str, Any]]
    masks: list[dict[str, Any]]
    ways: list[dict[str, Any]]
    states: list[dict[str, Any]]
    points: list[dict[str, Any]]
    refusal_bases: list[dict[str, Any]]
    conditions: list[dict[str, Any]]
    policy_version: str


class UseOut(BaseModel):
    """What waits for the actor."""

    applications_todo: int
    to_sign: int
    disputes: int
    clock: DutyClock | None = None
