"""Whether a value fits its element. Each check has a name, so that its vectorised form can be tested equal to it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from zhengtong.data.standards.rules.definitions import Definition, Type, number

TRUTHS = frozenset({"0", "1"})
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT_FORM = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{CLOCK}(:[0-5][0-9](\.[0-9]{{1,6}})?)?(Z|[+-]{CLOCK})?"


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that a value does not pass, and what was expected."""

    check: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Check:
    """A named rule of the form `fits(value, on=day)`. `fault`, `claim`: what is told of a value that does not fit, and asked of
    each, where “not a valid …” would say too little."""

    name: str
    zh: str
    en: str
    fits: Callable[[str, date], bool]
    fault: tuple[str, str] | None = None
    claim: tuple[str, str] | None = None

    @property
    def failure(self) -> "Failure":
        """What is told of a value that does not fit."""
        zh, en = self.fault or (f"不是正确的{self.zh}", f"not a valid {self.en}")
        return Failure(self.name, zh, en)


Registry = Mapping[str, Check]
IsCode = Callable[[str], bool]


def check_value(
    element: Definition, value: str, *, on: date, registry: Registry, is_code: IsCode | None = None
) -> list[Failure]:
    """The checks that the value fails on that day; none when it fits. `is_code` answers for the element's code list.

    An empty value fails nothing: whether one is needed is for the item that holds it.
    """
    if value == "":
        return []
    if not has_type(element.type, value):
        return [Failure("type", *EXPECTED[element.type])]
    failures = [*_size(element, value), *_range(element, value)]
    if element.pattern and not re.fullmatch(element.pattern, value, re.ASCII):
        failures.append(Failure("pattern", f"不符合格式 {element.pattern}", f"does not fit {element.pattern}"))
    if element.code_list and is_code and not is_code(value):
        failures.append(
            Failure(
                "code_list",
                f"不是代码表 {element.code_list} 当日有效的代码",
                f"no code of {element.code_list} valid on that day",
            )
        )
    named = registry.get(element.check)
    if named and not named.fits(value, on):
        failures.append(named.failure)
    return failures


EXPECTED = {
    Type.TEXT: ("应为文字", "must be text"),
    Type.NUMBER: ("应为数，例如 12.50", "must be a number such as 12.50"),
    Type.DAY: ("应为日期，例如 2026-03-05 或 20260305", "must be a day such as 2026-03-05 or 20260305"),
    Type.MOMENT: ("应为日期时间，例如 2026-03-05T09:00:00", "must be a moment such as 2026-03-05T09:00:00"),
    Type.TRUTH: ("应为 0 或 1", "must be 0 or 1"),
}


def has_type(kind: Type, value: str) -> bool:
    """True when the text is written as the type asks (days and moments by GB/T 7408).

    >>> has_type(Type.DAY, "20260230"), has_type(Type.DAY, "2026-02-28"), has_type(Type.TRUTH, "2")
    (False, True, False)
    """
    if kind is Type.NUMBER:
        return number(value) is not None
    if kind is Type.DAY:
        return bool(re.fullmatch(r"[0-9]{4}(-?)[0-9]{2}\1[0-9]{2}", value)) and _reads(date.fromisoformat, value)
    if kind is Type.MOMENT:
        return bool(re.fullmatch(MOMENT_FORM, value)) and _reads(datetime.fromisoformat, value)
    return value in TRUTHS if kind is Type.TRUTH else True


def is_past_day(value: str, on: date) -> bool:
    """True for a day, or a moment of a day, that is not after `on`.

    >>> is_past_day("2026-03-05", date(2026, 3, 5)), is_past_day("20310101", date(2026, 3, 5))
    (True, False)
    """
    kind = Type.MOMENT if "T" in value or " " in value else Type.DAY
    return has_type(kind, value) and value.replace("-", "")[:8] <= f"{on:%Y%m%d}"


def _reads(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _size(element: Definition, value: str) -> list[Failure]:
    if element.type is Type.TEXT and element.length is not None and len(value) > element.length:
        return [Failure("length", f"最多 {element.length} 个字", f"at most {element.length} characters")]
    if element.type is not Type.NUMBER:
        return []
    whole, _, part = value.lstrip("+-").partition(".")
    found = []
    if element.length is not None and len(whole.lstrip("0") + part) > element.length:
        found.append(Failure("length", f"最多 {element.length} 位数字", f"at most {element.length} digits"))
    if element.precision is not None and len(part) > element.precision:
        found.append(
            Failure(
                "precision", f"最多 {element.precision} 位小数", f"at most {element.precision} digits after the point"
            )
        )
    return found


def _range(element: Definition, value: str) -> list[Failure]:
    given = number(value) if element.type is Type.NUMBER else None
    low, high = number(element.least), number(element.most)
    if given is None:
        return []
    if low is not None and given < low:
        return [Failure("range", f"不能小于 {element.least}", f"must not be below {element.least}")]
    if high is not None and given > high:
        return [Failure("range", f"不能大于 {element.most}", f"must not be above {element.most}")]
    return []
