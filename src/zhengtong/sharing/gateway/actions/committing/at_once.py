"""SQLite's one writer, taken where it is free and never waited for: so that an event loop may commit in its own thread (ADR 0023)."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from zhengtong.kernel.db import Database

AT_ONCE = "at_once"
Rung = Callable[[set[str]], None]


class NotAtOnce(Exception):
    """Not without waiting: somebody else writes, or there is more to do than a loop should be held up for."""


class AtOnce:
    """One connection of its own, for one thread at a time. `ring(topics)` is called by `ring`, not by each commit: waking every thread that
    waits for something costs more than a commit."""

    def __init__(self, database: Database, ring: Rung) -> None:
        self._database, self._ring = database, ring
        self._connection: Connection | None = None
        self._topics: set[str] = set()

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """As `Database.write`. Raises NotAtOnce where another thread or process has the write lock. Who comes meanwhile waits for this process's
        own lock, which wakes them, and not for SQLite's, which they would ask for again after ever longer pauses."""
        if not self._database.writer.acquire(blocking=False):
            raise NotAtOnce
        try:
            self._database.writing = threading.get_ident()
            with self._written() as session:
                yield session
        finally:
            self._database.writing = 0
            self._database.writer.release()

    @contextlib.contextmanager
    def _written(self) -> Iterator[Session]:
        connection, sound = self._opened(), False
        try:
            with Session(connection, expire_on_commit=False) as session:
                session.info.update({"topics": set(), "listeners": self._database.listeners, AT_ONCE: True})
                with session.begin():
                    self._begin(session)
                    yield session
                self._topics |= session.info["topics"]
            self._database.commits += 1
            sound = True
        except NotAtOnce:
            sound = True
            raise
        finally:
            if not sound:
                self.close()

    @property
    def has_rung(self) -> bool:
        """True while commits have rung topics that nobody has been told of yet."""
        return bool(self._topics)

    def ring(self) -> None:
        """This will wake who waits for what the commits so far have rung."""
        topics, self._topics = self._topics, set()
        if topics:
            self._ring(topics)

    def close(self) -> None:
        """This will give the connection up; the next write opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> Connection:
        if self._connection is None:
            connection = self._database.engine.connect()
            raw: Any = connection.connection
            raw.execute("PRAGMA busy_timeout=0").close()
            connection.detach()
            self._connection = connection.execution_options(zt_write=True)
        return self._connection

    def _begin(self, session: Session) -> None:
        try:
            session.connection()
        except OperationalError as busy:
            if "locked" in str(busy.orig) or "busy" in str(busy.orig):
                raise NotAtOnce from None
            raise
