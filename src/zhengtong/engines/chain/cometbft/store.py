"""What one node's application keeps: the entries in order, the head, and snapshots' chunks; one SQLite file and one folder.

A block is one transaction (synchronous=FULL), so that a killed application finds itself at a block's end.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from zhengtong.engines import chain

TABLES = """
create table if not exists entry (
    position integer primary key, digest blob not null unique, entry blob not null, height integer not null, at_ns integer not null
);
create table if not exists head (
    id integer primary key check (id = 1), chain text not null, height integer not null, count integer not null,
    digest blob not null, state blob not null, app_hash blob not null
);
create table if not exists chunk (number integer primary key, last integer not null, digest blob not null);
create table if not exists snapshot (height integer primary key, digests blob not null);
"""
_HEAD = "select chain, height, count, digest, state, app_hash from head"
_ENTRIES = "select position, entry, height, at_ns from entry where position > ? order by position limit ?"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the application stands after a block."""

    chain: str
    height: int
    count: int
    digest: bytes
    state: bytes
    app_hash: bytes

    def with_entry(self, entry: bytes, state: bytes) -> "Head":
        """The head with one entry more; its app hash is that of before until `closed`."""
        return replace(self, count=self.count + 1, digest=chain.extended(self.digest, entry), state=state)

    def closed(self, height: int) -> "Head":
        """The head at a block's end."""
        return replace(
            self, height=height, app_hash=chain.app_hash(self.count, self.digest, sha256(self.state).digest())
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it is kept."""

    position: int
    entry: bytes
    height: int
    at_ns: int


def first_head(chain_id: str, state: bytes) -> Head:
    """The head before the first block."""
    return Head(chain_id, 0, 0, chain.START, state, b"").closed(0)


class Store:
    """The file `app.sqlite` and the folder `chunks` in a node's home."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._file, self.chunks = home / "app.sqlite", home / "chunks"
        self.chunks.mkdir(exist_ok=True)
        self._connection = self._connected()
        self._connection.executescript(TABLES)
        if self.head() is None:
            with self.write():  # a snapshot that was taken in half
                self.empty()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("pragma journal_mode=WAL").close()
        connection.execute("pragma synchronous=FULL").close()
        return connection

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def head(self) -> Head | None:
        """The head of the last block; None before the first."""
        row = self._connection.execute(_HEAD).fetchone()
        return Head(*row) if row else None

    def position_of(self, digest: bytes) -> int | None:
        row = self._connection.execute("select position from entry where digest = ?", (digest,)).fetchone()
        return row[0] if row else None

    def entries(self, after: int, limit: int) -> list[Kept]:
        """In order, after that position."""
        return [Kept(*row) for row in self._connection.execute(_ENTRIES, (after, limit))]

    def keep(self, head: Head, entries: Sequence[Kept]) -> None:
        """This will keep a block: call it within `write`."""
        self.add(entries)
        self.keep_head(head)

    def add(self, entries: Sequence[Kept]) -> None:
        rows = [(one.position, chain.digest_of(one.entry), one.entry, one.height, one.at_ns) for one in entries]
        self._connection.executemany("insert into entry values (?, ?, ?, ?, ?)", rows)

    def keep_head(self, head: Head) -> None:
        self._connection.execute(
            "insert or replace into head values (1, ?, ?, ?, ?, ?, ?)",
            (head.chain, head.height, head.count, head.digest, head.state, head.app_hash),
        )

    def empty(self) -> None:
        """This will forget everything: call it within `write`, before a snapshot is taken in."""
        for statement in ("delete from entry", "delete from head", "delete from chunk", "delete from snapshot"):
            self._connection.execute(statement)

    def snapshots(self) -> list[tuple[int, bytes]]:
        """The heights and their chunks' digests, the newest first."""
        return list(self._connection.execute("select height, digests from snapshot order by height desc"))

    def keep_snapshot(self, height: int, digests: bytes) -> None:
        self._connection.execute("insert or replace into snapshot values (?, ?)", (height, digests))

    def forget_snapshot(self, height: int) -> None:
        self._connection.execute("delete from snapshot where height = ?", (height,))

    def closed_chunks(self) -> list[tuple[int, bytes]]:
        """The last position and the digest of every chunk that is full and never changes again."""
        return list(self._connection.execute("select last, digest from chunk order by number"))

    def keep_chunk(self, number: int, last: int, digest: bytes) -> None:
        self._connection.execute("insert into chunk values (?, ?, ?)", (number, last, digest))

    def reread(self) -> tuple[Head, int, bytes, int | None]:
        """All entries read again from the disk, beside whoever works: the head, their count, what they come to, and the first
        position that is missing, doubled or whose digest is not its entry's."""
        connection = self._connected()
        try:
            connection.execute("begin")
            row = connection.execute(_HEAD).fetchone()
            count, digest, wrong = 0, chain.START, None
            for position, kept, entry in connection.execute(
                "select position, digest, entry from entry order by position"
            ):
                count += 1
                if wrong is None and (position != count or kept != chain.digest_of(entry)):
                    wrong = count
                digest = chain.extended(digest, entry)
            return Head(*row) if row else first_head("", b""), count, digest, wrong
        finally:
            connection.close()

    def close(self) -> None:
        self._connection.close()
