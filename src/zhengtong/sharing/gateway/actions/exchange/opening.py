"""The receiver of an exchange, opened: only where it may be written, its password never told."""

import json
import socket
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel import logs
from zhengtong.kernel.errors import Words
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.exchange.target import DatabaseTable
from zhengtong.sharing.gateway.rules import relaying
from zhengtong.sharing.gateway.tables import Exchange

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
QUERY = {"sslmode", "charset", "application_name"}
CONNECT_S = 10
UNREADABLE = Words(
    "不是数据库地址，应如 postgresql://账号:口令@主机:5432/库", "not a database address like postgresql://…"
)
NOT_OFFERED = Words("只支持 PostgreSQL 和 MySQL", "only PostgreSQL and MySQL can be written")


def parsed(url: str) -> sa.URL:
    """The address, of a kind that can be written. Raises TargetWrong."""
    try:
        found = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise errors.TargetWrong(why=UNREADABLE) from None
    if found.drivername not in DRIVERS or not found.host or not found.database or set(found.query) - QUERY:
        raise errors.TargetWrong(why=NOT_OFFERED if found.drivername not in DRIVERS else UNREADABLE)
    return found


def told(url: sa.URL) -> str:
    """The address without its password."""
    return logs.mask(url.set(password=None).render_as_string())[:300]


def resolved(host: str, port: int, networks: Sequence[str]) -> str:
    """The one address that is connected to; each that the name has must be allowed. Raises AddressNotAllowed, TargetAway."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise errors.TargetAway(reason=f"{host}: {failure}") from None
    known = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not known or not all(relaying.is_allowed(one, networks) for one in known):
        raise errors.AddressNotAllowed(host=host)
    return known[0]


def seal(exchange: Exchange, url: sa.URL, keyring: Keyring) -> None:
    """This will keep the address with its password, sealed."""
    exchange.address = told(url)
    text = json.dumps({"url": url.render_as_string(hide_password=False)})
    exchange.sealed = keyring.seal(Purpose.CREDENTIALS, text.encode(), exchange.id.bytes)


def database_of(exchange: Exchange, keyring: Keyring, networks: Sequence[str]) -> DatabaseTable:
    """The receiver's table. Raises AddressNotAllowed, TargetAway, TargetWrong."""
    kept = keyring.open(Purpose.CREDENTIALS, exchange.sealed or b"", exchange.id.bytes)
    url = parsed(json.loads(kept)["url"])
    return DatabaseTable(engine_of(url, networks), exchange.target, exchange.id.hex)


def engine_of(url: sa.URL, networks: Sequence[str]) -> sa.Engine:
    """An engine that connects to the address that was checked, whatever the name means a moment later."""
    address = resolved(url.host or "", url.port or 0, networks)
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_S}
    if url.get_backend_name() == "postgresql":
        arguments |= {"hostaddr": address, "application_name": "zhengtong-exchange"}
    else:
        url = url.set(host=address)
    try:
        return sa.create_engine(
            url.set(drivername=DRIVERS[url.drivername]),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=arguments,
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise errors.TargetUnknown(database=url.get_backend_name()) from None
