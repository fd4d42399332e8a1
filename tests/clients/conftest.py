"""A whole city behind a real socket, with a service account whose key only the test holds."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn

from tests.conftest import actor_with
from tests.ports import free_port
from tests.sharing.gateway.place import Place, plant
from zhengtong import app
from zhengtong.engines.crypto import PrivateKey
from zhengtong.kernel import clock
from zhengtong.kernel.db import Base, new_id
from zhengtong.office import identity
from zhengtong.office.identity.actions import service_accounts
from zhengtong.office.identity.permissions import sign_in as permissions
from zhengtong.office.identity.rules.organisation import RoleScope
from zhengtong.office.identity.tables.service_accounts import SystemGrant, SystemKey
from zhengtong.sharing import gateway
from zhengtong_client import Account
from zhengtong_client import PrivateKey as ClientKey

STARTS_WITHIN_S = 60


def aside(work: Coroutine[Any, Any, Any]) -> Any:
    """What the coroutine returns, run on a loop of its own: beside a browser's, this thread has one already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@dataclass
class Served:
    """A city that answers at `address`."""

    address: str
    city: app.City
    place: Place

    @property
    def department(self) -> UUID:
        return self.place.labour

    def caller(self) -> Account:
        """The service account that the agreement names, with a key that the test holds."""
        now, key = clock.now(), self.city.engines.crypto.new_key()
        row = SystemKey(
            id=new_id(), system_id=self.place.system, public_key=key.public.to_hex(),
            fingerprint=self.city.engines.crypto.sm3(key.public.point).hex(), added_at=now, valid_from=now,
            valid_until=now + timedelta(days=30),
        )  # fmt: skip
        with self.city.database.write() as session:
            session.add(row)
            if session.get(SystemGrant, (self.place.system, gateway.READ.name)) is None:
                session.add(
                    SystemGrant(system_id=self.place.system, permission=gateway.READ.name, scope=RoleScope.CITY)
                )
        return Account(str(self.place.system), str(row.id), ClientKey.from_pem(key.to_pem()))

    def account(self, *grants: str, days: int = 30) -> tuple[Account, PrivateKey]:
        """A new service account, and its key."""
        now, crypto = clock.now(), self.city.engines.crypto
        key = crypto.new_key()
        with self.city.database.write() as session:
            manager = actor_with(permissions.CHANGE_SERVICE_ACCOUNTS, *_named(grants), now=now)
            system = service_accounts.add_system(
                session, manager, name="核对系统", department_id=self.department, purpose="核对", now=now,
                grants=[service_accounts.Granted(name, RoleScope.CITY) for name in grants],
            )  # fmt: skip
            row = service_accounts.add_key(
                session, manager, system, crypto, public_key=key.public.to_pem(),
                valid_from=None, valid_until=None, now=now,
            )  # fmt: skip
            return Account(str(system.id), str(row.id), ClientKey.from_pem(key.to_pem())), key


def _named(grants: tuple[str, ...]) -> list[Any]:
    return [one for room in app.CAPABILITIES for one in room.permissions if one.name in grants]


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    chosen = app.load_settings(
        file=folder / "none.toml", environment={},
        given={
            "kernel": {"data": folder / "data", "port": port},
            "crypto": {"root_key": folder / "keys" / "root.key"},
        },
    )  # fmt: skip
    (folder / "keys").mkdir()
    city = app.open_city(chosen)
    Base.metadata.create_all(city.database.engine)
    with city.database.write() as session:
        known = [one for room in app.CAPABILITIES for one in room.permissions]
        identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=known, now=clock.now())
    place = plant(city)
    server = uvicorn.Server(uvicorn.Config(app.create_app(city), host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + STARTS_WITHIN_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield Served(f"http://localhost:{port}", city, place)
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def saved_key(tmp_path: Path) -> Callable[[PrivateKey], Path]:
    def save(key: PrivateKey) -> Path:
        path = tmp_path / "system.key"
        path.write_text(key.to_pem())
        return path

    return save
