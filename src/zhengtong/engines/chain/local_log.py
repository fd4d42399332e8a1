"""The chain without a chain: one order in a table of our own database, decided by the lock of its head row."""

from collections.abc import Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from zhengtong.engines import chain
from zhengtong.engines.chain import (
    ChainSettings,
    EntryRow,
    Features,
    Glance,
    HeadRow,
    Ordered,
    Refused,
    Status,
    Suspicion,
)
from zhengtong.kernel import clock, wake
from zhengtong.kernel.db import Database

NAME = "local_log"
PIECE = 2_000


class LocalLog:
    """Every entry has its position when `submit` returns; it is the session's commit that makes it last."""

    def __init__(self, chosen: ChainSettings, database: Database) -> None:
        self._chosen, self._database = chosen, database

    @property
    def features(self) -> Features:
        return Features(NAME, consensus=False)

    def submit(self, session: Session, entries: Sequence[bytes]) -> tuple[Ordered, ...]:
        chain.checked_sizes(entries, self._chosen.max_entry_bytes)
        row = chain.head(session, NAME)
        digests = [chain.digest_of(entry) for entry in entries]
        placed = chain.found(session, digests)
        fresh = {digest: entry for digest, entry in zip(digests, entries, strict=True) if digest not in placed}
        now, rows = clock.now(), []
        for position, (digest, entry) in enumerate(fresh.items(), row.count + 1):
            row.digest = chain.extended(row.digest, entry)
            rows.append({"position": position, "digest": digest, "entry": entry, "at": now, "height": None})
            placed[digest] = Ordered(position, entry, now, None)
        row.count += len(fresh)
        session.flush()
        for start in range(0, len(rows), PIECE):
            session.execute(insert(EntryRow), rows[start : start + PIECE])
        if rows:
            wake.ring(session, chain.BELL)
        return tuple(placed[digest] for digest in digests)

    def follow(self, session: Session, after: int, limit: int) -> Sequence[Ordered]:
        return chain.after(session, after, limit)

    def refused(self, session: Session) -> Sequence[Refused]:
        """Nothing ever is: whoever submits here has decided already."""
        return ()

    def forget(self, session: Session, digest: bytes) -> None:
        """There is nothing to forget."""

    def carry(self) -> int:
        """There is nowhere to carry to."""
        return 0

    def status(self) -> Status:
        with self._database.read() as session:
            row = session.get(HeadRow, 1)
            count, digest = (row.count, row.digest) if row else (0, chain.START)
            at = session.scalar(select(EntryRow.at).where(EntryRow.position == count))
        told = chain.app_hash(count, digest, chain.START).hex()
        return Status(NAME, count, 0, 0, None, at, told, (), halted=False)

    def glance(self) -> Glance:
        with self._database.read() as session:
            row = session.get(HeadRow, 1)
        return Glance(row.count if row else 0, clock.now())

    def inspect(self, *, since: int = 1) -> Sequence[Suspicion]:
        """The kept entries against what they came to when they were taken in; `since` has no meaning without blocks."""
        with self._database.read() as session:
            row = session.get(HeadRow, 1)
            count, kept = (row.count, row.digest) if row else (0, chain.START)
            digest, position = chain.START, 0
            while page := chain.after(session, position, PIECE):
                for one in page:
                    digest, position = chain.extended(digest, one.entry), position + 1
                    if one.position != position:
                        return [_missing(position)]
            extra = session.scalar(select(func.count()).select_from(EntryRow))
        return [] if (digest, extra) == (kept, count) else [_altered(count)]

    def close(self) -> None:
        """Nothing is held open: the database is its owner's."""


def _missing(position: int) -> Suspicion:
    return Suspicion(NAME, "entries", position, f"缺第 {position} 条。", f"Entry {position} is missing.")


def _altered(count: int) -> Suspicion:
    return Suspicion(
        NAME,
        "entries",
        None,
        f"{count} 条记录合起来与当初记下的摘要不符：有条目被改动。",
        f"The {count} entries do not come to the digest that was kept: some were altered.",
    )


def open_local_log(chosen: ChainSettings, database: Database) -> LocalLog:
    """This will keep the order in the database."""
    return LocalLog(chosen, database)
