"""The home page as it goes over the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from zhengtong.insight.home.rules import Figure, Kind
from zhengtong.kernel.errors import Words


class FigureOut(BaseModel):
    """A figure with its denominator."""

    figure: Figure
    label: Words
    good: int
    whole: int
    share: float | None = Field(description="0–1; null: nothing to measure yet, or a count")
    parts: Words = Field(description="numerator and denominator in words")
    change: float | None = Field(
        description="against the period before: of a share in points (0–1), of a count in calls"
    )
    trend: list[float] = Field(description="up to twelve slices of the period, oldest first")
    link: str = Field(description="the page with the rows behind it")


class DepartmentOut(BaseModel):
    """A department's duties now."""

    id: UUID
    name: Words
    live: int
    soon: int
    overdue: int
    urgent: str = Field(description="what ends first")
    due_on: date | None


class HappeningOut(BaseModel):
    """One line of the day."""

    id: UUID
    at: datetime
    kind: Kind
    words: Words
    tone: str
    department: Words | None
    link: str


class CityOut(BaseModel):
    """How the city, or the departments one sees, are doing."""

    everywhere: bool = Field(description="false: of one's own departments only")
    first: date
    last: date
    figures: list[FigureOut]
    departments: list[DepartmentOut]
