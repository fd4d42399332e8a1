"""What is proposed of a source for a person to confirm: its fields, and the item they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zhengtong.data.catalogue.rules.contents import FieldContent
from zhengtong.kernel.errors import Words


@dataclass(frozen=True, slots=True)
class Sample:
    """A column of a source: its name there, its Chinese name or comment if it has one, and some of its values as text."""

    name: str
    name_zh: str
    values: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class FieldProposal:
    """What one column is likely to be. `confidence` (0–1) is the element's; `samples`, `least`, `most` are masked where the field
    is sensitive; `why` says what each guess rests on."""

    name: str
    name_zh: str
    source_name: str
    type: str
    level: str
    length: int | None = None
    precision: int | None = None
    element_code: str = ""
    element_name: str = ""
    confidence: float = 0.0
    is_key: bool = False
    required: bool = False
    rows: int = 0
    nulls: int = 0
    distinct: int = 0
    least: str = ""
    most: str = ""
    samples: tuple[str, ...] = ()
    why: tuple[Words, ...] = ()

    def to_content(self) -> FieldContent:
        """The field as it would stand in the item."""
        names = ("name", "name_zh", "type", "level", "length", "precision", "element_code", "is_key", "required")
        return FieldContent(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An item that says much the same. `name_share`, `field_share` (0–1): how much of name and fields they have in common."""

    code: str
    name_zh: str
    department: str
    name_share: float
    field_share: float


def one_key(fields: Sequence[FieldProposal], unique: Sequence[str]) -> list[FieldProposal]:
    """The fields with one key: of those that never came twice, the one that reads most like a key, the first of equals."""
    if not unique:
        return list(fields)

    def rank(one: FieldProposal) -> tuple[bool, bool, int]:
        named = any(word in f"{one.name} {one.name_zh}" for word in ("id", "uscc", "code", "号", "码"))
        return one.element_code == "" and not named, not named, [each.name for each in fields].index(one.name)

    best = min((one for one in fields if one.name in unique and one.type in "CN"), key=rank, default=None)
    return [replace(one, is_key=one is best, required=one.required or one is best) for one in fields]


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters; the text itself when it is one character."""
    return frozenset(text[place : place + 2] for place in range(len(text) - 1)) or frozenset({text})


def likeness(one: str, other: str) -> float:
    """How much two names have in common (Dice over pairs of characters), 0–1.

    >>> likeness("企业纳税信息", "企业纳税信息表") > 0.9, likeness("企业纳税", "居民户籍")
    (True, 0.0)
    """
    left, right = bigrams(one), bigrams(other)
    return 2 * len(left & right) / (len(left) + len(right))
