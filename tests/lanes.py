"""How the tests are spread: over two databases, over two runs (`make test`, `make soak`), over the workers.

A test that asks for `database_url` is written once and holds on SQLite and on PostgreSQL. Where the database is what is
proven (locks, transactions, search, its own SQL) it is marked `both_databases` and `make test` runs it on both; every
other runs in `make test` on one of them, chosen by its name and so always the same, and on the other in `make soak`.
A long test that is not so marked runs on one alone, each of its rows on its own. Without PostgreSQL all run on SQLite.
"""

import zlib
from collections import Counter

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

DATABASES = ("sqlite", "postgres")
SLOW_TESTS = 60  # one test marked slow counts as so many


def spread(items: list[pytest.Item], *, two_databases: bool) -> None:
    """This will leave the other database to `make soak`, and begin with the modules that take long, so that none is waited for alone."""
    if two_databases:
        items[:] = [item for item in items if not (item.get_closest_marker("soak") and is_on_the_other(item))]
        for item in filter(is_on_the_other, items):
            item.add_marker(pytest.mark.soak)
    weights: Counter[str] = Counter()
    for item in items:
        weights[module_of(item)] += SLOW_TESTS if item.get_closest_marker("slow") else 1
    items.sort(key=lambda item: -weights[module_of(item)])


def module_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def is_on_the_other(item: pytest.Item) -> bool:
    """True for the test on the database that `make test` leaves out."""
    called = getattr(item, "callspec", None)
    database = called.params.get("database_url") if called else None
    if database not in DATABASES or item.get_closest_marker("both_databases"):
        return False
    long = item.get_closest_marker("soak") is not None
    return database != database_of(item.nodeid.replace(database, "") if long else item.nodeid.partition("[")[0])


def database_of(test: str) -> str:
    """On which database `make test` runs this test."""
    return DATABASES[zlib.crc32(test.encode()) % len(DATABASES)]


def compile_once() -> None:
    """This will share what SQLAlchemy compiles between the engines of a kind.

    Each test opens an engine of its own, which would compile every statement anew; a serving city has one for good.
    """
    compiled: dict[str, object] = {}
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]

    @event.listens_for(Engine, "engine_connect")
    def share(connection):
        engine = connection.engine
        engine._compiled_cache = compiled.setdefault(engine.dialect.name, engine._compiled_cache)
