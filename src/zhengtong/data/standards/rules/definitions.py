"""What a data element says, and which part of it is wrong."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from zhengtong.data.standards.rules.patterns import NotPortable, portable
from zhengtong.kernel.errors import Field

MAX_LENGTH = 4000
QUANTIFIED_GROUP = re.compile(r"(?<!\\)\)[*+?{]")
BEYOND_REGULAR = re.compile(r"\(\?(?!:)|\\[1-9]")
UNBOUNDED = re.compile(r"(?<!\\)(?:[*+]|\{\d+,\})")
MOST_UNBOUNDED = 2
BOUND = r"([+-]?[0-9]{1,20}(\.[0-9]{1,18})?)?"


class Type(StrEnum):
    """How a value is written (GB/T 19488.1 letters): text, number, day, moment, yes or no."""

    TEXT = "C"
    NUMBER = "N"
    DAY = "D"
    MOMENT = "T"
    TRUTH = "B"


class State(StrEnum):
    """Where an element or one of its versions stands."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


class Level(StrEnum):
    """How much harm a leak would do (GB/T 43697-2024), from the least."""

    GENERAL_1 = "general_1"
    GENERAL_2 = "general_2"
    GENERAL_3 = "general_3"
    GENERAL_4 = "general_4"
    IMPORTANT = "important"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class Definition:
    """One version's content. `length`: characters or digits at most; `precision`: digits after the point."""

    name_zh: str
    name_en: str
    definition: str
    type: Type
    level: Level
    length: int | None = None
    precision: int | None = None
    code_list: str = ""
    check: str = ""
    pattern: str = ""
    least: str = ""
    most: str = ""
    source: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Definition":
        """What `told` kept."""
        return cls(**{**told, "type": Type(told["type"]), "level": Level(told["level"])})


def definition_faults(one: Definition) -> list[Field]:
    """What is wrong with a definition, each at its field."""
    faults = [_field("pattern", *why) for why in [pattern_fault(one.pattern)] if why]
    if one.length is not None and not 0 < one.length <= MAX_LENGTH:
        faults.append(
            _field("length", f"长度应在 1 到 {MAX_LENGTH} 之间。", f"The length lies between 1 and {MAX_LENGTH}.")
        )
    if one.precision is not None and one.type is not Type.NUMBER:
        faults.append(_field("precision", "只有数值型有小数位。", "Only a number has digits after the point."))
    if one.precision is not None and not 0 <= one.precision <= (one.length or MAX_LENGTH):
        faults.append(_field("precision", "小数位不能多于长度。", "More digits after the point than digits."))
    for name in ("least", "most"):
        if getattr(one, name) and (one.type is not Type.NUMBER or number(getattr(one, name)) is None):
            faults.append(_field(name, "上下限须是数，且只用于数值型。", "A bound is a number, and only for numbers."))
        elif not re.fullmatch(BOUND, getattr(one, name)):
            faults.append(
                _field(
                    name,
                    "上下限整数最多 20 位，小数最多 18 位。",
                    "A bound has 20 digits and 18 after the point at most.",
                )
            )
    low, high = number(one.least), number(one.most)
    if low is not None and high is not None and low > high:
        faults.append(_field("most", "上限不能小于下限。", "The upper bound lies below the lower."))
    return faults


def pattern_fault(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used, in both languages; None when it can.

    Only what every engine runs in bounded time is taken: no look-around, back-reference or repeated group, and at most
    two unbounded repetitions.

    >>> pattern_fault(r"[0-9]{6}"), pattern_fault("(a+)+") is None
    (None, False)
    """
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return "正则表达式写错了。", "The pattern is malformed."
    if QUANTIFIED_GROUP.search(pattern) or BEYOND_REGULAR.search(pattern):
        return "不能用环视、反向引用或重复的分组。", "No look-around, back-reference or repeated group."
    if len(UNBOUNDED.findall(pattern)) > MOST_UNBOUNDED:
        return "不限次数的重复最多两处，请写明次数。", "At most two unbounded repetitions; say how many."
    try:
        portable(pattern)
    except NotPortable:
        return "有的引擎不认识这种写法，重复也最多 1000 次。", "Not every engine knows this; at most 1000 repetitions."
    return None


def number(text: str) -> Decimal | None:
    """The finite number written in the text, or None.

    >>> number("12.50"), number("1e5"), number("NaN")
    (Decimal('12.50'), None, None)
    """
    if not re.fullmatch(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def difference(before: Definition, after: Definition) -> list[tuple[str, Any, Any]]:
    """The fields that differ: name, before, after."""
    old, new = before.told(), after.told()
    return [(name, old[name], new[name]) for name in old if old[name] != new[name]]


def _field(name: str, zh: str, en: str) -> Field:
    return Field(name, zh, en)
