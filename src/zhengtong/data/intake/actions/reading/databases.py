"""Opening other departments' databases: which URLs, which files, read only, and their failures told without secrets."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import folders, network
from zhengtong.kernel import logs

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
QUERY = {"sslmode", "charset", "application_name", "service_name", "encoding", "driver", "TrustServerCertificate"}
CONNECT_S = 10
REFUSED = ("password", "authenticat", "permission denied", "access denied", "login failed", "no pg_hba")


def opened(url: str, password: str, *, folders_allowed: Sequence[Path], networks: Sequence[str]) -> sa.Engine:
    """This will prepare to read the database; nothing is connected yet.

    Raises UrlWrong, DriverMissing, SourceAddressRefused, FolderNotAllowed.
    """
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise errors.UrlWrong(url=logs.mask(url)[:100]) from None
    if set(parsed.query) - QUERY:
        raise errors.UrlWrong(url=parsed.render_as_string()[:100])
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, folders_allowed)
    if password:
        parsed = parsed.set(password=password)
    parsed = parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))
    network.resolved(parsed.host or "localhost", parsed.port or 0, networks)
    try:
        return sa.create_engine(parsed, poolclass=NullPool, hide_parameters=True, connect_args=_arguments(parsed))
    except (ModuleNotFoundError, NoSuchModuleError) as absent:
        raise errors.DriverMissing(
            database=parsed.get_backend_name(), module=getattr(absent, "name", "") or parsed.drivername
        ) from None


def _arguments(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {"connect_timeout": CONNECT_S, "keepalives_idle": 30, "application_name": "zhengtong-intake"}
    return {"connect_timeout": CONNECT_S} if url.get_backend_name() == "mysql" else {}


def _sqlite(url: sa.URL, allowed: Sequence[Path]) -> sa.Engine:
    path = folders.checked(Path(url.database or ""), allowed)

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False, timeout=CONNECT_S
        )
        connection.execute("PRAGMA query_only = ON")
        return connection

    return sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


@contextmanager
def reading(engine: sa.Engine, *, limit_s: int = 0) -> Iterator[sa.Connection]:
    """A transaction that can only read, and sees one moment where the database can do that."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if limit_s:
                connection.execute(sa.select(sa.func.set_config("statement_timeout", f"{limit_s}s", True)))
        yield connection


@contextmanager
def told(engine: sa.Engine) -> Iterator[None]:
    """Failures of the other side as ours, in one line, without its secrets. Raises SourceAway, LoginRefused."""
    try:
        yield
    except DBAPIError as failure:
        reason = logs.mask((str(failure.orig).strip().splitlines() or [type(failure.orig).__name__])[0])[:200]
        if any(sign in reason.lower() for sign in REFUSED):
            raise errors.LoginRefused(reason=reason) from None
        raise errors.SourceAway(why=reason) from None


def tables(inspector: sa.Inspector, schema: str | None) -> list[str]:
    """The tables and views there are."""
    return sorted([*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)])


def list_tables(engine: sa.Engine) -> list[tuple[str, str]]:
    """(schema, table) of every table and view this account sees, the database's own left out."""
    own = {"information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys"}
    with told(engine):
        inspector = sa.inspect(engine)
        default = inspector.default_schema_name
        found = []
        for schema in inspector.get_schema_names():
            if schema in own or schema.startswith("pg_temp"):
                continue
            shown = "" if schema == default or engine.dialect.name == "sqlite" else schema
            found += [(shown, table) for table in tables(inspector, schema)]
        return found
