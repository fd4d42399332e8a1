"""How fast the 国密 engine is, each figure beside a peer measured in the same run.

`python -m benchmarks.crypto` prints the table and writes benchmarks/results/crypto-<date>.json. Each figure is the best of three turns of
0.4 s on one thread; all take a turn before any takes the next, so that other work on the machine hits them alike. Peers: hashlib's SHA-256 and sm3, AES-128-GCM and ECDSA P-256 of `cryptography`, gmssl (pure Python).
"""

import hashlib
import importlib.util
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks._machine import keep
from zhengtong import engines
from zhengtong.engines import crypto
from zhengtong.engines.crypto import libcrypto

TURN_S, TURNS = 0.4, 3
MESSAGE = b"zhengtong" * 7
MEGABYTE = os.urandom(1 << 20)


Work = Callable[[], object]


def rates(works: dict[str, Work]) -> dict[str, float]:
    """Calls a second of each, the best of its turns."""
    best = dict.fromkeys(works, 0.0)
    for work in works.values():
        work()
    for _ in range(TURNS):
        for name, work in works.items():
            best[name] = max(best[name], turn(work))
    return best


def turn(work: Work) -> float:
    """Calls a second over one turn."""
    count, begun = 0, time.perf_counter()
    while (took := time.perf_counter() - begun) < TURN_S:
        work()
        count += 1
    return count / took


def ours(name: str, engine: crypto.Crypto) -> dict[str, Work]:
    """This adapter's works; MB where the name says so is 2²⁰ bytes."""
    key, secret = engine.new_key(), os.urandom(16)
    signature = engine.sign(key, MESSAGE)
    found = {
        f"{name} SM2 sign": lambda: engine.sign(key, MESSAGE),
        f"{name} SM2 verify": lambda: engine.verify(key.public, signature, MESSAGE),
        f"{name} SM2 new key": engine.new_key,
        f"{name} SM3 64 B": lambda: engine.sm3(MESSAGE),
        f"{name} SM3 MB": lambda: engine.sm3(MEGABYTE),
        f"{name} SM4-GCM seal 64 B": lambda: engine.sm4_seal(secret, MESSAGE),
        f"{name} SM4-GCM seal MB": lambda: engine.sm4_seal(secret, MEGABYTE),
    }
    if engine.features.sm2_encryption:
        cipher = engine.encrypt(key.public, MESSAGE)
        found[f"{name} SM2 encrypt"] = lambda: engine.encrypt(key.public, MESSAGE)
        found[f"{name} SM2 decrypt"] = lambda: engine.decrypt(key, cipher)
    return found


def peers() -> dict[str, Work]:
    """What stands beside: other algorithms of the same kind, and the pure-Python SM2."""
    aes, nonce = AESGCM(os.urandom(16)), os.urandom(12)
    p256 = ec.generate_private_key(ec.SECP256R1())
    signature = p256.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    public = p256.public_key()
    wheel = libcrypto.WheelSm3
    found = {
        "cryptography SM3 64 B": lambda: wheel(MESSAGE).digest(),
        "cryptography SM3 MB": lambda: wheel(MEGABYTE).digest(),
        "ECDSA P-256 sign": lambda: p256.sign(MESSAGE, ec.ECDSA(hashes.SHA256())),
        "ECDSA P-256 verify": lambda: public.verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256())),
        "SHA-256 64 B": lambda: hashlib.sha256(MESSAGE).digest(),
        "SHA-256 MB": lambda: hashlib.sha256(MEGABYTE).digest(),
        "AES-128-GCM seal 64 B": lambda: aes.encrypt(nonce, MESSAGE, None),
        "AES-128-GCM seal MB": lambda: aes.encrypt(nonce, MEGABYTE, None),
    }
    if "sm3" in hashlib.algorithms_available:
        found["hashlib sm3 64 B"] = lambda: hashlib.new("sm3", MESSAGE).digest()
        found["hashlib sm3 MB"] = lambda: hashlib.new("sm3", MEGABYTE).digest()
    return found | pure_python()


def pure_python() -> dict[str, Work]:
    """gmssl's works, where it is installed (`uv pip install gmssl`); never used for keys: its time depends on them."""
    if importlib.util.find_spec("gmssl") is None:
        return {}
    from gmssl import func, sm2, sm3

    engine = engines.open_crypto(crypto.CryptoSettings())
    key = engine.new_key()
    signer = sm2.CryptSM2(private_key=key.scalar.hex(), public_key=key.public.to_hex()[2:])
    signature = signer.sign_with_sm3(MESSAGE)
    assert engine.verify(key.public, bytes.fromhex(signature), MESSAGE), "gmssl and libcrypto must agree"
    kilobytes = func.bytes_to_list(MEGABYTE[: 1 << 12])
    return {
        "gmssl SM2 sign": lambda: signer.sign_with_sm3(MESSAGE),
        "gmssl SM2 verify": lambda: signer.verify_with_sm3(signature, MESSAGE),
        "gmssl SM3 4 KB": lambda: sm3.sm3_hash(kilobytes),
    }


RATIOS = (
    ("libcrypto SM2 sign", "gmssl SM2 sign"),
    ("libcrypto SM2 verify", "gmssl SM2 verify"),
    ("libcrypto SM2 sign", "tongsuo SM2 sign"),
    ("libcrypto SM2 verify", "tongsuo SM2 verify"),
    ("libcrypto SM2 sign", "ECDSA P-256 sign"),
    ("libcrypto SM2 verify", "ECDSA P-256 verify"),
    ("libcrypto SM3 MB", "SHA-256 MB"),
    ("libcrypto SM3 MB", "hashlib sm3 MB"),
    ("libcrypto SM3 MB", "gmssl SM3 MB"),
    ("libcrypto SM3 MB", "cryptography SM3 MB"),
    ("libcrypto SM3 64 B", "cryptography SM3 64 B"),
    ("libcrypto SM3 64 B", "hashlib sm3 64 B"),
    ("libcrypto SM4-GCM seal MB", "AES-128-GCM seal MB"),
)


def machine() -> dict[str, str | int | None]:
    """Where the figures were taken."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_at_start": str(load),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def main() -> None:
    """Measures, prints, writes the dated result."""
    told = machine()
    works: dict[str, Work] = {}
    versions = []
    for name in ("libcrypto", *(["tongsuo"] if importlib.util.find_spec("tongsuopy") else [])):
        engine = engines.open_crypto(crypto.CryptoSettings(engine=name))  # type: ignore[arg-type]
        versions.append(f"{engine.features.engine} {engine.features.version}")
        works |= ours(name, engine)
    figures = rates(works | peers())
    if "gmssl SM3 4 KB" in figures:
        figures["gmssl SM3 MB"] = figures.pop("gmssl SM3 4 KB") * (1 << 12) / (1 << 20)
    ratios = {f"{one} ÷ {other}": figures[one] / figures[other] for one, other in RATIOS if other in figures}
    today = datetime.now(UTC).date().isoformat()
    print(today, *versions, *told.values(), sep=" · ")
    for name, value in figures.items():
        print(f"{name:32} {value:12,.1f} {'MB/s' if name.endswith('MB') else '/s'}")
    for name, value in ratios.items():
        print(f"{name:56} {value:10.3g}")
    keep(
        "crypto",
        {
            "cpu": told["cpu"],
            "engines": versions,
            "per_second": {name: float(f"{value:.4g}") for name, value in figures.items()},
            "ratios": {name: float(f"{value:.3g}") for name, value in ratios.items()},
        },
    )


if __name__ == "__main__":
    main()
