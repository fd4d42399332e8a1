"""What every test may ask for: a real database (SQLite, and PostgreSQL when there is one), a fixed now, clients."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from tests import lanes
from tests.chromium import chromium  # noqa: F401 - a fixture
from tests.computing import compute, lake, one_duckdb, one_spark, oracle  # noqa: F401 - fixtures
from zhengtong.kernel import clock
from zhengtong.kernel.actor import EVERYWHERE, Actor, Permission, Scope
from zhengtong.kernel.db import Base, Database, new_id

NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)  # a Thursday, 09:00 in Shanghai
POSTGRES = os.environ.get("ZT_TEST_POSTGRES_URL", "")
GROWN_BYTES = 256 * 1024

# structlog's own way shows the variables of every frame, which takes seconds a traceback.
_PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[structlog.processors.add_log_level, structlog.dev.set_exc_info, _PLAIN])
lanes.compile_once()


def pytest_report_header() -> str:
    return "databases: SQLite, PostgreSQL" if POSTGRES else "databases: SQLite (PostgreSQL skipped: run `make engines`)"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lanes.spread(items, two_databases=bool(POSTGRES))


def pytest_collection_finish() -> None:
    """What is loaded stays loaded: no collection of garbage need look through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock_at_now() -> Iterator[datetime]:
    with clock.fixed(NOW):
        yield NOW


def _all_tables() -> None:
    import importlib

    rooms: tuple[str, ...] = ("office.identity", "office.notices", "office.deadlines", "office.operations")
    rooms += ("data.standards", "data.catalogue", "data.intake", "data.quality", "data.entities")
    rooms += ("sharing.ledger", "sharing.agreements", "sharing.gateway")
    rooms += ("insight.home", "insight.tour")
    for room in rooms:
        try:
            importlib.import_module(f"zhengtong.{room}")
        except ImportError as building:
            print(f"not standing yet: {room}: {building}")
    from zhengtong.kernel import web  # noqa: F401


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    _all_tables()
    path = tmp_path_factory.mktemp("template") / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> Iterator[Database]:
    """A database of this test worker's own; dropped at the end."""
    _all_tables()
    name = f"zt_test_{worker_id}_{os.getpid()}"
    admin = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        # The server outlives every test, so none needs to wait for its disk.
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    database = Database(make_url(POSTGRES).set(database=name).render_as_string(hide_password=False), pool_size=1)
    Base.metadata.create_all(database.engine)
    yield database
    database.close()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_url(postgres: Database) -> str:
    """The URL of this worker's PostgreSQL, which is not emptied for who asks for it so."""
    return postgres.url.render_as_string(hide_password=False)


def _empty(database: Database) -> None:
    """Deletes what there is and sets the sequences back. To truncate costs files, so only what has grown is truncated."""
    tables = [one.name for one in Base.metadata.sorted_tables]
    looked = " UNION ALL ".join(
        f"SELECT '{name}', pg_relation_size('\"{name}\"') WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables
    )
    moved = text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL")
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # neither triggers nor foreign keys
        used: dict[str, int] = dict(connection.execute(text(looked)).all())  # type: ignore[arg-type]
        for name in [name for name, size in used.items() if size <= GROWN_BYTES]:
            connection.execute(text(f'DELETE FROM "{name}"'))
        if grown := ", ".join(f'"{name}"' for name, size in used.items() if size > GROWN_BYTES):
            connection.execute(text(f"TRUNCATE {grown} CASCADE"))
        for (name,) in connection.execute(moved).all():
            connection.execute(text(f'ALTER SEQUENCE "{name}" RESTART'))


@pytest.fixture(params=["sqlite", "postgres"] if POSTGRES else ["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with all tables, on each engine in turn."""
    if request.param == "sqlite":
        path = tmp_path / "zhengtong.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    yield request.getfixturevalue("postgres_url")
    _empty(request.getfixturevalue("postgres"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A write transaction that is never committed."""
    with Session(database.engine, expire_on_commit=False) as session:
        session.info.update(topics=set(), listeners=database.listeners)
        session.connection(execution_options={"zt_write": True})
        yield session
        session.rollback()


def actor_with(
    *permissions: Permission,
    department: UUID | None = None,
    scope: Scope | None = None,
    now: datetime = NOW,
    **facts: Any,
) -> Actor:
    """Somebody who holds the permissions (everywhere, or in the scope) and has just shown the second factor."""
    granted = scope or EVERYWHERE
    facts = {"subject": new_id(), "kind": "person", "name": "沈若川", "second_factor_at": now, **facts}
    return Actor(department=department, grants={p.name: granted for p in permissions}, **facts)


@pytest.fixture
def someone() -> Callable[..., Actor]:
    return actor_with


@pytest.fixture(scope="session")
def portal() -> Iterator[Any]:
    """The event loop of this worker's clients: one for all of them, else each request would begin and end its own."""
    from anyio.from_thread import start_blocking_portal

    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def client_for(database_url: str, tmp_path: Path, portal: Any) -> Iterator[Callable[..., Any]]:
    """`client_for(actor)`: the whole site over the test's database, where every request is the actor's (None: nobody's)."""
    from dataclasses import replace

    from fastapi.testclient import TestClient

    from zhengtong import app

    chosen = app.load_settings(
        file=tmp_path / "none.toml",
        given={
            "kernel": {"database": database_url, "data": tmp_path / "data"},
            "crypto": {"root_key": tmp_path / "keys" / "root.key"},
        },
    )
    cities = []

    def make(actor: Actor | None = None, **givens: Any) -> TestClient:
        city = app.open_city(chosen)
        cities.append(city)
        site = replace(city.site, sign_in=lambda session, request, now: actor, givens={**city.site.givens, **givens})
        made = app.create_app(replace(city, site=site), work=False)
        made.state.site = site
        client = TestClient(made, raise_server_exceptions=False)
        client.portal = portal
        return client

    yield make
    for city in cities:
        city.close()
