"""`zhengtong backup` and `restore`: what comes out is what went in, on both databases; whatever is wrong is named before it can run."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, func, make_url, select, text

from tests.conftest import POSTGRES
from zhengtong import engines
from zhengtong.cli import opening
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.engines.lake import Lake, LakeSettings, Mark
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity
from zhengtong.sharing import ledger

from .conftest import Command, Done

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TABLE = "market/firms"
SECRET = "a long enough passphrase"
ENGINES = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]


@dataclass
class City:
    """A city in a folder of its own, called by the command line."""

    folder: Path
    url: str
    run: Command

    def call(self, *arguments: str, code: int = 0) -> Done:
        done = self.run(*arguments, "--lang", "en", cwd=self.folder, ZT_KERNEL__DATABASE=self.url)
        assert done.code == code, done.out + done.err
        return done

    @property
    def settings(self) -> Settings:
        return opening.chosen(None, {"data": self.folder / "data", "database": self.url})

    @property
    def database(self) -> Database:
        return Database(self.settings.kernel.database_url)

    @property
    def lake(self) -> Lake:
        return engines.open_lake(LakeSettings(), self.folder / "data")

    def head(self) -> ledger.Head:
        with self.database.read() as session:
            return ledger.head(session)


def schema() -> pa.Schema:
    return pa.schema([("number", pa.int64()), ("name", pa.string())])


def points(number: int) -> ledger.Entry:
    return ledger.Entry("points.moved@1", new_id(), NOW, ledger.CITY, {"account": "a", "points": number, "reason": "r"})


def furnish(city: City) -> None:
    """A ledger with a checkpoint, a table of three versions, a delivered file, a copy that is served, somebody signed in."""
    city.call("migrate")
    settings = city.settings
    crypto = engines.open_crypto(settings.of(CryptoSettings))
    keyring = engines.open_keyring(settings, crypto)
    database = city.database
    with database.write() as session:
        identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=[], now=NOW)
        ledger.append(session, [points(number) for number in range(5)], now=NOW)
        ledger.make_checkpoint(session, origin=ledger.origin_of(settings), keyring=keyring, crypto=crypto, now=NOW)
        ledger.append(session, [points(number) for number in range(5, 8)], now=NOW)
    database.close()
    city.lake.create(TABLE, schema())
    for number in (1, 2):
        city.lake.append(TABLE, pa.table({"number": [number], "name": ["甲"]}, schema()), mark=Mark("market", number))
    delivered = city.folder / "data" / "deliveries" / "one.ztf"
    delivered.parent.mkdir()
    delivered.write_bytes(b"sealed" * 1000)


@pytest.fixture(params=ENGINES)
def new_city(request: pytest.FixtureRequest, tmp_path: Path, command: Command) -> Iterator[Callable[[str], City]]:
    """An empty place for a city, on each database in turn."""
    made: list[str] = []
    admin = create_engine(
        make_url(POSTGRES or "sqlite://").set(drivername="postgresql+psycopg")
        if request.param == "postgres"
        else "sqlite://",
        isolation_level="AUTOCOMMIT",
    )

    def new(name: str) -> City:
        folder = tmp_path / name
        folder.mkdir()
        if request.param == "sqlite":
            return City(folder, "", command)
        database = f"zt_backup_{os.getpid()}_{name}"
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{database}"'))
        made.append(database)
        return City(folder, make_url(POSTGRES).set(database=database).render_as_string(hide_password=False), command)

    yield new
    with admin.connect() as connection:
        for database in made:
            connection.execute(text(f'DROP DATABASE "{database}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def old(new_city: Callable[[str], City]) -> City:
    city = new_city("old")
    furnish(city)
    return city


def test_what_is_restored_is_what_was_backed_up(old: City, new_city: Callable[[str], City], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with old.database.read() as session:
        last = ledger.latest(session)
        assert last
        kept.write_text(last.note, "utf-8")
    old.call("backup", str(tmp_path / "backup"))
    new = new_city("new")
    shutil.copy(old.folder / "data.root.key", new.folder / "data.root.key")
    (new.folder / "data.root.key").chmod(0o600)
    done = new.call("restore", str(tmp_path / "backup"), "--checkpoint", str(kept))
    assert "fits the 1 checkpoint" in done.out
    assert new.head().root == old.head().root
    assert new.lake.version(TABLE) == old.lake.version(TABLE) == 2
    for version in (1, 2):
        assert new.lake.read(TABLE, version=version).sort_by("number") == old.lake.read(TABLE, version=version).sort_by(
            "number"
        )
    assert new.lake.mark_of(TABLE, "market") == 2
    new.call("ledger", "check")
    assert (new.folder / "data/deliveries/one.ztf").read_bytes() == b"sealed" * 1000
    with new.database.read() as session:
        assert session.scalar(select(func.count()).where(Audit.action == "operations.restored")) == 1
    new.lake.append(TABLE, pa.table({"number": [3], "name": ["乙"]}, schema()), mark=Mark("market", 3))
    assert new.lake.version(TABLE) == 3
