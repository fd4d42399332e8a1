"""The fields of an item as the gateway serves them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a field holds, in the words of the serving copies."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DAY = "day"
    MOMENT = "moment"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `subject`: "resident" | "firm" where its value names one; `key`: rows are looked up by it."""

    name: str
    name_zh: str
    kind: Kind
    level: str
    key: bool = False
    subject: str = ""
    scale: int = 0
    meaning: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Field":
        return cls(**{**told, "kind": Kind(told["kind"])})


def keys_of(fields: Sequence[Field]) -> tuple[str, ...]:
    """The fields by which rows are found at once: declared keys, and those that name a person or a firm."""
    return tuple(one.name for one in fields if one.key or one.subject)


def kind_of(type_letter: str, precision: int | None) -> Kind:
    """The kind of a catalogue type (GB/T 19488.1 letter).

    >>> kind_of("N", 2).value, kind_of("N", 0).value, kind_of("C", None).value
    ('decimal', 'integer', 'text')
    """
    if type_letter == "N":
        return Kind.DECIMAL if precision else Kind.INTEGER
    return {"D": Kind.DAY, "T": Kind.MOMENT, "B": Kind.TRUTH}.get(type_letter, Kind.TEXT)
