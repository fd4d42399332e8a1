"""A field's rules, one by one, for a column of text as it was read: what `check_value` does to one value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from zhengtong.data.standards.rules import patterns
from zhengtong.data.standards.rules.checks import EXPECTED, Check
from zhengtong.data.standards.rules.definitions import Definition, Type, number
from zhengtong.data.standards.rules.expressions import named, typed

if TYPE_CHECKING:
    import ibis

Kind = Literal["required", "type", "length", "precision", "range", "pattern", "codes", "check"]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One rule: its kind, what it needs to know, and what is told of a value that does not pass."""

    kind: Kind
    parameters: Mapping[str, Any]
    zh: str
    en: str


def field_rules(
    definition: Definition,
    *,
    codes: frozenset[str] | None,
    registry: Mapping[str, Check],
    required: bool = False,
    on: date | None = None,
) -> tuple[FieldRule, ...]:
    """The rules of a field, in the order in which a value is judged. `codes`: its code list's codes; None: not judged by them."""
    listed = definition.code_list if codes is not None else ""
    return (
        *([FieldRule("required", {}, "不能为空", "must not be empty")] if required else []),
        *_of_type(definition),
        *_of_text(definition),
        *([_of_codes(definition, codes or frozenset())] if listed else []),
        *_of_check(definition, registry, on),
    )


def passes(rule: FieldRule, text_column: "ibis.StringValue") -> "ibis.BooleanValue":
    """True where the text passes, or is empty (which only `required` minds); null where there is none.

    As with one value, what is not even of the field's type fails by that rule alone.
    """
    import ibis

    if rule.kind == "required":
        return text_column.notnull() & (text_column != "")
    kind: Type = rule.parameters["type"]
    if rule.kind == "type":
        return (text_column == "") | typed.has_type(kind, text_column)
    fits = _fits(rule, text_column)
    if kind is not Type.TEXT:
        fits = ibis.ifelse(typed.has_type(kind, text_column), fits, True)
    return ibis.ifelse(text_column.isnull(), ibis.null("boolean"), (text_column == "") | fits)


def _fits(rule: FieldRule, column: Any) -> Any:
    told = rule.parameters
    if rule.kind == "length":
        longest = told["length"]
        return column.length() <= longest if told["type"] is Type.TEXT else typed.digits_within(column, longest)
    if rule.kind == "precision":
        return typed.decimals_within(column, told["precision"])
    if rule.kind == "range":
        return typed.within(column, least=number(told["least"]), most=number(told["most"]))
    if rule.kind == "pattern":
        return column.re_search(patterns.portable(told["pattern"]))
    if rule.kind == "codes":
        return _among(column, told["codes"])
    return named.expression(told["check"], column, on=told["on"])


def _among(column: Any, codes: frozenset[str]) -> Any:
    import ibis

    if not codes:
        return column.length() < 0
    if len(codes) <= patterns.MOST_LISTED:
        return column.isin(sorted(codes))
    found = patterns.code_pattern(codes)
    if len(found) == 1:
        return column.re_search(found[0][1])
    start = column.substr(0, 2)
    return ibis.cases(*((start == text, column.re_search(pattern)) for text, pattern in found), else_=False)


def _of_type(one: Definition) -> Iterator[FieldRule]:
    told = {"type": one.type}
    if one.type is not Type.TEXT:
        yield FieldRule("type", told, *EXPECTED[one.type])
    if one.length is not None and one.type is Type.TEXT:
        yield FieldRule(
            "length", {**told, "length": one.length}, f"最多 {one.length} 个字", f"at most {one.length} characters"
        )
    if one.type is not Type.NUMBER:
        return
    if one.length is not None:
        yield FieldRule(
            "length", {**told, "length": one.length}, f"最多 {one.length} 位数字", f"at most {one.length} digits"
        )
    if one.precision is not None:
        yield FieldRule(
            "precision",
            {**told, "precision": one.precision},
            f"最多 {one.precision} 位小数",
            f"at most {one.precision} digits after the point",
        )
    if one.least or one.most:
        yield FieldRule("range", {**told, "least": one.least, "most": one.most}, *_bounds(one))


def _bounds(one: Definition) -> tuple[str, str]:
    low = (f"不能小于 {one.least}", f"must not be below {one.least}")
    high = (f"不能大于 {one.most}", f"must not be above {one.most}")
    told = [words for words, bound in ((low, one.least), (high, one.most)) if bound]
    return "，".join(zh for zh, _ in told), "; ".join(en for _, en in told)


def _of_text(one: Definition) -> Iterator[FieldRule]:
    if one.pattern:
        told = {"type": one.type, "pattern": one.pattern}
        yield FieldRule("pattern", told, f"不符合格式 {one.pattern}", f"does not fit {one.pattern}")


def _of_codes(one: Definition, codes: frozenset[str]) -> FieldRule:
    zh, en = f"不是代码表 {one.code_list} 当日有效的代码", f"no code of {one.code_list} valid on that day"
    return FieldRule("codes", {"type": one.type, "list": one.code_list, "codes": codes}, zh, en)


def _of_check(one: Definition, registry: Mapping[str, Check], on: date | None) -> Iterator[FieldRule]:
    named_check = registry.get(one.check)
    if named_check:
        told = {"type": one.type, "check": one.check, "on": on}
        yield FieldRule("check", told, named_check.failure.zh, named_check.failure.en)
