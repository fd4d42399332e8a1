"""Search, what both databases share: which entries there are and what narrows them, as bits in memory.

A facet's value is a whole number whose bit n is set when entry n has it. Narrowing 100,000 entries by three facets and counting two
hundred values is then a millisecond's arithmetic. The bits are read once and kept up by what changed since; a transaction that has
written sees its own changes without showing them to others.
"""

import base64
import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.engines import search
from zhengtong.engines.search import Answer, Entry, Group, Index, Matcher, Question, Token
from zhengtong.kernel import errors

CHUNK = 500
FEW = 3
CANDIDATES = 400
DENSE = 40
REMEMBERED = 200
EXACT, BEGINS, FORGIVEN = 0, 1, 9
TIERS: tuple[tuple[int, tuple[str, ...]], ...] = tuple(
    (number + 2, search.CLASSES[: number + 1]) for number in range(len(search.CLASSES))
)


class PlaceLost(errors.Invalid):
    zh = "翻页位置无效，请从第一页重新开始。"
    en = "That page position is not valid; begin again from the first page."


def bits_of(numbers: Iterable[int], size: int) -> int:
    """The numbers as bits of one whole number."""
    held = bytearray(size // 8 + 1)
    for number in numbers:
        held[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(held, "little")


_SET = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def numbers_of(bits: int) -> Iterator[int]:
    """The numbers whose bit is set, ascending."""
    for place, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if byte:
            for bit in _SET[byte]:
                yield place * 8 + bit


@dataclass(slots=True)
class Columns:
    """The entries of an index as they stood at one version."""

    epoch: int = -1
    version: int = -1
    keys: dict[int, str] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    weights: dict[int, int] = field(default_factory=dict)
    facets: dict[int, tuple[str, ...]] = field(default_factory=dict)
    bits: dict[str, dict[str, int]] = field(default_factory=dict)
    all: int = 0
    size: int = 0
    matched: "OrderedDict[Any, int]" = field(default_factory=OrderedDict)
    walks: dict[bool, list[tuple[Any, ...]]] = field(default_factory=dict)

    def changed(self, rows: Sequence[Any], *, epoch: int, version: int) -> "Columns":
        """These columns with the rows (seq, key, length, weight, facets, gone) set in; these stay as they are."""
        new = Columns(epoch, version, dict(self.keys), dict(self.lengths), dict(self.weights), dict(self.facets))
        new.bits = {name: dict(values) for name, values in self.bits.items()}
        touched = bits_of((row.seq for row in rows), max([self.size, *(row.seq + 1 for row in rows)]))
        gained: dict[str, dict[str, list[int]]] = {}
        for row in rows:
            for told in self.facets.get(row.seq, ()):
                name, _, value = told.partition("=")
                gained.setdefault(name, {}).setdefault(value, [])
            if row.gone:
                for kept in (new.keys, new.lengths, new.weights, new.facets):
                    kept.pop(row.seq, None)
                continue
            new.keys[row.seq], new.lengths[row.seq], new.weights[row.seq] = row.key, row.length, row.weight
            new.facets[row.seq] = tuple(row.facets.split("\n")) if row.facets else ()
            for told in new.facets[row.seq]:
                name, _, value = told.partition("=")
                gained.setdefault(name, {}).setdefault(value, []).append(row.seq)
        new.size = max(new.keys, default=0) + 1
        for name, values in gained.items():
            held = new.bits.setdefault(name, {})
            for value, numbers in values.items():
                held[value] = held.get(value, 0) & ~touched | bits_of(numbers, new.size)
        there = bits_of((row.seq for row in rows if not row.gone), new.size)
        new.all = self.all & ~touched | there
        return new

    def place(self, number: int, *, worded: bool) -> tuple[Any, ...]:
        """Where the entry stands among those that match equally: short names first, then the weightier, then by key."""
        weight, key = -self.weights[number], self.keys[number]
        return (self.lengths[number], weight, key, number) if worded else (weight, key, number)

    def walk(self, *, worded: bool) -> list[tuple[Any, ...]]:
        """All places in order, made once."""
        if worded not in self.walks:
            self.walks[worded] = sorted(self.place(number, worded=worded) for number in self.keys)
        return self.walks[worded]

    def first(self, bits: int, limit: int, *, worded: bool, after: tuple[Any, ...] | None) -> list[tuple[Any, ...]]:
        """The first places among the bits, after a place."""
        if bits.bit_count() * DENSE < len(self.keys) or bits.bit_count() <= CHUNK:
            places = sorted(self.place(number, worded=worded) for number in numbers_of(bits))
            start = bisect_right(places, after) if after else 0
            return places[start : start + limit]
        walk, held = self.walk(worded=worded), bits.to_bytes(self.size // 8 + 1, "little")
        found: list[tuple[Any, ...]] = []
        for at in range(bisect_right(walk, after) if after else 0, len(walk)):
            number = walk[at][-1]
            if held[number >> 3] >> (number & 7) & 1:
                found.append(walk[at])
                if len(found) == limit:
                    break
        return found


class Indexing:
    """The port over one database's matcher."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self._kept: WeakKeyDictionary[Any, dict[str, Columns]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def put(self, session: Session, index: Index, entries: Iterable[Entry]) -> None:
        told = {one.key: one for one in entries}
        if not told:
            return
        known = _numbers(session, index, told)
        version, last = _advance(session, index, new=len(told.keys() - known.keys()))
        numbers = iter(range(last + 1, last + 1 + len(told)))
        rows: list[dict[str, Any]] = []
        there: list[dict[str, Any]] = []
        kept: list[dict[str, Any]] = []
        for key, one in told.items():
            seq = known.get(key)
            row = _row(one, seq if seq is not None else next(numbers), version)
            (rows if seq is None else there).append(row)
            kept.append({"seq": row["seq"], **_words(one)})
        table = index.entries
        if rows:
            session.execute(insert(table), rows)
        if there:
            session.execute(delete(table).where(table.c.seq.in_([row["seq"] for row in there])))
            session.execute(insert(table), there)
        self.matcher.keep(session, index, kept)

    def remove(self, session: Session, index: Index, keys: Iterable[str]) -> None:
        self._drop(session, index, list(_numbers(session, index, list(keys)).values()))

    def _drop(self, session: Session, index: Index, numbers: list[int]) -> None:
        if not numbers:
            return
        version, _ = _advance(session, index)
        for at in range(0, len(numbers), CHUNK):
            some = numbers[at : at + CHUNK]
            emptied = {"gone": True, "changed": version, "title": "", "code": "", "said": "", "facets": ""}
            session.execute(update(index.entries).where(index.entries.c.seq.in_(some)).values(emptied))
            session.execute(delete(index.words).where(index.words.c.seq.in_(some)))

    def version(self, session: Session, index: Index) -> int:
        return session.scalar(select(index.state.c.version)) or 0

    def sweep(self, session: Session, index: Index, *, before: int) -> int:
        table = index.entries.c
        old = list(session.scalars(select(table.seq).where(table.changed <= before, table.gone.is_(False))))
        self._drop(session, index, old)
        return len(old)

    def find(self, session: Session, index: Index, question: Question) -> Answer:
        columns, fresh = self._columns(session, index)
        asked = _Asked(self.matcher, session, index, columns, remember=fresh)
        return asked.answer(question)

    def _columns(self, session: Session, index: Index) -> tuple[Columns, bool]:
        state = session.execute(select(index.state.c.epoch, index.state.c.version)).first()
        epoch, version = state if state else (0, 0)
        writing = "topics" in session.info
        bind = session.get_bind()
        with self._lock:
            kept = self._kept.setdefault(bind, {}).get(index.name) or Columns()
            if kept.epoch != epoch:
                kept = Columns(epoch=epoch)
            if kept.version >= version and not writing:
                return kept, kept.version == version
            now = _read(session, index, kept, version)
            if not writing:
                self._kept[bind][index.name] = now
            return now, False if writing else now.version == version


class _Asked:
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
            return self.session.scalars(select(table.seq).where(where, table.gone.is_(False))).all()

        return self._remembered(("named", tier, name), ask)

    def _match(self, groups: Sequence[Group], classes: Sequence[str]) -> int:
        key = (tuple(groups), tuple(classes))
        return self._remembered(key, lambda: self.matcher.match(self.session, self.index, groups, classes))

    def _remembered(self, key: Any, ask: Callable[[], Iterable[int]]) -> int:
        kept = self.columns.matched
        if key in kept:
            return kept[key]
        bits = bits_of((number for number in ask() if number < self.columns.size), self.columns.size) & self.columns.all
        if self.remember:
            kept[key] = bits
            while len(kept) > REMEMBERED:
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
        rows = self.session.execute(select(table.seq, table.said).where(table.seq.in_(some)))
        return bits_of((row.seq for row in rows if all(shape.search(row.said) for shape in shapes)), self.columns.size)


def _all(asked: Sequence[str]) -> Group:
    return tuple(dict.fromkeys(token for run in asked for token in search.tokens(run)))


def _numbers(session: Session, index: Index, keys: Iterable[str]) -> dict[str, int]:
    table, sought = index.entries.c, list(keys)
    found: dict[str, int] = {}
    for at in range(0, len(sought), CHUNK):
        rows = session.execute(select(table.key, table.seq).where(table.key.in_(sought[at : at + CHUNK])))
        found.update((row.key, row.seq) for row in rows)
    return found


def _advance(session: Session, index: Index, *, new: int = 0) -> tuple[int, int]:
    """The next version, and the last number given before: writers of one index queue on its row."""
    table = index.state
    step = update(table).values(version=table.c.version + 1, last=table.c.last + new)
    row = session.execute(step.returning(table.c.version, table.c.last)).first()
    if row is None:
        first = _insert_once(session)(table).values(id=1, version=0, epoch=0, last=0)
        session.execute(first.on_conflict_do_nothing(index_elements=["id"]))
        row = session.execute(step.returning(table.c.version, table.c.last)).one()
    return row.version, row.last - new


def _insert_once(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def _row(one: Entry, seq: int, version: int) -> dict[str, Any]:
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


def _words(one: Entry) -> dict[str, str]:
    """The words of each class; one that stands in a weightier class is not kept again, but for parts, which are asked alone."""
    title = search.words(one.title)
    labels = search.words(one.code).union(search.spellings(one.title), *map(search.line_words, one.labels))
    labels.update(search.compact(name)[: search.LONGEST] for name in (one.code, *one.labels) if name.isascii())
    parts = set[str]().union(*map(search.line_words, one.parts))
    backwards = [search.BACKWARDS + word[::-1] for word in title | parts if word.isascii() and len(word) >= 4]
    marks = [search.MARK + search.compact(mark) for mark in one.marks]
    rest = search.words(one.text) - title - labels - parts
    kept = (title, (labels - title - {""}).union(backwards), parts.union(marks), rest)
    return {name: " ".join(kind) for name, kind in zip(search.CLASSES, kept, strict=True)}


def _read(session: Session, index: Index, kept: Columns, version: int) -> Columns:
    table = index.entries.c
    wanted = (table.seq, table.key, table.length, table.weight, table.facets, table.gone)
    rows = session.execute(select(*wanted).where(table.changed > kept.version)).all()
    return kept.changed(rows, epoch=kept.epoch, version=version)


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


def open_indexing(matcher: Matcher) -> Indexing:
    """The port over a database's matcher."""
    return Indexing(matcher)
