"""Whose copy leaked: a file's rows stand in an order of its recipient's own, and agreed decoy rows are a choice of its own. Pure.

No official value is altered. The order is that of HMAC-SM3(file's key, mark of the row), the mark being the row's key fields (all its
fields where it has none). A leaked copy is held against each file's key: rows of another order rise and fall at random, rows of this
one rise. That survives cutting rows away, taking parts and putting the parts in another order, mixing other rows in, and dropping
columns that are no marks. It does not survive sorting all rows anew, or altering the key fields; then only decoys tell. Fewer than a
dozen rows tell nothing by their order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any, TypeVar

Keyed = Callable[[bytes], bytes]
"""HMAC-SM3 with the key of one file."""

SURE = 6.0
"""From this many standard deviations on an order is no chance: less than 1 in 10⁹, for each file that is compared."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a leaked copy's order is a file's: `rows` compared, deviations of its neighbours and of all its pairs; and its decoys."""

    rows: int
    neighbours: float
    pairs: float
    decoys_found: int = 0
    decoys_foreign: int = 0

    @property
    def deviations(self) -> float:
        return max(self.neighbours, self.pairs)

    @property
    def is_sure(self) -> bool:
        """True when it is this file: by its order, or by eight decoys of its own and none of another's."""
        return self.deviations >= SURE or (self.decoys_found >= 8 and not self.decoys_foreign)


def mark_of(values: Iterable[Any]) -> bytes:
    """The row's mark: its values as text, each after its length, trimmed as spreadsheets trim.

    >>> mark_of(["91350100M000100Y43 ", 5]) == mark_of([" 91350100M000100Y43", "5"])
    True
    """
    texts = ("" if value is None else str(value).strip() for value in values)
    return b"".join(len(data).to_bytes(4) + data for data in (text.encode() for text in texts))


def ordered(rows: Sequence[T], marks: Sequence[bytes], keyed: Keyed) -> list[T]:
    """The rows in the file's own order."""
    places = sorted(range(len(rows)), key=lambda place: (keyed(marks[place]), place))
    return [rows[place] for place in places]


def order_of(marks: Sequence[bytes], keyed: Keyed) -> list[int]:
    """The places of the rows in the file's own order."""
    return sorted(range(len(marks)), key=lambda place: (keyed(marks[place]), place))


def likeness(marks: Sequence[bytes], keyed: Keyed) -> Likeness:
    """How much the leaked rows, in their order, stand in this file's order. Rows told twice count once."""
    ranks = [keyed(mark) for mark in dict.fromkeys(marks)]
    count = len(ranks)
    if count < 2:
        return Likeness(count, 0.0, 0.0)
    rising = sum(one < following for one, following in pairwise(ranks))
    neighbours = (rising - (count - 1) / 2) / sqrt((count + 1) / 12)
    total = count * (count - 1) / 2
    pairs = (total / 2 - inversions(ranks)) / sqrt(count * (count - 1) * (2 * count + 5) / 72)
    return Likeness(count, round(neighbours, 2), round(pairs, 2))


def inversions(ranks: Sequence[bytes]) -> int:
    """How many pairs stand the wrong way round.

    >>> inversions([b"b", b"a", b"c"]), inversions([b"c", b"b", b"a"])
    (1, 3)
    """
    _, found = _merged(list(ranks))
    return found


def own_decoys(pool: Sequence[bytes], keyed: Keyed) -> list[int]:
    """Which of the agreed decoy rows (by their marks) this file holds: about half of them, by the file's key."""
    return [place for place, mark in enumerate(pool) if keyed(b"decoy" + mark)[0] & 1]


def with_decoys(found: Likeness, leaked: Iterable[bytes], pool: Sequence[bytes], keyed: Keyed) -> Likeness:
    """The likeness, with what the decoys in the leaked copy say."""
    there, own = set(leaked), set(own_decoys(pool, keyed))
    seen = [place for place, mark in enumerate(pool) if mark in there]
    mine = sum(place in own for place in seen)
    return Likeness(found.rows, found.neighbours, found.pairs, mine, len(seen) - mine)


def _merged(ranks: list[bytes]) -> tuple[list[bytes], int]:
    if len(ranks) < 2:
        return ranks, 0
    half = len(ranks) // 2
    left, before = _merged(ranks[:half])
    right, after = _merged(ranks[half:])
    made: list[bytes] = []
    found, at = before + after, 0
    for one in left:
        while at < len(right) and right[at] < one:
            made.append(right[at])
            at += 1
        found += at
        made.append(one)
    return made + right[at:], found
