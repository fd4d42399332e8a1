"""What a call asks for, read from its path, its headers and its body; frozen with the API, additive only. Pure.

    POST /share/v1/agreements/{number}/items/{code}/lookup   {"key": {"uscc": "9135…"}, "fields": ["tax_owed"]}
    POST …/batch   {"key": "uscc", "values": ["9135…", …]}
    POST …/rows    {"where": [{"field": "region", "op": "eq", "value": "350802"}], "limit": 100, "after": "…"}
    POST …/count   {"where": […]}
    POST …/relay   {"question": {"uscc": "9135…"}, "fields": ["tax_owed"]}   (actions/relay.py)

Values stand in the body alone: an address is written into logs on its way, a body is not.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from zhengtong.kernel.errors import Field
from zhengtong.sharing.gateway.errors import CallMalformed

OPERATIONS = {"lookup": "lookup", "batch": "batch", "rows": "page", "count": "count", "relay": "relay"}
OPS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "prefix")
MOST_CONDITIONS, MOST_FIELDS, MOST_IN = 20, 500, 1000
PATH = re.compile(r"/share/v1/agreements/([^/]{1,80})/items/([^/]{1,80})/(lookup|batch|rows|count|relay)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_AFTER = re.compile(r"([0-9]+\.[0-9]+)-([0-9]{1,18})")
_PURPOSE, _CASE = re.compile(r"[0-9A-Za-z_.-]{1,60}"), re.compile(r"[^\x00-\x1f\x7f]{1,100}")


class Condition(NamedTuple):
    """A field, an operation, and the value as it was sent."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Stated:
    """What a call's own headers say: for what, in which case, at whose hand, and when they showed a second factor there."""

    purpose: str = ""
    case_number: str = ""
    person: str = ""
    factor_at: datetime | None = None


class Asked(NamedTuple):
    """A call's question. `fields` empty: all that are agreed. `after`: the copy's version and the row to go on from. `keys`: what it
    costs of the quota; a page costs its limit. `limit_said`: the caller chose it."""

    agreement: str
    item: str
    operation: str
    fields: tuple[str, ...]
    where: tuple[Condition, ...]
    purpose: str
    case_number: str
    after: tuple[str, int] | None
    limit: int
    keys: int
    limit_said: bool = False

    def with_limit(self, limit: int, keys: int) -> "Asked":
        """The same question, of so many rows, at such a cost."""
        return self._replace(limit=limit, keys=keys)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be asked at once."""

    page: int = 100
    page_most: int = 500
    batch: int = 100


@functools.lru_cache(4096)
def read_path(path: str) -> tuple[str, str, str] | None:
    """The agreement's number, the item's code and the operation of a path; None for another path.

    >>> read_path("/share/v1/agreements/XY-2026-0001/items/SJ-3102/rows")
    ('XY-2026-0001', 'SJ-3102', 'page')
    """
    found = PATH.fullmatch(path)
    if found is None:
        return None
    number, code, operation = found.groups()
    return unquote(number), unquote(code), OPERATIONS[operation]


@functools.lru_cache(4096)
def read_stated(purpose: bytes, case: bytes, person: bytes = b"", factor_at: bytes = b"") -> Stated:
    """What the headers say, as they were sent: percent-encoded UTF-8. Raises CallMalformed, naming what is wrong.

    >>> read_stated(b"audit", b"%E7%A8%BD1").case_number
    '稽1'
    """
    told = [unquote(one.decode("latin-1"), errors="replace") for one in (purpose, case, person)]
    for value, form, name in zip(told, (_PURPOSE, _CASE, _CASE), ("Purpose", "Case", "Person"), strict=True):
        if value and not form.fullmatch(value):
            raise _wrong(f"X-Zhengtong-{name}", "内容不合格式。", "It is not well formed.")
    shown = _factor_at(factor_at.decode("latin-1"), told[2]) if factor_at else None
    return Stated(told[0], told[1], told[2], shown)


def _factor_at(text: str, person: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not person:
        zh, en = (
            "应为带时区的 ISO 8601 时间，并写明人员。",
            "An ISO 8601 time with a zone is expected, and the person it is of.",
        )
        raise _wrong("X-Zhengtong-Factor-At", zh, en)
    return at


def read_asked(place: tuple[str, str, str], said: Stated, body: bytes, limits: Limits) -> Asked:
    """The question of a call. Raises CallMalformed, naming what is wrong."""
    number, code, operation = place
    told = _body(body)
    where, keys = _READERS[operation](told, limits)
    _only(told, _KNOWN[operation])
    fields = _names(told.get("fields", []), "fields")
    limit = _limit(told, limits) if operation == "page" else limits.page_most
    after = _after(told) if operation == "page" else None
    return Asked(
        number, code, operation, fields, where, said.purpose, said.case_number, after, limit, keys, "limit" in told
    )


def _body(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _wrong("body", "应为 JSON 对象。", "A JSON object is expected.")
    return told


def _only(told: Mapping[str, Any], known: frozenset[str]) -> None:
    if not told.keys() <= known:
        raise _wrong(min(told.keys() - known)[:60], "不认识这一项。", "This field is not known.")


def _lookup(told: Mapping[str, Any], _: Limits) -> tuple[tuple[Condition, ...], int]:
    key = told.get("key")
    if not isinstance(key, dict) or not 1 <= len(key) <= MOST_CONDITIONS:
        raise _wrong("key", '应为 {"字段": 值}。', 'Expected {"field": value}.')
    return tuple([Condition(_name(name, "key"), "eq", value) for name, value in key.items()]), 1


def _batch(told: Mapping[str, Any], limits: Limits) -> tuple[tuple[Condition, ...], int]:
    name, values = _name(told.get("key"), "key"), told.get("values")
    if not isinstance(values, list) or not 1 <= len(values) <= limits.batch:
        said = f"应为 1 至 {limits.batch} 个值的列表。"
        raise _wrong("values", said, f"Expected a list of 1 to {limits.batch} values.")
    return (Condition(name, "in", values),), len(values)


def _filtered(told: Mapping[str, Any], _: Limits) -> tuple[tuple[Condition, ...], int]:
    where = told.get("where", [])
    if not isinstance(where, list) or len(where) > MOST_CONDITIONS:
        raise _wrong("where", f"应为至多 {MOST_CONDITIONS} 个条件的列表。", f"A list of at most {MOST_CONDITIONS}.")
    return tuple(_condition(one, place) for place, one in enumerate(where)), 1


def _condition(one: Any, place: int) -> Condition:
    name = f"where.{place}"
    if not isinstance(one, dict) or set(one) != {"field", "op", "value"}:
        raise _wrong(name, "应有 field、op、value 三项。", "It has field, op and value.")
    if one["op"] not in OPS:
        raise _wrong(f"{name}.op", f"只能是 {'、'.join(OPS)}。", f"One of {', '.join(OPS)}.")
    listed = isinstance(one["value"], list)
    if listed != (one["op"] == "in") or (listed and len(one["value"]) > MOST_IN):
        raise _wrong(f"{name}.value", "in 用列表，其余用单个值。", "A list for “in”, one value for the others.")
    return Condition(_name(one["field"], f"{name}.field"), one["op"], one["value"])


def _names(told: Any, place: str) -> tuple[str, ...]:
    if not isinstance(told, list) or len(told) > MOST_FIELDS:
        raise _wrong(place, "应为字段名的列表。", "A list of field names is expected.")
    return tuple(dict.fromkeys(_name(one, place) for one in told))


def _name(told: Any, place: str) -> str:
    if not isinstance(told, str) or not _NAME.fullmatch(told):
        raise _wrong(
            place, "字段名只含字母、数字和下划线。", "A field's name has letters, digits and underscores only."
        )
    return told


def _limit(told: Mapping[str, Any], limits: Limits) -> int:
    limit = told.get("limit", limits.page)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= limits.page_most:
        raise _wrong("limit", f"应为 1 至 {limits.page_most}。", f"From 1 to {limits.page_most}.")
    return limit


def _after(told: Mapping[str, Any]) -> tuple[str, int] | None:
    after = told.get("after")
    if after is None:
        return None
    found = _AFTER.fullmatch(after) if isinstance(after, str) else None
    if found is None:
        raise _wrong("after", "请原样填上一页的 next。", "Give the “next” of the page before as it was.")
    return found[1], int(found[2])


def _wrong(name: str, zh: str, en: str) -> CallMalformed:
    return CallMalformed(fields=[Field(name, zh, en)])


_READERS = {"lookup": _lookup, "batch": _batch, "page": _filtered, "count": _filtered}
_KNOWN = {
    "lookup": frozenset({"key", "fields"}),
    "batch": frozenset({"key", "values", "fields"}),
    "page": frozenset({"where", "fields", "limit", "after"}),
    "count": frozenset({"where"}),
}
