"""How items stand, what was measured, and the words of the rule pack."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.data.quality.rules import Dimension, Form, Severity
from zhengtong.data.quality.schemas.rules import QualityRuleOut
from zhengtong.data.quality.schemas.shared import BothLanguages, QualityDepartment, QualityItem

Points = Annotated[float | None, Field(description="points, 0–100, two decimals")]


class Wanted(BaseModel):
    """Which items are asked for."""

    grade: str | None = Field(None, max_length=20)
    department: UUID | None = None
    failing: bool = Field(False, description="only items with a rule below what it bears")


class QualityShare(BaseModel):
    """A rate with its parts: `passed` of `judged`."""

    judged: int
    passed: int


class QualityRate(QualityShare):
    """A rate with its parts and the score that follows from them."""

    score: Points


class QualitySourced(BothLanguages):
    """What stands in a standard: where, and whether its text was checked."""

    source: str
    article: str
    verified: bool


class QualityDimensionWords(QualitySourced):
    key: Dimension
    meaning: BothLanguages
    weight: int = Field(description="in the whole score")


class QualityGrade(QualitySourced):
    """A grade and the least score that earns it."""

    key: str
    at_least: Points
    tone: Literal["green", "amber", "red"]


class QualitySeverity(BothLanguages):
    key: Severity
    ticket_below: str = Field(description="pass rate, 0–1, below which a correction is asked for")
    weight: int


class QualityForm(BothLanguages):
    """A form of rule and where it belongs at first."""

    key: Form
    dimension: Dimension
    severity: Severity
    own: bool = Field(description="false: only derived, never written by hand")


class QualityFunction(BothLanguages):
    """A function of the language of row rules."""

    name: str
    takes: list[BothLanguages]


class QualityWords(BaseModel):
    """The words of the rule pack."""

    pack: BothLanguages
    dimensions: list[QualityDimensionWords]
    grades: list[QualityGrade]
    severities: list[QualitySeverity]
    forms: list[QualityForm]
    functions: list[QualityFunction]
    lists: list[dict[str, str]] = Field(description="code lists: key, zh, en")


class QualityLine(BaseModel):
    """How an item stands, in a list."""

    item: QualityItem
    score: Points
    before: Points
    grade: str
    rows: int
    judged: int
    passed: int
    failing: int = Field(description="rules below what they bear")
    measured_at: datetime
    open_tickets: int


class QualityMonth(QualityRate):
    """A month: the mean score of the items measured in it, and how many."""

    month: str
    items: int


class DepartmentMonths(BaseModel):
    """A department's months, oldest first; a month without a measurement has no score."""

    department: QualityDepartment
    items: int
    months: list[QualityMonth]


class QualityGradeCount(BaseModel):
    key: str
    items: int


class QualityBoard(BaseModel):
    """The quality of everything the reader may see."""

    score: Points = Field(description="mean of the measured items' scores")
    before: Points = Field(description="the same a month before")
    judged: int
    passed: int
    items: int = Field(description="items in force")
    measured: int
    grades: list[QualityGradeCount]
    rules: int
    failing: int = Field(description="rules below what they bear")
    tickets_live: int
    tickets_overdue: int
    tickets_soon: int
    tickets_closed: int = Field(description="closed in this month")
    tickets_in_time: int = Field(description="of those closed in this month")
    months: list[QualityMonth]
    departments: list[DepartmentMonths]
    worst: list[QualityLine]


class QualityDimension(QualityRate):
    """A dimension of a measurement, and how many rules it has."""

    key: Dimension
    rules: int


class MeasurementOut(BaseModel):
    """One measurement."""

    id: UUID
    at: datetime
    cause: Literal["batch", "demand", "night"]
    batch_id: UUID | None
    rows: int
    batch_rows: int
    judged: int
    passed: int
    score: Points
    batch_score: Points
    grade: str
    table_version: int
    engine: str
    took_ms: int
    dimensions: list[QualityDimension]


class ItemQuality(BaseModel):
    """The quality of one item: its latest measurement, its rules with what they found, its history."""

    item: QualityItem
    has_data: bool
    latest: MeasurementOut | None
    history: list[MeasurementOut] = Field(description="newest first, at most sixty")
    rules: list[QualityRuleOut]
    open_tickets: int
    abilities: dict[str, bool]


class MeasurementRequested(BaseModel):
    """What was asked for will be done; look again for a measurement after this moment."""

    asked_at: datetime
