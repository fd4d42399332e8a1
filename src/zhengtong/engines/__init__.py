"""The engines: one port a kind, its adapters behind it. `open_engines` is the only place that chooses one."""

import importlib.util
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel
from sqlalchemy.orm import Session

from zhengtong.engines import broker, chain, compute, crypto, files, lake, mail, search, serving, sms
from zhengtong.engines.broker import consuming, in_process
from zhengtong.kernel import errors, wake
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings

T = TypeVar("T")
SECTIONS: Mapping[str, type[BaseModel]] = {
    "broker": broker.BrokerSettings,
    "chain": chain.ChainSettings,
    "compute": compute.ComputeSettings,
    "crypto": crypto.CryptoSettings,
    "files": files.FilesSettings,
    "lake": lake.LakeSettings,
    "mail": mail.MailSettings,
    "serving": serving.ServingSettings,
    "sms": sms.SmsSettings,
}


class DriverAbsent(errors.Unavailable):
    zh = "引擎 {engine} 需要另行安装：pip install 'zhengtong[{extra}]'。"
    en = "The engine {engine} needs: pip install 'zhengtong[{extra}]'."


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of this installation, opened; broker, lake, compute, serving and chain open when they are first used."""

    keyring: crypto.Keyring
    crypto: crypto.Crypto
    files: files.Files
    mail: mail.Mail
    sms: sms.Sms
    broker: broker.Broker
    lake: lake.Lake
    compute: compute.Compute
    serving: serving.Serving
    chain: chain.Chain

    def close(self) -> None:
        """This will end what was opened."""
        for one in (self.compute, self.broker, self.serving, self.chain):
            if opened(one):
                one.close()


def open_engines(settings: Settings, database: Database, bell: wake.Wake) -> Engines:
    """This will open each engine as the settings choose. Raises CryptoAbsent, SelfTestFailed, RootKeyUnsafe, RootKeyAbsent,
    DriverAbsent."""
    engine = open_crypto(settings.of(crypto.CryptoSettings))
    posted, worked = settings.of(broker.BrokerSettings), settings.of(compute.ComputeSettings)
    _check_drivers(posted, worked)
    data = settings.kernel.data
    tables = later(lambda: open_lake(settings.of(lake.LakeSettings), data))
    return Engines(
        broker=later(lambda: open_broker(posted, database, bell)),
        lake=tables,
        compute=later(lambda: open_compute(worked, tables, data)),
        chain=later(lambda: open_chain(settings.of(chain.ChainSettings), database)),
        crypto=engine,
        keyring=open_keyring(settings, engine),
        files=open_files(settings.of(files.FilesSettings)),
        mail=open_mail(settings.of(mail.MailSettings), settings.kernel.data),
        sms=open_sms(settings.of(sms.SmsSettings)),
        serving=later(lambda: open_serving(settings.of(serving.ServingSettings), database, data)),
    )


def open_crypto(chosen: crypto.CryptoSettings, *, tested: bool = True) -> crypto.Crypto:
    """This will open the 国密 engine and have it compute the standards' vectors; untested it is only to be examined.

    Raises CryptoAbsent, SelfTestFailed, DriverAbsent.
    """
    from zhengtong.engines.crypto import vectors

    if chosen.engine == "tongsuo":
        engine: crypto.Crypto = _tongsuo()
    else:
        engine = _libcrypto_or_tongsuo(chosen)
    if tested:
        vectors.self_test(engine)
    return engine


def crypto_checks(engine: crypto.Crypto) -> list[tuple[str, bool]]:
    """Each standard's vector and whether the engine agrees: the doctor's rows."""
    from zhengtong.engines.crypto import vectors

    return [(check.name, check.passed) for check in vectors.check_vectors(engine)]


def root_key_of(settings: Settings) -> Path:
    """Where the root key file is: as set, else beside the data folder."""
    data = settings.kernel.data
    return settings.of(crypto.CryptoSettings).root_key or data.absolute().with_name(f"{data.absolute().name}.root.key")


def open_keyring(settings: Settings, engine: crypto.Crypto) -> crypto.Keyring:
    """This will open the root key file, making it on first use. Raises RootKeyUnsafe, RootKeyAbsent, KeyUnknown."""
    from zhengtong.engines.crypto import keyring

    return keyring.open_keyring(engine, root_key_of(settings), settings.kernel.data)


def open_files(chosen: files.FilesSettings) -> files.Files:
    """This will open the reader and writer of tables."""
    from zhengtong.engines.files import local

    return local.open_local(chosen)


def open_mail(chosen: mail.MailSettings, data: Path) -> mail.Mail:
    """This will open the post."""
    if chosen.engine == "smtp":
        from zhengtong.engines.mail import smtp

        return smtp.open_smtp(chosen)
    from zhengtong.engines.mail import folder

    return folder.open_folder(chosen, chosen.folder or data / "mail")


def open_sms(chosen: sms.SmsSettings) -> sms.Sms:
    """This will open the carrier."""
    if chosen.engine == "http":
        from zhengtong.engines.sms import http

        return http.open_http(chosen)
    from zhengtong.engines.sms import log

    return log.open_log(chosen)


def open_lake(chosen: lake.LakeSettings, data: Path) -> lake.Lake:
    """This will open the lake: in the data folder unless a place is set."""
    from zhengtong.engines.lake import delta

    return delta.open_delta(chosen, data)


def open_compute(chosen: compute.ComputeSettings, tables: compute.Tables, data: Path) -> compute.Compute:
    """This will open the engine that works through the lake's tables. Raises DriverAbsent, ComputeAway."""
    if chosen.engine == "spark":
        _need("pyspark", engine="spark", extra="spark")
        from zhengtong.engines.compute import spark

        return spark.open_spark(chosen, tables, data)
    from zhengtong.engines.compute import duckdb

    return duckdb.open_duckdb(chosen, tables, data)


def open_serving(chosen: serving.ServingSettings, database: Database, data: Path) -> serving.Serving:
    """This will open the serving copies: files in the data folder, or a schema in PostgreSQL."""
    if chosen.engine == "postgres":
        _need("psycopg", engine="postgres", extra="postgres")
        from zhengtong.engines.serving import postgres

        main = "" if database.is_sqlite else database.url.render_as_string(hide_password=False)
        if not (url := chosen.url.get_secret_value() or main):
            raise serving.ServingAddressMissing()
        return postgres.open_postgres(url, longest_s=chosen.longest_s)
    from zhengtong.engines.serving import sqlite

    return sqlite.open_sqlite(data / "serving", longest_s=chosen.longest_s)


def open_broker(chosen: broker.BrokerSettings, database: Database, bell: wake.Wake) -> broker.Broker:
    """This will open the log, and consumers whose place is kept in the database. Raises DriverAbsent."""
    if chosen.engine == "kafka":
        _need("confluent_kafka", engine="kafka", extra="kafka")
        from zhengtong.engines.broker import kafka

        return consuming.open_consuming(kafka.open_kafka(chosen), database, chosen)
    return consuming.open_consuming(in_process.open_in_process(chosen, database, bell), database, chosen)


def open_chain(chosen: chain.ChainSettings, database: Database) -> chain.Chain:
    """This will open the chain: in our own tables, or as a follower of the departments' nodes. Raises NodesUnset."""
    if chosen.engine == "cometbft":
        from zhengtong.engines.chain.cometbft import adapter

        return adapter.open_cometbft(chosen, database)
    from zhengtong.engines.chain import local_log

    return local_log.open_local_log(chosen, database)


def open_chain_application(
    apply: Callable[[bytes, bytes], bytes],
    home: Path,
    *,
    host: str,
    port: int,
    snapshot_every: int = 1000,
    members: Callable[[bytes], Mapping[bytes, int]] | None = None,
) -> chain.Application:
    """This will open what stands behind one node of CometBFT, kept in `home`; `apply(state, entry)` says the state after an entry,
    `members(state)` the validators' keys and weights where the state decides on them. Raises AddressTaken."""
    from zhengtong.engines.chain.cometbft import server

    return server.open_server(apply, home, host=host, port=port, members=members, snapshot_every=snapshot_every)


def chain_genesis(chain_id: str, voters: Mapping[str, str], *, at: datetime) -> Mapping[str, Any]:
    """The document that every node of a new chain begins with. Raises VoterKeyWrong."""
    from zhengtong.engines.chain.cometbft import genesis

    return genesis.document(chain_id, voters, at=at)


class Later:
    """An engine that opens when it is first used, once, in whatever thread."""

    def __init__(self, open_it: Callable[[], Any]) -> None:
        self._open, self._lock, self._opened = open_it, threading.Lock(), None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.open(), name)

    def open(self) -> Any:
        """The engine itself."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    @property
    def is_open(self) -> bool:
        return self._opened is not None


def later(open_it: Callable[[], T]) -> T:
    """What `open_it` opens, opened at its first use; what it raises is raised there."""
    return cast(T, Later(open_it))


def opened(engine: object) -> bool:
    """False for an engine that nobody has used yet."""
    return not isinstance(engine, Later) or engine.is_open


def _check_drivers(posted: broker.BrokerSettings, worked: compute.ComputeSettings) -> None:
    """A driver that is not installed is told at the start, not at the first use. Raises DriverAbsent."""
    if posted.engine == "kafka":
        _need("confluent_kafka", engine="kafka", extra="kafka")
    if worked.engine == "spark":
        _need("pyspark", engine="spark", extra="spark")


def _need(module: str, *, engine: str, extra: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise DriverAbsent(engine=engine, extra=extra)


def _libcrypto_or_tongsuo(chosen: crypto.CryptoSettings) -> crypto.Crypto:
    from zhengtong.engines.crypto import libcrypto

    try:
        return libcrypto.open_libcrypto(chosen.libcrypto)
    except crypto.CryptoAbsent:
        if chosen.engine == "libcrypto" or chosen.libcrypto or importlib.util.find_spec("tongsuopy") is None:
            raise
    return _tongsuo()


def _tongsuo() -> crypto.Crypto:
    if importlib.util.find_spec("tongsuopy") is None:
        raise DriverAbsent(engine="tongsuo", extra="tongsuo")
    from zhengtong.engines.crypto import tongsuo

    return tongsuo.open_tongsuo()


def search_of(session: Session) -> search.Search:
    """The text index in the session's own database."""
    return _search(session.get_bind().dialect.name)


@cache
def _search(dialect: str) -> search.Search:
    from zhengtong.engines.search import columns, postgres, sqlite

    return columns.open_indexing(sqlite.open_sqlite() if dialect == "sqlite" else postgres.open_postgres())
