"""The rules that an item's own standards already say: nobody has to write them, and they follow when a standard changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhengtong.data.quality.rules.forms import Column, Form, Rule
from zhengtong.data.quality.rules.pack import Pack

PASSES = ("通过校验", "passes its check")


@dataclass(frozen=True, slots=True)
class Standard:
    """A field and what its data element asks of a value; what is empty asks nothing. `claim`: what `check` asks, in words."""

    column: Column
    length: int | None = None
    code_list: str = ""
    check: str = ""
    claim: tuple[str, str] = PASSES
    pattern: str = ""
    least: str = ""
    most: str = ""


def derive(fields: Sequence[Standard], pack: Pack) -> Mapping[str, Rule]:
    """The rules by their marks, which stay the same while the field and the form do: `uscc:check`, `key:unique`."""
    found = {f"{one.column.name}:{rule.form}": rule for one in fields for rule in _of_field(one, pack)}
    keys = tuple(one.column for one in fields if one.column.is_key)
    if keys:
        zh = "、".join(one.name_zh for one in keys)
        names = tuple(one.name for one in keys)
        found["key:unique"] = _rule(pack, Form.UNIQUE, names, f"{zh}不重复", f"{', '.join(names)} is not repeated")
    found["item:promise"] = _rule(pack, Form.PROMISE, (), "按承诺周期更新", "Updated as promised")
    found["item:access"] = _rule(pack, Form.ACCESS, (), "数据读得到", "The data can be read")
    return found


def _of_field(one: Standard, pack: Pack) -> Iterator[Rule]:
    column = one.column
    names, zh, en = (column.name,), column.name_zh, column.name
    if column.required or column.is_key:
        yield _rule(pack, Form.COMPLETENESS, names, f"{zh}不为空", f"{en} is filled in")
    if one.code_list:
        yield _rule(
            pack, Form.CODES, names, f"{zh}是有效代码", f"{en} is a code of {one.code_list}", code_list=one.code_list
        )
    if one.check:
        yield _rule(pack, Form.CHECK, names, f"{zh}{one.claim[0]}", f"{en} {one.claim[1]}", check=one.check)
    if one.pattern:
        yield _rule(pack, Form.PATTERN, names, f"{zh}符合格式", f"{en} fits its pattern", pattern=one.pattern)
    if one.length and (column.type == "C" or (column.type == "N" and not column.precision)):
        yield _rule(pack, Form.LENGTH, names, f"{zh}不超长", f"{en} is not too long", length=one.length)
    if column.type == "N" and (one.least or one.most):
        zh, en = f"{zh}在范围内", f"{en} lies within its range"
        yield _rule(pack, Form.RANGE, names, zh, en, least=one.least, most=one.most)


def _rule(pack: Pack, form: Form, names: tuple[str, ...], zh: str, en: str, **parameters: Any) -> Rule:
    part = pack.forms[form]
    weight = pack.severities[part.severity].weight
    return Rule(form, names, part.dimension, part.severity, weight, zh, en, **parameters)
