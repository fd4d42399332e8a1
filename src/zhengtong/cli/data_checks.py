"""The doctor's checks of the engines of data and sharing: lake, compute, broker, chain."""

import importlib.util
import socket
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, make_url, select
from sqlalchemy.exc import DBAPIError

from zhengtong import engines
from zhengtong.cli.findings import Finding, note, ok, wrong
from zhengtong.engines.broker import BrokerSettings
from zhengtong.engines.chain import ChainSettings
from zhengtong.engines.compute import ComputeSettings
from zhengtong.engines.lake import LakeSettings
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.sharing import ledger

WAITS_AT_MOST = timedelta(minutes=5)
PATIENCE_S = 3
_FIRST_USE = "首次使用时建立。 | Made at first use."


def lake(settings: Settings) -> Finding:
    """Is the lake reached, where it lies elsewhere? A folder is made at first use."""
    chosen, folder = settings.of(LakeSettings), settings.kernel.data / "lake"
    if not chosen.url:
        return ok(str(folder)) if folder.exists() else note(str(folder), _FIRST_USE)
    engines.open_lake(chosen, settings.kernel.data).exists("doctor/asks")
    return ok(chosen.url)


def compute(settings: Settings) -> Finding:
    """Does the compute engine answer a question? Spark on this machine is only looked for: it takes long to start."""
    chosen = settings.of(ComputeSettings)
    if chosen.engine == "spark" and importlib.util.find_spec("pyspark") is None:
        return wrong("spark", "pip install 'zhengtong[spark]'")
    if chosen.engine == "spark":
        return ok(f"spark {chosen.master}")
    import ibis

    with tempfile.TemporaryDirectory() as folder:
        tables = engines.open_lake(settings.of(LakeSettings), Path(folder))
        engine = engines.open_compute(chosen, tables, Path(folder))
        try:
            with engine.session() as work:
                work.run(ibis.literal(1))
        finally:
            engine.close()
    return ok(f"duckdb，内存至多 {chosen.memory_mb} MB | duckdb, {chosen.memory_mb} MB of memory at most")


def broker(settings: Settings) -> Finding:
    """Do the servers of the log answer, where they are set?"""
    chosen = settings.of(BrokerSettings)
    if chosen.engine != "kafka":
        return ok("在本库的表里 | in our own tables")
    if importlib.util.find_spec("confluent_kafka") is None:
        return wrong("kafka", "pip install 'zhengtong[kafka]'")
    silent = [one for one in chosen.servers.split(",") if not _answers(one.strip())]
    if silent:
        said = ", ".join(silent)
        return wrong(
            said, "请检查 [broker] 的 servers 与网络。 | Check servers in the section [broker], and the network."
        )
    return ok(chosen.servers)


def chain(settings: Settings) -> Finding:
    """Do the nodes answer, where several departments decide on the order? One that is silent may be another's."""
    chosen = settings.of(ChainSettings)
    if chosen.engine != "cometbft":
        return ok("在本库的表里 | in our own tables")
    urls = [url.strip() for url in chosen.nodes.split(",") if url.strip()]
    silent = [url for url in urls if not _answers(urlsplit(url).netloc)]
    if not urls or len(silent) == len(urls):
        return wrong(
            chosen.nodes,
            "请检查 [chain] 的 nodes 与节点是否在运行。 | Check nodes in the section [chain], and that they run.",
        )
    if stopped := _not_followed(settings):
        return wrong(
            stopped,
            "账本没有跟上联盟链；请看账本页的警报，并运行 zhengtong chain check。 | "
            "The ledger does not follow the chain; see the alarms on its page, and run zhengtong chain check.",
        )
    if silent:
        return note(", ".join(silent), "这些节点不应答；其余照常。 | These nodes do not answer; the others serve.")
    return ok(chosen.nodes)


def database_there(settings: Settings) -> bool:
    """False for a SQLite that is yet to be made: looking at it would make it."""
    url = make_url(settings.kernel.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _not_followed(settings: Settings) -> str:
    """What waits for its order for too long, or the alarm that says why nothing is taken in; empty where all is well."""
    if not database_there(settings):
        return ""
    database = Database(settings.kernel.database_url)
    pending, alarm = ledger.tables.LedgerPending, ledger.tables.LedgerAlarm
    try:
        with database.read() as session:
            alarmed = select(alarm.told).where(alarm.seen_at.is_(None), alarm.kind == "altered")
            if told := session.scalar(alarmed.order_by(alarm.at.desc()).limit(1)):
                return str(told)
            oldest = session.scalar(select(func.min(pending.at)).where(pending.refused == ""))
    except DBAPIError:  # no such tables yet: another check tells
        return ""
    finally:
        database.close()
    if oldest is None or clock.now() - oldest < WAITS_AT_MOST:
        return ""
    return f"{oldest:%Y-%m-%d %H:%M} UTC"


def _answers(server: str) -> bool:
    host, _, port = server.rpartition(":")
    return port.isdigit() and not silence(host.strip("[]"), int(port))


def silence(host: str, port: int) -> str:
    """Why nothing answers there; empty where something does."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE_S).close()
    except OSError as failure:
        return str(failure.strerror or failure)
    return ""
