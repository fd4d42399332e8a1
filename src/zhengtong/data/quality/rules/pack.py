"""The rule pack of quality: dimensions, grades, severities and their sources, checked when read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zhengtong.data.quality.rules.forms import Dimension, Form, Severity


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Part):
    """A label in both languages."""

    zh: str
    en: str


class Sourced(Label):
    """What stands in a standard or a law: where, and whether its text was checked."""

    source: str
    article: str
    verified: bool


class DimensionPart(Sourced):
    """A dimension: what it means and how much it weighs in the whole score."""

    meaning: Label
    weight: int = Field(ge=0, le=100)


class Grade(Sourced):
    """A grade: the least whole score (0–100) that earns it."""

    key: str = Field(pattern=r"^[a-z]{2,20}$")
    at_least: Decimal = Field(ge=0, le=100)
    tone: Literal["green", "amber", "red"]


class SeverityPart(Label):
    """A severity: the pass rate (0–1) below which a correction is asked for, and a rule's first weight."""

    ticket_below: Decimal = Field(ge=0, le=1)
    weight: int = Field(ge=1, le=100)


class FormPart(_Part):
    dimension: Dimension
    severity: Severity


class Correction(_Part):
    """Which clock a correction runs under, and how long a closed ticket is opened again instead of a new one made."""

    clock: str
    reopen_within_days: int = Field(ge=0)
    source: str
    article: str
    verified: bool


class Pack(_Part):
    """All of it."""

    format: Literal["quality@1"] = "quality@1"
    name: Label
    dimensions: Mapping[Dimension, DimensionPart]
    grades: tuple[Grade, ...]
    severities: Mapping[Severity, SeverityPart]
    forms: Mapping[Form, FormPart]
    correction: Correction

    @model_validator(mode="after")
    def whole(self) -> Self:
        """Six dimensions, five grades from the best to one that begins at 0, all severities and forms."""
        bounds = [grade.at_least for grade in self.grades]
        if set(self.dimensions) != set(Dimension) or not any(one.weight for one in self.dimensions.values()):
            raise ValueError("the six dimensions, at least one with a weight, must stand in the pack")
        if len(bounds) != 5 or bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
            raise ValueError("five grades from the best to one that begins at 0 must stand in the pack")
        if set(self.severities) != set(Severity) or set(self.forms) != set(Form):
            raise ValueError("every severity and every form of rule must stand in the pack")
        return self

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Pack":
        """The pack as YAML tells it. Raises ValueError."""
        return cls.model_validate(told)

    @classmethod
    def bare(cls) -> "Pack":
        """A pack in which all dimensions and severities weigh alike, for examples."""
        sourced: dict[str, Any] = {"zh": "", "en": "", "source": "", "article": "", "verified": False}
        part = DimensionPart(**sourced, meaning=Label(zh="", en=""), weight=1)
        bounds = {"excellent": 95, "good": 85, "fair": 75, "poor": 60, "failing": 0}
        return cls(
            name=Label(zh="", en=""),
            dimensions=dict.fromkeys(Dimension, part),
            grades=tuple(
                Grade(**sourced, key=key, at_least=Decimal(least), tone="green") for key, least in bounds.items()
            ),
            severities=dict.fromkeys(Severity, SeverityPart(zh="", en="", ticket_below=Decimal(1), weight=1)),
            forms=dict.fromkeys(Form, FormPart(dimension=Dimension.ACCURACY, severity=Severity.MAJOR)),
            correction=Correction(clock="", reopen_within_days=30, source="", article="", verified=False),
        )
