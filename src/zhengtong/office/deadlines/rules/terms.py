"""What a rule pack says: who must do what, how long, counted how, who may extend it, and what happens when it is missed.

A rule pack is law written as data (YAML). Every rule names its source; `verified: no` travels with it to the reader.
A city's pack overrides the national one rule by rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from zhengtong.kernel.errors import Field as WrongField
from zhengtong.office.deadlines import errors

RULE_ID = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
PACK_ID = r"^[a-z0-9][a-z0-9-]{2,62}$"


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    MINUTES = "minutes"

    @property
    def is_days(self) -> bool:
        return self in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)

    def zh(self, count: int) -> str:
        return f"{count} {_UNIT_ZH[self]}"

    def en(self, count: int) -> str:
        return f"{count} {_UNIT_EN[self]}{'' if count == 1 else 's'}"


_UNIT_ZH = {
    Unit.WORKING_DAYS: "个工作日",
    Unit.CALENDAR_DAYS: "个自然日",
    Unit.HOURS: "小时",
    Unit.MINUTES: "分钟",
}
_UNIT_EN = {
    Unit.WORKING_DAYS: "working day",
    Unit.CALENDAR_DAYS: "calendar day",
    Unit.HOURS: "hour",
    Unit.MINUTES: "minute",
}


class Direction(StrEnum):
    """Whether the limit runs on from its event, or must be kept so long before it (30 days before a licence expires)."""

    FORWARD = "forward"
    BEFORE = "before"


class Consequence(StrEnum):
    """What the law or the city lets happen when the limit passes."""

    ESCALATE = "escalate"
    DEEMED_ACCEPTED = "deemed_accepted"
    NEXT_CONTACT = "next_contact"
    LAPSE = "lapse"

    @property
    def ends_clock(self) -> bool:
        """True where the passing itself settles the matter, so that nothing stays overdue."""
        return self in (Consequence.DEEMED_ACCEPTED, Consequence.LAPSE)

    @property
    def zh(self) -> str:
        return _CONSEQUENCE[self][0]

    @property
    def en(self) -> str:
        return _CONSEQUENCE[self][1]


_CONSEQUENCE = {
    Consequence.ESCALATE: ("超期并逐级上报", "overdue, reported upwards"),
    Consequence.DEEMED_ACCEPTED: ("视为已受理", "deemed accepted"),
    Consequence.NEXT_CONTACT: ("转呼下一联系人", "the next contact is called"),
    Consequence.LAPSE: ("逾期视为放弃", "the right lapses"),
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Label(_Part):
    """A text in both languages."""

    zh: str = Field(min_length=1, max_length=300)
    en: str = Field(min_length=1, max_length=600)


class Extension(_Part):
    """How far a limit may be extended. `most` empty: the rule names no bound, the consent does."""

    most: int | None = Field(default=None, ge=1, le=1000)
    times: int = Field(default=1, ge=1, le=9)
    by: Label


class Ground(_Part):
    """A reason for which the law does not count the time."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=300)
    article: str = Field(default="", max_length=200)


class Step(_Part):
    """One rung of the ladder after the limit has passed: `after` more units, then tell `to` (a role)."""

    after: int = Field(default=0, ge=0, le=1000)
    to: Literal["holder", "officer", "department_cdo", "sharing_office", "data_bureau", "leader", "auditor"]


class Rule(_Part):
    """One statutory or promised limit."""

    id: str = Field(pattern=RULE_ID, max_length=80)
    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=200)
    who: Label
    starts: Label
    source: str = Field(min_length=2, max_length=300)
    article: str = Field(default="", max_length=200)
    verified: bool
    in_force_from: date | None = None
    limit: int | None = Field(ge=1, le=10_000)
    unit: Unit
    direction: Direction = Direction.FORWARD
    extension: Extension | None = None
    stops: tuple[Ground, ...] = ()
    on_expiry: Consequence = Consequence.ESCALATE
    ladder: tuple[Step, ...] = (Step(after=0, to="department_cdo"),)
    warn: int | None = Field(default=None, ge=0, le=1000)
    note: Label | None = None

    @model_validator(mode="after")
    def _sound(self) -> "Rule":
        if self.verified and not self.article:
            raise ValueError("a verified rule names its article")
        if self.warn is not None and self.limit is not None and self.warn >= self.limit:
            raise ValueError("the warning must be shorter than the limit")
        if self.direction is Direction.BEFORE and (not self.unit.is_days or self.stops or self.extension):
            raise ValueError("a limit before an event is in days and is neither stopped nor extended")
        if [step.after for step in self.ladder] != sorted(step.after for step in self.ladder):
            raise ValueError("the ladder goes upwards in time")
        if len({ground.id for ground in self.stops}) != len(self.stops):
            raise ValueError("a ground is named twice")
        return self

    @property
    def warn_before(self) -> int | None:
        """How many units before the end to warn; by default one day, and none for hours and minutes."""
        if self.warn is not None or not self.unit.is_days:
            return self.warn
        return min(1, (self.limit or 2) - 1)

    def ground(self, ground_id: str) -> Ground | None:
        return next((ground for ground in self.stops if ground.id == ground_id), None)


class Pack(_Part):
    """A rule pack: a name, whose it is, and its rules."""

    pack: str = Field(pattern=PACK_ID)
    schema_version: Literal[1] = Field(alias="schema")
    zh: str = Field(min_length=2, max_length=100)
    en: str = Field(min_length=2, max_length=200)
    place: Label
    national: bool = False
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=2000)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Pack":
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"the rule {rule.id} stands twice")
            seen.add(rule.id)
        return self


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule as it holds here: from which pack, what it overrides, and whether it is looser than the national rule."""

    rule: Rule
    pack: str
    pack_zh: str
    pack_en: str
    overrides: Rule | None = None
    looser_than_national: bool = False


@dataclass(frozen=True)
class RuleBook:
    """Several packs as one: a later pack overrides an earlier one, rule by rule."""

    packs: tuple[Pack, ...]
    standing: dict[str, Standing] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        book: dict[str, Standing] = {}
        national = {rule.id: rule for pack in self.packs if pack.national for rule in pack.rules}
        for pack in self.packs:
            for rule in pack.rules:
                before = book[rule.id].rule if rule.id in book else None
                looser = not pack.national and _looser(rule, national.get(rule.id))
                book[rule.id] = Standing(rule, pack.pack, pack.zh, pack.en, before, looser)
        object.__setattr__(self, "standing", dict(sorted(book.items())))

    def rule(self, rule_id: str) -> Standing:
        """The rule as it holds here. Raises RuleNotFound."""
        try:
            return self.standing[rule_id]
        except KeyError:
            raise errors.RuleNotFound(rule=rule_id) from None

    def __iter__(self) -> Iterator[Standing]:
        return iter(self.standing.values())


def _looser(rule: Rule, national: Rule | None) -> bool:
    if national is None or rule.unit != national.unit or rule.limit is None or national.limit is None:
        return False
    return rule.limit > national.limit


def read_pack(text: str, name: str = "") -> Pack:
    """This will read and check a rule pack (YAML). Raises PackWrong with one field for each fault."""
    try:
        content: Any = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that also refuses double keys
        return Pack.model_validate(content)
    except yaml.YAMLError as wrong:
        raise errors.PackWrong(pack=name, count=1, fields=[_yaml_fault(wrong)]) from wrong
    except ValidationError as wrong:
        faults = [_fault(error, content) for error in wrong.errors(include_url=False)]
        raise errors.PackWrong(pack=name or _name(content), count=len(faults), fields=faults) from wrong


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # which of them is there is known at the start
    """YAML that refuses a key given twice: the second would silently win."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise yaml.constructor.ConstructorError(None, None, f"{twice} stands twice", node.start_mark)
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _yaml_fault(wrong: yaml.YAMLError) -> WrongField:
    mark = getattr(wrong, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    problem = getattr(wrong, "problem", None) or "not YAML"
    return WrongField(f"line {line}", f"第 {line} 行：{problem}", f"line {line}: {problem}")


def _fault(error: Any, content: Any) -> WrongField:
    place = [str(part) for part in error["loc"]]
    if place[:1] == ["rules"] and len(place) > 1:
        rule = content["rules"][int(place[1])]
        place = [str(rule.get("id", place[1])) if isinstance(rule, dict) else place[1], *place[2:]]
    where = ".".join(place) or "pack"
    return WrongField(where, f"{where}：{error['msg']}", f"{where}: {error['msg']}")


def _name(content: Any) -> str:
    return str(content.get("pack", "?")) if isinstance(content, dict) else "?"
