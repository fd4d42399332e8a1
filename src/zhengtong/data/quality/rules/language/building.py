"""A checked tree as an Ibis expression over a table: the same on every engine. An unknown (empty) value makes it unknown."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from zhengtong.data.quality.rules.language.kinds import TIMES, Kind, is_day, kind_of
from zhengtong.data.quality.rules.language.parsing import COMPARED, Node

if TYPE_CHECKING:
    import ibis.expr.types as ir

WHOLE = r"^\s*[+-]?[0-9]{1,15}(\.[0-9]{1,10})?\s*$"


def build(node: Node, table: "ir.Table", kinds: Mapping[str, Kind], *, today: date) -> "ir.BooleanValue":
    """The condition on each row of the table: true, false, or unknown where a value it needs is empty."""
    built: ir.BooleanValue = _Builder(table, kinds, today).of(node)
    return built


class _Builder:
    def __init__(self, table: "ir.Table", kinds: Mapping[str, Kind], today: date) -> None:
        self._table, self._kinds, self._today = table, kinds, today

    def of(self, node: Node, *, beside: Node | None = None) -> Any:
        import ibis

        if node.op == "name":
            return self._table[node.value]
        if node.op == "number":
            return _number(node.value)
        if node.op == "truth":
            return ibis.literal(node.value == "true")
        if node.op == "string":
            timed = is_day(node) and (beside is None or kind_of(beside, self._kinds) in TIMES)
            return ibis.literal(date.fromisoformat(node.value)) if timed and beside else ibis.literal(node.value)
        if node.op.startswith("call:"):
            return self._call(node)
        if node.op in COMPARED or node.op in ("in", "between"):
            return self._compared(node)
        return _MADE[node.op](*(self.of(part) for part in node.parts))

    def _compared(self, node: Node) -> Any:
        first, *others = node.parts
        left = self._time(first, others[0])
        rights = [self._time(other, first) for other in others]
        if node.op == "in":
            return left.isin(rights)
        if node.op == "between":
            return left.between(*rights)
        return _MADE[node.op](left, rights[0])

    def _time(self, node: Node, beside: Node) -> Any:
        """A day beside a moment is compared as the moment's day."""
        built = self.of(node, beside=beside)
        if node.op == "string" or kind_of(node, self._kinds) is not Kind.MOMENT:
            return built
        other = Kind.DAY if is_day(beside) else kind_of(beside, self._kinds)
        return built.date() if other is Kind.DAY else built

    def _day(self, node: Node) -> Any:
        import ibis

        if is_day(node):
            return ibis.literal(date.fromisoformat(node.value))
        built = self.of(node)
        return built.date() if kind_of(node, self._kinds) is Kind.MOMENT else built

    def _call(self, node: Node) -> Any:
        import ibis

        name = node.op.removeprefix("call:")
        if name == "today":
            return ibis.literal(self._today)
        if name in ("day", "year", "month", "days_between"):
            days = [self._day(part) for part in node.parts]
            return _OF_DAYS[name](*days)
        if name in ("part", "round"):
            return _OF_NUMBERS[name](self.of(node.parts[0]), *(int(part.value) for part in node.parts[1:]))
        return _CALLED[name](*(self.of(part) for part in node.parts))


def _number(text: str) -> Any:
    import ibis

    return ibis.literal(float(text)) if "." in text else ibis.literal(int(text), "int64")


def _implies(condition: Any, then: Any) -> Any:
    return ~condition | then


def _divided(left: Any, right: Any) -> Any:
    return left.cast("float64") / right.cast("float64").nullif(0.0)


def _times(left: Any, right: Any) -> Any:
    whole = left.type().is_integer() and right.type().is_integer()
    return left.cast("int64") * right.cast("int64") if whole else left.cast("float64") * right.cast("float64")


def _rest(left: Any, right: Any) -> Any:
    return left.cast("int64") % right.cast("int64").nullif(0)


def _read_number(text: Any) -> Any:
    import ibis

    return ibis.ifelse(text.re_search(WHOLE), text.strip(), ibis.null("string")).cast("float64")


_MADE: Mapping[str, Callable[..., Any]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "not": lambda a: ~a,
    "implies": _implies,
    "null": lambda a: a.isnull(),
    "not null": lambda a: a.notnull(),
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": _times,
    "/": _divided,
    "%": _rest,
    "negative": lambda a: -a,
}
_OF_DAYS: Mapping[str, Callable[..., Any]] = {
    "day": lambda a: a,
    "year": lambda a: a.year().cast("int64"),
    "month": lambda a: a.month().cast("int64"),
    "days_between": lambda a, b: b.delta(a, unit="day"),
}
_OF_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "part": lambda text, start, count: text.substr(start - 1, count),
    "round": lambda number, places: number.cast("float64").round(places),
}
_CALLED: Mapping[str, Callable[..., Any]] = {
    "length": lambda text: text.length().cast("int64"),
    "trim": lambda text: text.strip(),
    "upper": lambda text: text.upper(),
    "lower": lambda text: text.lower(),
    "starts_with": lambda text, begin: text.startswith(begin),
    "ends_with": lambda text, end: text.endswith(end),
    "contains": lambda text, inner: text.contains(inner),
    "number": _read_number,
    "abs": lambda number: number.abs(),
}
