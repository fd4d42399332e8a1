"""The readers: one a kind of source, all of one shape (rules.reading)."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr, ValidationError

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import (
    arriving,
    calling,
    databases,
    drains,
    folders,
    mqtt,
    network,
    rest,
    sql,
    table_files,
    topics,
)
from zhengtong.data.intake.rules import kinds
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, Reader, SourceConfig
from zhengtong.data.intake.settings import Intake
from zhengtong.engines import open_broker
from zhengtong.engines.broker import Broker, BrokerSettings
from zhengtong.engines.crypto import Crypto
from zhengtong.engines.files import Files
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.errors import Words
from zhengtong.kernel.given import Givens
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.wake import Wake

NOTHING_CAME = Words("还没有收到数据", "nothing has been received yet")


def open_reader(config: SourceConfig, givens: Givens) -> AbstractContextManager[Reader]:
    """This will open the source for reading. Raises SourceRefused when its settings are wrong, SourceAway when it does not answer."""
    try:
        told = kinds.read_source({**config.settings, "kind": config.kind})
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"][1:]))
        raise errors.SourceRefused(
            why=Words(f"设置 {place} 不对：{first['msg']}", f"{place}: {first['msg']}")
        ) from None
    return _opened(told, config, givens)


@contextmanager
def _opened(told: Any, config: SourceConfig, givens: Givens) -> Iterator[Reader]:
    limits: Intake = givens[Settings].of(Intake)
    data: Path = givens[Settings].kernel.data
    chunk_rows = min(CHUNK_ROWS, limits.batch_rows)
    if isinstance(told, kinds.Sql):
        engine = open_database(told, config, limits)
        try:
            yield sql.SqlReader(told, engine, chunk_rows=chunk_rows)
        finally:
            engine.dispose()
    elif isinstance(told, kinds.Rest):
        with network.opened(limits.networks, timeout_s=told.timeout_s) as client:
            secret = config.secrets.get("secret", "")
            caller = calling.Caller(told, secret, client, answer_mb=limits.answer_mb)
            yield rest.RestReader(told, caller, chunk_rows=chunk_rows)
    elif isinstance(told, kinds.Topic):
        with open_log(told, config, givens) as log:
            yield topics.TopicReader(told, log, chunk_rows=chunk_rows)
    elif config.what.get("look"):
        look_at(told, config, limits)
        yield arriving.KeptReader([], getattr(told, "columns", ()))
    elif isinstance(told, kinds.Folder):
        path = dropped(told, config, limits, givens[Crypto])
        yield table_files.FileReader(givens[Files], path, path.name, told.shape, chunk_rows=chunk_rows)
    elif isinstance(told, kinds.Mqtt) and not config.what:
        yield mqtt.TrialReader(told, config.secrets.get("password", ""), limits.networks)
    elif isinstance(told, kinds.Upload):
        path = arriving.folder_of(data, "uploads") / UUID(_what(config, "upload")).hex
        yield table_files.FileReader(
            givens[Files], path, str(config.what.get("name", path.name)), told.shape, chunk_rows=chunk_rows
        )
    elif isinstance(told, kinds.Mqtt):
        paths = [arriving.kept_path(data, one) for one in config.what.get("kept", ())]
        yield drains.MessagesReader(told, paths, chunk_rows=chunk_rows)
    else:
        paths = [arriving.kept_path(data, one) for one in config.what.get("kept", ())]
        yield arriving.KeptReader(paths, told.columns, chunk_rows=chunk_rows)


def open_database(told: kinds.Sql, config: SourceConfig, limits: Intake) -> Any:
    """The database of a source, as it may be reached."""
    password = config.secrets.get("password", "")
    return databases.opened(told.url, password, folders_allowed=limits.folders, networks=limits.networks)


@contextmanager
def open_log(told: kinds.Topic, config: SourceConfig, givens: Givens) -> Iterator[Any]:
    """The city's own broker, or a department's Kafka."""
    if not told.servers:
        yield givens[Broker]
        return
    for server in told.servers.split(","):
        host, _, port = server.strip().rpartition(":")
        network.resolved(host, int(port) if port.isdigit() else 9092, givens[Settings].of(Intake).networks)
    chosen = BrokerSettings(
        engine="kafka",
        servers=told.servers,
        security=told.security,
        insecure=told.security == "plaintext",
        mechanism=told.mechanism,
        user=told.user,
        password=SecretStr(config.secrets.get("password", "")),
        ca_file=givens[Settings].of(BrokerSettings).ca_file,
    )
    log = open_broker(chosen, givens[Database], givens[Wake])
    try:
        yield log
    finally:
        log.close()


def look_at(told: Any, config: SourceConfig, limits: Intake) -> None:
    """Raises what stands between us and the source; reads nothing of it."""
    if isinstance(told, kinds.Folder):
        folders.dropped(folders.checked(Path(told.path), limits.folders), told.pattern)
    if isinstance(told, kinds.Mqtt):
        password, name = config.secrets.get("password", ""), f"zhengtong-look-{new_id().hex[-12:]}"
        with mqtt.connected(told, password, limits.networks, client_id=name, kept=False):
            return


def dropped(told: kinds.Folder, config: SourceConfig, limits: Intake, crypto: Crypto) -> Path:
    """The file of this run, as it was when it was seen; for a trial the newest. Raises FileGone, FolderNotAllowed."""
    root = folders.checked(Path(told.path), limits.folders)
    if not config.what.get("file"):
        newest = max(folders.dropped(root, told.pattern), key=lambda path: path.stat().st_mtime, default=None)
        if newest is None:
            raise errors.SourceRefused(why=NOTHING_CAME)
        return newest
    name = str(config.what["file"])
    path = root / name
    if Path(name).name != name or not folders.is_plain_file(path):
        raise errors.FileGone(name=name)
    if (digest := config.what.get("digest")) and not table_files.is_still(path, digest, crypto):
        raise errors.FileGone(name=name)
    return path


def _what(config: SourceConfig, word: str) -> Any:
    found = config.what.get(word)
    if not found:
        raise errors.SourceRefused(why=NOTHING_CAME)
    return found


__all__: Sequence[str] = ["dropped", "open_database", "open_log", "open_reader"]
