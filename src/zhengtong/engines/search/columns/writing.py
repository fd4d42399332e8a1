"""What is kept of an entry: its row, and the words of each class."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from zhengtong.engines import search
from zhengtong.engines.search import Entry

BACKWARDS_FROM = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A short text that is met often: the name of a field, of a department."""

    folded: str
    compact: str
    words: frozenset[str]
    backwards: frozenset[str]


def kept_of(one: Entry, seq: int, version: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The entry's row, and its words: one that stands in a weightier class is not kept again, but for parts, which are asked alone."""
    folded = search.fold(one.title)
    runs = search.RUNS.findall(folded)
    whole, later = search.spellings(runs)
    title, code = search.words(one.title), line.__wrapped__(one.code)
    labels, parts = [line(label) for label in one.labels], [line(part) for part in one.parts]
    row = {
        "seq": seq,
        "key": one.key,
        "title": "".join(runs)[:300],
        "code": code.compact[:120],
        "length": len(one.title),
        "said": "\n".join(
            [folded, code.folded, *[each.folded for each in labels], *[each.folded for each in parts], *whole]
        ),
        "facets": "\n".join([f"{name}={value}" for name, values in one.facets.items() for value in values]),
        "weight": one.weight,
        "changed": version,
        "gone": False,
    }
    return row, {"seq": seq, **_words_of(one, title, [*whole, *later], [code, *labels], parts)}


def _words_of(one: Entry, title: set[str], spelt: list[str], labels: list[Line], parts: list[Line]) -> dict[str, str]:
    labelled = set(spelt).union(*[each.words for each in labels])
    labelled.update([each.compact[: search.LONGEST] for each in labels if each.folded.isascii()])
    labelled -= title
    labelled.discard("")
    said = set[str]().union(*[part.words for part in parts])
    text = search.words(one.text)
    text -= title
    text -= labelled
    text -= said
    labelled |= _backwards(title).union(*[part.backwards for part in parts])
    said.update([search.MARK + search.compact(mark) for mark in one.marks])
    return {name: " ".join(kind) for name, kind in zip(search.CLASSES, (title, labelled, said, text), strict=True)}


@lru_cache(maxsize=20_000)
def line(text: str) -> Line:
    """What is kept of a short text."""
    words = frozenset(search.words(text))
    folded = search.fold(text)
    return Line(folded, "".join(search.RUNS.findall(folded)), words, _backwards(words))


def _backwards(words: set[str] | frozenset[str]) -> frozenset[str]:
    """The longer Latin words from their ends, for a slip at the beginning."""
    return frozenset(
        [search.BACKWARDS + word[::-1] for word in words if word.isascii() and len(word) >= BACKWARDS_FROM]
    )
