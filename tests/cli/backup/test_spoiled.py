"""Whatever is wrong with a backup is named, and nothing that did not hold can be started."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.backup.city import NOW, City, NewCity, furnish, kept_checkpoint, made, points
from zhengtong import engines
from zhengtong.cli import opening
from zhengtong.cli.backup import manifest, restoring
from zhengtong.cli.backup.errors import (
    BackupWrong,
    RestoredWrong,
)
from zhengtong.cli.errors import RestoreUnfinished
from zhengtong.kernel.db import Database
from zhengtong.sharing import ledger

SPOILED = {
    "the database": manifest.SQLITE,
    "a delivered file": "files/deliveries/one.ztf",
    "the settings": manifest.SETTINGS,
    "the lake": "",
}


def _part(source: Path, part: str) -> Path:
    return source / part if part else next((source / "lake").rglob("*.parquet"))


@pytest.mark.parametrize("part", SPOILED.values(), ids=SPOILED)
def test_an_altered_byte_is_named_and_the_place_stays_blocked(empty: City, source: Path, part: str) -> None:
    path = _part(source, part)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    name = path.relative_to(source).as_posix()
    with pytest.raises(BackupWrong, match=name):
        restoring.check(empty.config, source)
    with pytest.raises(BackupWrong, match=name):
        empty.restore(source)
    with pytest.raises(RestoreUnfinished), opening.opened(empty.settings):
        pass


@pytest.mark.parametrize("part", [*SPOILED.values()], ids=SPOILED)
def test_a_missing_file_is_named_before_anything_is_written(empty: City, source: Path, part: str) -> None:
    path = _part(source, part)
    path.unlink()
    with pytest.raises(BackupWrong, match=path.relative_to(source).as_posix()):
        empty.restore(source)
    assert not empty.data.exists()


def test_a_file_that_the_manifest_does_not_name_is_named(empty: City, source: Path) -> None:
    (source / "files" / "planted").write_bytes(b"x")
    with pytest.raises(BackupWrong, match="files/planted"):
        empty.restore(source)


def test_an_altered_manifest_does_not_fit_what_was_signed(empty: City, source: Path) -> None:
    listing = source / manifest.MANIFEST
    listing.write_text(listing.read_text("utf-8").replace("云溪市", "云溪县"), "utf-8")
    with pytest.raises(BackupWrong, match="签名"):
        empty.restore(source)


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "files/../../outside", "files\\x", "elsewhere/x", "files//x"]
)
def test_a_manifest_cannot_lead_out_of_the_place(path: str) -> None:
    with pytest.raises(BackupWrong):
        manifest.check_path(path)


def resigned(source: Path, city: City) -> None:
    """What somebody can do who has the backup and makes its manifest anew, digest and all."""
    about, parts, _, _ = manifest.read(source, "0")
    fresh = [
        manifest.Part(
            one.path, (source / one.path).stat().st_size, city.crypto.sm3((source / one.path).read_bytes()).hex()
        )
        for one in parts
    ]
    with closing(Database(f"sqlite:///{source / manifest.SQLITE}")) as database, database.read() as session:
        head = ledger.head(session)
    told = manifest.About(
        **{**{name: getattr(about, name) for name in about.__slots__}, "size": head.size, "root": head.root.hex()}
    )  # type: ignore[arg-type]
    data = manifest.written(told, fresh)
    lines = (source / manifest.NOTE).read_text("utf-8").rpartition("\n\n")[2]
    text_of = manifest.signed_text(about.origin, city.crypto.sm3(data))
    (source / manifest.MANIFEST).write_bytes(data)
    (source / manifest.NOTE).write_text(f"{text_of}\n{lines}", "utf-8")
    for end in ("-wal", "-shm"):
        (source / f"{manifest.SQLITE}{end}").unlink(missing_ok=True)


def test_a_ledger_that_was_rewritten_does_not_fit_the_checkpoint_that_somebody_kept(
    sound: City, empty: City, source: Path, tmp_path: Path
) -> None:
    kept = kept_checkpoint(sound, tmp_path / "kept")
    other = City(made(tmp_path / "other"), "")
    furnish(other)  # the same deeds under other ids: another history
    shutil.rmtree(source)
    other.back_up(source)
    with pytest.raises(RestoredWrong, match="检查点不符"):
        empty.restore(source, checkpoints=(kept,))
    with pytest.raises(RestoreUnfinished), opening.opened(empty.settings):
        pass


def test_an_entry_altered_in_a_backup_whose_manifest_was_made_anew_is_found(
    sound: City, empty: City, source: Path
) -> None:
    with closing(Database(f"sqlite:///{source / manifest.SQLITE}")) as database, database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("DROP TRIGGER ledger_entry_no_UPDATE")
        connection.exec_driver_sql("UPDATE ledger_entry SET entry = x'7b7d' WHERE \"index\" = 3")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    resigned(source, sound)
    with pytest.raises(RestoredWrong, match="第 3 条"):
        empty.restore(source)


def test_a_checkpoint_younger_than_the_backup_says_from_where_entries_are_missing(
    new_city: NewCity, tmp_path: Path
) -> None:
    old, new = new_city("old"), new_city("new")
    furnish(old)
    source = old.back_up(tmp_path / "backup")
    with old.opened() as database, database.write() as session:
        ledger.append(session, [points(9)], now=NOW)
        keyring = engines.open_keyring(old.settings, old.crypto)
        origin = ledger.origin_of(old.settings)
        ledger.make_checkpoint(session, origin=origin, keyring=keyring, crypto=old.crypto, now=NOW)
    with pytest.raises(RestoredWrong, match="第 8 条起缺失"):
        new.restore(source, checkpoints=(kept_checkpoint(old, tmp_path / "kept"),))
    new.restore(source)  # the same place, once more
    assert new.head().size == 8


def test_a_manifest_made_anew_is_not_signed_by_the_city(sound: City, empty: City, source: Path) -> None:
    (source / "files/deliveries/one.ztf").write_bytes(b"swapped for another of the same name")
    resigned(source, sound)
    restoring.check(empty.config, source)  # all files are as the manifest says
    with pytest.raises(RestoredWrong, match="不是用这个账本的密钥签的"):
        empty.restore(source)
