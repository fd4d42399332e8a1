"""The root keys in a backup: sealed with SM4-GCM under a key that argon2id makes of a passphrase, which is kept nowhere."""

import base64
import json
import os
from pathlib import Path

import typer

from zhengtong.cli import words
from zhengtong.cli.backup.errors import PassphraseNeeded, PassphraseWrong
from zhengtong.engines.crypto import Crypto, SealBroken, random

FORMAT = "zhengtong-sealed-keys@1"
LEAST = 12
TIME, MEMORY_KIB, LANES = 3, 65_536, 1


def asked(file: Path | None, *, twice: bool) -> str:
    """The passphrase from the file, or typed at the terminal. Raises PassphraseNeeded."""
    if file is not None:
        given = file.read_text("utf-8").strip() if file.is_file() else ""
    elif os.isatty(0):
        question = words.say("封存根密钥的口令", "Passphrase of the root keys")
        given = str(typer.prompt(question, hide_input=True, confirmation_prompt=twice))
    else:
        given = ""
    if len(given) < LEAST:
        raise PassphraseNeeded(least=LEAST)
    return given


def sealed(crypto: Crypto, plain: bytes, passphrase: str) -> bytes:
    """The keys as they stand in a backup."""
    salt = random(16)
    head = {"format": FORMAT, "kdf": "argon2id", "time": TIME, "memory_kib": MEMORY_KIB, "lanes": LANES}
    told = {**head, "salt": salt.hex()}
    box = crypto.sm4_seal(_key(passphrase, told), plain, _aad(told))
    return json.dumps({**told, "sealed": base64.b64encode(box).decode()}, indent=1).encode() + b"\n"


def opened(crypto: Crypto, data: bytes, passphrase: str) -> bytes:
    """The keys again. Raises PassphraseWrong."""
    try:
        told = json.loads(data)
        box = base64.b64decode(told.pop("sealed"), validate=True)
        if told["format"] != FORMAT or told["memory_kib"] > 1 << 20 or told["time"] > 100:
            raise PassphraseWrong()
        return crypto.sm4_open(_key(passphrase, told), box, _aad(told))
    except (ValueError, KeyError, TypeError, SealBroken):
        raise PassphraseWrong() from None


def _key(passphrase: str, told: dict[str, object]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    cost = {"time_cost": int(str(told["time"])), "memory_cost": int(str(told["memory_kib"]))}
    salt, lanes = bytes.fromhex(str(told["salt"])), int(str(told["lanes"]))
    return hash_secret_raw(passphrase.encode(), salt, parallelism=lanes, hash_len=16, type=Type.ID, **cost)


def _aad(told: dict[str, object]) -> bytes:
    return json.dumps(told, sort_keys=True).encode()
