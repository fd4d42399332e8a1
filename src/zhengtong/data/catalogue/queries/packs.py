"""The rule packs of the catalogue, read once: rules/catalogue/*.yaml."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from zhengtong.data import standards
from zhengtong.data.catalogue import errors, rules
from zhengtong.kernel import assets
from zhengtong.kernel.errors import Words

UNCLASSIFIED = standards.Level.GENERAL_3
LADDER = tuple(level.value for level in standards.Level)
TABLES = (
    "share_types",
    "share_bases",
    "share_methods",
    "open_types",
    "channels",
    "resource_types",
    "formats",
    "update_cycles",
)


@cache
def pack(name: str) -> dict[str, Any]:
    """A pack as it is written."""
    told: dict[str, Any] = assets.load_yaml((assets.path("rules") / "catalogue" / f"{name}.yaml").read_text("utf-8"))
    return told


@cache
def life_cycle() -> rules.LifeCycle:
    """The table of states and deeds."""
    return rules.read_life_cycle(pack("lifecycle"))


@cache
def vocabulary() -> rules.Vocabulary:
    """The words an item may use."""
    words, classes = pack("words"), pack("classes")["classes"]
    return rules.Vocabulary(
        words={name: frozenset(words[name]) for name in TABLES},
        levels=LADDER,
        types=frozenset(one.value for one in standards.Type),
        topics={key: None if one["topics"] == "any" else frozenset(one["topics"]) for key, one in classes.items()},
        bases=frozenset(key for key, one in words["share_bases"].items() if one["suffices"]),
        open_levels=words["open_levels"],
    )


@cache
def promises() -> rules.Promises:
    """What each update cycle promises."""
    cycles = pack("words")["update_cycles"].items()
    return {key: rules.Promise(one["hours"], one.get("grace_hours", 0)) for key, one in cycles if "hours" in one}


@cache
def markings() -> rules.Markings:
    """The marking forms of secrets."""
    return rules.read_markings(pack("secrets"))


def word(table: str, key: str) -> Words:
    """How a word is said; the key itself when a city took it out of its pack."""
    one: Mapping[str, str] = pack("words")[table].get(key, {"zh": key, "en": key})
    return Words(one["zh"], one["en"])


def class_words(class_code: str) -> Words:
    """The class and topic of a class code in words: 主题信息资源 / 健康保障."""
    one = pack("classes")["classes"].get(class_code[:1])
    if one is None:
        return Words("未分类", "Not classified")
    topics = {} if one["topics"] == "any" else one["topics"]
    topic = topics.get(class_code[1:3], {"zh": class_code[1:3], "en": class_code[1:3]})
    return Words(f"{one['zh']} / {topic['zh']}", f"{one['en']} / {topic['en']}")


def refuse_secrets(texts: Iterable[str | None]) -> None:
    """This will raise SecretMarking when one of the texts bears the marking of a state or work secret."""
    found = rules.marking_in(texts, markings())
    if found:
        known = markings()
        raise errors.SecretMarking(mark=found, reason=Words(known.reason_zh, known.reason_en), source=known.source)
