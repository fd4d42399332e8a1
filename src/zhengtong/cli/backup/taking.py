"""`backup`: a checkpoint, the files, then the database and the lake at one instant, and a signed manifest over all.

The order is what makes it consistent while the city runs: a batch is numbered in the database before it is written to the lake, and noted
as landed after. So the database's snapshot and the lake's versions must be of one instant: the versions are read before and after the
snapshot is taken, and taken again until both readings agree.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

import zhengtong
from zhengtong import engines
from zhengtong.cli import opening, schema, words
from zhengtong.cli.backup import databases, lakes, manifest, passphrases, streams, told
from zhengtong.cli.backup.errors import BackupFolderTaken, BackupInside, BackupUnderWay, LakeRestless
from zhengtong.cli.backup.manifest import About, Part
from zhengtong.cli.errors import NoKeysYet, TablesOlder
from zhengtong.engines.crypto import Crypto, CryptoSettings, Keyring
from zhengtong.engines.lake import Lake, LakeSettings
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.sharing import ledger

TRIES = 50
REMADE = {"serving", "compute", "backups"}
PASSING = (".writable-", "serving.lock")


@dataclass(frozen=True, slots=True)
class Place:
    """What is backed up, and where to."""

    settings: Settings
    database: Database
    lake: Lake
    crypto: Crypto
    keyring: Keyring
    folder: Path

    @property
    def data(self) -> Path:
        return self.settings.kernel.data


def backup(config: Path | None, data: Path | None, to: Path, *, with_keys: bool, passphrase_file: Path | None) -> None:
    """This will back the whole city up to the folder; a backup that was cut short goes on where it was."""
    settings = opening.chosen(config, {"data": data})
    root = engines.root_key_of(settings)
    if not root.exists():
        raise NoKeysYet(path=root)
    database = Database(settings.kernel.database_url)
    try:
        database.check()
        databases.tool_of(databases.KINDS[database.is_sqlite], "pg_dump")
        if not schema.shape(database).is_newest:
            raise TablesOlder()
        passphrase = passphrases.asked(passphrase_file, twice=True) if with_keys else None
        crypto = engines.open_crypto(settings.of(CryptoSettings))
        lake = engines.open_lake(settings.of(LakeSettings), settings.kernel.data)
        place = Place(settings, database, lake, crypto, engines.open_keyring(settings, crypto), to.absolute())
        with _alone_in(place), streams.room_in(place.folder, 0):
            _take(place, passphrase)
    finally:
        database.close()


def _take(place: Place, passphrase: str | None) -> None:
    now, origin = clock.now(), ledger.origin_of(place.settings)
    with place.database.write() as session:
        ledger.make_checkpoint(session, origin=origin, keyring=place.keyring, crypto=place.crypto, now=now)
        ledger.city_key(session, keyring=place.keyring, crypto=place.crypto, now=now)
    stored = lakes.listed(place.lake)
    total = sum(one.size for one in stored) + sum(path.stat().st_size for path in _kept(place))
    progress = streams.Progress("已备份", "backed up", total)
    with streams.room_in(place.folder, total - _written_already(place.folder)):
        words.tell("正在备份文件和数据湖……", "Backing up files and the lake …")
        parts = {one.path: one for one in _files(place, progress)}
        parts |= {one.path: one for one in lakes.take(place.lake, place.folder, place.crypto, None, progress)}
        about = _at_one_instant(place, parts, origin)
        words.tell("正在核对新增的文件……", "Looking for what came meanwhile …")
        parts |= {one.path: one for one in lakes.take(place.lake, place.folder, place.crypto, about.lake, None)}
        lakes.complete(place.lake, about.lake, parts)
        parts |= {one.path: one for one in _files(place, None)}
        parts |= {one.path: one for one in _told(place, passphrase)}
        _finish(place, about, parts)
    size = sum(one.size for one in parts.values())
    words.tell(
        f"✓ 已备份到 {place.folder}：{len(parts)} 个文件，{-(-size // streams.MB)} MB；账本 {about.size} 条，根 {about.root[:16]}…",
        f"✓ Backed up to {place.folder}: {len(parts)} files, {-(-size // streams.MB)} MB; "
        f"ledger of {about.size} entries, root {about.root[:16]}…",
    )
    if not about.keys or passphrase is None:
        words.tell(
            f"根密钥不在备份里；请另行保管 {engines.root_key_of(place.settings)}，没有它备份打不开。",
            f"The root keys are not in it; keep {engines.root_key_of(place.settings)} apart: without it the backup is useless.",
        )


def _at_one_instant(place: Place, parts: dict[str, Part], origin: str) -> About:
    """The database written, and what it and the lake were at that instant. Raises LakeRestless."""
    for _ in range(TRIES):
        before = lakes.versions(place.lake)
        with databases.instant(place.database) as instant:
            head, last = ledger.head(instant.session), ledger.latest(instant.session)
            note = ledger.full_note(instant.session, last) if last else ""
            if lakes.versions(place.lake) != before:
                continue
            words.tell("正在备份数据库……", "Backing up the database …")
            target = place.folder / instant.name
            target.parent.mkdir(exist_ok=True, mode=0o700)
            instant.write(target)
        parts[instant.name] = Part(instant.name, *streams.digest(place.crypto, target))
        kernel = place.settings.kernel
        return About(
            made_at=clock.now().isoformat(timespec="seconds"),
            program=zhengtong.__version__,
            city=kernel.city,
            city_code=kernel.city_code,
            database=databases.KINDS[place.database.is_sqlite],
            revision=schema.shape(place.database).head,
            origin=origin,
            size=head.size,
            root=head.root.hex(),
            checkpoint=note,
            root_key=place.keyring.current,
            keys=place.keyring.known,
            lake=before,
        )
    raise LakeRestless()


def _files(place: Place, progress: streams.Progress | None) -> Iterator[Part]:
    """This will copy what the data folder keeps besides database and lake; unchanged since the last copy, it is read again only."""
    for path in _kept(place):
        name = f"{manifest.FILES}/{path.relative_to(place.data).as_posix()}"
        target = place.folder / name
        try:
            found = path.stat()
            if target.is_file() and _same(found, target.stat()):
                size, sm3 = streams.digest(place.crypto, target, progress)
            else:
                with path.open("rb") as source:
                    size, sm3 = streams.copy(place.crypto, source, target, progress)
                os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
        except FileNotFoundError:  # used up since the listing
            continue
        yield Part(name, size, sm3)


def _kept(place: Place) -> Iterator[Path]:
    file = make_url(place.settings.kernel.database_url).database if place.database.is_sqlite else None
    own = {Path(f"{file}{end}").absolute() for end in ("", "-wal", "-shm", "-journal")} if file else set()
    lake = place.lake.uri("x")[:-2]
    for folder, folders, names in os.walk(place.data):
        here = Path(folder)
        top = here == place.data
        folders[:] = sorted(n for n in folders if not (top and n in REMADE) and str((here / n).absolute()) != lake)
        for name in sorted(names):
            path = here / name
            if path.absolute() not in own and not name.startswith(PASSING) and path.is_file() and not path.is_symlink():
                yield path


def _told(place: Place, passphrase: str | None) -> Iterator[Part]:
    """This will write the settings without their secrets, and with a passphrase the root keys."""
    written = {manifest.SETTINGS: told.settings_of(place.settings)}
    if passphrase is not None:
        root = engines.root_key_of(place.settings).read_bytes()
        written[manifest.KEYS] = passphrases.sealed(place.crypto, root, passphrase)
    for name, data in written.items():
        target = place.folder / name
        target.touch(mode=0o600)
        target.write_bytes(data)
        yield Part(name, *streams.digest(place.crypto, target))


def _finish(place: Place, about: About, parts: dict[str, Part]) -> None:
    """This will sign and put the manifest; from here on the folder is a backup."""
    for stray in list(manifest.unlisted(place.folder, parts.values())):
        stray.unlink()  # of an earlier try; the city has it no more
    data = manifest.written(about, parts.values())
    text = manifest.signed_text(about.origin, place.crypto.sm3(data))
    with place.database.write() as session:
        note = ledger.sign_text(
            session, text, origin=about.origin, keyring=place.keyring, crypto=place.crypto, now=clock.now()
        )
    for name, content in ((manifest.MANIFEST, data), (manifest.NOTE, note.encode())):
        with (place.folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    streams.sync_folder(place.folder)
    (place.folder / manifest.UNFINISHED).unlink()
    streams.sync_folder(place.folder)


@contextmanager
def _alone_in(place: Place) -> Iterator[None]:
    """Within the block this process alone writes the folder. Raises BackupInside, BackupFolderTaken, BackupUnderWay."""
    if place.folder.resolve().is_relative_to(place.data.resolve()):
        raise BackupInside(folder=place.folder, data=place.data)
    mark = place.folder / manifest.UNFINISHED
    if place.folder.exists() and not mark.exists() and any(place.folder.iterdir()):
        raise BackupFolderTaken(folder=place.folder)
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if mark.exists():
        words.tell("上次备份没有完成，接着做。", "The last backup was cut short; going on with it.")
    with mark.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupUnderWay(folder=place.folder) from None
        yield


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _written_already(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
