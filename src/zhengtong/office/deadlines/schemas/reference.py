"""Rules, packs, the calendar and what-if, as they go over the wire. Every sentence comes in both languages."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from zhengtong.kernel.errors import Words
from zhengtong.office.deadlines import rules
from zhengtong.office.deadlines.tables import Layer

LONGEST_FILE = 500_000


class Sent(BaseModel):
    """What comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class GroundOut(BaseModel):
    """A reason for which the law does not count the time."""

    id: str
    name: Words
    article: str


class StepOut(BaseModel):
    """One rung after the end: `after` more units, then `to` (a role, or the holder) is told."""

    after: int
    to: str


class ExtensionOut(BaseModel):
    """How far it may be extended; `most` is null where the rule names no bound."""

    most: int | None = Field(description="units of the rule")
    times: int
    by: Words


class OverriddenOut(BaseModel):
    """The rule that a city's pack replaced."""

    limit: int | None
    unit: rules.Unit
    limit_words: Words | None
    source: str
    article: str
    verified: bool


class RuleOut(BaseModel):
    """A rule as it holds here."""

    id: str
    name: Words
    who: Words
    starts: Words
    source: str
    article: str
    verified: bool = Field(description="false: the figure was not checked against the article; show it so")
    in_force_from: date | None
    limit: int | None = Field(description="units; null: set by the matter")
    unit: rules.Unit
    limit_words: Words | None
    direction: rules.Direction
    extension: ExtensionOut | None
    stops: list[GroundOut]
    on_expiry: rules.Consequence
    on_expiry_words: Words
    ladder: list[StepOut]
    warn: int | None = Field(description="units before the end")
    note: Words | None
    pack: str
    pack_name: Words
    overrides: OverriddenOut | None
    looser_than_national: bool = Field(description="a city's rule with a longer limit than the national one: doubtful")


class RulesOut(BaseModel):
    """Every rule that holds here."""

    items: list[RuleOut]


class PackOut(BaseModel):
    """A rule pack: in force here, or only bundled."""

    pack: str
    name: Words
    place: Words
    national: bool
    rules: int
    verified: int = Field(description="rules checked against their article")
    in_force: bool
    bundled: bool
    newer_bundled: bool = Field(description="this release brings another edition than the one in force")
    put_at: datetime | None
    put_by: str | None


class PacksOut(BaseModel):
    """All packs, in the order in which they override; those not in force last."""

    items: list[PackOut]
    can_change: bool


class PackTextOut(BaseModel):
    """A pack as it was written."""

    pack: str
    text: str


class PackSent(Sent):
    """A rule pack: its text (YAML), or the name of a bundled one."""

    text: str | None = Field(None, min_length=1, max_length=LONGEST_FILE)
    bundled: str | None = Field(None, max_length=64)


class RuleChangeOut(BaseModel):
    """How one rule would change; null before: new; null after: it vanishes."""

    id: str
    before: RuleOut | None
    after: RuleOut | None


class PackChangeOut(BaseModel):
    """What putting a pack in force would change. Clocks that run already keep their terms."""

    changes: list[RuleChangeOut]


class Reason(Sent):
    """Why."""

    reason: str = Field(min_length=1, max_length=1000)


class NamedDayOut(BaseModel):
    """A day that differs from the ordinary week."""

    date: date
    kind: rules.DayKind
    name: str


class YearLine(BaseModel):
    """A year of the calendar."""

    year: int
    papers: list[str] = Field(description="the notices that say so")
    working_days: int
    bundled: bool = Field(description="as it came with this release; false: loaded here")
    city_days: int = Field(description="days the city itself changed")
    loaded_at: datetime | None
    loaded_by: str | None


class MissingYear(BaseModel):
    """A year whose holidays are wanted and not known."""

    year: int
    clocks: int = Field(description="live clocks that wait for it; 0: the year is only near")


class CalendarOut(BaseModel):
    """Which years are known, and which are wanted."""

    today: date
    years: list[YearLine]
    missing: list[MissingYear]
    can_load: bool


class YearOut(YearLine):
    """A year's days: those that differ from the ordinary week, and the working days of each month."""

    days: list[NamedDayOut]
    by_month: list[int]


class YearSent(Sent):
    """A year's notice as a file: JSON with `year`, `papers`, `days` (date, name, working)."""

    layer: Layer = Layer.NATIONAL
    text: str = Field(min_length=2, max_length=LONGEST_FILE)


class YearChangeOut(BaseModel):
    """What loading a year changes."""

    year: int
    layer: Layer
    new: bool
    days: list[NamedDayOut] = Field(description="known days that are worked differently")
    clocks: int = Field(description="live clocks whose end may move")


class CountedDayOut(BaseModel):
    """One day on the way to the end; `number` is null where it does not count."""

    date: date
    kind: rules.DayKind
    name: str
    number: int | None


class RungOut(BaseModel):
    """When a rung of the ladder would be climbed."""

    at: datetime
    to: str


class WhatIfOut(BaseModel):
    """When a limit would end, and how it was counted."""

    rule: RuleOut
    limit: int
    started_at: datetime
    started_on: date
    due_at: datetime | None
    due_on: date | None
    unknown_year: int | None
    words: Words
    warn_at: datetime | None
    rungs: list[RungOut]
    days: list[CountedDayOut] = Field(description="every day up to the end; empty for hours and minutes")
