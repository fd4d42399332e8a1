"""What is kept of an entry."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from zhengtong.engines import search
from zhengtong.engines.search import Entry


def row_of(one: Entry, seq: int, version: int) -> dict[str, Any]:
    spelt = search.spellings(one.title, whole=True)
    said = "\n".join([*map(search.fold, (one.title, one.code, *one.labels, *one.parts)), *spelt])
    facets = "\n".join(f"{name}={value}" for name, values in one.facets.items() for value in values)
    return {
        "seq": seq,
        "key": one.key,
        "title": search.compact(one.title)[:300],
        "code": search.compact(one.code)[:120],
        "length": len(one.title),
        "said": said,
        "facets": facets,
        "weight": one.weight,
        "changed": version,
        "gone": False,
    }


def words_of(one: Entry) -> dict[str, str]:
    """The words of each class; one that stands in a weightier class is not kept again, but for parts, which are asked alone."""
    title = search.words(one.title)
    labels = search.words(one.code).union(search.spellings(one.title), *map(search.line_words, one.labels))
    labels.update(search.compact(name)[: search.LONGEST] for name in (one.code, *one.labels) if name.isascii())
    parts = set[str]().union(*map(search.line_words, one.parts))
    backwards = _backwards(title).union(*map(_line_backwards, one.parts))
    marks = [search.MARK + search.compact(mark) for mark in one.marks]
    rest = search.words(one.text) - title - labels - parts
    kept = (title, (labels - title - {""}).union(backwards), parts.union(marks), rest)
    return {name: " ".join(kind) for name, kind in zip(search.CLASSES, kept, strict=True)}


def _backwards(words: Collection[str]) -> set[str]:
    """The longer Latin words from their ends, for a slip at the beginning."""
    return {search.BACKWARDS + word[::-1] for word in words if len(word) >= 4 and word.isascii()}


@lru_cache(maxsize=50_000)
def _line_backwards(line: str) -> frozenset[str]:
    return frozenset(_backwards(search.line_words(line)))
