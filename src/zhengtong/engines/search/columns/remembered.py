"""What was asked, remembered while the index changes.

Which entries have a word is asked of the database once. Of what is written afterwards the words are looked at, when that word is asked
for again: a city that writes all day answers from memory all the same. Only when many entries change at once is all forgotten.
"""

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zhengtong.engines import search
from zhengtong.engines.search import Group, Token

REMEMBERED, REMEMBERED_BYTES = 200, 32_000_000
CHANGES, ENTRIES = 100, 2_000
Said = Mapping[str, Sequence[str]]
"""The words of an entry by class, in order."""


@dataclass(frozen=True, slots=True)
class Words:
    """Entries where all tokens stand, each in any of the classes."""

    tokens: Group
    classes: tuple[str, ...] = search.CLASSES

    def stand_in(self, said: Said) -> bool:
        """Whether an entry with these words is one of them."""
        return all(any(_stands(token, said[one]) for one in self.classes) for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Change:
    """Entries that were written: their bits, and what those say that are still there."""

    touched: int
    said: Mapping[int, Said]


@dataclass(frozen=True, slots=True)
class History:
    """The last changes of the index, as far as few entries changed; `number`: how many there were in all."""

    number: int = 0
    last: tuple[Change, ...] = ()

    def and_then(self, change: Change) -> "History":
        last = (*self.last, change)[-CHANGES:]
        while sum(len(one.said) for one in last) > ENTRIES:
            last = last[1:]
        return History(self.number + 1, last)


class Remembered:
    """The bits of what was asked, each as of a number of changes; what was not asked for longest is forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Words, tuple[int, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, asked: Words, history: History) -> int | None:
        """The entries, with the changes up to now; None where it must be asked again."""
        with self._lock:
            bits, number = self._kept.get(asked, (0, -1))
            if number >= 0:
                self._kept.move_to_end(asked)
        missed = history.number - number
        if number < 0 or not 0 <= missed <= len(history.last):
            return None
        for change in history.last[len(history.last) - missed :]:
            bits &= ~change.touched
            for entry, said in change.said.items():
                if asked.stand_in(said):
                    bits |= 1 << entry
        return bits

    def put(self, asked: Words, bits: int, history: History) -> None:
        """This will remember the entries, unless later ones are known."""
        with self._lock:
            known, number = self._kept.get(asked, (0, -1))
            if number <= history.number:
                self._kept[asked] = bits, history.number
                self._bytes += _bytes(bits) - (_bytes(known) if number >= 0 else 0)
            while self._bytes > REMEMBERED_BYTES and len(self._kept) > REMEMBERED:
                self._bytes -= _bytes(self._kept.popitem(last=False)[1][0])


def _bytes(bits: int) -> int:
    """What a kept answer takes: the whole number, and its place."""
    return bits.bit_length() // 8 + 400


def _stands(token: Token, said: Sequence[str]) -> bool:
    at = bisect_left(said, token.word)
    return at < len(said) and (said[at] == token.word or (token.begins and said[at].startswith(token.word)))
