"""A furnished city, and an empty place for one."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from zhengtong import engines
from zhengtong.cli import opening, schema
from zhengtong.cli.backup import restoring, taking
from zhengtong.cli.backup.restoring import Wanted
from zhengtong.engines.crypto import Crypto, CryptoSettings
from zhengtong.engines.lake import Lake, LakeSettings, Mark
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity
from zhengtong.sharing import ledger

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TABLE = "market/firms"
DELIVERED = b"sealed" * 1000
NewCity = Callable[[str], "City"]


@dataclass(frozen=True)
class City:
    """A city in a folder of its own. `url`: of its PostgreSQL; empty: SQLite."""

    folder: Path
    url: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def config(self) -> Path:
        file = self.folder / "zhengtong.toml"
        file.write_text(f'[kernel]\ndatabase = "{self.url}"\n', "utf-8")
        return file

    @property
    def settings(self) -> Settings:
        return opening.chosen(self.config, {"data": self.data})

    @property
    def crypto(self) -> Crypto:
        return engines.open_crypto(self.settings.of(CryptoSettings))

    @property
    def lake(self) -> Lake:
        return engines.open_lake(LakeSettings(), self.data)

    def opened(self) -> "closing[Database]":
        return closing(Database(self.settings.kernel.database_url))

    def head(self) -> ledger.Head:
        with self.opened() as database, database.read() as session:
            return ledger.head(session)

    def back_up(self, to: Path, *, passphrase: Path | None = None) -> Path:
        taking.backup(self.config, self.data, to, with_keys=passphrase is not None, passphrase_file=passphrase)
        return to

    def restore(self, source: Path, **more: object) -> None:
        restoring.restore(self.config, self.data, Wanted(source, **more))  # type: ignore[arg-type]


def columns() -> pa.Schema:
    return pa.schema([("number", pa.int64()), ("name", pa.string())])


def land(lake: Lake, number: int) -> int:
    return lake.append(TABLE, pa.table({"number": [number], "name": ["甲"]}, columns()), mark=Mark("market", number))


def points(number: int, reason: str = "r") -> ledger.Entry:
    body = {"account": "a", "points": number, "reason": reason}
    return ledger.Entry("points.moved@1", new_id(), NOW, ledger.CITY, body)


def furnish(city: City) -> None:
    """A ledger with a checkpoint, a table of three versions, a delivered file."""
    settings = city.settings
    keyring = engines.open_keyring(settings, city.crypto)
    with city.opened() as database:
        schema.migrate(database, city.data)
        with database.write() as session:
            identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=[], now=NOW)
            ledger.append(session, [points(number) for number in range(5)], now=NOW)
            origin = ledger.origin_of(settings)
            ledger.make_checkpoint(session, origin=origin, keyring=keyring, crypto=city.crypto, now=NOW)
            ledger.append(session, [points(number) for number in range(5, 8)], now=NOW)
    city.lake.create(TABLE, columns())
    for number in (1, 2):
        land(city.lake, number)
    (city.data / "deliveries").mkdir()
    (city.data / "deliveries" / "one.ztf").write_bytes(DELIVERED)


def kept_checkpoint(city: City, file: Path) -> Path:
    with city.opened() as database, database.read() as session:
        last = ledger.latest(session)
        assert last
        file.write_text(last.note, "utf-8")
    return file


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
