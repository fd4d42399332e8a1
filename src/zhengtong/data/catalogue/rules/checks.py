"""What is wrong with an item's content, what it still lacks, and how sensitive it is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhengtong.data.catalogue.rules.contents import Content, FieldContent
from zhengtong.kernel.errors import Field, Words

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
OWN_NAMES = ("_batch_id", "_row")
LAW_TITLE = re.compile(r"《[^》]{2,}》")
MOST_FIELDS = 1000
MOST_LENGTH = 4000
LONGEST = {
    "name_zh": 100,
    "name_en": 200,
    "abstract": 2000,
    "share_condition": 1000,
    "share_basis_text": 500,
    "open_condition": 1000,
}
WORDED = {
    "format": "formats",
    "resource_type": "resource_types",
    "share_type": "share_types",
    "share_method": "share_methods",
    "open_type": "open_types",
    "channel": "channels",
    "update_cycle": "update_cycles",
}
LABELS: Mapping[str, Words] = {
    "name_zh": Words("名称", "name"),
    "name_en": Words("英文名称", "English name"),
    "abstract": Words("摘要", "abstract"),
    "class_code": Words("分类", "class"),
    "format": Words("数据格式", "format"),
    "resource_type": Words("资源类型", "resource type"),
    "share_type": Words("共享属性", "share type"),
    "share_condition": Words("共享条件", "share condition"),
    "share_method": Words("共享方式", "share method"),
    "share_basis": Words("不予共享的依据", "basis of not sharing"),
    "share_basis_text": Words("依据名称和条款", "law and article"),
    "open_type": Words("开放属性", "open type"),
    "open_condition": Words("开放条件", "open condition"),
    "channel": Words("网络通道", "channel"),
    "update_cycle": Words("更新频率", "update cycle"),
    "level": Words("分级", "level"),
    "related": Words("关联资源", "related items"),
    "fields": Words("信息项", "fields"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that may be used: by table of words.yaml, the levels from the least, the types, the classes and their topics."""

    words: Mapping[str, frozenset[str]]
    levels: tuple[str, ...]
    types: frozenset[str]
    topics: Mapping[str, frozenset[str] | None]
    bases: frozenset[str]
    open_levels: Mapping[str, str]


def strictest(levels: Iterable[str], ladder: Sequence[str], *, least: str) -> str:
    """The highest of the levels (就高从严); `least` when there are none.

    >>> strictest(["open", "secret"], ["open", "inner", "secret"], least="inner")
    'secret'
    """
    return max(levels, key=ladder.index, default=least)


def level_of(content: Content, ladder: Sequence[str], *, least: str) -> str:
    """How sensitive the item is: its declared level, or that of its strictest field when that is higher."""
    found = strictest((one.level for one in content.fields), ladder, least=least)
    return max(found, content.level or found, key=ladder.index)


def is_too_low(content: Content, ladder: Sequence[str], *, least: str) -> bool:
    """True when the declared level lies below the strictest field's."""
    return bool(content.level) and level_of(content, ladder, least=least) != content.level


def lacks_basis(content: Content, known: Vocabulary) -> bool:
    """True when the item is not shared, and no law, regulation or State Council decision with its title says so."""
    refused = content.share_type == "refused"
    return refused and (content.share_basis not in known.bases or not LAW_TITLE.search(content.share_basis_text))


def faults_of(content: Content, known: Vocabulary) -> list[Field]:
    """What is written wrongly, each at its place. An incomplete draft has no faults: see `missing_metadata`."""
    faults = [] if content.name_zh.strip() else [Field("name_zh", "名称不能为空。", "A name is needed.")]
    for name, most in LONGEST.items():
        if len(getattr(content, name)) > most:
            faults.append(Field(name, f"最多 {most} 字。", f"At most {most} characters."))
    for name, table in WORDED.items():
        if getattr(content, name) not in known.words[table]:
            faults.append(_unknown(name, getattr(content, name), known.words[table]))
    if content.share_basis and content.share_basis not in known.words["share_bases"]:
        faults.append(_unknown("share_basis", content.share_basis, known.words["share_bases"]))
    if content.level and content.level not in known.levels:
        faults.append(_unknown("level", content.level, known.levels))
    if content.class_code and (why := class_fault(content.class_code, known)):
        faults.append(Field("class_code", *why))
    return [*faults, *_field_faults(content.fields, known)]


def class_fault(code: str, known: Vocabulary) -> tuple[str, str] | None:
    """Why a class code (类 1 + 项 2 + 目 3 + 细目) cannot be used; None when it can."""
    if not re.fullmatch(r"[0-9]{6,20}", code):
        return (
            "分类编码为类 1 位、项 2 位、目 3 位和细目数字，例如 3070100101。",
            "A class code is 1 + 2 + 3 digits and the detail, such as 3070100101.",
        )
    if code[0] not in known.topics:
        return f"没有类 {code[0]}。", f"There is no class {code[0]}."
    topics = known.topics[code[0]]
    if topics is not None and code[1:3] not in topics:
        return f"类 {code[0]} 下没有项 {code[1:3]}。", f"Class {code[0]} has no topic {code[1:3]}."
    return None


def missing_metadata(content: Content, known: Vocabulary) -> list[Field]:
    """What the minimum of Decree 809 and the guide still asks for before publication, each at its place."""
    asked = ["abstract", "class_code"]
    if content.share_type == "conditional":
        asked.append("share_condition")
    if content.open_type == "conditional":
        asked.append("open_condition")
    lacking = [_needed(name) for name in asked if not getattr(content, name).strip()]
    if not content.fields:
        lacking.append(_needed("fields"))
    lacking += [
        Field(
            f"fields.{place}.name_zh",
            f"第 {place + 1} 个信息项没有中文名称。",
            f"Field {place + 1} has no Chinese name.",
        )
        for place, one in enumerate(content.fields)
        if not one.name_zh.strip()
    ]
    return lacking


def opened_too_far(content: Content, known: Vocabulary, *, level: str) -> bool:
    """True when the item would be opened to the public in a way its level does not allow."""
    most = known.open_levels.get(content.open_type)
    return most is not None and known.levels.index(level) > known.levels.index(most)


def _field_faults(fields: Sequence[FieldContent], known: Vocabulary) -> list[Field]:
    if len(fields) > MOST_FIELDS:
        return [Field("fields", f"信息项最多 {MOST_FIELDS} 个。", f"At most {MOST_FIELDS} fields.")]
    faults, seen = [], set()
    for place, one in enumerate(fields):
        for name, zh, en in _faults_of_field(one, known):
            faults.append(Field(f"fields.{place}.{name}", f"第 {place + 1} 个信息项：{zh}", f"Field {place + 1}: {en}"))
        if one.name in seen:
            said = f"标识 {one.name} 重复。", f"The name {one.name} stands twice."
            faults.append(Field(f"fields.{place}.name", *said))
        seen.add(one.name)
    return faults


def _faults_of_field(one: FieldContent, known: Vocabulary) -> Iterable[tuple[str, str, str]]:
    if not FIELD_NAME.fullmatch(one.name) or one.name in OWN_NAMES:
        yield (
            "name",
            "标识用小写字母开头，只含小写字母、数字和下划线。",
            "a name begins with a small letter; small letters, digits, _.",
        )
    if len(one.name_zh) > 100 or len(one.meaning) > 1000:
        yield "name_zh", "名称最多 100 字，说明最多 1000 字。", "a name has at most 100, a meaning 1000 characters."
    if one.type not in known.types:
        yield (
            "type",
            f"类型应为 {'、'.join(sorted(known.types))} 之一。",
            f"a type is one of {', '.join(sorted(known.types))}.",
        )
    if one.level not in known.levels:
        yield "level", f"没有级别 {one.level or '（空）'}。", f"there is no level {one.level or '(empty)'}."
    if one.length is not None and not 0 < one.length <= MOST_LENGTH:
        yield "length", f"长度应在 1 到 {MOST_LENGTH} 之间。", f"the length lies between 1 and {MOST_LENGTH}."
    if one.precision is not None and (one.type != "N" or not 0 <= one.precision <= (one.length or 38)):
        yield (
            "precision",
            "小数位只用于数值型，且不多于长度。",
            "only a number has digits after the point, no more than its length.",
        )


def _needed(name: str) -> Field:
    label = LABELS[name]
    return Field(name, f"请填写{label.zh}。", f"Give the {label.en}.")


def _unknown(name: str, given: str, words: Iterable[str]) -> Field:
    label, some = LABELS[name], "、".join(words if isinstance(words, tuple) else sorted(words))
    return Field(
        name, f"{label.zh}“{given}”不在词表中；可用：{some}。", f"{label.en} “{given}” is not known; there are: {some}."
    )
