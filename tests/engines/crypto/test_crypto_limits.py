"""Memory, the absent engine, the failing engine, and the million rounds of SM4."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from zhengtong.engines import crypto
from zhengtong.engines.crypto import libcrypto, vectors


def _resident_kb() -> int:
    text = Path("/proc/self/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.slow
@pytest.mark.parametrize("turns", [3_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_thousands_of_signatures_and_refusals_do_not_grow_memory(engine: crypto.Crypto, turns: int) -> None:
    key = engine.new_key()

    def work(count: int) -> None:
        for turn in range(count):
            signature = engine.sign(key, b"message")
            if turn % 10 == 0:
                engine.verify(key.public, bytes(64), b"message")
                fresh = engine.new_key()
                engine.verify(fresh.public, signature, b"message")
                if engine.features.sm2_encryption:
                    engine.decrypt(key, engine.encrypt(key.public, b"secret"))

    work(2700)  # fills the 256 loaded keys
    before = _resident_kb()
    work(turns)
    assert _resident_kb() - before < 2048


def test_a_library_that_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(crypto.CryptoAbsent) as caught:
        libcrypto.open_libcrypto(tmp_path / "libcrypto.so.3")
    assert "zhengtong[tongsuo]" in caught.value.say("zh")
    assert "libssl3" in caught.value.say("en")


def test_a_library_without_sm2_is_told_as_such() -> None:
    with pytest.raises(crypto.CryptoAbsent, match="太旧"):
        libcrypto.open_libcrypto(Path("libc.so.6" if sys.platform == "linux" else "libSystem.dylib"))


@pytest.mark.parametrize(
    ("machine", "version", "warned"),
    [
        ("x86_64", 0x30500040, False),
        ("aarch64", 0x30000130, False),
        ("aarch64", 0x30100000, False),
        ("aarch64", 0x30200000, True),
        ("arm64", 0x30500040, True),
        ("riscv64", 0x40000000, True),
    ],
)
def test_a_library_whose_time_depends_on_the_key_is_warned_of(machine: str, version: int, warned: bool) -> None:
    assert (libcrypto.caution_of(machine, version) is not None) is warned


def test_a_python_without_sm3_has_the_wheels() -> None:
    program = (
        "import hashlib; hashlib.algorithms_available = set();"
        "from zhengtong.engines import crypto; from zhengtong.engines.crypto import libcrypto, vectors;"
        "engine = libcrypto.open_libcrypto(None); vectors.self_test(engine);"
        "assert type(engine._sm3()) is libcrypto.WheelSm3; print(engine.sm3_of([b'a', b'bc']).hex())"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip().upper() == vectors.vectors()["sm3"][0]["digest"]


class _Wrong(libcrypto.LibCrypto):
    """Real but for one digest."""

    def sm3(self, data: bytes) -> bytes:
        return bytes(32)


def test_an_engine_that_fails_a_vector_is_refused_by_name() -> None:
    with pytest.raises(vectors.SelfTestFailed, match="GB/T 32905"):
        vectors.self_test(_Wrong(None))


def test_a_failed_call_leaves_nothing_for_pythons_own_tls(oracle: crypto.Crypto) -> None:
    """libcrypto's error queue is shared with `ssl` in the same thread; a remnant would be told as a TLS failure."""
    key = oracle.new_key()
    for cipher in (b"", b"\x30\x00", oracle.encrypt(oracle.new_key().public, b"x")):
        with pytest.raises(crypto.SealBroken):
            oracle.decrypt(key, cipher)
    oracle.verify(key.public, bytes(64), b"m")
    assert oracle._lib.ERR_peek_error() == 0  # type: ignore[attr-defined]


def test_the_port_imports_no_adapter() -> None:
    program = (
        "import sys, zhengtong.engines.crypto; print([m for m in sys.modules if 'libcrypto' in m or 'tongsuo' in m])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_sm4_gives_the_standards_block() -> None:
    known = vectors.vectors()["sm4_block"]
    key, block = bytes.fromhex(known["key"]), bytes.fromhex(known["plain"])
    assert Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(block).hex().upper() == known["cipher"]


@pytest.mark.slow
def test_sm4_gives_the_standards_block_after_a_million_rounds() -> None:
    known = vectors.vectors()["sm4_block"]
    block, sealing = (
        bytes.fromhex(known["plain"]),
        Cipher(algorithms.SM4(bytes.fromhex(known["key"])), modes.ECB()).encryptor(),
    )
    for _ in range(1_000_000):
        block = sealing.update(block)
    assert block.hex().upper() == known["after_1000000"]
