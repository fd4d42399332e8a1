"""What an agreement allows, as one value that machines read: who, what, why, how much, until when."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from zhengtong.kernel.errors import Field

Operator = Literal["eq", "ne", "in", "lt", "le", "gt", "ge", "prefix"]
Told = Mapping[str, Any]
LEVELS = ("general_1", "general_2", "general_3", "general_4", "important", "core")
MASKS = ("full", "partial", "general", "pseudonym", "omit")
WAYS = ("api", "relay", "table", "file")
OPERATIONS = {
    "lookup": "api",
    "batch": "api",
    "page": "api",
    "count": "api",
    "relay": "relay",
    "table": "table",
    "file": "file",
}
DAY_MINUTES = 24 * 60
LONGEST_YEARS = 5
TEXT_FORMAT = "zhengtong-agreement-text@1"
"""Stands in every text that both sides sign together with the terms."""
_LOWERED = ("general", "pseudonym")


@dataclass(frozen=True, slots=True)
class RowRule:
    """Which rows: `field` `op` `value`. `item`: the item's id in hex, or empty for every item that has the field."""

    field: str
    op: Operator
    value: str | int | tuple[str | int, ...]
    item: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The machine-read terms. Ids are hex; days are law days of the city, the last one included; 0 in `total_quota` is without bound.

    `fields`: by item, each field and its mask (`full`, `partial`, `general`, `general:100000` for bands, `general:yes_no`, `pseudonym`).
    `level`: the strictest level that may be served, after masks. `exception`: the paper that allows important or core data.
    `opens`, `closes`: minutes of the city's day between which calls are allowed.
    """

    item_ids: tuple[str, ...]
    fields: Mapping[str, Mapping[str, str]]
    purposes: tuple[str, ...]
    valid_from: str
    valid_to: str
    rows: tuple[RowRule, ...] = ()
    ways: tuple[str, ...] = ("api",)
    systems: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    case_required: bool = True
    level: str = "general_2"
    exception: str = ""
    second_factor: bool = False
    workdays_only: bool = False
    opens: int = 0
    closes: int = DAY_MINUTES
    daily_quota: int = 500
    total_quota: int = 0
    rate_per_second: int = 10
    max_rows: int = 1

    def told(self) -> dict[str, Any]:
        """As JSON keeps it: text, whole numbers, lists and objects."""
        told = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        told["fields"] = {item: dict(masks) for item, masks in self.fields.items()}
        told["rows"] = [_row_told(one) for one in self.rows]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}

    @classmethod
    def of(cls, told: Told) -> "Terms":
        """What `told` kept."""
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        given["rows"] = tuple(_row(one) for one in told.get("rows", ()))
        return cls(**given)

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785 of text and whole numbers): the bytes that the fingerprint is of."""
        return canonical(self.told())


def canonical(told: Any) -> bytes:
    """RFC 8785 for values of text, whole numbers, lists and objects with plain keys."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def terms_digest(terms: Terms, digest: Callable[[bytes], bytes]) -> str:
    """The fingerprint of the terms in hex; `digest` is SM3."""
    return digest(terms.to_bytes()).hex()


def text_digest(text: Told, digest: Callable[[bytes], bytes]) -> str:
    """The fingerprint of an agreement's text in hex, both languages of it; "" for a text from before texts were signed."""
    return digest(canonical(text)).hex() if text.get("format") == TEXT_FORMAT else ""


def mask_kind(mask: str) -> str:
    """`general` of `general:100000`."""
    return mask.partition(":")[0]


def level_after(level: str, mask: str) -> str:
    """The level of a value once masked: bands and pseudonyms are one step lower, what is omitted is open.

    >>> level_after("general_3", "general:100000"), level_after("general_1", "general"), level_after("core", "omit")
    ('general_2', 'general_1', 'general_1')
    """
    kind = mask_kind(mask)
    if kind == "omit":
        return LEVELS[0]
    return LEVELS[max(LEVELS.index(level) - (kind in _LOWERED), 0)]


def strictest(levels: Sequence[str]) -> str:
    """就高从严: the strictest of the levels; the lowest for none."""
    return max(levels, key=LEVELS.index, default=LEVELS[0])


def level_of(terms: Terms, levels: Mapping[str, Mapping[str, str]]) -> str:
    """The level of what the terms give, after masks, from the catalogue's field levels by item."""
    given = (
        level_after(levels.get(item, {}).get(name, "general_3"), mask)
        for item, masks in terms.fields.items()
        for name, mask in masks.items()
    )
    return strictest(list(given))


def narrower(wanted: Terms, granted: Terms) -> bool:
    """True when `granted` gives nothing that was not `wanted`: a partial consent may only take away."""
    if not set(granted.item_ids) <= set(wanted.item_ids) or not set(granted.purposes) <= set(wanted.purposes):
        return False
    if not set(granted.ways) <= set(wanted.ways) or not set(granted.systems) <= set(wanted.systems):
        return False
    for item, masks in granted.fields.items():
        asked = wanted.fields.get(item, {})
        for name, mask in masks.items():
            if name not in asked or MASKS.index(mask_kind(mask)) < MASKS.index(mask_kind(asked[name])):
                return False
    amounts = granted.daily_quota <= wanted.daily_quota and granted.max_rows <= wanted.max_rows
    return amounts and granted.valid_from >= wanted.valid_from and granted.valid_to <= wanted.valid_to


@dataclass(frozen=True, slots=True)
class Known:
    """What the terms are checked against: the items' fields with their levels, purposes, the consumer's systems."""

    fields: Mapping[str, Mapping[str, str]]
    purposes: Mapping[str, bool] = field(default_factory=dict)
    """By code: whether each call must carry a case number."""
    systems: frozenset[str] = frozenset()
    today: str = ""


def terms_faults(terms: Terms, known: Known) -> list[Field]:
    """What is wrong with the terms, each at its field, with the remedy."""
    return [*_what_faults(terms, known), *_who_faults(terms, known), *_much_faults(terms, known)]


def _what_faults(terms: Terms, known: Known) -> list[Field]:
    faults = []
    if not terms.item_ids or set(terms.fields) != set(terms.item_ids):
        faults.append(Field("fields", "请至少选一个数据项的字段。", "Choose fields of at least one item."))
    for item, masks in terms.fields.items():
        there = known.fields.get(item, {})
        strange = [name for name in masks if name not in there]
        if strange or not masks:
            said = "、".join(strange)
            faults.append(
                Field("fields", f"没有这些字段：{said}。" if said else "请至少选一个字段。", f"No such fields: {said}.")
            )
        wrong = [mask for mask in masks.values() if mask_kind(mask) not in MASKS or not _mask_well_formed(mask)]
        if wrong:
            faults.append(Field("fields", f"没有“{wrong[0]}”这种给法。", f"There is no mask {wrong[0]}."))
    for rule in terms.rows:
        holders = [rule.item] if rule.item else list(terms.item_ids)
        if not any(rule.field in known.fields.get(item, {}) for item in holders):
            faults.append(Field("rows", f"行的范围用了没有的字段 {rule.field}。", f"Rows name no field {rule.field}."))
        if (rule.op == "in") != isinstance(rule.value, tuple):
            faults.append(
                Field("rows", f"{rule.field} 的取值与比较方式不符。", f"{rule.field}: value and operator differ.")
            )
    return faults


def _who_faults(terms: Terms, known: Known) -> list[Field]:
    faults = []
    unknown = [one for one in terms.purposes if one not in known.purposes]
    if unknown or not terms.purposes:
        faults.append(Field("purposes", "请从列表中选用途。", "Choose a purpose from the list."))
    cased = [one for one in terms.purposes if known.purposes.get(one)]
    if cased and not terms.case_required:
        faults.append(
            Field("case_required", "这个用途要求每次带受理号。", "This purpose asks for a case number with each call.")
        )
    if not terms.systems or not set(terms.systems) <= known.systems:
        faults.append(
            Field(
                "systems",
                "请选本部门的服务账号；没有的，先请管理员在“服务账号”登记。",
                "Choose service accounts of your department; have one registered first if there is none.",
            )
        )
    if not terms.ways or not set(terms.ways) <= set(WAYS):
        faults.append(Field("ways", "请选共享方式。", "Choose a way of sharing."))
    return faults


def _much_faults(terms: Terms, known: Known) -> list[Field]:
    faults = []
    try:
        first, last = date.fromisoformat(terms.valid_from), date.fromisoformat(terms.valid_to)
    except ValueError:
        return [Field("valid_to", "请填写起止日期。", "Give the first and the last day.")]
    if last < first or (known.today and terms.valid_to < known.today):
        faults.append(
            Field("valid_to", "截止日期应在开始日期和今天之后。", "The last day lies before the first, or is over.")
        )
    if (last - first).days > LONGEST_YEARS * 366:
        said = f"期限最长 {LONGEST_YEARS} 年，到期可以续签。"
        faults.append(Field("valid_to", said, f"At most {LONGEST_YEARS} years; it can be renewed."))
    bounds = {
        "daily_quota": (1, 10_000_000),
        "total_quota": (0, 10**12),
        "rate_per_second": (1, 10_000),
        "max_rows": (1, 10**9),
    }
    for name, (least, most) in bounds.items():
        if not least <= getattr(terms, name) <= most:
            faults.append(Field(name, f"应在 {least} 到 {most} 之间。", f"Between {least} and {most}."))
    if not 0 <= terms.opens < terms.closes <= DAY_MINUTES:
        faults.append(Field("opens", "时段的开始应早于结束。", "The hours begin before they end."))
    if terms.level not in LEVELS:
        faults.append(Field("level", "没有这个级别。", "There is no such level."))
    elif LEVELS.index(terms.level) >= LEVELS.index("important") and not terms.exception.strip():
        said = "重要数据、核心数据须写明专门批准的文号。"
        faults.append(Field("exception", said, "Important and core data need the number of their approval."))
    return faults


def _mask_well_formed(mask: str) -> bool:
    kind, colon, more = mask.partition(":")
    return not colon or (
        kind == "general" and (more == "yes_no" or (more.isascii() and more.isdigit() and int(more) > 0))
    )


def _row_told(one: RowRule) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    return {"field": one.field, "op": one.op, "value": value, "item": one.item}


def _row(told: Told) -> RowRule:
    value = told["value"]
    return RowRule(told["field"], told["op"], tuple(value) if isinstance(value, list) else value, told.get("item", ""))
