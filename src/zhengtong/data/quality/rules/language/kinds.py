"""What each part of a condition is: text, number, day, moment, truth. Wrong pairings are told with their place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from zhengtong.data.quality.rules.language.parsing import COMPARED, Fault, Node


class Kind(StrEnum):
    """The kinds of values; the letters are those of data elements."""

    TEXT = "C"
    NUMBER = "N"
    DAY = "D"
    MOMENT = "T"
    TRUTH = "B"


KIND_WORDS = {
    Kind.TEXT: ("文字", "text"),
    Kind.NUMBER: ("数", "a number"),
    Kind.DAY: ("日期", "a day"),
    Kind.MOMENT: ("日期时间", "a moment"),
    Kind.TRUTH: ("条件", "a condition"),
}
TIMES = (Kind.DAY, Kind.MOMENT)
DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes and gives, and what it is for."""

    name: str
    takes: tuple[tuple[Kind, ...], ...]
    gives: Kind
    zh: str
    en: str
    optional: int = 0


_T, _N, _D = (Kind.TEXT,), (Kind.NUMBER,), (Kind.DAY, Kind.MOMENT)
FUNCTIONS: Mapping[str, Function] = {
    one.name: one
    for one in (
        Function("length", (_T,), Kind.NUMBER, "字数", "characters in a text"),
        Function("trim", (_T,), Kind.TEXT, "去掉首尾空格", "without blanks at both ends"),
        Function("upper", (_T,), Kind.TEXT, "大写", "in capitals"),
        Function("lower", (_T,), Kind.TEXT, "小写", "in small letters"),
        Function(
            "part", (_T, _N, _N), Kind.TEXT, "从第几个字起取几个字", "from a place (1 is the first), so many characters"
        ),
        Function("starts_with", (_T, _T), Kind.TRUTH, "以…开头", "begins with"),
        Function("ends_with", (_T, _T), Kind.TRUTH, "以…结尾", "ends with"),
        Function("contains", (_T, _T), Kind.TRUTH, "含有", "holds"),
        Function("number", (_T,), Kind.NUMBER, "把文字读成数，读不出为空", "a text read as a number, else empty"),
        Function("abs", (_N,), Kind.NUMBER, "绝对值", "without its sign"),
        Function("round", (_N, _N), Kind.NUMBER, "四舍五入到几位小数", "rounded to so many decimals"),
        Function("day", (_T,), Kind.DAY, "日期，例如 day('2026-03-05')", "a day, such as day('2026-03-05')"),
        Function("today", (), Kind.DAY, "检测当天", "the day of measuring"),
        Function("year", (_D,), Kind.NUMBER, "年", "its year"),
        Function("month", (_D,), Kind.NUMBER, "月", "its month"),
        Function("days_between", (_D, _D), Kind.NUMBER, "后一个减前一个的天数", "days from the first to the second"),
    )
}


def kind_of(node: Node, fields: Mapping[str, Kind]) -> Kind:
    """The kind of a part. Raises Fault."""
    if node.op == "name":
        return _field(node, fields)
    if node.op in ("number", "string", "truth"):
        return {"number": Kind.NUMBER, "string": Kind.TEXT, "truth": Kind.TRUTH}[node.op]
    if node.op in ("and", "or", "not", "implies"):
        for part in node.parts:
            _want(part, kind_of(part, fields), (Kind.TRUTH,))
        return Kind.TRUTH
    if node.op in ("null", "not null"):
        kind_of(node.parts[0], fields)
        return Kind.TRUTH
    if node.op in COMPARED or node.op in ("in", "between"):
        return _comparison(node, fields)
    if node.op.startswith("call:"):
        return _call(node, fields)
    for part in node.parts:
        _want(part, kind_of(part, fields), (Kind.NUMBER,))
    return Kind.NUMBER


def names_in(node: Node) -> frozenset[str]:
    """The fields that a tree reads."""
    return frozenset(part.value for part in _walk(node) if part.op == "name")


def is_day(node: Node) -> bool:
    """True for a text that is written as a day: beside a day it is one."""
    if node.op != "string" or not DAY_TEXT.fullmatch(node.value):
        return False
    try:
        date.fromisoformat(node.value)
    except ValueError:
        return False
    return True


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from _walk(part)


def _field(node: Node, fields: Mapping[str, Kind]) -> Kind:
    if node.value not in fields:
        raise Fault(
            node.at,
            f"没有字段“{node.value}”。文字请放在单引号里。",
            f"There is no field “{node.value}”. Put text in single quotes.",
        )
    return fields[node.value]


def _comparison(node: Node, fields: Mapping[str, Kind]) -> Kind:
    first, *others = node.parts
    kind = kind_of(first, fields)
    for other in others:
        found = kind_of(other, fields)
        fits = found is kind or (found in TIMES and kind in TIMES)
        as_day = (kind in TIMES and is_day(other)) or (found in TIMES and is_day(first))
        if not fits and not as_day:
            zh, en = KIND_WORDS[kind]
            other_zh, other_en = KIND_WORDS[found]
            raise Fault(
                other.at, f"{zh}不能和{other_zh}比较。", f"{en.capitalize()} cannot be compared with {other_en}."
            )
        if kind is Kind.TRUTH and node.op not in ("=", "!="):
            raise Fault(node.at, "条件只能用 = 或 != 比较。", "Conditions are compared by = or != only.")
    return Kind.TRUTH


def _call(node: Node, fields: Mapping[str, Kind]) -> Kind:
    name = node.op.removeprefix("call:")
    known = FUNCTIONS.get(name)
    if known is None:
        there = "、".join(FUNCTIONS)
        raise Fault(node.at, f"没有函数 {name}；可用：{there}。", f"There is no function {name}; there are: {there}.")
    if len(node.parts) != len(known.takes):
        count = len(known.takes)
        raise Fault(node.at, f"{name} 需要 {count} 个参数。", f"{name} takes {count} arguments.")
    for part, kinds in zip(node.parts, known.takes, strict=True):
        if not (kinds == _D and is_day(part)):
            _want(part, kind_of(part, fields), kinds)
    _check_constants(node, name)
    return known.gives


def _check_constants(node: Node, name: str) -> None:
    if name == "day" and not is_day(node.parts[0]):
        raise Fault(node.at, "请写成 day('2026-03-05')。", "Write it as day('2026-03-05').")
    numbers = {"part": node.parts[1:], "round": node.parts[1:]}.get(name, ())
    for part in numbers:
        if part.op != "number" or not part.value.isdigit() or int(part.value) > 4000:
            raise Fault(part.at, "这里要写一个整数。", "A whole number stands here.")
        if name == "round" and int(part.value) > 10:
            raise Fault(part.at, "最多 10 位小数。", "Ten decimals at most.")
    if name == "part" and int(node.parts[1].value) < 1:
        raise Fault(node.parts[1].at, "第一个字的位置是 1。", "The first character's place is 1.")


def _want(part: Node, found: Kind, kinds: tuple[Kind, ...]) -> None:
    if found not in kinds:
        zh, en = KIND_WORDS[kinds[0]]
        has_zh, has_en = KIND_WORDS[found]
        raise Fault(part.at, f"这里应是{zh}，不是{has_zh}。", f"This must be {en}, not {has_en}.")
