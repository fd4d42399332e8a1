"""What a quality rule says, and which part of it is wrong."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Literal

from zhengtong.kernel.errors import Field

Letter = Literal["C", "N", "D", "T", "B"]
MOST_FIELDS = 6
LONGEST_PATTERN = 200


class Dimension(StrEnum):
    """The six dimensions of GB/T 36344-2018."""

    CONFORMITY = "conformity"
    COMPLETENESS = "completeness"
    ACCURACY = "accuracy"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    ACCESSIBILITY = "accessibility"


class Severity(StrEnum):
    """How grave a failure is: the pack says below which pass rate a correction is asked for."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Form(StrEnum):
    """The kinds of rules there are."""

    COMPLETENESS = "completeness"
    UNIQUE = "unique"
    RANGE = "range"
    PATTERN = "pattern"
    CODES = "codes"
    FRESHNESS = "freshness"
    EXISTS = "exists"
    EQUAL = "equal"
    EXPRESSION = "expression"
    LENGTH = "length"
    CHECK = "check"
    PROMISE = "promise"
    ACCESS = "access"


OWN_FORMS = (
    Form.COMPLETENESS,
    Form.UNIQUE,
    Form.RANGE,
    Form.PATTERN,
    Form.CODES,
    Form.FRESHNESS,
    Form.EXISTS,
    Form.EQUAL,
    Form.EXPRESSION,
)
OF_ITEM = (Form.PROMISE, Form.ACCESS)
ONE_FIELD = (Form.RANGE, Form.PATTERN, Form.CODES, Form.FRESHNESS, Form.LENGTH, Form.CHECK)
ACROSS = (Form.EXISTS, Form.EQUAL)


@dataclass(frozen=True, slots=True)
class Column:
    """A field of an item as rules see it. `type`: C text, N number, D day, T moment, B truth."""

    name: str
    name_zh: str
    type: Letter
    is_key: bool = False
    required: bool = False
    precision: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of an item. A form uses its own parameters and leaves the others empty.

    `least`, `most`: bounds, included; of a day `YYYY-MM-DD`. `days`, `every`: how old the newest (or every) value may be.
    `item`, `item_fields`, `item_value`: the other item, its fields that stand against `fields`, and (equal) the one that
    must read the same as `value`. `threshold`: the pass rate (0–1) below which a correction is asked for.
    """

    form: Form
    fields: tuple[str, ...]
    dimension: Dimension
    severity: Severity
    weight: int
    name_zh: str
    name_en: str = ""
    threshold: str = ""
    least: str = ""
    most: str = ""
    pattern: str = ""
    code_list: str = ""
    check: str = ""
    length: int | None = None
    days: int | None = None
    every: bool = False
    item: str = ""
    item_fields: tuple[str, ...] = ()
    value: str = ""
    item_value: str = ""
    expression: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON keeps it: only what is set."""
        whole = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in whole.items() if value}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Rule":
        """What `told` kept."""
        read: dict[str, Any] = {"fields": (), "name_zh": "", **told}
        words = {"form": Form(read["form"]), "dimension": Dimension(read["dimension"])}
        lists = {name: tuple(value) for name, value in read.items() if isinstance(value, list)}
        return cls(**{**read, **words, **lists, "severity": Severity(read["severity"])})

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields of the item that it reads by name (an expression names its own)."""
        return (*self.fields, self.value) if self.form is Form.EQUAL else self.fields


Columns = Mapping[str, Column]


def rule_faults(rule: Rule, columns: Columns, other: Columns | None) -> list[Field]:
    """What is wrong with a rule, each at its field. `other`: the fields of the other item, when there is one.

    An expression is judged by `language.compile_faults`.
    """
    faults = [*_share_faults(rule), *_field_faults(rule, columns)]
    if faults:
        return faults
    judge = _FAULTS.get(rule.form)
    return judge(rule, columns, other) if judge else []


def has_rows(rule: Rule) -> bool:
    """True when single rows can fail it: it judges neither the item as a whole nor its newest value."""
    return rule.form not in OF_ITEM and not (rule.form is Form.FRESHNESS and not rule.every)


def difference(before: Rule, after: Rule) -> list[tuple[str, Any, Any]]:
    """What differs: name, before, after."""
    old, new = dataclasses.asdict(before), dataclasses.asdict(after)
    return [(name, old[name], new[name]) for name in old if old[name] != new[name]]


def share(text: str) -> Decimal | None:
    """The share written in the text, 0 to 1; None when it is none.

    >>> share("0.95"), share("95"), share("")
    (Decimal('0.95'), None, None)
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= 1 else None


def _share_faults(rule: Rule) -> list[Field]:
    faults = []
    if rule.threshold and share(rule.threshold) is None:
        faults.append(
            Field(
                "threshold", "合格率下限在 0 和 1 之间，例如 0.95。", "A pass rate lies between 0 and 1, such as 0.95."
            )
        )
    if not 1 <= rule.weight <= 100:
        faults.append(Field("weight", "权重在 1 到 100 之间。", "A weight lies between 1 and 100."))
    return faults


def _field_faults(rule: Rule, columns: Columns) -> list[Field]:
    if rule.form in OF_ITEM or rule.form is Form.EXPRESSION:
        return []
    if not rule.fields:
        return [Field("fields", "请选择字段。", "Choose a field.")]
    if rule.form in ONE_FIELD and len(rule.fields) > 1:
        return [Field("fields", "这种规则只用一个字段。", "This form of rule takes one field.")]
    if len(rule.fields) > MOST_FIELDS or len(set(rule.fields)) < len(rule.fields):
        return [Field("fields", f"最多 {MOST_FIELDS} 个不同的字段。", f"At most {MOST_FIELDS} different fields.")]
    return [
        Field("fields", f"数据项没有字段 {name}。", f"The item has no field {name}.")
        for name in rule.fields
        if name not in columns
    ]


def _range_faults(rule: Rule, columns: Columns, other: Columns | None) -> list[Field]:
    letter = columns[rule.fields[0]].type
    if letter not in ("N", "D"):
        return [Field("fields", "取值范围用于数值或日期字段。", "A range is for a number or a day.")]
    faults = [
        Field(name, "应为数或日期（2026-03-05），与字段类型一致。", "A number or a day (2026-03-05), as the field is.")
        for name in ("least", "most")
        if getattr(rule, name) and bound(getattr(rule, name), letter) is None
    ]
    low, high = bound(rule.least, letter), bound(rule.most, letter)
    if not faults and low is None and high is None:
        faults.append(Field("least", "下限和上限至少填一个。", "Give at least one bound."))
    if not faults and low is not None and high is not None and low > high:
        faults.append(Field("most", "上限不能小于下限。", "The upper bound lies below the lower."))
    return faults


def bound(text: str, letter: str) -> Any:
    """The bound that is written, as a Decimal or a date; None when it is neither.

    >>> bound("2026-03-05", "D"), bound("12.5", "N"), bound("x", "N")
    (datetime.date(2026, 3, 5), Decimal('12.5'), None)
    """
    try:
        if letter == "D":
            return date.fromisoformat(text)
        return Decimal(text) if re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]{1,10})?", text) else None
    except ValueError:
        return None


def _pattern_faults(rule: Rule, columns: Columns, other: Columns | None) -> list[Field]:
    if not rule.pattern or len(rule.pattern) > LONGEST_PATTERN:
        return [
            Field("pattern", f"请写格式，最多 {LONGEST_PATTERN} 字。", f"Write a pattern of at most {LONGEST_PATTERN}.")
        ]
    return []


def _codes_faults(rule: Rule, columns: Columns, other: Columns | None) -> list[Field]:
    return [] if rule.code_list else [Field("code_list", "请选择代码表。", "Choose a code list.")]


def _freshness_faults(rule: Rule, columns: Columns, other: Columns | None) -> list[Field]:
    if columns[rule.fields[0]].type not in ("D", "T"):
        return [Field("fields", "时效用于日期或日期时间字段。", "Freshness is for a day or a moment.")]
    if rule.days is None or not 1 <= rule.days <= 36_600:
        return [Field("days", "请写天数，1 到 36600。", "Say how many days, 1 to 36600.")]
    return []


def _across_faults(rule: Rule, columns: Columns, other: Columns | None) -> list[Field]:
    if other is None:
        return [Field("item", "请选择另一个数据项。", "Choose the other item.")]
    if len(rule.item_fields) != len(rule.fields):
        return [Field("item_fields", "两边的字段要一一对应。", "The fields of both sides stand in pairs.")]
    faults = [
        Field("item_fields", f"另一个数据项没有字段 {name}。", f"The other item has no field {name}.")
        for name in rule.item_fields
        if name not in other
    ]
    if rule.form is Form.EQUAL and not faults:
        if rule.value not in columns:
            faults.append(Field("value", "请选择要比较的字段。", "Choose the field to compare."))
        if rule.item_value not in other:
            faults.append(
                Field("item_value", "请选择另一边要比较的字段。", "Choose the other side's field to compare.")
            )
    return faults


_FAULTS = {
    Form.RANGE: _range_faults,
    Form.PATTERN: _pattern_faults,
    Form.CODES: _codes_faults,
    Form.FRESHNESS: _freshness_faults,
    Form.EXISTS: _across_faults,
    Form.EQUAL: _across_faults,
}
