"""Which records are one being: settled from codes, likenesses and decisions, the same whatever the order they came in.

Deterministic: decisions to merge first, then equal codes, then likenesses from the strongest down; two groups whose valid
codes differ, or that somebody keeps apart, are never joined. A group bears the id of its oldest record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class PairState(StrEnum):
    """What became of two records that are alike.

    linked: in one group. waiting: a person is asked. implied: another pair of the same two groups is asked about.
    apart: kept apart, by their codes or by a decision.
    """

    LINKED = "linked"
    WAITING = "waiting"
    IMPLIED = "implied"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two records that may be one being. `sure`: linked without asking."""

    one: UUID
    other: UUID
    probability: float
    sure: bool

    @property
    def key(self) -> tuple[UUID, UUID]:
        return pair_key(self.one, self.other)


@dataclass(frozen=True, slots=True)
class Apart:
    """A decision: no record of `left` is of one being with any of `right`."""

    left: frozenset[UUID]
    right: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome: each record's group, and the state of each likeness."""

    group_of: Mapping[UUID, UUID]
    states: Mapping[tuple[UUID, UUID], PairState]


@dataclass(slots=True)
class _Group:
    members: set[UUID]
    codes: set[str] = field(default_factory=set)


def pair_key(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """The two ids in order, so that a pair has one key."""
    return (one, other) if one < other else (other, one)


def settle(
    codes: Mapping[UUID, str | None],
    likenesses: Sequence[Likeness],
    *,
    marks: Mapping[UUID, str],
    merges: Iterable[tuple[UUID, UUID]] = (),
    aparts: Iterable[Apart] = (),
) -> Settled:
    """Groups of the records in `codes` (id → valid code, or None), and what became of each likeness.

    `marks`: what each record is called by its source. They settle ties, so that the order of arrival never does.
    """
    groups = {record: _Group({record}, {code} if code else set()) for record, code in codes.items()}
    walls = _walls(aparts, codes)
    for one, other in merges:
        if one in groups and other in groups:
            _join(groups, one, other)
    for one, other in _same_codes(codes, marks):
        if _may_join(groups, walls, one, other, by_code=True):
            _join(groups, one, other)
    ranked = sorted(likenesses, key=lambda pair: (-pair.probability, *sorted((marks[pair.one], marks[pair.other]))))
    for pair in ranked:
        if pair.sure and _may_join(groups, walls, pair.one, pair.other):
            _join(groups, pair.one, pair.other)
    group_of = {record: min(group.members) for record, group in groups.items()}
    return Settled(group_of, _states(ranked, groups, walls, group_of))


def _walls(aparts: Iterable[Apart], known: Mapping[UUID, object]) -> dict[UUID, set[UUID]]:
    """For each record, those it is kept apart from."""
    walls: dict[UUID, set[UUID]] = {}
    for apart in aparts:
        left, right = (side & known.keys() for side in (apart.left, apart.right))
        for here, there in ((left, right), (right, left)):
            for record in here:
                walls.setdefault(record, set()).update(there)
    return walls


def _same_codes(codes: Mapping[UUID, str | None], marks: Mapping[UUID, str]) -> list[tuple[UUID, UUID]]:
    """Records of one code in pairs: first each with the first one, then with each other, for where those are kept apart."""
    holders: dict[str, list[UUID]] = {}
    for record in sorted(codes, key=lambda known: marks[known]):
        if code := codes[record]:
            holders.setdefault(code, []).append(record)
    return [(held[0], record) for held in holders.values() for record in held[1:]] + [
        (one, other)
        for held in holders.values()
        if 2 < len(held) <= 50
        for at, one in enumerate(held[1:], 1)
        for other in held[at + 1 :]
    ]


def _may_join(
    groups: Mapping[UUID, _Group], walls: Mapping[UUID, set[UUID]], one: UUID, other: UUID, *, by_code: bool = False
) -> bool:
    left, right = groups[one], groups[other]
    if left is right:
        return False
    if not by_code and left.codes and right.codes and not left.codes & right.codes:
        return False
    return not _walled(left, right, walls)


def _walled(left: _Group, right: _Group, walls: Mapping[UUID, set[UUID]]) -> bool:
    small, large = sorted((left, right), key=lambda group: len(group.members))
    return bool(walls) and any(
        not walls[record].isdisjoint(large.members) for record in small.members if record in walls
    )


def _join(groups: dict[UUID, _Group], one: UUID, other: UUID) -> None:
    large, small = sorted((groups[one], groups[other]), key=lambda group: -len(group.members))
    if large is small:
        return
    large.members |= small.members
    large.codes |= small.codes
    for record in small.members:
        groups[record] = large


def _states(
    ranked: Sequence[Likeness],
    groups: Mapping[UUID, _Group],
    walls: Mapping[UUID, set[UUID]],
    group_of: Mapping[UUID, UUID],
) -> dict[tuple[UUID, UUID], PairState]:
    states: dict[tuple[UUID, UUID], PairState] = {}
    asked: set[tuple[UUID, UUID]] = set()
    for pair in ranked:
        left, right = groups[pair.one], groups[pair.other]
        between = pair_key(group_of[pair.one], group_of[pair.other])
        if left is right:
            states[pair.key] = PairState.LINKED
        elif _walled(left, right, walls) or (left.codes and right.codes and not left.codes & right.codes):
            states[pair.key] = PairState.APART
        else:
            states[pair.key] = PairState.IMPLIED if between in asked else PairState.WAITING
            asked.add(between)
    return states
