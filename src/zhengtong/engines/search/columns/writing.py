"""What is kept of an entry: its row, and the words of each class.

A rebuild makes these for every entry there is, so what is met again and again (the name of a field, of a department) is worked out
once. A word may stand twice within a class, or again in a lighter one: an index keeps it once, and taking it out here costs more.
"""

from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from zhengtong.engines import search
from zhengtong.engines.search import Entry, Kept
from zhengtong.engines.search.columns.bits import COLUMN, ROW

BACKWARDS_FROM = 4


class Line(NamedTuple):
    """A short text that is met often. `words`: what is kept of it; `label`: of a label; `backwards`: its longer words from their ends."""

    folded: str
    compact: str
    words: str
    label: str
    backwards: str


FOLDED, WORDS, LABEL, FROM_ENDS = map(itemgetter, (0, 2, 3, 4))


def kept_of(one: Entry) -> Kept:
    """The entry's row, and its words."""
    folded = search.fold(one.title)
    runs = search.RUNS.findall(folded)
    title = search.words_of(one.title, runs)
    whole, later = search.spellings(runs)
    code, labels, parts = line.__wrapped__(one.code), [*map(line, one.labels)], [*map(line, one.parts)]
    from_ends = _backwards(title), *map(FROM_ENDS, parts)
    marks = [search.MARK + search.compact(mark) for mark in one.marks]
    return Kept(
        one.key,
        "".join(runs)[:300],
        code.compact[:120],
        len(one.title),
        _lines([folded, code.folded, *map(FOLDED, labels), *map(FOLDED, parts), *whole]),
        _lines(one.facets),
        one.weight,
        (
            " ".join(title),
            " ".join([code.label, *map(LABEL, labels), *whole, *later, *from_ends]),
            " ".join([*map(WORDS, parts), *marks]),
            " ".join(search.words_of(one.text, search.RUNS.findall(search.fold(one.text)))),
        ),
    )


def _lines(told: Iterable[str]) -> str:
    """One a line, without the signs that stand between entries where they are read, nor the one that PostgreSQL refuses."""
    return "\n".join(told).replace(ROW, " ").replace(COLUMN, " ").replace("\0", " ")


@lru_cache(maxsize=20_000)
def line(text: str) -> Line:
    """What is kept of a short text."""
    folded = search.fold(text)
    runs = search.RUNS.findall(folded)
    words, compact = search.words_of(text, runs), "".join(runs)
    said = " ".join(words)
    is_one_more = compact and folded.isascii() and compact not in words
    label = f"{said} {compact[: search.LONGEST]}" if is_one_more else said
    return Line(folded, compact, said, label, _backwards(words))


def _backwards(words: Iterable[str]) -> str:
    """The longer Latin words from their ends, for a slip at the beginning; none is forgiven in a number."""
    longer = [word for word in words if len(word) >= BACKWARDS_FROM and word.isascii() and not word.isdecimal()]
    return " ".join([search.BACKWARDS + word[::-1] for word in longer])
