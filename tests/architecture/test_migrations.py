"""One linear history of the tables, which ends at exactly what the models say, triggers included."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, make_url, text

from tests.architecture import tree
from zhengtong import app
from zhengtong.cli import schema
from zhengtong.kernel.db import Base, Database

POSTGRES = os.environ.get("ZT_TEST_POSTGRES_URL", "")
TRIGGERS = {
    "sqlite": "select name from sqlite_master where type = 'trigger'",
    "postgresql": "select tgname || ' on ' || tgrelid::regclass::text from pg_trigger where not tgisinternal",
}


@pytest.fixture(params=["sqlite", "postgres"] if POSTGRES else ["sqlite"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Database]]:
    """Two databases without any table."""
    assert app.CAPABILITIES
    if request.param == "sqlite":
        made = [Database(f"sqlite:///{tmp_path / name}.sqlite") for name in ("migrated", "declared")]
        yield made
        _close(made)
        return
    names = [f"zt_blank_{secrets.token_hex(4)}" for _ in range(2)]
    server = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in names:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    made = [Database(make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)) for name in names]
    yield made
    _close(made)
    with server.connect() as connection:
        for name in names:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def _close(made: list[Database]) -> None:
    for database in made:
        database.close()


def _triggers(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text(TRIGGERS[engine.dialect.name])).scalars())


def _is_ours(name: str) -> bool:
    """False for the tables that other tests of this process have declared for themselves, and FTS5's own."""
    return not name.startswith("test_") and "_fts" not in name


def _ours(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    return kind != "table" or _is_ours(name or "")


def _ours_on_sqlite(thing: Any, name: str | None, kind: str, *more: Any) -> bool:
    """What is made on PostgreSQL only (GIN) is not missed."""
    return _ours(thing, name, kind, *more) and not (kind == "index" and (name or "").endswith("_gin"))


def test_the_history_is_one_line() -> None:
    script = ScriptDirectory(str(tree.ROOT / "migrations"))
    revisions = list(script.walk_revisions())
    assert revisions
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert all(not isinstance(revision.down_revision, tuple) for revision in revisions)
    assert [r.revision for r in revisions] == sorted((r.revision for r in revisions), reverse=True), (
        "files are numbered in the order they are applied: a start asks their names alone whether there is anything to do"
    )


def test_migrating_an_empty_database_makes_what_the_models_say(blank: list[Database], tmp_path: Path) -> None:
    migrated, declared = blank
    schema.migrate(migrated, tmp_path)
    Base.metadata.create_all(declared.engine)
    with migrated.engine.connect() as connection:
        ours = _ours_on_sqlite if connection.dialect.name == "sqlite" else _ours
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        assert compare_metadata(context, Base.metadata) == []
    made = filter(_is_ours, inspect(migrated.engine).get_table_names())
    assert set(made) - {"alembic_version"} == set(filter(_is_ours, Base.metadata.tables))
    assert _triggers(migrated.engine) == _triggers(declared.engine)


def test_migrating_again_changes_nothing(blank: list[Database], tmp_path: Path) -> None:
    schema.migrate(blank[0], tmp_path)
    assert schema.migrate(blank[0], tmp_path).is_newest


def test_whose_a_receipt_is_stands_by_spans_after_the_move(blank: list[Database], tmp_path: Path) -> None:
    database, config = blank[0], schema._config()
    at, subject = "2026-01-05 01:00:00+00:00", "a" * 32
    with database.engine.connect().execution_options(zt_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        connection.execute(
            text("insert into ledger_subject (id, token, sealed) values (:id, 't', :sealed)"),
            {"id": subject, "sealed": b"s"},
        )
        for index, entry in ((2047, "b" * 32), (2048, "c" * 32), (9000, "d" * 32)):
            told = {"index": index, "id": entry, "at": at, "empty": b""}
            connection.execute(
                text(
                    "insert into ledger_entry (\"index\", id, type, at, entry, leaf) values (:index, :id, 'x', :at, :empty, :empty)"
                ),
                told,
            )
            uses = text("insert into ledger_subject_use (subject_id, entry_id) values (:subject, :entry)")
            connection.execute(uses, {"subject": subject, "entry": entry})
    schema.migrate(database, tmp_path)
    kept = text("select span, subject_id, entry_id from ledger_subject_use order by span")
    with database.engine.connect() as connection:
        told = [(row[0], *(str(one).replace("-", "") for one in row[1:])) for row in connection.execute(kept)]
    assert told == [(0, subject, "b" * 32), (1, subject, "c" * 32), (4, subject, "d" * 32)]
