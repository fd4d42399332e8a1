"""The database: SQLAlchemy itself is the port. SQLite (WAL, one writer) by default, PostgreSQL by URL.

`Database.read()` and `Database.write()` are the only places where a transaction begins and ends. A write takes
SQLite's lock at its start (BEGIN IMMEDIATE), so that it can never fail half-way for want of it; writers of one process
queue on a lock, which is fair, instead of polling the file.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import uuid_utils.compat as uuid_utils
from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from zhengtong.kernel import errors

BUSY_TIMEOUT_MS = 10_000
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """A UUIDv7: unique, and ordered by the time it was made (RFC 9562)."""
    return uuid_utils.uuid7()


class InstantType(TypeDecorator[datetime]):
    """An aware UTC time to the microsecond; naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone was given: {value}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Id = Annotated[UUID, mapped_column(primary_key=True)]
Instant = Annotated[datetime, mapped_column(InstantType)]


class Base(DeclarativeBase):
    """Every kept thing derives from this. `datetime` columns are Instants; `dict` and `list` columns are JSON."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: InstantType, dict[str, Any]: Json, list[Any]: Json, list[str]: Json}  # noqa: RUF012


class DatabaseUnreachable(errors.Unavailable):
    zh = "连不上数据库（{url}）：{reason}。请检查地址、账号和服务是否已启动。"
    en = "The database ({url}) cannot be reached: {reason}. Check its address, account and that it is running."


class Database:
    """An engine and its two kinds of transaction. `writer`: the lock that this process's writers to SQLite queue on; `writing`: the thread
    that has it, 0 where none does."""

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, pool_size) if self.is_sqlite else _postgres_engine(url, pool_size)
        self.commits = 0
        self.listeners: Mapping[str, Any] = {}
        self.writer = threading.Lock()
        self.writing = 0
        self._after_commit: list[Callable[[set[str]], None]] = []

    def on_commit(self, listener: Callable[[set[str]], None]) -> None:
        """`listener(topics)` is called after each commit of this process that rang topics (see kernel.wake)."""
        self._after_commit.append(listener)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot to read from; nothing written in it is kept."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        topics: set[str] = set()
        with self._queue(), Session(self.engine, expire_on_commit=False) as session:
            session.info.update(topics=topics, listeners=self.listeners)
            session.connection(execution_options={"zt_write": True})
            yield session
            session.commit()
            self.commits += 1
        if topics:
            for listener in self._after_commit:
                listener(topics)

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if self.writing == threading.get_ident():
            raise RuntimeError("a write within a write of the same thread would wait for itself for ever")
        with self.writer:
            self.writing = threading.get_ident()
            try:
                yield
            finally:
                self.writing = 0

    def check(self) -> None:
        """Raises DatabaseUnreachable with the reason, in one sentence."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1"))
        except Exception as failure:
            reason = str(getattr(failure, "orig", failure)).strip().splitlines()[0]
            raise DatabaseUnreachable(url=self.url.render_as_string(), reason=reason) from failure

    def close(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=30,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        write = connection.get_execution_options().get("zt_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgres_engine(url: str, pool_size: int) -> Engine:
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError as missing:
        raise DatabaseUnreachable(url="postgresql", reason="pip install 'zhengtong[postgres]'") from missing
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,
    )
