"""One question at one moment."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice
from operator import add, and_, or_

from sqlalchemy import ScalarSelect, String, cast, func, literal, select
from sqlalchemy.orm import Session

from zhengtong.engines import search
from zhengtong.engines.search import Answer, Group, Index, Matcher, Question, Token
from zhengtong.engines.search.columns.bits import COLUMN, ROW, Columns, Place, bits_of, bits_of_text, numbers_of
from zhengtong.engines.search.columns.remembered import Words
from zhengtong.kernel import errors

FEW = 3
CANDIDATES, READ = 400, 100
ALONE = 8
EXACT, BEGINS, FORGIVEN = 0, 1, 9
TIERS: tuple[tuple[int, tuple[str, ...]], ...] = tuple(
    (number + 2, search.CLASSES[: number + 1]) for number in range(len(search.CLASSES))
)


class PlaceLost(errors.Invalid):
    zh = "翻页位置无效，请从第一页重新开始。"
    en = "That page position is not valid; begin again from the first page."


@dataclass(frozen=True, slots=True)
class Named:
    """Entries whose name or code is the text, or begins with it."""

    text: str
    begins: bool


class Asked:
    """One question at one moment.

    What the database is asked goes in as few statements as can be: after each, in a busy program, other threads have their turn.
    """

    def __init__(self, matcher: Matcher, session: Session, index: Index, columns: Columns, *, remember: bool) -> None:
        self.matcher, self.session, self.index = matcher, session, index
        self.columns, self.remember = columns, remember
        self._known: dict[Words | Named, int] = {}

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
            bits &= self._look(Words((Token(search.MARK + search.compact(mark)),), ("parts",)))
        if question.parts:
            runs = search.runs(question.parts)
            said = self._ask(*(Words(search.tokens(run), ("parts",)) for run in runs))
            bits = reduce(and_, said, bits) if said else 0
        if not question.text.strip():
            return bits, 0
        asked = search.runs(question.text)
        if not asked:
            return 0, 0
        tokens = _all(asked)
        exact, begins, *_ = self._ask(
            *(Named(search.compact(question.text)[:120], begins) for begins in (False, True)),
            *chain(*_parts(tokens, search.CLASSES)),
        )
        found = (self._said(tokens, search.CLASSES) | exact | begins) & bits
        if found.bit_count() >= FEW:
            return found, 0
        slips = self._forgiven(asked) & bits & ~found
        return found | slips, slips

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
        self, question: Question, narrowed: int, slips: int, after: tuple[int, Place] | None
    ) -> tuple[list[str], str | None]:
        worded = bool(search.runs(question.text))
        if after and len(after[1]) != (4 if worded else 3):
            raise PlaceLost()
        keys: list[str] = []
        last: tuple[int, Place] | None = None
        for tier, bits in self._tiers(question, narrowed & ~slips, slips & narrowed, worded=worded):
            if after and tier < after[0]:
                continue
            beyond = after[1] if after and tier == after[0] else None
            for number in self.columns.first(bits, question.limit + 1 - len(keys), worded=worded, after=beyond):
                if len(keys) == question.limit:
                    return keys, _cursor(last)
                keys.append(self.columns.keys[number])
                last = (tier, self.columns.place(number, worded=worded))
        return keys, None

    def _tiers(self, question: Question, left: int, slips: int, *, worded: bool) -> Iterator[tuple[int, int]]:
        if not worded:
            yield 0, left
            return
        asked, name = _all(search.runs(question.text)), search.compact(question.text)[:120]
        for tier, begins in ((EXACT, False), (BEGINS, True)):
            bits = self._look(Named(name, begins)) & left
            left &= ~bits
            yield tier, bits
        yield from self._classed(asked, left)
        yield FORGIVEN, slips

    def _classed(self, tokens: Group, left: int) -> Iterator[tuple[int, int]]:
        """By the heaviest classes where all tokens stand: of a few entries what they say is read, for many the index is asked."""
        if 0 < left.bit_count() <= READ:
            yield from self._read(tokens, list(numbers_of(left)))
            return
        for tier, classes in TIERS:
            if left:
                bits = left if classes == search.CLASSES else self._said(tokens, classes) & left
                left &= ~bits
                yield tier, bits

    def _read(self, tokens: Group, numbers: list[int]) -> Iterator[tuple[int, int]]:
        seq, *said = self.matcher.said(self.index).where(self.index.words.c.seq.in_(numbers)).subquery().c
        line = reduce(add, (literal(f"{COLUMN} ") + one + " " for one in said), cast(seq, String))
        found: list[list[int]] = [[] for _ in TIERS]
        told = self.session.scalar(select(func.aggregate_strings(line, ROW)))
        for row in told.split(ROW) if told else ():
            number, *texts = row.split(COLUMN)
            found[max(_class(token, texts) for token in tokens)].append(int(number))
        for (tier, _), some in zip(TIERS, found, strict=True):
            yield tier, bits_of(some, self.columns.size)

    def _said(self, tokens: Group, classes: tuple[str, ...]) -> int:
        """The entries where all tokens stand in the classes."""
        bits = self.columns.all
        for ways in _parts(tokens, classes):
            bits = bits and bits & reduce(or_, self._ask(*ways))
        return bits

    def _look(self, wanted: Words | Named) -> int:
        return self._ask(wanted)[0]

    def _ask(self, *wanted: Words | Named) -> list[int]:
        """The entries of each: what was asked before is remembered, all else is one statement."""
        columns, missing = self.columns, []
        for one in dict.fromkeys(wanted):
            if one not in self._known:
                bits = columns.remembered.get(one, columns.history) if isinstance(one, Words) else None
                if bits is None:
                    missing.append(one)
                else:
                    self._keep(one, bits)
        row = self.session.execute(select(*map(self._numbers, missing))).one() if missing else ()
        for one, told in zip(missing, row, strict=True):
            self._keep(one, bits_of_text(told, columns.size) & columns.all)
        return [self._known[one] for one in wanted]

    def _keep(self, one: Words | Named, bits: int) -> None:
        self._known[one] = bits
        if self.remember and isinstance(one, Words):
            self.columns.remembered.put(one, bits, self.columns.history)

    def _numbers(self, one: Words | Named) -> ScalarSelect[str]:
        if isinstance(one, Words):
            return self.matcher.match(self.index, one.tokens, one.classes)
        entries, name = self.index.entries.c, one.text
        if not one.begins:
            where = (entries.title == name) | (entries.code == name)
        elif self.session.get_bind().dialect.name == "sqlite":
            end = name + "\U0010ffff"
            where = entries.title.between(name, end) | entries.code.between(name, end)
        else:
            where = entries.title.like(name + "%") | entries.code.like(name + "%")
        # Whether it is gone is not asked, which would read each row: those gone have no name, and only those there are have bits.
        return select(func.aggregate_strings(cast(entries.seq, String), ",")).where(where).scalar_subquery()

    def _forgiven(self, asked: list[str]) -> int:
        """Entries that say each run, or something one slip away from it, in name, labels or parts."""
        if not any(map(search.near, asked)):
            return 0
        candidates = self.columns.all
        for run in asked:
            near, classes = (search.tokens(run), *search.near(run)), search.CLASSES[:3]
            self._ask(*chain.from_iterable(chain(*_parts(group, classes)) for group in near))
            candidates &= reduce(or_, (self._said(group, classes) for group in near))
        shapes = [search.slipped(run) for run in asked]
        some = list(islice(numbers_of(candidates), CANDIDATES))
        table = self.index.entries.c
        told = select(func.aggregate_strings(cast(table.seq, String) + COLUMN + table.said, ROW))
        rows = (self.session.scalar(told.where(table.seq.in_(some))) or "").split(ROW) if some else ()
        parted = (row.partition(COLUMN) for row in rows)
        fit = (int(seq) for seq, _, said in parted if said and all(shape.search(said) for shape in shapes))
        return bits_of(fit, self.columns.size)


def _all(asked: Sequence[str]) -> Group:
    return tuple(dict.fromkeys(token for run in asked for token in search.tokens(run)))


def _class(token: Token, texts: Sequence[str]) -> int:
    """The first of the classes where the token stands; the last if in none."""
    sign = f" {token.word}" if token.begins else f" {token.word} "
    return next((number for number, text in enumerate(texts) if sign in text), len(texts) - 1)


def _parts(tokens: Group, classes: tuple[str, ...]) -> list[list[Words]]:
    """How tokens are asked for: each part must be there, by any of its ways.

    Each is asked for alone, in three or four classes at once, in fewer in one after the other, and is remembered for all questions: other
    questions use the same words, and so does what is looked for when a slip is forgiven. What a long question has beyond that stands
    together, and matches little. Beginnings go first: Latin words stand seldom in names, and where one stands nowhere, no other is asked for.
    """
    ways = [classes] if len(classes) > 2 else [(one,) for one in classes]
    begins, words = (tuple(token for token in tokens if token.begins is each) for each in (True, False))
    together = words[ALONE:]
    parts = [[Words(together, classes)]] if together else []
    return parts + [[Words((token,), one) for one in ways] for token in begins + words[:ALONE]]


def _cursor(last: tuple[int, Place] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None


def _place(cursor: str | None) -> tuple[int, Place] | None:
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
