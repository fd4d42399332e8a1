"""Governed look-ups: signed, decided, masked, receipted durably before the answer; beside Datasette's ungoverned look-up of the same row
and a bare ASGI application over the same SQLite file, in turns, the load generator on the same processors.

`python -m benchmarks.gateway [--seconds 4] [--rows 100000]`; loopback only. The aims: at least 5,000 a second, 6 times Datasette, 0.1 of
the bare one; p99 within 20 ms at 1,000 a second; 300 clients at once without an error.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import _machine
from zhengtong.cli.serving import free_port

TURNS, CONNECTIONS, MANY = 3, 64, 300
QUIET = {"ZT_KERNEL__LOG_LEVEL": "WARNING"}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=4.0)
    asked.add_argument("--rows", type=int, default=100_000)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port() for _ in range(3)]
        city = start(["-m", "benchmarks._governed", folder, str(ports[0]), str(wanted.rows)], heard=True)
        facts = told_by(city)
        database = bare_file(Path(folder) / "bare.sqlite", wanted.rows)
        bare = start(["-m", "benchmarks._bare_look_up", str(database), str(ports[1])])
        peer = start(["-m", "datasette", "serve", str(database), "-h", "127.0.0.1", "-p", str(ports[2])])
        try:
            wait(ports[1], "/look-up/0")
            wait(ports[2], "/-/versions.json")
            figures = measure(ports, facts, wanted)
        finally:
            for one in (city, bare, peer):
                one.terminate()
                one.wait(15)
    _machine.keep("gateway", {"rows": wanted.rows, **figures})


def measure(ports: list[int], facts: dict[str, str], wanted: argparse.Namespace) -> dict[str, Any]:
    """The three in turns; then a steady 1,000 a second, and 300 clients."""
    keys = [f"9135{number:014d}" for number in range(3, min(wanted.rows, 5_000))]
    ours, bare, peer = [], [], []
    for turn in range(TURNS):
        ours.append(load(ports[0], governed(facts, keys, turn), CONNECTIONS, wanted.seconds))
        bare.append(load(ports[1], plain("/look-up/{}", keys), CONNECTIONS, wanted.seconds))
        peer.append(load(ports[2], plain("/bare/rows/{}.json?_shape=objects", keys), CONNECTIONS, wanted.seconds))
    steady = load(ports[0], governed(facts, keys, 90), 32, wanted.seconds, rate=1000)
    many = load(ports[0], governed(facts, keys, 91), MANY, wanted.seconds)
    each = {
        name: statistics.median(one["per_second"] for one in runs)
        for name, runs in (("ours", ours), ("bare", bare), ("datasette", peer))
    }
    return {
        "ours_per_second": each["ours"],
        "datasette_per_second": each["datasette"],
        "bare_per_second": each["bare"],
        "to_datasette": round(
            statistics.median(a["per_second"] / b["per_second"] for a, b in zip(ours, peer, strict=True)), 2
        ),
        "to_bare": round(
            statistics.median(a["per_second"] / b["per_second"] for a, b in zip(ours, bare, strict=True)), 3
        ),
        "steady_1000": steady,
        "clients_300": many,
        "turns": {"ours": ours, "bare": bare, "datasette": peer},
    }


def governed(facts: dict[str, str], keys: list[str], salt: int) -> Iterator[bytes]:
    """Signed requests, each with a nonce and a time of its own."""
    key, path = bytes.fromhex(facts["key"]), facts["path"]
    number, made, said = 0, 0.0, ""
    while True:
        if time.monotonic() - made > 1:
            made, said = time.monotonic(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = b'{"key":{"uscc":"%b"}}' % keys[number % len(keys)].encode()
        nonce, digest = f"{salt:02d}{uuid4().hex[:14]}{number:010d}", hashlib.new("sm3", body).hexdigest()
        text = "\n".join(("ZT-HMAC-SM3-1", "POST", path, facts["session"], said, nonce, digest)).encode()
        seal = hmac.digest(key, text, "sm3").hex()
        number += 1
        yield (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ZT-HMAC-SM3 session={facts['session']}, time={said}, nonce={nonce}, "
            f"body={digest}, signature={seal}\r\nX-Zhengtong-Purpose: job_subsidy\r\nX-Zhengtong-Case: 12\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def plain(path: str, keys: list[str]) -> Iterator[bytes]:
    while True:
        for key in keys:
            yield f"GET {path.format(key)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def load(
    port: int, requests: Iterator[bytes], connections: int, seconds: float, *, rate: float = 0
) -> dict[str, float]:
    """Requests per second, p50 and p99 in ms, and how many answers were not 200. `rate`: begun at most so many a second."""
    return asyncio.run(_load(port, requests, connections, seconds, rate))


async def _load(
    port: int, requests: Iterator[bytes], connections: int, seconds: float, rate: float
) -> dict[str, float]:
    times: list[float] = []
    wrong: list[int] = []
    begun = time.perf_counter()
    until = begun + seconds
    due = iter(begun + place / rate for place in range(10**9)) if rate else None

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            if due is not None:
                await asyncio.sleep(max(0.0, next(due) - time.perf_counter()))
            sent = time.perf_counter()
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            if b"chunked" in head.lower():
                while (size := int(await reader.readline(), 16)) > 0:
                    await reader.readexactly(size + 2)
                await reader.readexactly(2)
            else:
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
            times.append(time.perf_counter() - sent)
            if not head.startswith(b"HTTP/1.1 200"):
                wrong.append(int(head[9:12]))
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    took = time.perf_counter() - begun
    times.sort()
    return {
        "per_second": round(len(times) / took),
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
        "not_ok": len(wrong),
    }


def bare_file(path: Path, rows: int) -> Path:
    """The same rows in a plain SQLite file."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE rows (uscc TEXT PRIMARY KEY, name TEXT, owed_fen INTEGER, paid_on TEXT, boss_id TEXT, remark TEXT)"
    )
    made = (
        (f"9135{number:014d}", f"第{number}公司", 150_000 * number, "2026-03-01", None, "内部")
        for number in range(rows)
    )
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", made)
    connection.commit()
    connection.close()
    return path


def start(arguments: list[str], *, heard: bool = False) -> "subprocess.Popen[str]":
    """A server; what it says is thrown away unless it is to be heard, for a full pipe would hold it up."""
    environment = {**os.environ, **QUIET}
    out = subprocess.PIPE if heard else subprocess.DEVNULL
    command = [sys.executable, *arguments]
    errors = None if heard else out
    return subprocess.Popen(command, stdout=out, stderr=errors, text=True, env=environment)  # noqa: S603


def told_by(city: "subprocess.Popen[str]") -> dict[str, str]:
    """The path, session and key that the city prints once it serves."""
    assert city.stdout is not None
    facts: dict[str, str] = json.loads(city.stdout.readline())
    return facts


def wait(port: int, path: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    main()
