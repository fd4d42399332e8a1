"""One question at one moment."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from zhengtong.engines import search
from zhengtong.engines.search import Answer, Group, Index, Matcher, Question, Token
from zhengtong.engines.search.columns.bits import COLUMN, ROW, Columns, bits_of, numbers_of
from zhengtong.kernel import errors

FEW = 3
CANDIDATES = 400
REMEMBERED, REMEMBERED_BYTES = 200, 16_000_000
EXACT, BEGINS, FORGIVEN = 0, 1, 9
TIERS: tuple[tuple[int, tuple[str, ...]], ...] = tuple(
    (number + 2, search.CLASSES[: number + 1]) for number in range(len(search.CLASSES))
)


class PlaceLost(errors.Invalid):
    zh = "翻页位置无效，请从第一页重新开始。"
    en = "That page position is not valid; begin again from the first page."


class Asked:
    """One question at one moment."""

    def __init__(self, matcher: Matcher, session: Session, index: Index, columns: Columns, *, remember: bool) -> None:
        self.matcher, self.session, self.index = matcher, session, index
        self.columns, self.remember = columns, remember

    def answer(self, question: Question) -> Answer:
        allowed = self._allowed(question)
        found, slips = self._found(question, allowed)
        narrowed, facets = self._narrowed(question, found)
        after = _place(question.after)
        keys, following = self._page(question, narrowed, slips, after)
        return Answer(keys, narrowed.bit_count(), facets, following, bool(slips & narrowed))

    def _allowed(self, question: Question) -> int:
        if question.allowed is None:
            return self.columns.all
        bits = 0
        for name, value in question.allowed:
            bits |= self.columns.bits.get(name, {}).get(value, 0)
        return bits

    def _found(self, question: Question, allowed: int) -> tuple[int, int]:
        """Those that match, and which of them only but for a slip."""
        bits = allowed
        for mark in question.marks:
            bits &= self._match([(Token(search.MARK + search.compact(mark)),)], ("parts",))
        if question.parts:
            bits &= self._match([_all(search.runs(question.parts))], ("parts",)) if search.runs(question.parts) else 0
        if not question.text.strip():
            return bits, 0
        asked = search.runs(question.text)
        if not asked:
            return 0, 0
        words = self._match([_all(asked)], search.CLASSES) & bits
        named = (self._named(question.text, EXACT) | self._named(question.text, BEGINS)) & bits & ~words
        words |= named
        if words.bit_count() >= FEW:
            return words, 0
        slips = self._forgiven(asked) & bits & ~words
        return words | slips, slips

    def _narrowed(self, question: Question, found: int) -> tuple[int, dict[str, dict[str, int]]]:
        chosen = {}
        for name, values in question.chosen.items():
            if values:
                held = self.columns.bits.get(name, {})
                chosen[name] = 0
                for value in values:
                    chosen[name] |= held.get(value, 0)
        narrowed = found
        for bits in chosen.values():
            narrowed &= bits
        facets = {}
        for name in question.count:
            base = found
            for other, bits in chosen.items():
                if other != name:
                    base &= bits
            counted = {value: (bits & base).bit_count() for value, bits in self.columns.bits.get(name, {}).items()}
            facets[name] = {value: count for value, count in counted.items() if count}
        return narrowed, facets

    def _page(
        self, question: Question, narrowed: int, slips: int, after: tuple[int, tuple[Any, ...]] | None
    ) -> tuple[list[str], str | None]:
        worded = bool(search.runs(question.text))
        if after and len(after[1]) != (4 if worded else 3):
            raise PlaceLost()
        keys: list[str] = []
        last: tuple[int, tuple[Any, ...]] | None = None
        for tier, bits in self._tiers(question, narrowed & ~slips, slips & narrowed, worded=worded):
            if after and tier < after[0]:
                continue
            beyond = after[1] if after and tier == after[0] else None
            for place in self.columns.first(bits, question.limit + 1 - len(keys), worded=worded, after=beyond):
                if len(keys) == question.limit:
                    return keys, _cursor(last)
                keys.append(self.columns.keys[place[-1]])
                last = (tier, place)
        return keys, None

    def _tiers(self, question: Question, left: int, slips: int, *, worded: bool) -> Iterator[tuple[int, int]]:
        if not worded:
            yield 0, left
            return
        asked = [_all(search.runs(question.text))]
        for tier in (EXACT, BEGINS):
            bits = self._named(question.text, tier) & left
            left &= ~bits
            yield tier, bits
        for tier, classes in TIERS:
            if left:
                bits = left if classes == search.CLASSES else self._match(asked, classes) & left
                left &= ~bits
                yield tier, bits
        yield FORGIVEN, slips

    def _named(self, text: str, tier: int) -> int:
        """Entries whose name or code is the text, or begins with it."""
        name, table = search.compact(text)[:120], self.index.entries.c
        if not name:
            return 0

        def ask() -> Iterable[int]:
            if tier == EXACT:
                where = (table.title == name) | (table.code == name)
            else:
                where = table.title.like(name + "%") | table.code.like(name + "%")
                if self.session.get_bind().dialect.name == "sqlite":
                    end = name + "\U0010ffff"
                    where = table.title.between(name, end) | table.code.between(name, end)
            numbers = select(func.aggregate_strings(cast(table.seq, String), ","))
            told = self.session.scalar(numbers.where(where, table.gone.is_(False)))
            return map(int, told.split(",")) if told else ()

        return self._remembered(("named", tier, name), ask)

    def _match(self, groups: Sequence[Group], classes: Sequence[str]) -> int:
        key = (tuple(groups), tuple(classes))
        return self._remembered(key, lambda: self.matcher.match(self.session, self.index, groups, classes))

    def _remembered(self, key: Any, ask: Callable[[], Iterable[int]]) -> int:
        kept = self.columns.matched
        if key in kept:
            with suppress(KeyError):  # another thread has just dropped it
                kept.move_to_end(key)
                return kept[key]
        size = self.columns.size
        bits = bits_of([number for number in ask() if number < size], size) & self.columns.all
        if self.remember:
            kept[key] = bits
            while len(kept) > max(REMEMBERED, REMEMBERED_BYTES // (size // 8 + 1)):
                kept.popitem(last=False)
        return bits

    def _forgiven(self, asked: list[str]) -> int:
        """Entries that say each run, or something one slip away from it, in name, labels or parts."""
        candidates = self.columns.all
        for run in asked:
            groups = [search.tokens(run), *search.near(run)]
            candidates &= self._match(groups, search.CLASSES[:3])
        shapes = [search.slipped(run) for run in asked]
        some = [number for number, _ in zip(numbers_of(candidates), range(CANDIDATES), strict=False)]
        table = self.index.entries.c
        told = select(func.aggregate_strings(cast(table.seq, String) + COLUMN + table.said, ROW))
        rows = (self.session.scalar(told.where(table.seq.in_(some))) or "").split(ROW) if some else ()
        parted = (row.partition(COLUMN) for row in rows)
        fit = (int(seq) for seq, _, said in parted if said and all(shape.search(said) for shape in shapes))
        return bits_of(fit, self.columns.size)


def _all(asked: Sequence[str]) -> Group:
    return tuple(dict.fromkeys(token for run in asked for token in search.tokens(run)))


def _cursor(last: tuple[int, tuple[Any, ...]] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None


def _place(cursor: str | None) -> tuple[int, tuple[Any, ...]] | None:
    """Where the page before ended. Raises PlaceLost."""
    if not cursor:
        return None
    try:
        tier, place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        *numbers, key, number = place
        if not (isinstance(key, str) and all(isinstance(one, int) for one in (tier, number, *numbers))):
            raise PlaceLost()
        return tier, (*numbers, key, number)
    except (ValueError, TypeError) as wrong:
        raise PlaceLost() from wrong
