"""All rules of a table measured in one scan: one row of counts, for the whole table and for one batch of it.

A row is judged by a rule unless what the rule needs is empty (whether it may be empty is completeness). Of values that
must be unique each counts once: the others of the same value fail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from zhengtong.data.quality.rules import language
from zhengtong.data.quality.rules.forms import OF_ITEM, Column, Form, Rule, bound

if TYPE_CHECKING:
    import ibis.expr.types as ir

BATCH = "_batch_id"
ROW = "_row"
FEW_CODES = 200
SEPARATOR = "\x1f"
FIRST_VISIBLE, VISIBLE = "!", "[^ \t\n\r\x0b\x0c]"
Named = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What rules need beside the table: the codes of each list, other items' tables, the named checks, the day.

    `check(name, column)`: true where the text passes the check; `fits(pattern, column)`: where it fits as a whole. `codes`: few are looked up in place; `code_tables` holds
    the long lists as tables of one column `code`.
    """

    columns: Mapping[str, Column]
    today: date
    check: Named
    fits: Named
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    code_tables: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a rule judged and how many passed, in the whole table and in the batch."""

    judged: int
    passed: int
    batch_judged: int = 0
    batch_passed: int = 0

    @property
    def failed(self) -> int:
        return self.judged - self.passed


@dataclass(frozen=True, slots=True)
class Counts:
    """What a scan found: all rows, the batch's rows, and each rule's counts in the order of the rules."""

    rows: int
    batch_rows: int
    rules: tuple[Count, ...]


def plan(table: "ir.Table", rules: Sequence[Rule], given: Given, *, batch: str = "") -> "ir.Table":
    """The one-row table of counts. Rules of the item itself (promise, access) have none here."""
    import ibis

    joined = _joined(table, rules, given)
    shown: dict[str, Any] = {"_in": joined[BATCH] == batch if batch else ibis.literal(True)}
    for place, rule in enumerate(rules):
        shown.update(_columns(joined, place, rule, given))
    judged = joined.select(**shown)
    counts: dict[str, Any] = {"rows": judged.count()}
    if batch:
        counts["batch_rows"] = _true(judged["_in"])
    for place, rule in enumerate(rules):
        counts.update(_aggregates(judged, place, rule, within=bool(batch)))
    return judged.aggregate(**counts)


def verdicts(table: "ir.Table", rules: Sequence[Rule], given: Given) -> "ir.Table":
    """Each row's verdicts: r0, r1 … are 1 (passes), 0 (fails) or nothing (not judged). A repeated value fails in each row."""
    import ibis

    joined = _joined(table, rules, given)
    shown: dict[str, Any] = {}
    for place, rule in enumerate(rules):
        if rule.form is Form.UNIQUE:
            key = _key(joined, rule.fields)
            often = key.count().over(ibis.window(group_by=key))
            shown[f"r{place}"] = ibis.ifelse(key.isnull(), ibis.null("int64"), (often == 1).cast("int64"))
        else:
            shown[f"r{place}"] = _passes(joined, place, rule, given).cast("int64")
    return joined.select(**shown)


def counts_of(row: Mapping[str, Any], rules: Sequence[Rule], given: Given) -> Counts:
    """The counts that stand in the row of `plan`."""
    found = tuple(_count(row, place, rule, given) for place, rule in enumerate(rules))
    return Counts(int(row["rows"]), int(row.get("batch_rows", 0)), found)


def failing(table: "ir.Table", rule: Rule, given: Given, *, batch: str = "") -> "ir.Table":
    """The rows that fail the rule (of those of the batch, when one is given); of a repeated value all its rows."""
    held = table.filter(table[BATCH] == batch) if batch else table
    if rule.form is Form.UNIQUE:
        keyed = held.mutate(_key=_key(held, rule.fields))
        often = keyed.group_by("_key").aggregate(_often=keyed.count())
        often = often.filter(often["_often"] > 1, often["_key"].notnull())
        return keyed.semi_join(often, "_key").select(*held.columns)
    if rule.form is Form.FRESHNESS and not rule.every:
        newest = held[rule.fields[0]].max()
        return held.filter(held[rule.fields[0]] == newest)
    joined = _joined(held, [rule], given)
    return joined.filter(~_passes(joined, 0, rule, given)).select(*held.columns)


def _columns(table: "ir.Table", place: int, rule: Rule, given: Given) -> dict[str, Any]:
    if rule.form in OF_ITEM:
        return {}
    if rule.form is Form.UNIQUE:
        return {f"v{place}": _key(table, rule.fields)}
    if rule.form is Form.FRESHNESS and not rule.every:
        return {f"v{place}": _day(table[rule.fields[0]])}
    return {f"p{place}": _passes(table, place, rule, given)}


def _aggregates(judged: "ir.Table", place: int, rule: Rule, *, within: bool) -> dict[str, Any]:
    """The counts of one rule; those of the batch when there is one. Values are hidden rather than rows filtered, which is slower."""
    import ibis

    if rule.form in OF_ITEM:
        return {}
    unique, newest = rule.form is Form.UNIQUE, rule.form is Form.FRESHNESS and not rule.every
    value = judged[f"v{place}" if unique or newest else f"p{place}"]
    inside = ibis.ifelse(judged["_in"], value, ibis.null(value.type()))
    found: dict[str, Any] = {}
    for prefix, seen in [("", value), ("batch_", inside)] if within else [("", value)]:
        if newest:
            found[f"{prefix}newest{place}"] = seen.max()
            continue
        found[f"{prefix}judged{place}"] = seen.count()
        found[f"{prefix}passed{place}"] = seen.nunique() if unique else _true(seen)
    return found


def _true(verdict: Any) -> Any:
    return verdict.nullif(False).count()


def _count(row: Mapping[str, Any], place: int, rule: Rule, given: Given) -> Count:
    if rule.form in OF_ITEM:
        return Count(0, 0)
    if rule.form is Form.FRESHNESS and not rule.every:
        newest = (row.get(f"{prefix}newest{place}") for prefix in ("", "batch_"))
        whole, batch = (_is_fresh(one, rule, given.today) for one in newest)
        return Count(int(whole is not None), int(bool(whole)), int(batch is not None), int(bool(batch)))
    names = ("judged", "passed", "batch_judged", "batch_passed")
    return Count(*(int(row.get(f"{name}{place}") or 0) for name in names))


def _is_fresh(newest: date | None, rule: Rule, today: date) -> bool | None:
    return None if newest is None else newest >= today - timedelta(days=rule.days or 0)


def _passes(table: "ir.Table", place: int, rule: Rule, given: Given) -> Any:
    import ibis

    if rule.form is Form.COMPLETENESS:
        filled = [_is_filled(table[name]) for name in rule.fields]
        return filled[0] if len(filled) == 1 else ibis.and_(*filled)
    if rule.form in (Form.EXISTS, Form.EQUAL):
        return _across(table, place, rule)
    if rule.form is Form.EXPRESSION:
        kinds = {name: language.Kind(one.type) for name, one in given.columns.items()}
        return language.build(language.check(rule.expression, kinds), table, kinds, today=given.today)
    column = table[rule.fields[0]]
    if rule.form is Form.CODES and rule.code_list not in given.codes:
        return ibis.ifelse(_is_filled(column), table[f"_c{place}_hit"].notnull(), ibis.null("boolean"))
    return _ONE[rule.form](column, rule, given)


def _is_filled(column: Any) -> Any:
    """True where there is more than white space. What begins with a visible character need not be searched, which is nearly all."""
    import ibis

    if not column.type().is_string():
        return column.notnull()
    return ibis.cases((column.isnull(), False), (column >= FIRST_VISIBLE, True), else_=column.re_search(VISIBLE))


def _text(column: Any) -> Any:
    """The value as text, empty text as nothing."""
    return (column if column.type().is_string() else column.cast("string")).nullif("")


def _day(column: Any) -> Any:
    return column.date() if column.type().is_timestamp() else column


def _range(column: Any, rule: Rule, given: Given) -> Any:
    import ibis

    letter = given.columns[rule.fields[0]].type
    low, high = bound(rule.least, letter), bound(rule.most, letter)
    if letter == "N":
        places = given.columns[rule.fields[0]].precision or 0
        kind = f"decimal(38, {places})" if places else "int64"
        ways = ((low, ROUND_CEILING), (high, ROUND_FLOOR))  # no finer than the column: engines differ in how they widen
        exact = [None if one is None else one.quantize(Decimal(1).scaleb(-places), way) for one, way in ways]
        literals = [None if one is None else ibis.literal(one if places else int(one), kind) for one in exact]
    else:
        literals = [None if one is None else ibis.literal(one) for one in (low, high)]
    parts = [column >= literals[0]] if literals[0] is not None else []
    parts += [column <= literals[1]] if literals[1] is not None else []
    return parts[0] if len(parts) == 1 else parts[0] & parts[1]


def _pattern(column: Any, rule: Rule, given: Given) -> Any:
    return given.fits(rule.pattern, _text(column))


def _codes(column: Any, rule: Rule, given: Given) -> Any:
    return _text(column).isin(list(given.codes[rule.code_list]))


def _fresh(column: Any, rule: Rule, given: Given) -> Any:
    import ibis

    return _day(column) >= ibis.literal(given.today - timedelta(days=rule.days or 0))


def _length(column: Any, rule: Rule, given: Given) -> Any:
    text = _text(column)
    if given.columns[rule.fields[0]].type == "N":
        text = text.re_replace(r"^[+-]?0*|\.", "")
    return text.length() <= rule.length


def _check(column: Any, rule: Rule, given: Given) -> Any:
    return given.check(rule.check, _text(column))


_ONE: Mapping[Form, Callable[[Any, Rule, Given], Any]] = {
    Form.RANGE: _range,
    Form.PATTERN: _pattern,
    Form.CODES: _codes,
    Form.FRESHNESS: _fresh,
    Form.LENGTH: _length,
    Form.CHECK: _check,
}


def _key(table: "ir.Table", names: Sequence[str]) -> Any:
    """One value that is the same for the same values of the fields, and nothing where one is empty."""
    if len(names) == 1:
        column = table[names[0]]
        return column.nullif("") if column.type().is_string() else column
    parts = [_text(table[name]) for name in names]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + SEPARATOR + part
    return joined


def _joined(table: "ir.Table", rules: Sequence[Rule], given: Given) -> "ir.Table":
    """The table with, beside each row, what rules across tables and long code lists look up. No row is added or lost."""
    import ibis

    for place, rule in enumerate(rules):
        if rule.form in (Form.EXISTS, Form.EQUAL):
            other = _looked_up(given.items[rule.item], place, rule)
            keys = [f"_e{place}_{n}" for n in range(len(rule.fields))]
            pairs = [_text(table[name]) == other[key] for name, key in zip(rule.fields, keys, strict=True)]
            table = table.left_join(other, pairs).drop(*keys)
        elif rule.form is Form.CODES and rule.code_list not in given.codes:
            known = given.code_tables[rule.code_list].select(**{f"_c{place}": ibis._["code"]}).distinct()
            known = known.mutate(**{f"_c{place}_hit": ibis.literal(1, "int64")})
            pair = [_text(table[rule.fields[0]]) == known[f"_c{place}"]]
            table = table.left_join(known, pair).drop(f"_c{place}")
    return table


def _looked_up(other: "ir.Table", place: int, rule: Rule) -> "ir.Table":
    keys = {f"_e{place}_{n}": _text(other[name]) for n, name in enumerate(rule.item_fields)}
    if rule.form is Form.EXISTS:
        shown = other.select(**keys).distinct()
        return shown.mutate(**{f"_e{place}_hit": 1})
    shown = other.select(**keys, _value=_text(other[rule.item_value]))
    grouped = shown.group_by(list(keys))
    return grouped.aggregate(**{f"_e{place}_low": shown["_value"].min(), f"_e{place}_high": shown["_value"].max()})


def _across(table: "ir.Table", place: int, rule: Rule) -> Any:
    """Exists: judged where all fields are filled. Equal: judged where both sides have a value; several that differ fail."""
    import ibis

    unknown = ibis.null("boolean")
    if rule.form is Form.EXISTS:
        filled = ibis.and_(*(_is_filled(table[name]) for name in rule.fields))
        return ibis.ifelse(filled, table[f"_e{place}_hit"].notnull(), unknown)
    value = _text(table[rule.value])
    low, high = table[f"_e{place}_low"], table[f"_e{place}_high"]
    return (value == low) & (value == high)
