"""The least that one process of Python can do with a governed look-up's guarantees: a sealed request checked, its row looked up and masked,
an entry hashed, a group of them committed durably under one SM2-signed head before the answers leave. No contract is asked, no quota kept,
nothing is there for a page: what the gateway takes beyond this is its own. `python -m benchmarks._least SQLITE PORT KEY`.
"""

import asyncio
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn

from benchmarks.gateway import SAID
from zhengtong.engines.crypto.libcrypto import LibCrypto

GROUP = 64
TABLES = """
CREATE TABLE entry (number INTEGER PRIMARY KEY, id BLOB UNIQUE, about TEXT, body BLOB, leaf BLOB);
CREATE INDEX entry_about ON entry (about, number);
CREATE TABLE call (id BLOB PRIMARY KEY, number INTEGER, agreement TEXT, consumer TEXT, nonce TEXT, size INTEGER, at INTEGER);
CREATE INDEX call_agreement ON call (agreement, number);
CREATE INDEX call_consumer ON call (consumer, number);
CREATE TABLE head (size INTEGER PRIMARY KEY, note BLOB);
"""


class Asked(NamedTuple):
    """A checked request that waits."""

    done: "asyncio.Future[tuple[bytes, str]]"
    key: str
    nonce: str


class Least:
    """The ASGI application."""

    def __init__(self, rows: Path, key: bytes) -> None:
        self._key, self._secret, self._crypto = key, os.urandom(32), LibCrypto()
        self._signer = self._crypto.new_key()
        self._rows = sqlite3.connect(f"file:{rows}?mode=ro", uri=True)
        self._ledger = sqlite3.connect(rows.with_name("least.sqlite"), isolation_level=None)
        self._ledger.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + TABLES)
        self._waiting: list[Asked] = []
        self._nonces: set[str] = set()
        self._size = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = dict(scope["headers"])
        said = dict(one.split("=", 1) for one in headers[b"authorization"].decode().partition(" ")[2].split(", "))
        told = (said["session"], said["time"], said["nonce"], hashlib.new("sm3", body).hexdigest())
        text = "\n".join(("ZT-HMAC-SM3-2", "POST", scope["raw_path"].decode(), *told, *SAID))
        assert hmac.compare_digest(hmac.digest(self._key, text.encode(), "sm3").hex(), said["signature"])
        assert said["nonce"] not in self._nonces
        self._nonces.add(said["nonce"])
        loop = asyncio.get_running_loop()
        asked = Asked(loop.create_future(), json.loads(body)["key"]["uscc"], said["nonce"])
        if not self._waiting:
            loop.call_soon(loop.call_soon, self._commit)
        self._waiting.append(asked)
        answer, receipt = await asked.done
        length = (b"content-length", b"%d" % len(answer))
        told_of = [(b"content-type", b"application/json"), length, (b"x-receipt", receipt.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": told_of})
        await send({"type": "http.response.body", "body": answer})

    def _commit(self) -> None:
        group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._commit)
        answers, entries, calls = [], [], []
        for one in group:
            answer, receipt, entry = self._answered(one.key)
            answers.append((answer, receipt.hex()))
            entries.append((self._size, receipt, one.key, entry, sm3(b"\0" + entry)))
            calls.append((receipt, self._size, "XY-2026-0391", "police", one.nonce, len(answer), time.time_ns()))
            self._size += 1
        root = root_of([leaf for *_, leaf in entries])
        self._ledger.execute("BEGIN IMMEDIATE")
        self._ledger.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", entries)
        self._ledger.executemany("INSERT INTO call VALUES (?, ?, ?, ?, ?, ?, ?)", calls)
        self._ledger.execute("INSERT INTO head VALUES (?, ?)", (self._size, self._crypto.sign(self._signer, root)))
        self._ledger.execute("COMMIT")
        for one, told in zip(group, answers, strict=True):
            if not one.done.done():
                one.done.set_result(told)

    def _answered(self, key: str) -> tuple[bytes, bytes, bytes]:
        found = self._rows.execute("SELECT uscc, name, owed_fen, paid_on FROM rows WHERE uscc = ?", (key,)).fetchone()
        uscc, name, owed, paid = found
        row = {"uscc": uscc, "name": name[0] + "***", "owed": owed // 1_000_000, "paid_on": paid}
        answer, receipt = json.dumps({"rows": [row]}, ensure_ascii=False).encode(), os.urandom(16)
        subject = hmac.digest(self._secret, receipt + key.encode(), "sm3").hex()
        told = {"answer": sm3(answer).hex(), "id": receipt.hex(), "subjects": [subject], "type": "receipt@1"}
        return answer, receipt, json.dumps(told, separators=(",", ":")).encode()


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def root_of(layer: list[bytes]) -> bytes:
    """The root of the hashes, an odd one taken up as it is."""
    while len(layer) > 1:
        pairs = zip(layer[::2], layer[1::2], strict=False)
        layer = [sm3(b"\1" + left + right) for left, right in pairs] + layer[len(layer) & ~1 :]
    return layer[0]


if __name__ == "__main__":
    app = Least(Path(sys.argv[1]), bytes.fromhex(sys.argv[3]))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False, lifespan="off")
