"""The database's tables, brought to their newest shape by Alembic; a copy is kept before anything changes.

Alembic is imported only where there is something to do: a start that finds the tables at their newest does not wait for it.
"""

import logging
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from zhengtong.cli import words
from zhengtong.cli.errors import MigrationsMissing, SchemaNewer
from zhengtong.kernel import assets, clock
from zhengtong.kernel.db import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

ADVISORY_LOCK = 990_100_001
logging.getLogger("alembic").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the database's tables stand: `current` (empty: no tables yet) and `head`, the newest there is."""

    current: str
    head: str

    @property
    def is_newest(self) -> bool:
        return self.current == self.head


def shape(database: Database) -> Shape:
    """Where the tables stand. Raises SchemaNewer when a newer program made them."""
    script = _script(_config())
    with database.engine.connect() as connection:
        return _shape(connection, script)


def migrate(database: Database, data: Path) -> Shape:
    """This will bring the tables to their newest shape, in one transaction, and return the shape that was.

    A SQLite that already holds tables is copied to `backups/` in the data folder first; for PostgreSQL a sentence
    reminds of pg_dump.
    """
    if (newest := _newest()) and _kept(database) == newest:
        return Shape(newest, newest)
    from alembic import command

    config = _config()
    script = _script(config)
    with database.engine.connect() as connection:
        before = _shape(connection, script)
        has_tables = bool(before.current)
    if before.is_newest:
        return before
    if has_tables:
        _keep_copy(database, data, before, clock.now())
    with database.engine.connect().execution_options(zt_write=True) as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before


def write_revision(database: Database, message: str) -> None:
    """This will write a new revision from what an empty SQLite lacks after all others (a command for developers)."""
    from alembic import command

    config = _config()
    with database.engine.connect().execution_options(zt_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True)


def _folder() -> Path:
    try:
        return assets.path("migrations")
    except FileNotFoundError as missing:
        raise MigrationsMissing(reason=missing) from missing


def _newest() -> str:
    """The newest revision by the names of the files, which number them; empty where there is none."""
    return max((file.name[:4] for file in (_folder() / "versions").glob("[0-9]*.py")), default="")


def _kept(database: Database) -> str:
    """The revision that the database names; empty where it has no tables yet."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("select version_num from alembic_version")) or ""


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _script(config: "Config") -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config)


def _shape(connection: Connection, script: "ScriptDirectory") -> Shape:
    from alembic.migration import MigrationContext
    from alembic.util import CommandError

    head = script.get_current_head()
    if head is None:
        raise MigrationsMissing(reason=f"{script.dir}/versions")
    current = MigrationContext.configure(connection).get_current_revision() or ""
    try:
        script.get_revision(current or head)
    except CommandError as unknown:
        raise SchemaNewer(found=current) from unknown
    return Shape(current, head)


def _keep_copy(database: Database, data: Path, before: Shape, now: datetime) -> None:
    if not database.is_sqlite:
        words.tell(
            "提醒：数据库结构将要升级，建议先用 pg_dump 备份。",
            "Note: the tables are about to change; a pg_dump beforehand is wise.",
        )
        return
    folder = data / "backups"
    folder.mkdir(exist_ok=True)
    copy = folder / f"before-{before.head}-{now:%Y%m%dT%H%M%S}.sqlite"
    with closing(database.engine.raw_connection()) as connection:  # below SQLAlchemy, which would begin a transaction
        connection.cursor().execute("VACUUM INTO ?", (str(copy),))
    words.tell(f"数据库结构升级前已备份：{copy}", f"The database was copied before its tables change: {copy}")
