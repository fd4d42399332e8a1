"""The golden record: of each attribute the value of the source that is trusted most, and where it came from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Told:
    """What one record says. `trust` by attribute: 1 is trusted most. `order`: larger is newer. `mark`: its source's name for it."""

    record_id: UUID
    mark: str
    values: Mapping[str, str]
    trust: Mapping[str, int]
    order: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Golden:
    """One attribute's value, the record it was taken from, and the records that say otherwise."""

    attribute: str
    value: str
    record_id: UUID
    rule: str
    others: tuple[tuple[UUID, str], ...]


LEAST_TRUSTED = 99


def golden(attributes: Iterable[str], told: Sequence[Told]) -> dict[str, Golden]:
    """Each attribute's value: of the most trusted source; of those alike, the newest.

    An empty value is never taken while another source says something.
    """
    found = {}
    for attribute in attributes:
        saying = [one for one in told if one.values.get(attribute)]
        if not saying:
            continue
        ranked = sorted(saying, key=lambda one: one.mark)
        ranked.sort(key=lambda one: one.order or one.at.isoformat(), reverse=True)
        ranked.sort(key=lambda one: one.trust.get(attribute, LEAST_TRUSTED))
        first, value = ranked[0], ranked[0].values[attribute]
        others = tuple((one.record_id, one.values[attribute]) for one in ranked if one.values[attribute] != value)
        found[attribute] = Golden(attribute, value, first.record_id, _why(attribute, ranked), others)
    return found


def _why(attribute: str, ranked: Sequence[Told]) -> str:
    """`only`, `trust` or `newest`: what settled it."""
    if len(ranked) == 1:
        return "only"
    first, second = (one.trust.get(attribute, LEAST_TRUSTED) for one in ranked[:2])
    return "trust" if first < second else "newest"
