"""A city of an earlier release: brought to the newest tables with all it holds, and a copy kept from before."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import Column, MetaData

from tests.architecture import tree
from zhengtong.kernel.db import Database

from .conftest import Command

EARLIER = "0003"
Held = dict[str, list[dict[str, Any]]]
VALUES: dict[str, Any] = {
    "CHAR": "0197f0a10000700080000000000000aa",
    "VARCHAR": "x",
    "TEXT": "x",
    "INTEGER": 1,
    "BIGINT": 1,
    "FLOAT": 0.5,
    "BOOLEAN": True,
    "DATE": "2026-01-05",
    "DATETIME": "2026-01-05 01:00:00.000000",
    "BLOB": b"\x01",
    "JSON": "{}",
}
KNOWN = {
    ("subject", "kind"): "person",
    ("import_draft", "kind"): "people",
    ("import_draft", "state"): "done",
    ("broadcast", "state"): "sent",
}


def test_an_earlier_city_is_brought_up_to_date_with_all_it_holds(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "data" / "zhengtong.sqlite"
    file.parent.mkdir()
    fill(file)
    before = held(file)
    assert len(before) > 40
    assert all(before.values())
    done = command("migrate")
    assert done.code == 0, done.err
    assert f"从 {EARLIER} 升级到" in done.out
    [copy] = (tmp_path / "data" / "backups").glob("*.sqlite")
    assert copy.name in done.out
    assert held(copy) == before
    after = held(file)
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[name]]
        assert kept == rows or name == "alembic_version", name
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        assert database.execute("pragma foreign_key_check").fetchall() == []
    again = command("migrate")
    assert (again.code, "已是最新" in again.out) == (0, True)
    assert len(list((tmp_path / "data" / "backups").glob("*.sqlite"))) == 1


def fill(file: Path) -> None:
    """A database of the earlier release with a row in every table."""
    database = Database(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(tree.ROOT / "migrations"))
    with database.engine.connect().execution_options(zt_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        alembic.upgrade(config, EARLIER)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name != "alembic_version" and not connection.exec_driver_sql(f"select 1 from {table}").first():
                connection.exec_driver_sql(*_row(table.name, list(table.columns)))
    database.close()


def _row(table: str, columns: list[Column[Any]]) -> tuple[str, tuple[Any, ...]]:
    """One row: every column that must have a value has the one of its type, so that references meet."""
    needed = [one for one in columns if not one.nullable]
    names = ", ".join(f'"{one.name}"' for one in needed)
    values = tuple(KNOWN.get((table, one.name), VALUES[str(one.type).partition("(")[0]]) for one in needed)
    return f'insert into "{table}" ({names}) values ({", ".join("?" * len(needed))})', values


def held(file: Path) -> Held:
    """Every row of every table."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: [dict(row) for row in database.execute(f'select * from "{name}"')]
            for name in names
            if "fts" not in name
        }
