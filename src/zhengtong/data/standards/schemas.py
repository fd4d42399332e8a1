"""Standards over the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from zhengtong.data.standards.rules import CodeRow, Definition, Level, State, Type
from zhengtong.data.standards.tables import ElementVersion

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=ONE_LINE)]
Meaning = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300, pattern=r"^[^\x00]*$")]
ListKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.\-]{1,59}$")]
Bound = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=ONE_LINE)]


class In(BaseModel):
    """What is sent to us; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Wanted(BaseModel):
    """Which elements are asked for."""

    state: State | None = None
    type: Type | None = None
    level: Level | None = None


class LevelWords(BaseModel):
    """How a level is shown: its word in both languages, the badge and its shape."""

    zh: str
    en: str
    badge: str
    shape: Literal["open", "internal", "sensitive"]


class DefinitionIn(In):
    """What a data element says."""

    name_zh: Name
    name_en: Line = ""
    definition: Meaning
    type: Type
    level: Level
    length: int | None = Field(None, ge=1, le=4000, description="characters or digits at most")
    precision: int | None = Field(None, ge=0, le=40, description="digits after the point at most")
    code_list: str = Field("", max_length=60, description="key of a code list")
    check: str = Field("", max_length=60, description="name of a check")
    pattern: Line = Field("", description="a regular expression that the whole value fits")
    least: Bound = ""
    most: Bound = ""
    source: Line = Field("", description="the standard it is taken from")

    def to_definition(self) -> Definition:
        return Definition(**self.model_dump())


class ElementLine(BaseModel):
    """One data element in a list."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    type: Type
    level: Level
    level_words: LevelWords
    state: State
    in_force: int | None = Field(description="number of the version in force")
    draft: int | None = Field(description="number of the draft")
    changed_at: datetime


class VersionOut(BaseModel):
    """One version of an element."""

    number: int
    state: State
    content: Definition
    changed_at: datetime
    changed_by: str
    published_at: datetime | None
    ended_at: datetime | None
    reason: str

    @classmethod
    def of(cls, one: ElementVersion) -> "VersionOut":
        names = ("number", "state", "changed_at", "published_at", "ended_at", "reason")
        told = {name: getattr(one, name) for name in names}
        return cls(**told, content=Definition.of(one.content), changed_by=one.changed_by_name)


class UseOut(BaseModel):
    """Something that is built on an element."""

    about_kind: str
    name: str


class ElementOut(ElementLine):
    """One data element."""

    version: int
    content: Definition
    versions: list[VersionOut]
    uses: list[UseOut]
    abilities: dict[str, bool]


class Retirement(In):
    reason: Reason


class ChangeOut(BaseModel):
    """One field that differs between two versions."""

    field: str
    before: Any
    after: Any


class ChangesOut(BaseModel):
    items: list[ChangeOut]


class Trial(In):
    """A value to try. It is not kept."""

    value: str = Field(max_length=400)
    on: date | None = Field(None, description="the day on which codes must be valid; today when left out")
    number: int | None = Field(None, description="which version; the one in force when left out")


class FailureOut(BaseModel):
    check: str
    zh: str
    en: str


class TrialOut(BaseModel):
    failures: list[FailureOut]


class CheckOut(BaseModel):
    """A check by name."""

    name: str
    zh: str
    en: str


class WordsOut(BaseModel):
    """What elements may name: checks, levels, code lists."""

    checks: list[CheckOut]
    levels: dict[Level, LevelWords]
    lists: list[CheckOut]
    unverified_lists: list[str] = Field(
        description="keys of lists that came with this release and were not checked line by line against the official text"
    )
    unverified_sources: list[str] = Field(
        description="standards whose elements that came along were not checked either"
    )


class NewList(In):
    key: ListKey
    name_zh: Name
    name_en: Line = ""
    source: Line = ""


class ListOut(BaseModel):
    """One code list."""

    key: str
    name_zh: str
    name_en: str
    source: str
    edition: int = Field(description="counts its changes; 0 has no codes yet")
    count: int = Field(description="codes of the present edition")
    changed_at: datetime
    version: int
    abilities: dict[str, bool]


class CodeOut(BaseModel):
    """One code."""

    code: str
    name_zh: str
    name_en: str
    parent: str
    valid_from: date | None
    valid_to: date | None


class CodeChangeOut(BaseModel):
    before: CodeRow
    after: CodeRow


class CodesDiffOut(BaseModel):
    """How two editions differ; at most 200 of each kind are listed."""

    counts: dict[Literal["added", "changed", "ended"], int]
    added: list[CodeRow]
    changed: list[CodeChangeOut]
    ended: list[CodeRow]


class CodesPlan(CodesDiffOut):
    """What importing a file would do. `plan` is given back when confirming."""

    plan: str


class PlannedElement(BaseModel):
    """What importing a row would do to an element."""

    code: str
    name_zh: str
    outcome: Literal["add", "change", "unchanged"]
    changes: list[ChangeOut]


class ElementsPlan(BaseModel):
    """What importing a file of elements would do; they become drafts. `plan` is given back when confirming."""

    counts: dict[Literal["add", "change", "unchanged"], int]
    items: list[PlannedElement]
    plan: str


class Loaded(BaseModel):
    """What came with this release and was put in place now."""

    elements: int
    lists: int
