"""Applications over the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.sharing.agreements.rules import DAY_MINUTES, Kind, RowRule, State, Terms
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
)

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,63}$")]
Mask = Annotated[str, Field(pattern=r"^[a-z_]{2,12}(:[a-z0-9_]{1,12})?$")]
Way = Literal["api", "relay", "table", "file"]
Value = Annotated[str, Field(max_length=200)] | int


class RowIn(In):
    """Which rows: `field` `op` `value`."""

    field: FieldName
    op: Literal["eq", "ne", "in", "lt", "le", "gt", "ge", "prefix"]
    value: Value | Annotated[list[Value], Field(max_length=200)]


class TermsIn(In):
    """The terms that are asked for. Days are law days, the last one included; hours are minutes of the city's day."""

    fields: dict[UUID, dict[FieldName, Mask]] = Field(
        min_length=1, max_length=20, description="by item: each field and how much of it is given"
    )
    rows: list[RowIn] = Field(default=[], max_length=20)
    purposes: list[Code] = Field(min_length=1, max_length=5)
    ways: list[Way] = Field(default=["api"], min_length=1, max_length=4)
    systems: list[UUID] = Field(min_length=1, max_length=20)
    persons: list[UUID] = Field(default=[], max_length=200)
    posts: list[UUID] = Field(default=[], max_length=200)
    case_required: bool = True
    exception: Line = Field(default="", description="the paper that allows important or core data")
    second_factor: bool = False
    workdays_only: bool = False
    opens: int = Field(default=0, ge=0, lt=DAY_MINUTES)
    closes: int = Field(default=DAY_MINUTES, gt=0, le=DAY_MINUTES)
    daily_quota: int = Field(default=500, ge=1, le=10_000_000)
    total_quota: int = Field(default=0, ge=0, le=10**12, description="0: without bound")
    rate_per_second: int = Field(default=10, ge=1, le=10_000)
    max_rows: int = Field(default=1, ge=1, le=10**9, description="rows that one call may ask for")
    valid_from: date
    valid_to: date

    def terms(self, level: str) -> Terms:
        """As rules know them, with the level that follows from the fields."""
        masks = {item.hex: dict(sorted(one.items())) for item, one in sorted(self.fields.items())}
        return Terms(
            item_ids=tuple(masks),
            fields=masks,
            purposes=tuple(sorted(set(self.purposes))),
            valid_from=self.valid_from.isoformat(),
            valid_to=self.valid_to.isoformat(),
            rows=tuple(_row(one) for one in self.rows),
            ways=tuple(sorted(set(self.ways))),
            systems=tuple(sorted({one.hex for one in self.systems})),
            persons=tuple(sorted({one.hex for one in self.persons})),
            posts=tuple(sorted({one.hex for one in self.posts})),
            case_required=self.case_required,
            level=level,
            exception=self.exception,
            second_factor=self.second_factor,
            workdays_only=self.workdays_only,
            opens=self.opens,
            closes=self.closes,
            daily_quota=self.daily_quota,
            total_quota=self.total_quota,
            rate_per_second=self.rate_per_second,
            max_rows=self.max_rows,
        )


def _row(one: RowIn) -> RowRule:
    value = tuple(one.value) if isinstance(one.value, list) else one.value
    return RowRule(one.field, one.op, value)


class ApplicationIn(In):
    """What a department asks for, why, and who answers for it."""

    item_id: UUID
    basis: Long = Field(description="the law or rule on which the data are used")
    scene: Long = Field(description="where they are used: the matter, the step, what is decided by them")
    responsible_id: UUID | None = None
    responsible_name: Line = ""
    terms: TermsIn
    reasons: dict[FieldName, Said] = Field(default={}, max_length=300, description="by field: why it is needed")


class SubmitIn(In):
    """Submitting warrants that the application is true, lawful and needed."""

    warranted: bool
    said: Said = ""


class AnswerIn(In):
    """The provider's answer. `terms` where it agrees in part; a refusal names its basis and the law's article."""

    answer: Literal["agree", "agree_in_part", "refuse"]
    said: Said = ""
    terms: TermsIn | None = None
    refusal_basis: str = Field(default="", max_length=30)
    refusal_law: Line = ""
    checklist: list[Code] = Field(
        default=[], max_length=30, description="points of the security checklist that the provider confirms"
    )


class ApplicationsWanted(BaseModel):
    """Which applications are asked for."""

    which: Literal["all", "mine", "todo", "to_answer", "open", "overdue"] = "all"
    state: State | None = None
    department: UUID | None = None
    item: UUID | None = None


class ApplicationLine(BaseModel):
    """An application in a list. `code`: its state as operators of city platforms name it."""

    id: UUID
    number: str
    kind: Kind
    state: State
    code: str
    label: BothWords
    item: SharedItem
    department: PartyRef
    provider: PartyRef
    unconditional: bool
    purposes: list[BothWords]
    fields: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    agreement_id: UUID | None
    agreement_number: str | None
    clock: DutyClock | None


class HintOut(BaseModel):
    """One piece of advice."""

    code: str
    tone: Literal["info", "warn", "stop"]
    words: BothWords
    field: str


class ApplicationOut(ApplicationLine):
    """One application with everything that was said and done."""

    version: int
    basis: str
    scene: str
    responsible_id: UUID | None
    responsible_name: str
    terms: dict[str, Any]
    granted: dict[str, Any] | None
    level: str
    reasons: dict[str, str]
    named: dict[str, BothWords] = Field(
        description="fields by name, persons and posts by id in hex: what they are called"
    )
    sentences: list[Sentence]
    hints: list[HintOut]
    refusal_basis: str
    refusal_law: str
    checklist: list[str]
    next: BothWords
    deeds: list[DeedOut]
    abilities: dict[str, bool]


class OfferedField(BaseModel):
    """A field that can be asked for. `used`: of the similar grants, how many give it; `advice`: how most of them do."""

    name: str
    name_zh: str
    level: str
    is_key: bool
    meaning: str
    used: int
    advice: str


class PartySystem(BaseModel):
    """A service account."""

    id: UUID
    name: str
    name_en: str


class PurposeOut(BaseModel):
    """A purpose that data may be asked for. `case`: each call carries a case number."""

    code: str
    zh: str
    en: str
    case: bool
    disclosure: str


class Offer(BaseModel):
    """What an applicant must know about an item before asking: its fields, what similar grants gave, the answer's limit."""

    item: SharedItem
    provider: PartyRef
    share_condition: str
    fields: list[OfferedField]
    similar: int
    held: list[str]
    systems: list[PartySystem]
    purposes: list[PurposeOut]
    own: bool
    answer_days: int | None
    answer_usual_days: float | None
    answer_verified: bool


class FaultOut(BaseModel):
    """What is to be mended before it can be submitted."""

    field: str
    zh: str
    en: str


class PreviewOut(BaseModel):
    """What the contract would allow: in words, its level, advice, what is wrong still."""

    level: str
    sentences: list[Sentence]
    hints: list[HintOut]
    faults: list[FaultOut]
