"""A relayed call: which addresses may be called, when a failing interface rests, whether an answer fits the catalogue. Pure."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from zhengtong.kernel.errors import Words
from zhengtong.sharing.gateway.rules.columns import Field, Kind

MOST_DIGITS = 38


def is_allowed(address: str, networks: Sequence[str]) -> bool:
    """True for an address of a listed network, however it is written; nothing is allowed unless it is listed.

    >>> is_allowed("10.1.2.3", ["10.1.0.0/16"]), is_allowed("::ffff:10.1.2.3", ["10.1.0.0/16"]), is_allowed("127.0.0.1", [])
    (True, True, False)
    """
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    return any(ip in ip_network(network) for network in networks)


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of an interface: failures in a row, and until when (seconds of a steady clock) it rests.

    After `after` failures it rests `rest_s`; then one call tries it, and a failure lets it rest twice as long, ten minutes at most.
    """

    after: int = 5
    rest_s: float = 10.0
    failures: int = 0
    until: float = 0.0

    def rests(self, at: float) -> float:
        """How many seconds it rests yet; 0 when it may be called."""
        return max(self.until - at, 0.0)

    def failed(self, at: float) -> "Breaker":
        failures = self.failures + 1
        if failures < self.after:
            return replace(self, failures=failures)
        rest = min(self.rest_s * 2 ** (failures - self.after), 600.0)
        return replace(self, failures=failures, until=at + rest)

    def went_well(self) -> "Breaker":
        return replace(self, failures=0, until=0.0)


class AnswerUnfit(ValueError):
    """The provider's answer is not what the catalogue says; `why` names the place, never a value."""

    def __init__(self, why: Words) -> None:
        super().__init__(why.en)
        self.why = why


def rows_of(document: Any, path: str, most: int) -> list[Mapping[str, Any]]:
    """The rows in a provider's answer, at a dotted path ("" for the document itself); one object is one row. Raises AnswerUnfit."""
    found = document
    for name in filter(None, path.split(".")):
        if not isinstance(found, dict) or name not in found:
            raise AnswerUnfit(Words(f"没有 {path}", f"there is no {path}"))
        found = found[name]
    rows = found if isinstance(found, list) else [] if found is None else [found]
    if len(rows) > most:
        raise AnswerUnfit(Words(f"超过 {most} 行", f"more than {most} rows"))
    if any(not isinstance(row, dict) for row in rows):
        raise AnswerUnfit(Words("记录不是对象", "a row is not an object"))
    return rows


def fitted_rows(
    rows: Sequence[Mapping[str, Any]], fields: Sequence[Field], names: Mapping[str, str]
) -> list[list[Any]]:
    """The rows' values in the fields' order, each of the field's kind; `names`: what the provider calls a field. Raises AnswerUnfit.

    What the fields do not name is dropped here and never looked at again.
    """
    return [
        [_fitted(one, row.get(names.get(one.name, one.name)), place) for one in fields]
        for place, row in enumerate(rows, 1)
    ]


def kept(row: Mapping[str, Any], rules: Sequence[Any]) -> bool:
    """True for a row that all of the agreement's row rules let through; a rule over what the row has not lets nothing through."""
    return all(_passes(row.get(rule.field), rule.op, rule.value) for rule in rules)


def _passes(value: Any, op: str, wanted: Any) -> bool:
    if value is None:
        return False
    if op == "in":
        return any(_passes(value, "eq", one) for one in wanted)
    if op == "prefix":
        return str(value).startswith(str(wanted))
    one, other = (value, wanted) if type(value) is type(wanted) else _comparable(value, wanted)
    return bool(_COMPARES[op](one, other))


def _comparable(value: Any, wanted: Any) -> tuple[Any, Any]:
    try:
        return Decimal(str(value)), Decimal(str(wanted))
    except InvalidOperation:
        return str(value), str(wanted)


def _fitted(field: Field, value: Any, place: int) -> Any:
    if value is None:
        return None
    try:
        return _FITS[field.kind](field, value)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        raise AnswerUnfit(
            Words(
                f"第 {place} 条的“{field.name}”不是{field.kind.value}",
                f"“{field.name}” of row {place} is no {field.kind.value}",
            )
        ) from None


def _text(_: Field, value: Any) -> str:
    if isinstance(value, dict | list | bool):
        raise TypeError
    return str(value)


def _whole(_: Field, value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    if number != int(number) or abs(number) >= 2**63:
        raise ValueError
    return int(number)


def _decimal(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite() or len(number.as_tuple().digits) > MOST_DIGITS:
        raise ValueError
    exact = number.quantize(Decimal(1).scaleb(-field.scale))
    if exact != number:
        raise ValueError
    return str(exact)


def _day(_: Field, value: Any) -> str:
    return date.fromisoformat(str(value)[:10]).isoformat()


def _moment(_: Field, value: Any) -> str:
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError
    return at.isoformat()


def _truth(_: Field, value: Any) -> bool:
    if value not in (True, False):
        raise ValueError
    return bool(value)


_FITS: Mapping[Kind, Any] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _whole,
    Kind.DECIMAL: _decimal,
    Kind.DAY: _day,
    Kind.MOMENT: _moment,
    Kind.TRUTH: _truth,
}
_COMPARES: Mapping[str, Any] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
