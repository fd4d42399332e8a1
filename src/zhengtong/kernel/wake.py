"""One way to say "look again": to workers, live pages and caches, across threads and processes.

A write transaction rings topics; after its commit every waiter of that topic wakes. PostgreSQL carries it to other
processes by NOTIFY; on SQLite there is one serving process, and the tools that write beside it are noticed by
`data_version` (the bell `*` rings).
"""

import asyncio
import threading
from collections import defaultdict
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from zhengtong.kernel.db import Database

ANY = "*"
CHANNEL = "zhengtong"
POLL_S = 0.25


def ring(session: Session, topic: str) -> None:
    """This will wake the topic's waiters once the transaction is committed."""
    topics: set[str] = session.info.setdefault("topics", set())
    if topic not in topics:
        topics.add(topic)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("select pg_notify(:channel, :topic)"), {"channel": CHANNEL, "topic": topic})


class Wake:
    """Counts the rings of each topic; a waiter gives the count it has seen and is woken when there are more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[str, int] = defaultdict(int)
        self._changed = threading.Condition()
        self._loops: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}
        self._stopped = threading.Event()
        self._ear: threading.Thread | None = None
        database.on_commit(self.ring_all)

    def start(self) -> None:
        """Begin to hear other processes."""
        hear = self._hear_sqlite if self._database.is_sqlite else self._hear_postgres
        self._ear = threading.Thread(target=hear, name="wake", daemon=True)
        self._ear.start()

    def stop(self) -> None:
        self._stopped.set()
        self.ring_all({ANY})
        if self._ear:
            self._ear.join(timeout=2)

    @property
    def stopped(self) -> bool:
        """True once the program is stopping: what waits here should end."""
        return self._stopped.is_set()

    def seen(self, topic: str) -> int:
        """The present count of a topic, to be given to `wait`."""
        return self._counts[topic] + self._counts[ANY]

    def wait(self, topic: str, seen: int, timeout_s: float) -> int:
        """Blocks until the topic has been rung since `seen`, or the time is over; returns the new count."""
        with self._changed:
            self._changed.wait_for(lambda: self.seen(topic) != seen, timeout_s)
            return self.seen(topic)

    async def wait_async(self, topic: str, seen: int, timeout_s: float) -> int:
        """As `wait`, at a socket."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while self.seen(topic) == seen and (left := deadline - loop.time()) > 0:
            bell = self._loops.setdefault(loop, asyncio.Event())
            if self.seen(topic) != seen:
                break
            try:
                await asyncio.wait_for(bell.wait(), left)
            except TimeoutError:
                break
        return self.seen(topic)

    def ring_all(self, topics: set[str]) -> None:
        with self._changed:
            for topic in topics:
                self._counts[topic] += 1
            self._changed.notify_all()
            loops, self._loops = self._loops, {}
        for loop, bell in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(bell.set)

    def _hear_sqlite(self) -> None:
        if self._database.url.database in (None, "", ":memory:"):
            return
        raw = self._database.engine.raw_connection()
        try:
            cursor: Any = raw.cursor()
            version = own = None
            while not self._stopped.wait(POLL_S):
                now = cursor.execute("PRAGMA data_version").fetchone()[0]
                if version is not None and now != version and own == self._database.commits:
                    self.ring_all({ANY})
                version, own = now, self._database.commits
        finally:
            raw.close()

    def _hear_postgres(self) -> None:
        import psycopg

        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stopped.is_set():
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self.ring_all({ANY})
                    while not self._stopped.is_set():
                        rung = {note.payload for note in connection.notifies(timeout=1.0)}
                        if rung:
                            self.ring_all(rung)
            except psycopg.OperationalError:
                self._stopped.wait(1.0)
