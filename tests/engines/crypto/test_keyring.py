"""The keyring: what is sealed opens, whoever must not read the root key file is refused, and a lost file is told as lost."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengtong.engines import crypto
from zhengtong.engines.crypto import keyring

Purpose = crypto.Purpose
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "keys" / "root.key", tmp_path / "data"


@pytest.fixture
def ring(engine: crypto.Crypto, places: tuple[Path, Path]) -> keyring.FileKeyring:
    return keyring.open_keyring(engine, *places)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain=st.binary(max_size=200), aad=st.binary(max_size=30), purpose=st.sampled_from(Purpose))
def test_what_is_sealed_opens(ring: keyring.FileKeyring, plain: bytes, aad: bytes, purpose: Purpose) -> None:
    assert ring.open(purpose, ring.seal(purpose, plain, aad), aad) == plain


def test_one_purpose_cannot_open_anothers(ring: keyring.FileKeyring) -> None:
    for sealing in Purpose:
        sealed = ring.seal(sealing, b"secret")
        for opening in set(Purpose) - {sealing}:
            with pytest.raises(crypto.SealBroken):
                ring.open(opening, sealed)


def test_a_change_anywhere_is_refused(ring: keyring.FileKeyring) -> None:
    sealed = ring.seal(Purpose.DATABASE, b"secret", b"row 7")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises((crypto.SealBroken, keyring.KeyUnknown)):
            ring.open(Purpose.DATABASE, bytes(changed), b"row 7")
    with pytest.raises(crypto.SealBroken):
        ring.open(Purpose.DATABASE, sealed, b"row 8")
    for cut in range(len(sealed)):
        with pytest.raises(crypto.SealBroken):
            ring.open(Purpose.DATABASE, sealed[:cut], b"row 7")


def test_blind_indexes_match_equal_texts_within_a_purpose(ring: keyring.FileKeyring) -> None:
    index = ring.blind_index(Purpose.SUBJECTS, "990101199001011234")
    assert index == ring.blind_index(Purpose.SUBJECTS, "990101199001011234")
    assert len(index) == 64
    assert index != ring.blind_index(Purpose.SUBJECTS, "990101199001011235")
    assert index != ring.blind_index(Purpose.DATABASE, "990101199001011234")


def test_the_file_opens_again_in_another_process(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path]
) -> None:
    again = keyring.open_keyring(engine, *places)
    assert again.open(Purpose.SIGNING, ring.seal(Purpose.SIGNING, b"key")) == b"key"
    assert again.blind_index(Purpose.SUBJECTS, "x") == ring.blind_index(Purpose.SUBJECTS, "x")


def test_after_a_rotation_old_values_open_and_reseal_moves_them(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path]
) -> None:
    before, index = ring.seal(Purpose.DATABASE, b"old"), ring.blind_index(Purpose.SUBJECTS, "x")
    first, second = ring.current, ring.rotate()
    assert ring.current == second != first
    assert ring.open(Purpose.DATABASE, before) == b"old"
    assert ring.blind_index(Purpose.SUBJECTS, "x") == index
    moved = ring.reseal(Purpose.DATABASE, before)
    assert moved[1:9].hex() == second
    assert ring.reseal(Purpose.DATABASE, moved) == moved
    with pytest.raises(keyring.KeyInUse):
        ring.retire(first)
    ring.rotate(index=True)
    assert ring.blind_index(Purpose.SUBJECTS, "x") != index
    assert index in ring.blind_indexes(Purpose.SUBJECTS, "x")
    assert ring.blind_indexes(Purpose.SUBJECTS, "x")[0] == ring.blind_index(Purpose.SUBJECTS, "x")
    ring.retire(first)
    with pytest.raises(keyring.KeyUnknown, match=first):
        ring.open(Purpose.DATABASE, before)
    assert keyring.open_keyring(engine, *places).open(Purpose.DATABASE, moved) == b"old"


def test_a_process_that_was_open_reads_what_another_sealed_after_rotating(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path]
) -> None:
    other = keyring.open_keyring(engine, *places)
    ring.rotate()
    assert other.open(Purpose.DATABASE, ring.seal(Purpose.DATABASE, b"new")) == b"new"
    assert other.current == ring.current


def test_rotations_at_once_lose_no_key(engine: crypto.Crypto, places: tuple[Path, Path]) -> None:
    rings = [keyring.open_keyring(engine, *places) for _ in range(6)]
    ids: list[str] = []
    threads = [threading.Thread(target=lambda one=one: ids.append(one.rotate())) for one in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed = [one.seal(Purpose.DATABASE, b"x") for one in rings]
    last = keyring.open_keyring(engine, *places)
    assert len(set(ids)) == 6
    assert all(last.open(Purpose.DATABASE, one) == b"x" for one in sealed)


def test_processes_that_start_together_agree_on_one_root(places: tuple[Path, Path]) -> None:
    program = (
        "import sys; from pathlib import Path; from zhengtong.engines.crypto import keyring, libcrypto;"
        "print(keyring.open_keyring(libcrypto.open_libcrypto(None), Path(sys.argv[1]), Path(sys.argv[2])).current)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, *map(str, places)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


@posix
def test_the_file_is_for_its_owner_alone(ring: keyring.FileKeyring, places: tuple[Path, Path]) -> None:
    assert places[0].stat().st_mode & 0o777 == 0o600
    assert [path.name for path in places[0].parent.iterdir()] == ["root.key"]
    ring.rotate()
    assert places[0].stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_others_may_read_is_refused_with_the_remedy(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path], mode: int
) -> None:
    places[0].chmod(mode)
    with pytest.raises(keyring.RootKeyUnsafe, match="chmod 600") as caught:
        keyring.open_keyring(engine, *places)
    assert f"{mode:04o}" in caught.value.say("en")


def test_a_file_inside_the_data_folder_is_refused(oracle: crypto.Crypto, tmp_path: Path) -> None:
    with pytest.raises(keyring.RootKeyUnsafe, match="备份"):
        keyring.open_keyring(oracle, tmp_path / "data" / "x" / "root.key", tmp_path / "data")
    assert not (tmp_path / "data" / "x").exists()


def test_a_lost_file_is_told_as_lost_and_not_made_anew(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path]
) -> None:
    places[0].unlink()
    with pytest.raises(keyring.RootKeyAbsent, match=ring.current):
        keyring.open_keyring(engine, *places)
    assert not places[0].exists()


def test_another_citys_file_is_told_as_the_wrong_one(
    engine: crypto.Crypto, ring: keyring.FileKeyring, tmp_path: Path
) -> None:
    keyring.open_keyring(engine, tmp_path / "other.key", tmp_path / "other")
    with pytest.raises(keyring.KeyUnknown, match=ring.current):
        keyring.open_keyring(engine, tmp_path / "other.key", tmp_path / "data")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", '{"format":"zhengtong-root@1"}', "key", '{"roots": {"a": 3}}']
)
def test_a_damaged_file_is_told_as_damaged(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path], content: str
) -> None:
    places[0].write_text(content)
    with pytest.raises(keyring.RootKeyUnsafe, match="残缺"):
        keyring.open_keyring(engine, *places)


def test_one_changed_digit_of_a_root_is_noticed(
    ring: keyring.FileKeyring, engine: crypto.Crypto, places: tuple[Path, Path]
) -> None:
    text = places[0].read_text()
    at = text.rindex('"') - 1
    places[0].write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :])
    with pytest.raises(keyring.RootKeyUnsafe):
        keyring.open_keyring(engine, *places)


def test_no_repr_tells_a_root(ring: keyring.FileKeyring, places: tuple[Path, Path]) -> None:
    roots = ring._roots
    assert not any(root.hex() in repr(roots) or repr(root) in repr(roots) for root in roots.keys.values())


def test_a_root_key_that_is_gone_or_laid_open_is_told_when_asked(
    ring: keyring.FileKeyring, places: tuple[Path, Path]
) -> None:
    ring.check()
    places[0].chmod(0o644)
    with pytest.raises(keyring.RootKeyUnsafe):
        ring.check()
    places[0].unlink()
    with pytest.raises(keyring.RootKeyUnsafe):
        ring.check()
