"""Table exchange: how a row is named for its receiver, what a change of the source means there, and when shapes differ. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zhengtong.sharing.gateway.rules.columns import Field, Kind
from zhengtong.sharing.gateway.rules.masks import masker

ROW = "zt_row"
TABLE = re.compile(r"([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}")
CURSOR = "zt_exchange"


class Into(StrEnum):
    """Where rows go."""

    DATABASE = "database"
    TOPIC = "topic"


class ExchangeState(StrEnum):
    """`held`: something waits for a person (the shape has changed, the agreement does not stand). `paused`: a person has said so."""

    ACTIVE = "active"
    PAUSED = "paused"
    HELD = "held"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the receiver has it. A masked value is text, whatever it was."""

    name: str
    kind: Kind
    scale: int = 0
    comment: str = ""

    def told(self) -> str:
        return f"{self.name}:{self.kind.value}:{self.scale}"


@dataclass(frozen=True, slots=True)
class Shape:
    """The receiver's columns, in order."""

    columns: tuple[Column, ...]

    def told(self) -> list[str]:
        return [one.told() for one in self.columns]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a shape differs from the one before: columns that came, went, or hold something else now."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.altered)


def shape_of(fields: Sequence[Field], masks: Mapping[str, str]) -> Shape:
    """The columns that leave: fields with a known mask that is not omission, in the item's order."""
    leaving = masker(fields, masks, str)([None] * len(fields))
    columns = []
    for field in (one for one in fields if one.name in leaving):
        mask = masks[field.name]
        if mask == "full":
            columns.append(Column(field.name, field.kind, field.scale, field.name_zh))
        else:
            kind = Kind.TRUTH if mask.endswith(":yes_no") else Kind.TEXT
            columns.append(Column(field.name, kind, 0, field.name_zh))
    return Shape(tuple(columns))


def difference(before: Sequence[str], now: Shape) -> Difference:
    """What changed since the shape told as `before`.

    >>> difference(["a:text:0", "b:text:0"], Shape((Column("a", Kind.DAY), Column("c", Kind.TEXT))))
    Difference(added=('c',), removed=('b',), altered=('a',))
    """
    old = {one.split(":", 1)[0]: one for one in before}
    new = {one.name: one.told() for one in now.columns}
    return Difference(
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple(name for name in new if name in old and new[name] != old[name]),
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step brings: rows to put (by name), names to take away. A row that is put is never taken away with the same step."""

    put: Mapping[str, Mapping[str, Any]]
    gone: frozenset[str]


def changes(put: Iterable[tuple[str, Mapping[str, Any]]], gone: Iterable[str]) -> Changes:
    """The last row of a name wins."""
    kept = dict(put)
    return Changes(kept, frozenset(gone) - kept.keys())


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Source and target compared, row by row: how many stand on each side, and the names of what differs (the first hundred of each)."""

    source: int
    target: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    altered: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not (self.missing or self.extra or self.altered)

    def told(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "target": self.target,
            "missing": list(self.missing),
            "extra": list(self.extra),
            "altered": list(self.altered),
            "agrees": self.agrees,
        }


def reconciled(source: Mapping[str, bytes], target: Mapping[str, bytes], *, most: int = 100) -> Reconciled:
    """Digests of rows by name, held against each other."""
    missing = sorted(source.keys() - target.keys())[:most]
    extra = sorted(target.keys() - source.keys())[:most]
    altered = sorted(name for name in source.keys() & target.keys() if source[name] != target[name])[:most]
    return Reconciled(len(source), len(target), tuple(missing), tuple(extra), tuple(altered))
