"""How fast the ledger takes entries, proves them, and is verified.

`python -m benchmarks.ledger` prints the figures and writes benchmarks/results/ledger-<date>.json: durable batched appends a second on SQLite
(and on PostgreSQL at ZT_BENCH_POSTGRES_URL), beside the machine's fsyncs a second, which flatter it; the time of a proof in a log of
`--leaves` entries; the time `verify.py` takes for an export of `--verified` entries, with the platform's SM3 and, on a part of it, with the
plain one. `--leaves 10000000` takes long to load.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import _machine
from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.engines.crypto.keyring import open_keyring
from zhengtong.kernel.db import Base, Database, new_id
from zhengtong.sharing import ledger

NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
ORIGIN = "zhengtong.benchmark.ledger"
BATCH, BATCHES, PROOFS = 1_000, 60, 1_000
PLAIN = 2_000


def entries(count: int) -> list[ledger.Entry]:
    """Receipts as the gateway writes them, of about 350 bytes."""
    subject = "0f" * 32
    body = {"agreement_id": str(new_id()), "version": 3, "item": "SJ-3102", "fields": ["name", "state", "since"]}
    return [
        ledger.Entry("receipt@1", new_id(), NOW, "city", {**body, "number": number, "subject": subject})
        for number in range(count)
    ]


def fill(database: Database, batches: list[list[ledger.Entry]]) -> float:
    """Appends a second, each batch durable before the next."""
    began = time.perf_counter()
    for batch in batches:
        with database.write() as session:
            ledger.append(session, batch, now=NOW)
    return sum(len(batch) for batch in batches) / (time.perf_counter() - began)


def appends(url: str) -> dict[str, float]:
    """Durable appends a second by the size of a batch; the entries are made before."""
    with opened(url) as database:
        found = {}
        for size, count in ((1, 300), (100, 100), (BATCH, BATCHES)):
            found[str(size)] = round(fill(database, [entries(size) for _ in range(count)]))
    return found


def proofs(database: Database) -> dict[str, float]:
    """Milliseconds of a proof of inclusion, of places all over the log."""
    with database.read() as session:
        size, took = ledger.head(session).size, []
        for number in range(PROOFS):
            began = time.perf_counter()
            ledger.prove(session, number * 7_919_003 % size)
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "leaves": size,
        "median_ms": round(statistics.median(took), 2),
        "p99_ms": round(took[PROOFS * 99 // 100], 2),
    }


def verified(database: Database, folder: Path, count: int) -> dict[str, float]:
    """Seconds that the auditor's program takes for an export of `count` entries; the plain SM3's entries a second."""
    crypto = engines.open_crypto(CryptoSettings())
    keyring = open_keyring(crypto, folder / "keys" / "root.key", folder / "data")
    while True:
        with database.write() as session:
            missing = count - ledger.head(session).size
            if missing <= 0:
                ledger.make_checkpoint(session, origin=ORIGIN, keyring=keyring, crypto=crypto, now=NOW)
                break
            ledger.append(session, entries(min(20_000, missing)), now=NOW)
    file = folder / "ledger.jsonl"
    with database.read() as session, file.open("wb") as written:
        written.writelines(ledger.export_lines(session, origin=ORIGIN, needed=0))
    began = time.perf_counter()
    command = [sys.executable, "tools/verify.py", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    seconds = time.perf_counter() - began
    return {"entries": count, "seconds": round(seconds, 2), "plain_sm3_entries_per_s": plain(file)}


def plain(file: Path) -> float:
    """Entries a second with the SM3 that is written in Python: two digests an entry."""
    from tools import verify

    with file.open("rb") as lines:
        read = [
            one for one, _ in zip((line for line in lines if line.startswith(b'{"index"')), range(PLAIN), strict=False)
        ]
    began = time.perf_counter()
    for line in read:
        verify.plain_sm3(b"\1" + verify.plain_sm3(b"\0" + line) + bytes(32))
    return round(len(read) / (time.perf_counter() - began))


@contextmanager
def opened(url: str) -> Iterator[Database]:
    import zhengtong.office.identity  # noqa: F401 - its tables are referred to

    database = Database(url)
    Base.metadata.create_all(database.engine)
    try:
        yield database
    finally:
        database.close()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--leaves", type=int, default=1_000_000)
    asked.add_argument("--verified", type=int, default=1_000_000)
    given = asked.parse_args()
    figures: dict[str, Any] = {"fsyncs_per_s": round(_machine.fsyncs_per_second())}
    with tempfile.TemporaryDirectory(dir=os.environ.get("ZT_BENCH_FOLDER")) as name:
        folder = Path(name)
        figures["appends_per_s_sqlite"] = appends(f"sqlite:///{folder / 'append.sqlite'}")
        if url := os.environ.get("ZT_BENCH_POSTGRES_URL"):
            figures["appends_per_s_postgres"] = appends(url)
        with opened(f"sqlite:///{folder / 'whole.sqlite'}") as database:
            figures["verify"] = verified(database, folder, given.verified)
            if given.leaves > given.verified:
                fill(database, [entries(20_000) for _ in range((given.leaves - given.verified) // 20_000)])
            figures["proof"] = proofs(database)
    _machine.keep("ledger", figures)


if __name__ == "__main__":
    main()
