"""The self-test: the standards' worked examples, computed by the engine before it is trusted."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from zhengtong.engines import crypto
from zhengtong.kernel import errors


class SelfTestFailed(errors.Unavailable):
    zh = "国密引擎 {engine} 未通过标准算例：{names}。不得使用，请更换 libcrypto。"
    en = "The 国密 engine {engine} fails the standards' vectors: {names}. It must not be used; replace libcrypto."


@dataclass(frozen=True, slots=True)
class Checked:
    """One vector of a standard and whether the engine agrees."""

    name: str
    passed: bool


def vectors() -> dict[str, Any]:
    """The standards' worked examples, in hexadecimal."""
    text = resources.files(__package__).joinpath("vectors.json").read_text("utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def check_vectors(engine: crypto.Crypto) -> list[Checked]:
    """This will compute each standard's example; for the doctor's table."""
    known = vectors()
    checks: dict[str, Callable[[], bool]] = {
        "SM3 GB/T 32905": lambda: all(
            engine.sm3(one["message"].encode()).hex().upper() == one["digest"] for one in known["sm3"]
        ),
        "SM4-GCM RFC 8998": lambda: _sm4_agrees(engine, known["sm4_gcm"]),
        "SM2 signature GB/T 32918.5": lambda: _signature_agrees(engine, known["sm2_sign"]),
        "SM2 sign and verify": lambda: _signs(engine),
    }
    if engine.features.sm2_encryption:
        checks["SM2 encryption GB/T 32918.5"] = lambda: _encryption_agrees(engine, known["sm2_encrypt"])
    return [Checked(name, _holds(check)) for name, check in checks.items()]


def self_test(engine: crypto.Crypto) -> None:
    """This will refuse an engine that fails a vector. Raises SelfTestFailed."""
    failed = [check.name for check in check_vectors(engine) if not check.passed]
    if failed:
        raise SelfTestFailed(engine=f"{engine.features.engine} {engine.features.version}", names=", ".join(failed))


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (errors.Problem, ValueError, RuntimeError):
        return False


def _sm4_agrees(engine: crypto.Crypto, known: dict[str, str]) -> bool:
    key, aad = bytes.fromhex(known["key"]), bytes.fromhex(known["aad"])
    sealed = bytes.fromhex(known["iv"] + known["cipher"] + known["tag"])
    again = engine.sm4_open(key, engine.sm4_seal(key, sealed, aad), aad)
    return engine.sm4_open(key, sealed, aad) == bytes.fromhex(known["plain"]) and again == sealed


def _signature_agrees(engine: crypto.Crypto, known: dict[str, str]) -> bool:
    key = engine.private_key(bytes.fromhex(known["d"]))
    signature, message = bytes.fromhex(known["r"] + known["s"]), known["message"].encode()
    return (
        key.public.to_hex().upper() == "04" + known["px"] + known["py"]
        and crypto.z_of(engine, key.public).hex().upper() == known["z"]
        and engine.verify(key.public, signature, message)
        and not engine.verify(key.public, signature, message + b".")
    )


def _signs(engine: crypto.Crypto) -> bool:
    key = engine.new_key()
    return engine.verify(key.public, engine.sign(key, b"zhengtong"), b"zhengtong")


def _encryption_agrees(engine: crypto.Crypto, known: dict[str, str]) -> bool:
    key = engine.private_key(bytes.fromhex(known["d"]))
    plain = known["plain"].encode()
    cipher = bytes.fromhex(known["c1"] + known["c3"] + known["c2"])
    return engine.decrypt(key, cipher) == plain == engine.decrypt(key, engine.encrypt(key.public, plain))
