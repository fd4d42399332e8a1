"""Chance that repeats: every part of the city draws from a stream of its own, named by what it is for.

Only `random.Random(text).random()` is used, whose sequence Python promises to keep between versions; so the same seed
gives the same bytes on every machine, and a new part of the city never disturbs the draws of an older one.
"""

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Things with weights, ready to be drawn.

    >>> Weighted([("rare", 1), ("common", 9)]).at(0.05), Weighted([("rare", 1), ("common", 9)]).at(0.5)
    ('rare', 'common')
    """

    def __init__(self, pairs: Sequence[tuple[T, int]]) -> None:
        self._things = [thing for thing, _ in pairs]
        self._ends = list(accumulate(weight for _, weight in pairs))

    def at(self, share: float) -> T:
        """The thing that lies at `share` (0 up to 1) of all weight."""
        return self._things[bisect_right(self._ends, int(share * self._ends[-1]))]


def ranked(characters: str) -> Weighted[str]:
    """Characters written from the most to the least frequent, weighted so (Zipf, flattened)."""
    return Weighted([(character, 1200 // (rank + 5)) for rank, character in enumerate(characters)])


class Dice:
    """One stream of chance. The same key gives the same draws."""

    def __init__(self, *key: str | int) -> None:
        self._draw = random.Random("/".join(str(part) for part in key)).random  # noqa: S311  a sample, no secret

    def below(self, end: int) -> int:
        """A whole number from 0 up to `end` - 1."""
        return int(self._draw() * end)

    def between(self, first: int, last: int) -> int:
        """A whole number from `first` to `last`, both included."""
        return first + self.below(last - first + 1)

    def bell(self, first: int, last: int) -> int:
        """Like `between`, but the middle comes most often (three dice)."""
        return first + int((self._draw() + self._draw() + self._draw()) / 3 * (last - first + 1))

    def chance(self, percent: float) -> bool:
        """True in `percent` of a hundred draws."""
        return self._draw() * 100 < percent

    def pick(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]

    def draw(self, table: Weighted[T]) -> T:
        return table.at(self._draw())
