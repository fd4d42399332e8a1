"""What the platform knows that an applicant may not: fields that similar grants never use, what can be had with less, what is had already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements.rules.terms import LEVELS, Terms, level_after, mask_kind

Tone = Literal["info", "warn", "stop"]
SENSITIVE = LEVELS.index("general_3")


@dataclass(frozen=True, slots=True)
class Hint:
    """One piece of advice. `field`: the field it is about, or empty. `code` tells pages which it is."""

    code: str
    tone: Tone
    words: Words
    field: str = ""


@dataclass(frozen=True, slots=True)
class Grants:
    """How others were granted an item for the same purpose: how many agreements, and how many of them give each field, by mask."""

    count: int
    fields: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class ItemKnown:
    """What hints look at: the item's share type, its fields' names and levels, grants alike, agreements the applicant has already."""

    share_type: str
    labels: Mapping[str, Words]
    levels: Mapping[str, str]
    alike: Grants
    held: Sequence[str] = ()


def hints(terms: Terms, item: str, known: ItemKnown) -> list[Hint]:
    """Advice on the application for one item, what stops it first."""
    masks = terms.fields.get(item, {})
    found = [*_of_item(known), *_held(known)]
    for name, mask in masks.items():
        found += _of_field(name, mask, known)
    return sorted(found, key=lambda one: ("stop", "warn", "info").index(one.tone))


def _of_item(known: ItemKnown) -> list[Hint]:
    if known.share_type == "refused":
        said = Words(
            "目录标明不予共享；提交后提供方须以法律、行政法规或国务院决定为依据答复。",
            "The catalogue says it is not shared; the provider's answer must rest on a law or a State Council decision.",
        )
        return [Hint("refused_type", "warn", said)]
    if known.share_type == "unconditional":
        said = Words(
            "无条件共享：本部门核对通过后直接授权，不必等答复。",
            "Shared unconditionally: authorised at once when your own office passes it on.",
        )
        return [Hint("unconditional", "info", said)]
    return []


def _held(known: ItemKnown) -> list[Hint]:
    if not known.held:
        return []
    numbers = "、".join(known.held)
    said = Words(
        f"本部门已有协议 {numbers}；够用的不必再申请，不够的可申请变更。",
        f"Your department has {', '.join(known.held)} already; use it, or ask for a change.",
    )
    return [Hint("held", "warn", said)]


def _of_field(name: str, mask: str, known: ItemKnown) -> list[Hint]:
    level, called = known.levels.get(name, "general_3"), known.labels.get(name, Words(name, name))
    alike, found = known.alike, []
    used = alike.fields.get(name, {})
    if alike.count and not used:
        said = Words(
            f"{alike.count} 份同类协议都没有要“{called.zh}”，确实需要吗？",
            f"None of {alike.count} similar agreements has “{called.en}”; is it needed?",
        )
        found.append(Hint("never_used", "warn", said, name))
    lesser = sorted((one for one in used if mask_kind(one) != "full"), key=lambda one: -used[one])
    sensitive = LEVELS.index(level) >= SENSITIVE
    if mask_kind(mask) == "full" and sensitive:
        advice = lesser[0] if lesser else "general"
        lower = level_after(level, advice)
        said = Words(
            f"“{called.zh}”是敏感字段。要不要只取概括值？级别可由 L{LEVELS.index(level) + 1} 降为 L{LEVELS.index(lower) + 1}，答复通常更快。",
            f"“{called.en}” is sensitive. Would less do? Its level falls from L{LEVELS.index(level) + 1} to L{LEVELS.index(lower) + 1}.",
        )
        found.append(Hint("less_will_do", "info", said, name))
    if LEVELS.index(level) >= LEVELS.index("important"):
        said = Words(
            f"“{called.zh}”是重要或核心数据，须有专门批准的文号。",
            f"“{called.en}” is important or core data and needs a named approval.",
        )
        found.append(Hint("important", "stop", said, name))
    return found
