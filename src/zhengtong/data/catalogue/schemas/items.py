"""Items, their fields and versions over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from zhengtong.data import standards
from zhengtong.data.catalogue.rules import Content, FieldContent, State, VersionState
from zhengtong.office import identity

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=ONE_LINE)]
Word = Annotated[str, StringConstraints(max_length=30, pattern=r"^[a-z_0-9]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[0-9/]*$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")]


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Words(BaseModel):
    """A label in both languages."""

    zh: str
    en: str


class FieldIn(In):
    """One field of an item."""

    name: str = Field(max_length=63, description="as in the lake: a small letter first; small letters, digits, _")
    name_zh: Line = ""
    type: standards.Type
    length: int | None = Field(None, description="characters or digits at most")
    precision: int | None = Field(None, description="digits after the point")
    element_code: str = Field("", max_length=20, description="the data element it follows, such as DE-0001")
    code_list: str = Field("", max_length=60, description="key of a code list, where the element names none")
    is_key: bool = Field(False, description="part of what tells one row from another")
    required: bool = False
    level: standards.Level | None = Field(None, description="the element's when left out; without one, general_3")
    meaning: Text = ""

    def to_content(self) -> FieldContent:
        told = self.model_dump()
        return FieldContent(**{**told, "level": self.level.value if self.level else "", "type": self.type.value})


class ContentIn(In):
    """What an item says. Words are the keys that `GET /catalogue/words` gives."""

    name_zh: Name
    name_en: Line = ""
    abstract: Text = ""
    class_code: Annotated[str, StringConstraints(max_length=20, pattern=r"^[0-9]*$")] = Field(
        "", description="类 1 + 项 2 + 目 3 + 细目 digits"
    )
    format: Word = "database"
    resource_type: Word = "table"
    share_type: Word = "conditional"
    share_condition: Text = ""
    share_method: Word = "service"
    share_basis: Word = Field("", description="why it is not shared: law, regulation, state_council")
    share_basis_text: Text = Field("", description="the law's title and article: 《…》第…条")
    open_type: Word = "disallowed"
    open_condition: Text = ""
    channel: Word = "government"
    update_cycle: Word = "on_demand"
    level: standards.Level | None = Field(None, description="never below the strictest field's; that one when left out")
    related: list[Code] = Field([], max_length=50, description="codes of related items")
    fields: list[FieldIn] = Field([], max_length=1000)

    def to_content(self) -> Content:
        told = self.model_dump(exclude={"fields", "related", "level", "department_id", "code", "number", "note"})
        return Content(
            **told,
            level=self.level.value if self.level else "",
            related=tuple(self.related),
            fields=tuple(one.to_content() for one in self.fields),
        )


class NewItem(ContentIn):
    """A new item."""

    department_id: UUID
    code: Code = Field("", description="the next of its class when left out")
    number: Annotated[str, StringConstraints(max_length=30, pattern=r"^[A-Za-z0-9\-]*$")] = Field(
        "", description="a short number of the city's own, such as SJ-3102"
    )


class Revision(ContentIn):
    """What an item is to say from its next version on."""

    note: Reason = Field("", description="why, for the reviewer")


class Wanted(In):
    """Which items are asked for."""

    department_id: UUID | None = None
    state: State | None = None
    share_type: str | None = Field(None, max_length=30)
    update_cycle: str | None = Field(None, max_length=30)
    level: standards.Level | None = None
    origin: str | None = Field(None, max_length=20)
    class_code: str | None = Field(None, max_length=20, description="items of this class and below")
    overdue: bool = Field(False, description="only those whose update promise is not kept")

    def chosen(self) -> list[tuple[str, Any]]:
        """The columns that must equal something."""
        names = ("department_id", "state", "share_type", "update_cycle", "level", "origin")
        return [(name, value) for name in names if (value := getattr(self, name)) is not None]


class Deed(In):
    """Why, where the deed asks for a reason."""

    reason: Reason = ""


class DutyChange(In):
    """A change of law or duty that the entry must follow."""

    reason: Annotated[Reason, StringConstraints(min_length=2)]
    happened_at: datetime | None = Field(None, description="when it happened, if not now")


class ManyItems(In):
    """Several items at once."""

    items: list[UUID] = Field(min_length=1, max_length=200)


class Done(BaseModel):
    """What became of one item of several."""

    id: UUID
    code: str
    done: bool
    zh: str = ""
    en: str = ""


class ManyDone(BaseModel):
    """What became of several items."""

    done: int
    items: list[Done]


class StateOut(BaseModel):
    """A state with its code in exchanges."""

    key: State
    code: int
    words: Words


class ItemLine(BaseModel):
    """One item in a list."""

    id: UUID
    code: str
    number: str | None
    name_zh: str
    name_en: str
    department: identity.DepartmentRef
    class_code: str
    class_words: Words
    share_type: str
    open_type: str
    update_cycle: str
    level: standards.Level
    state: State
    draft_state: VersionState | None = Field(description="where a draft or revision stands")
    published_at: datetime | None
    changed_at: datetime
    last_batch_at: datetime | None
    rows: int | None
    due_at: datetime | None = Field(description="until when the next update is promised")
    overdue: bool


class FieldOut(BaseModel):
    """One field as it holds now."""

    id: UUID
    place: int
    name: str
    name_zh: str
    type: standards.Type
    length: int | None
    precision: int | None
    element_code: str
    element_name: Words | None
    element_version: int | None
    element_newer: bool = Field(description="a later version of the element is in force")
    code_list: str
    is_key: bool
    required: bool
    level: standards.Level
    meaning: str


class ClockOut(BaseModel):
    """A running limit on the item."""

    id: UUID
    rule: str
    name: Words
    due_at: datetime | None
    status: str


class VersionLine(BaseModel):
    """One version of an item."""

    number: int
    state: VersionState
    breaking: bool
    note: str
    changed_at: datetime
    changed_by: str
    submitted_at: datetime | None
    submitted_by: str
    reviewed_at: datetime | None
    reviewed_by: str
    reason: str
    published_at: datetime | None
    ended_at: datetime | None


class ItemOut(ItemLine):
    """One item."""

    abstract: str
    format: str
    resource_type: str
    share_condition: str
    share_method: str
    share_basis: str
    share_basis_text: str
    open_condition: str
    channel: str
    declared_level: standards.Level | None
    related: list[str]
    in_force: int | None
    draft: int | None
    origin: str
    proposed: dict[str, Any] | None
    table: str
    reason: str
    fields: list[FieldOut]
    versions: list[VersionLine]
    clocks: list[ClockOut]
    kept: int = Field(description="batches that came in time")
    late: int
    abilities: dict[str, bool]
    version: int


class VersionOut(VersionLine):
    """One version with all it says."""

    content: dict[str, Any]


class ChangeOut(BaseModel):
    """One value that differs. `field` is empty for the item's own metadata."""

    field: str
    what: str
    before: Any
    after: Any
    breaking: bool


class ChangesOut(BaseModel):
    """How two versions differ."""

    before: int
    after: int
    breaking: bool
    items: list[ChangeOut]


class WordOut(BaseModel):
    """A word of the catalogue's tables."""

    key: str
    code: str
    zh: str
    en: str


class TopicOut(BaseModel):
    """A class of items, and its topics (none: the city's own)."""

    code: str
    zh: str
    en: str
    topics: list[WordOut]


class WordsOut(BaseModel):
    """All words that an item may use."""

    tables: dict[str, list[WordOut]]
    classes: list[TopicOut]
    states: list[StateOut]
    deeds: dict[str, Words]
    bases: list[str] = Field(description="the bases that suffice for not sharing")
    levels: dict[standards.Level, dict[str, str]]


class BatchOut(BaseModel):
    """A batch that landed."""

    batch_id: UUID
    rows: int
    table_version: int
    at: datetime
    due_at: datetime | None
    kept: bool


class UsageOut(BaseModel):
    """How much a department used the item for a purpose in the days asked for."""

    department: identity.DepartmentRef | None
    purpose: str
    calls: int
    rows: int
    last_day: str


class UsagePerDay(BaseModel):
    day: str
    calls: int
    rows: int


class ItemUsageOut(BaseModel):
    """The use of an item in the last days."""

    days: int
    calls: int
    rows: int
    departments: int
    by_department: list[UsageOut]
    by_day: list[UsagePerDay]


class RateOut(BaseModel):
    """Live items by share type; `share` (0–1) of them shared, null when there are none."""

    unconditional: int
    conditional: int
    refused: int
    total: int
    share: float | None


class DepartmentRate(RateOut):
    department: identity.DepartmentRef


class FiguresOut(BaseModel):
    """The catalogue in figures."""

    sharing: RateOut
    by_department: list[DepartmentRate]
    states: dict[State, int]
    waiting_for_review: int
    overdue: int
    promised: int


class ReviewLine(BaseModel):
    """A publication, a revision or a withdrawal that waits for the authority."""

    item: ItemLine
    kind: Literal["publication", "revision", "withdrawal"]
    number: int | None
    breaking: bool
    note: str
    submitted_at: datetime | None
    submitted_by: str
    due_at: datetime | None
