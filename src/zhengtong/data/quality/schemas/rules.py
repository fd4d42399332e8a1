"""Rules over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from zhengtong.data.quality.rules import Dimension, Form, Rule, Severity
from zhengtong.data.quality.schemas.samples import FailingRowsOut
from zhengtong.data.quality.schemas.shared import ONE_LINE, In, Line, Name, ShortReason

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=ONE_LINE)]


class QualityRuleIn(In):
    """What a rule of somebody's own says; a form leaves the parameters of others empty."""

    form: Form
    fields: list[FieldName] = Field(default_factory=list, max_length=6)
    dimension: Dimension
    severity: Severity
    weight: int = Field(1, ge=1, le=100, description="among the rules of its dimension")
    name_zh: Name
    name_en: Line = ""
    threshold: str = Field("", max_length=10, description="pass rate, 0–1; empty: as the severity says")
    least: Short = Field("", description="bound, included: a number or YYYY-MM-DD")
    most: Short = ""
    pattern: Line = Field("", description="a regular expression that the whole value fits")
    code_list: Short = Field("", description="key of a code list")
    days: int | None = Field(None, ge=1, le=36_600, description="days that the newest (or every) value may be old")
    every: bool = Field(False, description="freshness: every value, not the newest alone")
    item: UUID | None = Field(None, description="the other item")
    item_fields: list[FieldName] = Field(default_factory=list, max_length=6)
    value: str = Field("", max_length=63, description="equal: this item's field")
    item_value: str = Field("", max_length=63, description="equal: the other item's field")
    expression: str = Field("", max_length=1000, description="a condition on each row")

    def to_rule(self) -> Rule:
        told = self.model_dump()
        lists = {name: tuple(told.pop(name)) for name in ("fields", "item_fields")}
        return Rule(**{**told, **lists, "item": str(self.item) if self.item else ""})


class RuleAdjustment(In):
    """What may be changed of a rule that follows a standard."""

    severity: Severity
    weight: int = Field(ge=1, le=100)
    threshold: str = Field("", max_length=10)


class RuleSwitch(In):
    """On or off, and why."""

    on: bool
    reason: ShortReason


class QualityRuleOut(BaseModel):
    """A rule with what it found last; nothing when it was not measured yet."""

    id: UUID
    own: bool = Field(description="false: derived from the item's standards")
    on: bool
    form: Form
    fields: list[str]
    dimension: Dimension
    severity: Severity
    weight: int
    name_zh: str
    name_en: str
    threshold: str
    ticket_below: str = Field(description="the pass rate that counts: its own, or its severity's")
    content: dict[str, object]
    says_zh: str = Field(description="what it asks, in words")
    says_en: str
    version: int
    changed_at: datetime
    changed_by: str
    judged: int | None
    passed: int | None
    batch_judged: int | None
    batch_passed: int | None
    failing: bool
    has_rows: bool = Field(description="false: it judges the item as a whole")
    ticket_id: UUID | None = Field(description="the live ticket that it caused")
    abilities: dict[str, bool]


class QualityRuleField(BaseModel):
    """A field of the item that rules may use."""

    name: str
    name_zh: str
    type: str
    is_key: bool


class ItemQualityRules(BaseModel):
    """The rules of an item and the fields they may use."""

    rules: list[QualityRuleOut]
    fields: list[QualityRuleField]
    abilities: dict[str, bool]


class QualityRuleVersionOut(BaseModel):
    """A rule as it read."""

    number: int
    content: dict[str, object]
    on: bool
    at: datetime
    by: str
    reason: str


class QualityRuleVersions(BaseModel):
    items: list[QualityRuleVersionOut]


class QualityTrialIn(In):
    """A rule to try; nothing is kept."""

    rule: QualityRuleIn


class QualityTrialOut(BaseModel):
    """What the rule would find now, with some of the failing rows, masked."""

    rows: int
    judged: int
    passed: int
    asks_correction: bool
    samples: FailingRowsOut
    took_ms: int
