"""Rules in words, for those who read them; and values as strangers may see them."""

import re
from collections.abc import Mapping

from zhengtong.data.quality.rules.forms import Columns, Form, Rule

SHORT_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]{0,9}")
FORM_WORDS: Mapping[Form, Mapping[str, str]] = {
    Form.COMPLETENESS: {"zh": "不为空", "en": "Filled in"},
    Form.UNIQUE: {"zh": "不重复", "en": "Unique"},
    Form.RANGE: {"zh": "取值范围", "en": "Range"},
    Form.PATTERN: {"zh": "格式", "en": "Pattern"},
    Form.CODES: {"zh": "代码表", "en": "Code list"},
    Form.FRESHNESS: {"zh": "新鲜程度", "en": "Freshness"},
    Form.EXISTS: {"zh": "在另一数据项中存在", "en": "Exists in another item"},
    Form.EQUAL: {"zh": "与另一数据项一致", "en": "Equal in another item"},
    Form.EXPRESSION: {"zh": "行内条件", "en": "Condition on a row"},
    Form.LENGTH: {"zh": "长度", "en": "Length"},
    Form.CHECK: {"zh": "校验", "en": "Check"},
    Form.PROMISE: {"zh": "更新承诺", "en": "Update promise"},
    Form.ACCESS: {"zh": "读得到", "en": "Can be read"},
}


def say(rule: Rule, columns: Columns, *, other: str = "", check: tuple[str, str] = ("", "")) -> tuple[str, str]:
    """What the rule asks, in both languages. `other`: the other item's name; `check`: what the named check asks."""
    names = "、".join(columns[name].name_zh if name in columns else name for name in rule.fields)
    fields = ", ".join(rule.fields)
    there = "、".join(rule.item_fields)
    old = f"{rule.days}"
    said: Mapping[Form, tuple[str, str]] = {
        Form.COMPLETENESS: (f"{names} 必须有值", f"{fields} must be filled in"),
        Form.UNIQUE: (f"{names} 不能重复", f"{fields} must not repeat"),
        Form.RANGE: (f"{names} {_bounds(rule)}", f"{fields} {_bounds(rule)}"),
        Form.PATTERN: (f"{names} 符合 {rule.pattern}", f"{fields} fits {rule.pattern}"),
        Form.CODES: (
            f"{names} 是代码表 {rule.code_list} 当日有效的代码",
            f"{fields} is a valid code of {rule.code_list}",
        ),
        Form.FRESHNESS: (
            f"{names} {'每个值' if rule.every else '最新值'}不早于 {old} 天前",
            f"{'every' if rule.every else 'the newest'} {fields} is at most {old} days old",
        ),
        Form.EXISTS: (f"{names} 在“{other}”的 {there} 中能找到", f"{fields} is found in {there} of {other}"),
        Form.EQUAL: (
            f"{rule.value} 与“{other}”的 {rule.item_value} 相同（按 {names} 对应）",
            f"{rule.value} equals {rule.item_value} of {other} (paired by {fields})",
        ),
        Form.EXPRESSION: (rule.expression, rule.expression),
        Form.LENGTH: (f"{names} 最多 {rule.length} 个字", f"{fields} has at most {rule.length} characters"),
        Form.CHECK: (f"{names} {check[0] or rule.check}", f"{fields} {check[1] or rule.check}"),
        Form.PROMISE: ("按承诺的周期有新批次", "A new batch came within the promised cycle"),
        Form.ACCESS: ("数据表读得到", "The table can be read"),
    }
    return said[rule.form]


def masked(value: str | None) -> str | None:
    """The value as somebody may see it who needs not know it: the ends stay, the middle goes; of a short number nothing stays.

    >>> masked("何记豆花店"), masked("91350100M000100Y43"), masked("甲"), masked("8500")
    ('何***店', '91**************43', '*', '****')
    """
    if value is None or value == "":
        return value
    if SHORT_NUMBER.fullmatch(value):
        return "*" * len(value)
    shown = 0 if len(value) < 2 else 2 if len(value) >= 8 else 1
    last = 0 if len(value) < 3 else shown
    return f"{value[:shown]}{'*' * (len(value) - shown - last)}{value[len(value) - last :] if last else ''}"


def _bounds(rule: Rule) -> str:
    if rule.least and rule.most:
        return f"{rule.least} – {rule.most}"
    return f"≥ {rule.least}" if rule.least else f"≤ {rule.most}"
