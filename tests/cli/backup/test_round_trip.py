"""What comes out of a backup is what went in, on both databases, also where it was killed or the city was at work."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.cli.backup.city import DELIVERED, NOW, TABLE, City, NewCity, furnish, kept_checkpoint, land, made, points
from tests.cli.conftest import environment
from tests.conftest import POSTGRES
from zhengtong import engines
from zhengtong.cli import opening
from zhengtong.cli.backup import manifest, restoring, taking
from zhengtong.cli.backup.errors import (
    BackupAbsent,
    BackupFolderTaken,
    BackupInside,
    BackupUnfinished,
    KeysNotIn,
    OtherDatabase,
    PassphraseNeeded,
    PassphraseWrong,
    PlaceTaken,
)
from zhengtong.cli.errors import RestoreUnfinished
from zhengtong.kernel.audit import Audit
from zhengtong.sharing import ledger

SECRET = "a long enough passphrase"
WITHIN_S = 90


def test_what_is_restored_is_what_was_backed_up(new_city: NewCity, tmp_path: Path) -> None:
    old, new = new_city("old"), new_city("new")
    furnish(old)
    kept = kept_checkpoint(old, tmp_path / "kept")
    new.restore(old.back_up(tmp_path / "backup"), checkpoints=(kept,))
    assert new.head().root == old.head().root
    assert new.lake.version(TABLE) == old.lake.version(TABLE) == 2
    for version in (1, 2):
        was, now_is = (city.lake.read(TABLE, version=version).sort_by("number") for city in (old, new))
        assert was == now_is
    assert new.lake.mark_of(TABLE, "market") == 2
    assert (new.data / "deliveries/one.ztf").read_bytes() == DELIVERED
    with new.opened() as database, database.read() as session:
        assert not ledger.check_ledger(session, origin=ledger.origin_of(new.settings), crypto=new.crypto)
        (restored,) = session.scalars(select(Audit).where(Audit.action == "operations.restored"))
        assert restored.after
        assert restored.after["ledger_root"] == old.head().root.hex()
    assert land(new.lake, 3) == 3


def test_a_place_that_is_in_use_is_left_as_it_is_until_replacing_is_confirmed(
    new_city: NewCity, tmp_path: Path
) -> None:
    old, new = new_city("old"), new_city("new")
    furnish(old)
    furnish(new)
    source, before = old.back_up(tmp_path / "backup"), new.head().root
    with pytest.raises(PlaceTaken):
        new.restore(source)
    with pytest.raises(PlaceTaken):
        new.restore(source, replace=True, sure=lambda: False)
    assert new.head().root == before
    new.restore(source, replace=True, sure=lambda: True)
    assert new.head().root == old.head().root
    (aside,) = new.folder.glob("data.before-*")
    assert (aside / "deliveries/one.ztf").read_bytes() == DELIVERED


def test_root_keys_go_along_under_a_passphrase_only(sound: City, empty: City, tmp_path: Path) -> None:
    said, wrong, short = tmp_path / "said", tmp_path / "wrong", tmp_path / "short"
    for file, told in ((said, SECRET), (wrong, SECRET + "!"), (short, "short")):
        file.write_text(told, "utf-8")
    root = engines.root_key_of(sound.settings)
    assert not any(
        root.read_bytes() in path.read_bytes() for path in (sound.folder / "backup").rglob("*") if path.is_file()
    )
    with pytest.raises(KeysNotIn):
        empty.restore(sound.folder / "backup", with_keys=True, passphrase_file=said)
    with pytest.raises(PassphraseNeeded):
        sound.back_up(tmp_path / "short-backup", passphrase=short)
    source = sound.back_up(tmp_path / "with-keys", passphrase=said)
    assert not any(
        bytes.fromhex(key) in path.read_bytes()
        for key in json.loads(root.read_text())["roots"].values()
        for path in source.rglob("*")
        if path.is_file()
    )
    with pytest.raises(PassphraseWrong):
        empty.restore(source, with_keys=True, passphrase_file=wrong)
    empty.restore(source, with_keys=True, passphrase_file=said)
    restored = engines.root_key_of(empty.settings)
    assert restored.read_bytes() == root.read_bytes()
    assert restored.stat().st_mode & 0o077 == 0


def test_secrets_stay_out_of_the_settings(tmp_path: Path) -> None:
    city = City(made(tmp_path / "city"), "")
    furnish(city)
    city.config.write_text('[lake]\nsecret_key = "hush-hush"\nregion = "cn-1"\n', "utf-8")
    to = tmp_path / "backup"
    taking.backup(city.folder / "zhengtong.toml", city.data, to, with_keys=False, passphrase_file=None)
    told = (to / manifest.SETTINGS).read_text("utf-8")
    assert "cn-1" in told
    assert not any(b"hush-hush" in path.read_bytes() for path in to.rglob("*") if path.is_file())


def test_a_backup_goes_neither_into_the_city_nor_over_something_else(sound: City, tmp_path: Path) -> None:
    with pytest.raises(BackupInside):
        sound.back_up(sound.data / "backup")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter").touch()
    for taken in (tmp_path / "taken", sound.folder / "backup"):
        with pytest.raises(BackupFolderTaken):
            sound.back_up(taken)
    with pytest.raises(BackupAbsent):
        restoring.check(sound.config, tmp_path / "taken")


@pytest.mark.skipif(not POSTGRES, reason="needs PostgreSQL")
def test_a_backup_of_sqlite_is_not_put_into_postgresql(sound: City, tmp_path: Path) -> None:
    with pytest.raises(OtherDatabase):
        City(made(tmp_path / "pg"), POSTGRES).restore(sound.folder / "backup")


def killed(city: City, arguments: tuple[str, ...], begun: Callable[[], bool]) -> None:
    """The command, killed as soon as `begun` says that it is in the midst of it."""
    more = {"ZT_KERNEL__DATABASE": city.url, "ZT_KERNEL__DATA": str(city.data)}
    process = subprocess.Popen(
        [sys.executable, "-m", "zhengtong", *arguments], cwd=city.folder, env=environment(**more)
    )
    until = time.monotonic() + WITHIN_S
    while not begun() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL, "it was done before it could be killed"


@pytest.mark.soak
def test_killed_in_the_middle_it_is_no_backup_and_no_city_and_the_same_command_ends_it(
    empty: City, tmp_path: Path
) -> None:
    old, new, to = City(made(tmp_path / "old"), ""), empty, tmp_path / "backup"
    furnish(old)
    with (old.data / "deliveries" / "large.ztf").open("wb") as large:
        large.truncate(150 << 20)
    killed(old, ("backup", str(to)), lambda: (to / "files/deliveries/large.ztf.part").exists())
    with pytest.raises(BackupUnfinished):
        new.restore(to)
    old.back_up(to)
    killed(new, ("restore", str(to)), lambda: (new.data / "deliveries/large.ztf.part").exists())
    with pytest.raises(RestoreUnfinished), opening.opened(new.settings):
        pass
    new.restore(to)
    assert new.head().root == old.head().root
    assert not list(new.data.rglob("*.part"))


@pytest.mark.soak
def test_database_and_lake_are_of_one_instant_while_both_are_written(new_city: NewCity, tmp_path: Path) -> None:
    """Each batch is numbered in the database, written to the lake, noted as landed: no backup may fall between unseen."""
    old, new = new_city("old"), new_city("new")
    furnish(old)
    stop = threading.Event()

    def write() -> None:
        with old.opened() as database:
            for number in range(3, 100_000):
                for reason in ("begun", "landed"):
                    with database.write() as session:
                        ledger.append(session, [points(number, reason)], now=NOW)
                    if reason == "begun":
                        land(old.lake, number)
                if stop.wait(0.05):
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        old.back_up(tmp_path / "backup")
    finally:
        stop.set()
        writer.join()
    new.restore(tmp_path / "backup")
    landed = new.lake.mark_of(TABLE, "market") or 0
    with new.opened() as database, database.read() as session:
        entries = [ledger.entry_at(session, index) for index in range(ledger.head(session).size)]
    noted = {
        reason: max([2, *(int(one.body["points"]) for one in entries if one.body.get("reason") == reason)])
        for reason in ("begun", "landed")
    }
    assert noted["landed"] <= landed <= noted["begun"]
    assert new.lake.read(TABLE).num_rows == landed
