"""What a witness keeps on its own machine: its two keys in a file, and in SQLite the last checkpoint it signed and every alarm."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zhengtong.engines.crypto import Crypto, PrivateKey
from zhengtong.sharing import ledger

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEYS, STORE = "witness.key", "witness.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS alarm (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, kept TEXT NOT NULL, shown TEXT NOT NULL,
    UNIQUE (kind, kept, shown));
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a witness saw that must not be: the checkpoint it had signed, and the request that does not continue it."""

    at: int
    kind: str
    kept: str
    shown: str


class Identity:
    """Who a witness is: a name and two keys, made once, in a file that only its owner reads."""

    def __init__(self, name: str, sm2: PrivateKey, ed25519: bytes) -> None:
        self.name, self.sm2, self._secret = name, sm2, ed25519

    @property
    def keys(self) -> tuple[ledger.Key, ledger.Key]:
        """Its verifier keys, as the city is told them."""
        return (
            ledger.Key(self.name, "sm2-cosignature", self.sm2.public.point),
            ledger.Key(self.name, "ed25519-cosignature", self._ed25519().public_key().public_bytes_raw()),
        )

    def lines(self, crypto: Crypto, text: str, seconds: int) -> str:
        """Its co-signature lines under a checkpoint."""
        message = ledger.cosigned(text, seconds)
        signed = (crypto.sign(self.sm2, message), self._ed25519().sign(message))
        pairs = zip(self.keys, signed, strict=True)
        return "".join(str(ledger.signed_line(key, signature, seconds)) for key, signature in pairs)

    def _ed25519(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric import ed25519

        return ed25519.Ed25519PrivateKey.from_private_bytes(self._secret)


def identity_in(folder: Path, name: str, crypto: Crypto) -> Identity:
    """The witness's name and keys, made on first use (`name` counts only then)."""
    file = folder / KEYS
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        told = {"name": name, "sm2": crypto.new_key().scalar.hex(), "ed25519": os.urandom(32).hex()}
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            json.dump(told, new)
            new.flush()
            os.fsync(new.fileno())
    told = json.loads(file.read_text("utf-8"))
    return Identity(told["name"], crypto.private_key(bytes.fromhex(told["sm2"])), bytes.fromhex(told["ed25519"]))


class Store:
    """The last checkpoint of each log that was signed, and the alarms. What was signed is on the disk before the answer leaves."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / STORE
        with closing(self._connect()) as connection:
            connection.executescript(TABLES)

    @contextmanager
    def turn(self) -> Iterator[sqlite3.Connection]:
        """One at a time, over processes: what is read within still holds when it is written."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def kept(self, connection: sqlite3.Connection, origin: str) -> tuple[ledger.Kept, str, int]:
        """The last signed checkpoint of the log: size and root, its note, and when."""
        row = connection.execute("SELECT size, root, note, at FROM seen WHERE origin = ?", (origin,)).fetchone()
        return (ledger.Kept(row[0], row[1]), row[2], row[3]) if row else (ledger.Kept(0, b""), "", 0)

    def keep(self, connection: sqlite3.Connection, checkpoint: ledger.Checkpoint, note: str, at: int) -> None:
        """This will keep the checkpoint as the last one signed."""
        row = (checkpoint.origin, checkpoint.size, checkpoint.root, note, at)
        connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", row)

    def alarm(self, connection: sqlite3.Connection, alarm: Alarm) -> None:
        """This will keep an alarm; the same one once."""
        row = (alarm.at, alarm.kind, alarm.kept, alarm.shown)
        connection.execute("INSERT OR IGNORE INTO alarm (at, kind, kept, shown) VALUES (?, ?, ?, ?)", row)

    def alarms(self) -> Sequence[Alarm]:
        """Every alarm, the oldest first."""
        with closing(self._connect()) as connection:
            return [Alarm(*row) for row in connection.execute("SELECT at, kind, kept, shown FROM alarm ORDER BY id")]

    def seen(self) -> Sequence[tuple[str, int, int]]:
        """Each log, how far it was signed, and when."""
        with closing(self._connect()) as connection:
            return list(connection.execute("SELECT origin, size, at FROM seen ORDER BY origin"))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection
