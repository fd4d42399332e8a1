"""Search: a text index inside our own database, written in the caller's transaction.

The promise: what is put is found by any of its words once the transaction stands, and not before; what is removed is not; both databases
give the same answers in the same order. 中文 needs no dictionary: a run of characters is kept as its overlapping pairs, so that any two
characters in a row are found; a single one is found as the beginning of a pair. Latin words and digits are found by their beginning,
names also by pinyin and initials from any syllable on. When the words find little, one slip (a character wrong, left out, put in, or two
exchanged) is forgiven. Adapters: `sqlite` (FTS5 over the pairs), `postgres` (the same pairs as tsvector).
"""

import gc
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import add
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Integer,
    MetaData,
    ScalarSelect,
    Select,
    String,
    Table,
    Text,
    event,
)
from sqlalchemy import Index as DatabaseIndex
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Session

from zhengtong.kernel.db import Base

CLASSES = ("title", "labels", "parts", "text")
HAN = "〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
IS_HAN = re.compile(f"[{HAN}]")
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
LONGEST = 64
MARK, BACKWARDS = "§", "‹"
WIDE = tuple(zip("，；：（）！？　", ",;:()!? ", strict=True))
FORGIVEN_HAN, FORGIVEN_LATIN = 3, 4


class Entry(NamedTuple):
    """One thing to find. `facets`: what it may be narrowed by, `name=value`; `marks`: exact words of its parts; `weight`: higher comes first."""

    key: str
    title: str
    code: str = ""
    labels: Sequence[str] = ()
    parts: Sequence[str] = ()
    text: str = ""
    facets: Iterable[str] = ()
    marks: Collection[str] = ()
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What is sought. `chosen`: any value of each facet; `allowed`: any of these (facet, value) pairs, everything when None."""

    text: str = ""
    parts: str = ""
    marks: Collection[str] = ()
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)
    allowed: Collection[tuple[str, str]] | None = None
    count: Collection[str] = ()
    after: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """Keys in order, how many in all, the values of the facets asked for, where to go on. `forgiven`: some match but for a slip."""

    keys: list[str]
    total: int
    facets: dict[str, dict[str, int]]
    after: str | None
    forgiven: bool


class Kept(NamedTuple):
    """What is kept of an entry: its row without a number, and the words of each class, set apart by spaces."""

    key: str
    title: str
    code: str
    length: int
    said: str
    facets: str
    weight: int
    words: tuple[str, ...]


class Search(Protocol):
    """The port. Every method but `work_out` works in the session's transaction."""

    def work_out(self, entries: Iterable[Entry]) -> list[Kept]:
        """What is kept of the entries: the long part of putting them, which needs no transaction."""

    def put(
        self, session: Session, index: "Index", entries: Iterable[Entry | Kept], *, since: int | None = None
    ) -> None:
        """This will add the entries, or replace those of the same keys. `since`: the version at which they were read; what was
        written later stays as it is."""

    def remove(self, session: Session, index: "Index", keys: Iterable[str]) -> None:
        """This will take the entries out; unknown keys are let be."""

    def find(self, session: Session, index: "Index", question: Question) -> Answer:
        """What matches, best first: the name itself, names that begin so, words in the name, in labels, in parts, in the text."""

    def version(self, session: Session, index: "Index") -> int:
        """How often the index was written: give it to `sweep` after a rebuild that began here."""

    def sweep(self, session: Session, index: "Index", *, before: int) -> int:
        """This will take out what was last put at `before` or earlier; returns how many."""


class Index:
    """The tables of one index, made with the rest of the metadata."""

    def __init__(self, name: str, *, metadata: MetaData = Base.metadata) -> None:
        self.name = name
        self.state = Table(
            f"{name}_index",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("version", BigInteger, nullable=False),
            Column("epoch", BigInteger, nullable=False),
            Column("last", BigInteger, nullable=False),
        )
        self.entries = Table(
            f"{name}_entry",
            metadata,
            Column("seq", Integer, primary_key=True, autoincrement=False),
            Column("key", String(80), nullable=False, unique=True),
            Column("title", String(300, collation=None), nullable=False),
            Column("code", String(120), nullable=False),
            Column("length", Integer, nullable=False),
            Column("said", Text, nullable=False),
            Column("facets", Text, nullable=False),
            Column("weight", BigInteger, nullable=False),
            Column("changed", BigInteger, nullable=False),
            Column("gone", Boolean(create_constraint=False), nullable=False),
            DatabaseIndex(None, "title", postgresql_ops={"title": "text_pattern_ops"}),
            DatabaseIndex(None, "code", postgresql_ops={"code": "text_pattern_ops"}),
            DatabaseIndex(None, "changed"),
        )
        kept = Text().with_variant(TSVECTOR(), "postgresql")
        self.words = Table(
            f"{name}_words",
            metadata,
            Column("seq", Integer, primary_key=True, autoincrement=False),
            *(Column(one, kept, nullable=False) for one in CLASSES),
            DatabaseIndex(f"ix_{name}_words_gin", *CLASSES, postgresql_using="gin").ddl_if(dialect="postgresql"),
        )
        for statement in self.sqlite_ddl():
            made = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(self.words, "after_create", made.execute_if(dialect="sqlite"))

    def sqlite_ddl(self) -> list[str]:
        """What SQLite needs beside the tables: the FTS5 index over the words, kept by triggers; for migrations too.

        What was written is merged sixteen pieces at a time instead of four: written in half the time, found as fast.
        """
        words, columns = f"{self.name}_words", ", ".join(CLASSES)
        new, old = (", ".join(f"{row}.{one}" for one in CLASSES) for row in ("new", "old"))
        add = f"INSERT INTO {self.name}_fts(rowid, {columns}) VALUES (new.seq, {new});"  # noqa: S608 - the index's own name
        drop = f"INSERT INTO {self.name}_fts({self.name}_fts, rowid, {columns}) VALUES ('delete', old.seq, {old});"  # noqa: S608
        return [
            f"CREATE VIRTUAL TABLE {self.name}_fts USING fts5({columns}, content='{words}', content_rowid='seq',"
            " tokenize='ascii', detail='column', columnsize=0)",
            f"INSERT INTO {self.name}_fts({self.name}_fts, rank) VALUES ('automerge', 16)",  # noqa: S608
            f"CREATE TRIGGER {words}_added AFTER INSERT ON {words} BEGIN {add} END",
            f"CREATE TRIGGER {words}_removed AFTER DELETE ON {words} BEGIN {drop} END",
            f"CREATE TRIGGER {words}_changed AFTER UPDATE ON {words} BEGIN {drop} {add} END",
        ]


@dataclass(frozen=True, slots=True)
class Token:
    """A kept word, or the beginning of one."""

    word: str
    begins: bool = False


Cells = tuple[Any, ...]
Group = tuple[Token, ...]
"""Tokens that must all be there."""


class Matcher(Protocol):
    """What an adapter gives: the words kept its database's way, and the numbers of the entries that match."""

    def keep(self, session: Session, index: Index, entries: Sequence[Cells], words: Sequence[Cells]) -> None:
        """This will insert rows of `index.entries`, and insert or replace those of `index.words`: seq, and for each class its words
        set apart by spaces. Their cells are in the order of the table's columns."""

    def said(self, index: Index) -> Select[Any]:
        """The entries' numbers, and for each class its words as a text with spaces between."""

    def match(self, index: Index, tokens: Group, classes: Sequence[str]) -> ScalarSelect[str]:
        """The numbers of the entries where all tokens stand, each in any of the classes: one text, commas between."""


def fold(text: str) -> str:
    """The text without differences that no reader means: width, case. Wide signs, in most texts, go first: a normal text is quick.

    >>> fold("Ｔax　企业")
    'tax 企业'
    """
    if text.isascii():
        return text.replace("\0", " ").lower()
    for wide, narrow in WIDE:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", text).replace("\0", " ").casefold()


def compact(text: str) -> str:
    """The letters and digits alone: how whole names and codes are compared.

    >>> compact("SJ-3102")
    'sj3102'
    """
    return "".join(RUNS.findall(fold(text)))


def words_of(text: str, runs: Iterable[str]) -> list[str]:
    """What is kept of a text whose folded runs these are: pairs of characters, and words; some may stand twice.

    >>> words_of("企业名 taxpayerName", ["企业名", "taxpayername"])
    ['企业 业名 名', 'taxpayername', 'taxpayer', 'name']
    """
    humps = RUNS.findall(fold(HUMPS.sub(" ", text))) if text.lower() != text and HUMPS.search(text) else ()
    return [of_run(run) for run in (*runs, *humps)]


@lru_cache(maxsize=20_000)
def of_run(run: str) -> str:
    """What is kept of a run of 中文, or of a word.

    >>> of_run("税务局"), of_run("tax")
    ('税务 务局 局', 'tax')
    """
    if run.isascii() or not IS_HAN.match(run):
        return run[:LONGEST]
    return " ".join([*map(add, run, run[1:]), run[-1]])


def runs(text: str) -> list[str]:
    """The runs of a question: 中文, or a word; each told once, the first twelve.

    >>> runs("企业 tax企业")
    ['企业', 'tax']
    """
    return list(dict.fromkeys(RUNS.findall(fold(text))))[:12]


def tokens(run: str) -> Group:
    """What must be there for the run to be found.

    >>> [one.word for one in tokens("纳税人")]
    ['纳税', '税人']
    """
    if not IS_HAN.match(run):
        return (Token(run[:LONGEST], begins=True),)
    if len(run) == 1:
        return (Token(run, begins=True),)
    return tuple(Token(run[at : at + 2]) for at in range(min(len(run), 30) - 1))


def near(run: str) -> list[Group]:
    """Where to look for a run with one slip: what stays of it on both sides. Nothing for a short one, or a number."""
    size = len(run)
    if run.isdecimal():
        return []
    if not IS_HAN.match(run):
        half = max(2, (size - 1) // 2)
        heads = (run[:half], run[size - half :], BACKWARDS + run[::-1][:half])
        return [(Token(one, begins=True),) for one in heads] if size >= FORGIVEN_LATIN else []
    if size < FORGIVEN_HAN:
        return []
    cuts = [(at, at + 2) for at in range(size - 1)] if size > FORGIVEN_HAN else [(0, 1), (1, 2), (2, 3), (1, 1), (2, 2)]
    return [
        tokens(run[:at]) + tokens(run[to:]) if run[:at] and run[to:] else tokens(run[:at] or run[to:])
        for at, to in cuts
    ]


def slipped(run: str) -> re.Pattern[str]:
    """What the run looks like with at most one slip.

    >>> bool(slipped("纳税人").search("纳说人名册")), bool(slipped("纳税人").search("那说人名册"))
    (True, False)
    """
    shapes = [re.escape(run)]
    for at in range(len(run) if near(run) else 0):
        head, rest = re.escape(run[:at]), re.escape(run[at + 1 :])
        shapes += [rf"{head}\w{rest}", rf"{head}\w{re.escape(run[at:])}"]
        if 0 < at < len(run) - 1:
            shapes.append(head + rest)
        if at + 1 < len(run):
            shapes.append(head + re.escape(run[at + 1] + run[at] + run[at + 2 :]))
    return re.compile("|".join(shapes))


@lru_cache(maxsize=20_000)
def spelled(run: str) -> tuple[str, ...]:
    """A run of 中文 in pinyin: its syllables; characters that have none are left out.

    >>> spelled("重庆银行")
    ('chong', 'qing', 'yin', 'hang')
    """
    found: list[str] = []
    for word in parted(run):
        found += _spelled_word(word)
    return tuple(found)


def parted(run: str) -> list[str]:
    """The longest phrases of pypinyin's dictionary from the left, and the characters between. Its own parting does the same, slowly."""
    lengths, phrases = _phrases()
    found, at, end = [], 0, len(run)
    while at < end:
        size = 1
        for longer in lengths.get(run[at : at + 2], ()):
            if run[at : at + longer] in phrases:
                size = longer
                break
        found.append(run[at : at + size])
        at += size
    return found


@lru_cache(maxsize=1)
def _phrases() -> tuple[dict[str, tuple[int, ...]], Collection[str]]:
    """How long the phrases are that begin with two characters, the longest first; and the phrases."""
    from pypinyin.constants import PHRASES_DICT

    lengths: dict[str, tuple[int, ...]] = {}
    for phrase in PHRASES_DICT:
        known = lengths.get(phrase[:2], ())
        if len(phrase) > 1 and len(phrase) not in known:
            lengths[phrase[:2]] = tuple(sorted((*known, len(phrase)), reverse=True))
    gc.freeze()  # a hundred thousand lists that stay: the collector need not look through them again
    return lengths, PHRASES_DICT


@lru_cache(maxsize=100_000)
def _spelled_word(word: str) -> tuple[str, ...]:
    """A word of pypinyin's dictionary, or a character: each is spelled alike wherever it stands."""
    import pypinyin

    return tuple(pypinyin.lazy_pinyin(word, errors="ignore"))


def spellings(runs: Iterable[str]) -> tuple[list[str], list[str]]:
    """The pinyin and initials of a title's runs of 中文: the whole ones, and those from each later syllable on.

    >>> spellings(["税务", "abc"])
    (['shuiwu', 'sw'], ['wu', 'w'])
    """
    whole: list[str] = []
    later: list[str] = []
    for run in runs:
        if run.isascii() or not IS_HAN.match(run):
            continue
        syllables = spelled(run)[:40]
        if not syllables:
            continue
        pinyin, first, at = "".join(syllables), "".join([one[0] for one in syllables]), 0
        whole += [pinyin[:LONGEST], first]
        for number, syllable in enumerate(syllables[:-1], 1):
            at += len(syllable)
            later += [pinyin[at : at + LONGEST], first[number:]]
    return whole, later
