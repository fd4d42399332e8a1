"""The terms in words that a colleague would use, in both languages: what the page, the agreement's text and its PDF say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements.rules.deciding import WAY_WORDS
from zhengtong.sharing.agreements.rules.terms import DAY_MINUTES, RowRule, Terms, mask_kind

Line = Literal["who", "why", "whose", "what", "how_many", "until", "never"]
LABELS: Mapping[Line, Words] = {
    "who": Words("谁", "Who"),
    "why": Words("为什么", "Why"),
    "whose": Words("看谁的", "Whose"),
    "what": Words("看什么", "What"),
    "how_many": Words("多少", "How much"),
    "until": Words("到何时", "Until"),
    "never": Words("不得", "Never"),
}
MASK_WORDS = {
    "full": Words("原值", "as it is"),
    "partial": Words("部分隐去", "partly hidden"),
    "general": Words("概括", "generalised"),
    "pseudonym": Words("代号", "a pseudonym"),
    "omit": Words("不给", "not given"),
}
OPERATOR_WORDS = {
    "eq": Words("为", "is"),
    "ne": Words("不为", "is not"),
    "in": Words("属于", "is one of"),
    "lt": Words("小于", "is below"),
    "le": Words("不大于", "is at most"),
    "gt": Words("大于", "is above"),
    "ge": Words("不小于", "is at least"),
    "prefix": Words("开头为", "begins with"),
}
NEVER = Words(
    "转给第三方 · 另作他用 · 超出约定字段和范围", "passed on · used otherwise · beyond the agreed fields and scope"
)


@dataclass(frozen=True, slots=True)
class Names:
    """How things are called: items, systems, persons and posts by id in hex, fields by item, purposes by code, the consumer."""

    items: Mapping[str, Words] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Words]] = field(default_factory=dict)
    systems: Mapping[str, Words] = field(default_factory=dict)
    persons: Mapping[str, Words] = field(default_factory=dict)
    posts: Mapping[str, Words] = field(default_factory=dict)
    purposes: Mapping[str, Words] = field(default_factory=dict)
    consumer: Words = field(default_factory=lambda: Words("使用方", "the consumer"))


def sentences(terms: Terms, names: Names) -> dict[Line, Words]:
    """The contract in words: who, why, whose, what, how much, until when, and never."""
    never = NEVER if terms.max_rows > 1 else Words(f"批量导出 · {NEVER.zh}", f"in bulk · {NEVER.en}")
    return {
        "who": _who(terms, names),
        "why": _why(terms, names),
        "whose": rows_in_words(terms, names),
        "what": fields_in_words(terms, names),
        "how_many": limits_in_words(terms),
        "until": Words(f"{terms.valid_from} 至 {terms.valid_to}", f"{terms.valid_from} to {terms.valid_to}"),
        "never": never,
    }


def mask_in_words(mask: str) -> Words:
    """How much of a value is given.

    >>> mask_in_words("general:100000").zh, mask_in_words("general:yes_no").en
    ('区间 · 100,000 一档', 'yes or no')
    """
    kind, _, more = mask.partition(":")
    if more == "yes_no":
        return Words("有 / 无", "yes or no")
    if more:
        return Words(f"区间 · {int(more):,} 一档", f"a band of {int(more):,}")
    return MASK_WORDS[kind]


def fields_in_words(terms: Terms, names: Names) -> Words:
    """The fields, and how much of each that is not given whole."""
    zh, en = [], []
    for item, masks in terms.fields.items():
        known = names.fields.get(item, {})
        for name, mask in masks.items():
            said, how = known.get(name, Words(name, name)), mask_in_words(mask)
            whole = mask_kind(mask) == "full"
            zh.append(said.zh if whole else f"{said.zh}（{how.zh}）")
            en.append(said.en if whole else f"{said.en} ({how.en})")
    return Words("、".join(zh), ", ".join(en))


def rows_in_words(terms: Terms, names: Names) -> Words:
    """Which rows; all of them where nothing is said."""
    case = Words("正在办理的对象", "those whose case is at hand") if terms.case_required else Words("全部", "all")
    once = Words("，一次一个", ", one at a time") if terms.max_rows == 1 else Words("", "")
    if not terms.rows:
        return Words(case.zh + once.zh, case.en + once.en)
    told = [_row_in_words(one, terms, names) for one in terms.rows]
    zh, en = "，".join(one.zh for one in told), ", ".join(one.en for one in told)
    return Words(f"{case.zh}中{zh}的{once.zh}", f"{case.en} where {en}{once.en}")


def limits_in_words(terms: Terms) -> Words:
    """How many, and when in the day."""
    zh = [f"每日至多 {terms.daily_quota:,} 次", f"一次至多 {terms.max_rows:,} 条"]
    en = [f"{terms.daily_quota:,} a day at most", f"{terms.max_rows:,} at once"]
    if terms.total_quota:
        zh.append(f"总共 {terms.total_quota:,} 次")
        en.append(f"{terms.total_quota:,} in all")
    if terms.workdays_only or (terms.opens, terms.closes) != (0, DAY_MINUTES):
        span = f"{_clock(terms.opens)}–{_clock(terms.closes)}"
        zh.append(f"{'工作日' if terms.workdays_only else '每日'} {span}")
        en.append(f"{'working days' if terms.workdays_only else 'daily'} {span}")
    return Words("，".join(zh), ", ".join(en))


def ways_in_words(terms: Terms) -> Words:
    """The ways of sharing."""
    return Words("、".join(WAY_WORDS[one].zh for one in terms.ways), ", ".join(WAY_WORDS[one].en for one in terms.ways))


def purposes_in_words(terms: Terms, names: Names) -> Words:
    """The purposes, by name."""
    said = [names.purposes.get(one, Words(one, one)) for one in terms.purposes]
    return Words("、".join(one.zh for one in said), ", ".join(one.en for one in said))


def _who(terms: Terms, names: Names) -> Words:
    said = [names.systems.get(one, Words(one[:8], one[:8])) for one in terms.systems]
    zh = f"{names.consumer.zh}的{'、'.join(one.zh for one in said)}"
    en = f"{', '.join(one.en for one in said)} of {names.consumer.en}"
    named = [names.persons.get(one, Words(one[:8], one[:8])) for one in terms.persons]
    named += [names.posts.get(one, Words(one[:8], one[:8])) for one in terms.posts]
    if named:
        zh += f"，限由{'、'.join(one.zh for one in named)}经办"
        en += f", by {', '.join(one.en for one in named)} alone"
    if terms.second_factor:
        zh, en = f"{zh}，经办人须验证第二因素", f"{en}, with a second factor shown"
    return Words(zh, en)


def _why(terms: Terms, names: Names) -> Words:
    said = purposes_in_words(terms, names)
    case = Words("；每次须带受理号", "; each call with a case number") if terms.case_required else Words("", "")
    return Words(said.zh + case.zh, said.en + case.en)


def _row_in_words(one: RowRule, terms: Terms, names: Names) -> Words:
    holders = (one.item,) if one.item else terms.item_ids
    called = next((names.fields[i][one.field] for i in holders if one.field in names.fields.get(i, {})), None)
    said, op = called or Words(one.field, one.field), OPERATOR_WORDS[one.op]
    value = "、".join(str(each) for each in one.value) if isinstance(one.value, tuple) else str(one.value)
    return Words(f"{said.zh}{op.zh}“{value}”", f"{said.en} {op.en} “{value}”")


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
