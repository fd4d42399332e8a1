"""The database as it stood at one instant, written to a file, and back.

SQLite by its online backup API out of a read transaction, so that a serving city goes on beside; PostgreSQL by pg_dump on an exported
snapshot, and pg_restore in one transaction.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, inspect, select, table
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateSchema, DropSchema

from zhengtong.cli.backup import manifest
from zhengtong.cli.backup.errors import PostgresToolAbsent, PostgresToolFailed
from zhengtong.kernel.db import Database

KINDS = {True: "SQLite", False: "PostgreSQL"}
PAGES_AT_ONCE = 4096
PUBLIC, SERVING = "public", "serving"


@dataclass(frozen=True, slots=True)
class Instant:
    """The database at one instant: a session that reads it, and what writes it to a file."""

    session: Session
    write: Callable[[Path], None]
    name: str


@contextmanager
def instant(database: Database) -> Iterator[Instant]:
    """Within the block the snapshot stays as it is, whatever is written meanwhile."""
    level = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with database.engine.connect().execution_options(**level) as connection, Session(bind=connection) as session:
        if database.is_sqlite:
            session.execute(
                select(func.count()).select_from(table("sqlite_master"))
            ).scalar_one()  # from here on it is frozen
            yield Instant(
                session, lambda target: _copy(connection.connection.driver_connection, target), manifest.SQLITE
            )
        else:
            snapshot = session.scalar(select(func.pg_export_snapshot()))
            yield Instant(session, lambda target: _dump(database, str(snapshot), target), manifest.POSTGRES)


def is_empty(database: Database) -> bool:
    """True where it holds no table."""
    return not inspect(database.engine).get_table_names()


def empty(database: Database) -> None:
    """This will remove all that a PostgreSQL database holds of ours."""
    with database.engine.begin() as connection:
        for name in (PUBLIC, SERVING):
            connection.execute(DropSchema(name, cascade=True, if_exists=True))
        connection.execute(CreateSchema(PUBLIC))


def restore(database: Database, dump: Path) -> None:
    """This will load a dump into an empty PostgreSQL, wholly or not at all. Raises PostgresToolAbsent, PostgresToolFailed."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _called("pg_restore", database, *options, "--dbname", _address(database), str(dump))


def tool_of(kind: str, name: str) -> None:
    """Raises PostgresToolAbsent where a PostgreSQL needs the tool and it is not there."""
    if kind == KINDS[False] and shutil.which(name) is None:
        raise PostgresToolAbsent(tool=name)


def _copy(source: object, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(target)) as copy:
        assert isinstance(source, sqlite3.Connection)
        source.backup(copy, pages=PAGES_AT_ONCE)
    target.chmod(0o600)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _dump(database: Database, snapshot: str, target: Path) -> None:
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={SERVING}")
    _called("pg_dump", database, *options, f"--snapshot={snapshot}", f"--file={target}", "--dbname", _address(database))
    target.chmod(0o600)


def _address(database: Database) -> str:
    return database.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _called(tool: str, database: Database, *arguments: str) -> None:
    path = shutil.which(tool)
    if path is None:
        raise PostgresToolAbsent(tool=tool)
    secret = {"PGPASSWORD": str(database.url.password)} if database.url.password else {}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tool, no shell
        [path, *arguments], env={**os.environ, **secret}, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise PostgresToolFailed(tool=tool, reason=reason)
