"""Search, what both databases share: which entries there are and what narrows them, as bits in memory.

A facet's value is a whole number whose bit n is set when entry n has it. Narrowing 100,000 entries by three facets and counting two
hundred values is then a millisecond's arithmetic. The bits are read once and kept up by what changed since; a transaction that has
written sees its own changes without showing them to others.
"""

import threading
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import String, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.engines.search import CLASSES, Answer, Cells, Entry, Index, Kept, Matcher, Question
from zhengtong.engines.search.columns.asking import Asked, PlaceLost
from zhengtong.engines.search.columns.bits import FEW, ROW, Columns, Row, Rows
from zhengtong.engines.search.columns.remembered import Said
from zhengtong.engines.search.columns.writing import kept_of

__all__ = ["Indexing", "PlaceLost", "open_indexing"]
CHUNK, BLOCK = 500, 2_000


class Indexing:
    """The port over one database's matcher."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self._kept: WeakKeyDictionary[Any, dict[str, Columns]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def work_out(self, entries: Iterable[Entry]) -> list[Kept]:
        return [kept_of(one) for one in entries]

    def put(self, session: Session, index: Index, entries: Iterable[Entry | Kept], *, since: int | None = None) -> None:
        told = {one.key: one for one in entries}
        if not told:
            return
        version, last = _advance(session, index)
        known = _there(session, index, told)
        if since is not None:
            told = {key: one for key, one in told.items() if key not in known or known[key].changed <= since}
        new = [key for key in told if key not in known]
        if new:
            _number(session, index, len(new))
        numbers = {key: known[key].seq for key in told if key in known} | dict(zip(new, count(last + 1), strict=False))
        rows: list[Cells] = []
        words: list[Cells] = []
        for key, one in told.items():
            kept = one if isinstance(one, Kept) else kept_of(one)
            rows.append((numbers[key], *kept[:-1], version, False))
            words.append((numbers[key], *kept.words))
        there = [known[key].seq for key in told if key in known]
        for at in range(0, len(there), CHUNK):
            session.execute(delete(index.entries).where(index.entries.c.seq.in_(there[at : at + CHUNK])))
        if rows:
            self.matcher.keep(session, index, rows, words)

    def remove(self, session: Session, index: Index, keys: Iterable[str]) -> None:
        self._drop(session, index, [one.seq for one in _there(session, index, keys).values()])

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
        asked = Asked(self.matcher, session, index, columns, remember=fresh)
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
            now = self._read(session, index, kept, version)
            if not writing:
                self._kept[bind][index.name] = now
            return now, False if writing else now.version == version

    def _read(self, session: Session, index: Index, kept: Columns, version: int) -> Columns:
        """What was written since; of few entries also what they say."""
        table = index.entries.c
        if not kept.keys:
            return Columns.of(_all_rows(session, index), epoch=kept.epoch, version=version)
        told = select(table.seq, table.key, table.length, table.weight, table.facets, table.gone)
        rows = [Row(*one) for one in session.execute(told.where(table.changed > kept.version))]
        said = self._said(session, index, [row.seq for row in rows if not row.gone]) if len(rows) <= FEW else None
        return kept.changed(rows, epoch=kept.epoch, version=version, said=said)

    def _said(self, session: Session, index: Index, numbers: Sequence[int]) -> dict[int, Said]:
        told = session.execute(self.matcher.said(index).where(index.words.c.seq.in_(numbers))) if numbers else ()
        return {
            seq: {one: sorted(text.split()) for one, text in zip(CLASSES, texts, strict=True)} for seq, *texts in told
        }


class There(NamedTuple):
    """Where an entry stands, and when it was written."""

    seq: int
    changed: int


def _there(session: Session, index: Index, keys: Iterable[str]) -> dict[str, There]:
    table, sought = index.entries.c, list(keys)
    found: dict[str, There] = {}
    for at in range(0, len(sought), CHUNK):
        wanted = select(table.key, table.seq, table.changed).where(table.key.in_(sought[at : at + CHUNK]))
        found.update((key, There(seq, changed)) for key, seq, changed in session.execute(wanted))
    return found


def _advance(session: Session, index: Index) -> tuple[int, int]:
    """The next version, and the last number given: writers of one index queue on its row."""
    table = index.state
    step = update(table).values(version=table.c.version + 1).returning(table.c.version, table.c.last)
    row = session.execute(step).first()
    if row is None:
        first = _insert_once(session)(table).values(id=1, version=0, epoch=0, last=0)
        session.execute(first.on_conflict_do_nothing(index_elements=["id"]))
        row = session.execute(step).one()
    return row.version, row.last


def _number(session: Session, index: Index, new: int) -> None:
    """This will note that so many numbers more are given."""
    session.execute(update(index.state).values(last=index.state.c.last + new))


def _insert_once(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def _all_rows(session: Session, index: Index) -> Rows:
    table = index.entries.c
    told = (cast(table.seq, String), table.key, cast(table.length, String), cast(table.weight, String), table.facets)
    wanted = select(*(func.aggregate_strings(one, ROW) for one in told)).where(table.gone.is_(False))
    blocks = session.execute(wanted.group_by(table.seq // BLOCK)).all()
    seqs, keys, lengths, weights, facets = (
        [cell for block in blocks for cell in block[at].split(ROW)] for at in range(5)
    )
    return Rows(list(map(int, seqs)), keys, list(map(int, lengths)), list(map(int, weights)), facets)


def open_indexing(matcher: Matcher) -> Indexing:
    """The port over a database's matcher."""
    return Indexing(matcher)
