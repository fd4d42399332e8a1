"""`restore`: into an empty place, every file checked against the manifest as it is written, then the ledger against its head and what you kept.

A mark in the data folder stands from the first byte to the last check: while it is there, nothing starts on these data. So a restoration
that was killed, or whose ledger does not hold, can never be taken for a city; the same command begins it again.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

import zhengtong
from zhengtong import engines
from zhengtong.cli import holding, opening, schema, words
from zhengtong.cli.backup import databases, lakes, manifest, passphrases, streams, verifying
from zhengtong.cli.backup.errors import (
    BackupWrong,
    KeysNotIn,
    KeysThere,
    LakeNotEmptied,
    OtherDatabase,
    PlaceTaken,
    RestoredWrong,
)
from zhengtong.cli.backup.manifest import About, Part
from zhengtong.cli.errors import DataInUse
from zhengtong.engines.crypto import Crypto, CryptoSettings
from zhengtong.engines.lake import Lake, LakeSettings
from zhengtong.kernel import audit, clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Words
from zhengtong.kernel.settings import Settings
from zhengtong.office import identity
from zhengtong.sharing import gateway

ALLOWED = {holding.LOCK, opening.RESTORING}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command asks for. `checkpoints`: files of checkpoints that somebody has kept; `sure`: asked before anything is replaced."""

    source: Path
    checkpoints: tuple[Path, ...] = ()
    replace: bool = False
    passphrase_file: Path | None = None
    with_keys: bool = False
    sure: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup is restored to."""

    settings: Settings
    crypto: Crypto
    lake: Lake
    about: About
    parts: list[Part]
    source: Path

    @property
    def data(self) -> Path:
        return self.settings.kernel.data

    @property
    def is_sqlite(self) -> bool:
        return holding.is_sqlite(self.settings.kernel)

    @property
    def sqlite(self) -> Path:
        return Path(make_url(self.settings.kernel.database_url).database or "")


def check(config: Path | None, source: Path) -> None:
    """This will check the backup's files against its manifest, and the manifest's own digest; nothing is restored."""
    crypto = engines.open_crypto(opening.chosen(config, {}).of(CryptoSettings))
    about, parts, data, note = manifest.read(source, zhengtong.__version__)
    verifying.check_note(about, data, note, crypto)
    verifying.check_all(source, parts, crypto)
    words.tell(f"✓ {_of(about)[0]}：{len(parts)} 个文件都对。", f"✓ {_of(about)[1]}: all {len(parts)} files hold.")


def restore(config: Path | None, data: Path | None, wanted: Wanted) -> None:
    """This will restore the backup and verify its ledger; where that does not hold, the place stays blocked. See the module."""
    settings = opening.chosen(config, {"data": data})
    crypto = engines.open_crypto(settings.of(CryptoSettings))
    about, parts, listing, note = manifest.read(wanted.source, zhengtong.__version__)
    verifying.check_note(about, listing, note, crypto)
    verifying.check_there(wanted.source, parts)
    kept = [verifying.kept_checkpoint(file) for file in wanted.checkpoints]
    zh, en = _of(about)
    words.tell(f"正在恢复{zh}……", f"Restoring {en} …")
    lake = engines.open_lake(settings.of(LakeSettings), settings.kernel.data)
    target = Target(settings, crypto, lake, about, parts, wanted.source)
    _check_kind(target)
    keys = _keys(target, wanted)
    needed = sum(part.size for part in parts)
    with _blocked(target, wanted) as database, streams.room_in(target.data, 0):
        with streams.room_in(target.data, needed - _written_already(target)):
            _write(target, database)
        found = verifying.wrong_with_ledger(database, about, note, kept, crypto)
        if found:
            raise RestoredWrong(what=found, data=target.data)
        if keys:
            _put_keys(target, keys)
        _begin_anew(database, about)
    _tell_done(target, len(kept))


def _write(target: Target, database: Database) -> None:
    progress = streams.Progress("已恢复", "restored", sum(part.size for part in target.parts))
    for part in target.parts:
        top, _, rest = part.path.partition("/")
        if part.path == manifest.POSTGRES or top in (manifest.SETTINGS, manifest.KEYS):
            found = streams.digest(target.crypto, target.source / part.path, progress)
        elif top == manifest.LAKE:
            with (target.source / part.path).open("rb") as file:
                found = lakes.put(target.lake, file, part.path, target.crypto, progress)
        else:
            place = target.sqlite if part.path == manifest.SQLITE else target.data / rest
            with (target.source / part.path).open("rb") as file:
                found = streams.copy(target.crypto, file, place, progress)
        verifying.check_part(part, *found)
    if not database.is_sqlite:
        words.tell("正在恢复数据库……", "Restoring the database …")
        databases.restore(database, target.source / manifest.POSTGRES)
    if schema.shape(database).current != target.about.revision:
        raise BackupWrong(
            what=Words("数据库结构与清单不符", "its tables are not of the revision that its manifest names")
        )
    schema.migrate(database, target.data)


def _begin_anew(database: Database, about: About) -> None:
    """Nobody is signed in, the serving copies are made again, and the audit trail says what happened."""
    now = clock.now()
    with database.write() as session:
        ended = identity.end_everybodys(session, now=now)
        copies = gateway.copy_all_anew(session)
        after = {"backup_of": about.made_at, "ledger_size": about.size, "ledger_root": about.root}
        audit.record(
            session, SYSTEM, "operations.restored", SYSTEM, after={**after, "sessions": ended, "copies": copies}, at=now
        )


@contextmanager
def _blocked(target: Target, wanted: Wanted) -> Iterator[Database]:
    """Within the block the place is ours and marked; the mark goes when all has held. Raises PlaceTaken, DataInUse."""
    kernel, mark = target.settings.kernel, target.data / opening.RESTORING
    if holder := holding.holder(target.data):
        raise DataInUse(holder=holder)
    again = mark.exists()
    used = not again and _used(target)
    if used and not (wanted.replace and wanted.sure()):
        moved = Words(
            "会移到旁边" if used != _DATABASE else "会删除", "is moved aside" if used != _DATABASE else "is deleted"
        )
        raise PlaceTaken(place=kernel.database_url.rpartition("@")[2] if used == _DATABASE else target.data, kept=moved)
    if used:
        _move_aside(target)
    opening.data_folder(kernel)
    mark.write_text(json.dumps({"from": str(wanted.source.absolute())}), "utf-8")
    streams.sync_folder(target.data)
    with holding.alone(kernel):
        if again:
            words.tell("上次恢复没有完成，重新开始。", "The last restoration was cut short; beginning anew.")
        if target.is_sqlite:
            for end in ("", "-wal", "-shm"):
                Path(f"{target.sqlite}{end}").unlink(missing_ok=True)
        database = Database(kernel.database_url)
        try:
            if not database.is_sqlite:  # SQLite's file is not opened before it is there
                database.check()
                databases.empty(database)
            yield database
        finally:
            database.close()
    mark.unlink()
    streams.sync_folder(target.data)


_DATA, _DATABASE = "data", "database"


def _used(target: Target) -> str:
    """What of the place is not empty: "data", "database", or nothing. Raises LakeNotEmptied."""
    elsewhere = not Path(target.lake.uri("x")).is_relative_to(target.data.absolute())
    if elsewhere and target.lake.tables():
        raise LakeNotEmptied(url=target.lake.uri("x")[:-2])
    if target.data.exists() and any(path.name not in ALLOWED for path in target.data.iterdir()):
        return _DATA
    if target.is_sqlite:
        return _DATA if target.sqlite.exists() else ""
    database = Database(target.settings.kernel.database_url)
    try:
        database.check()
        return "" if databases.is_empty(database) else _DATABASE
    finally:
        database.close()


def _move_aside(target: Target) -> None:
    """The old data stay beside, under a name that says so."""
    stamp = f"{clock.now():%Y%m%dT%H%M%S}"
    own = [target.data]
    if target.is_sqlite and not target.sqlite.absolute().is_relative_to(target.data.absolute()):
        own += [Path(f"{target.sqlite}{end}") for end in ("", "-wal", "-shm")]
    for path in own:
        if path.exists():
            aside = path.with_name(f"{path.name}.before-{stamp}")
            path.rename(aside)
            words.tell(f"原有的 {path} 已移到 {aside}。", f"What was in {path} is now in {aside}.")


def _check_kind(target: Target) -> None:
    now_is = databases.KINDS[target.is_sqlite]
    if target.about.database != now_is:
        raise OtherDatabase(was=target.about.database, now_is=now_is)
    databases.tool_of(now_is, "pg_restore")


def _keys(target: Target, wanted: Wanted) -> bytes:
    """The root keys out of the backup, where they were asked for. Raises KeysNotIn, KeysThere, PassphraseWrong."""
    if not wanted.with_keys:
        return b""
    path, box = engines.root_key_of(target.settings), target.source / manifest.KEYS
    if not box.is_file():
        raise KeysNotIn(path=path)
    if path.exists():
        raise KeysThere(path=path)
    return passphrases.opened(target.crypto, box.read_bytes(), passphrases.asked(wanted.passphrase_file, twice=False))


def _put_keys(target: Target, keys: bytes) -> None:
    path = engines.root_key_of(target.settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(keys)
    words.tell(f"根密钥已恢复到 {path}；请另行保管。", f"The root keys were restored to {path}; keep them apart.")


def _written_already(target: Target) -> int:
    return sum(path.stat().st_size for path in target.data.rglob("*") if path.is_file())


def _of(about: About) -> tuple[str, str]:
    return f"{about.city}在 {about.made_at} 的备份", f"the backup of {about.city} of {about.made_at}"


def _tell_done(target: Target, kept: int) -> None:
    about, path = target.about, engines.root_key_of(target.settings)
    words.tell(
        f"✓ 已恢复到 {target.data}；账本 {about.size} 条与备份时的根 {about.root[:16]}… 一致"
        + (f"，也与您留存的 {kept} 个检查点一致。" if kept else "。"),
        f"✓ Restored to {target.data}; the ledger of {about.size} entries leads to the root {about.root[:16]}… of the backup"
        + (f" and fits the {kept} checkpoints that you kept." if kept else "."),
    )
    words.tell(
        "所有人须重新登录；服务副本会在启动后重做；备份之后的业务不在其中，请告知各见证人。",
        "Everybody signs in again; serving copies are made anew once it runs; what came after the backup is not in it: tell the witnesses.",
    )
    if not path.exists():
        words.tell(
            f"启动前请把根密钥文件放到 {path}（密钥 {about.root_key}）。",
            f"Before it can start, put the root key file at {path} (key {about.root_key}).",
        )
