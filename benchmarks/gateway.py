"""Governed look-ups: signed, decided, masked, receipted durably before the answer; beside Datasette's ungoverned look-up of the same row
and a bare ASGI application over the same SQLite file, and the least that one process can do with the same guarantees (`_least`), in
turns, the load generator on the same processors. Ours is a city with its front process (`gateway.front`); beside it the same city as it
is by default, in one process. What processor time the server takes a call is told too: it says the same on a busy machine.

`python -m benchmarks.gateway [--seconds 4] [--rows 100000]`; loopback only, 300 clients at once. The aims: at least 5,000 a second, 6 times
Datasette, 0.1 of the bare one, without an error; p99 within 20 ms at 1,000 a second.
"""

import argparse
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
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import _machine
from benchmarks._load import press
from zhengtong.cli.serving import free_port

TURNS, CONNECTIONS = 5, 300
STEADY = 3
"""Of how many measured periods the steady run is one: it should hold what a city does by itself every ten seconds, and hold it once."""
MADE_A_SECOND = 10_000
QUIET = {"ZT_KERNEL__LOG_LEVEL": "WARNING"}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=4.0)
    asked.add_argument("--rows", type=int, default=100_000)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port() for _ in range(5)]
        (city, facts), (alone, others) = (
            city_in(Path(folder) / name, port, wanted.rows, front=front)
            for name, port, front in (("fronted", ports[0], "1"), ("alone", ports[4], "0"))
        )
        database = bare_file(Path(folder) / "bare.sqlite", wanted.rows)
        bare = start(["-m", "benchmarks._bare_look_up", str(database), str(ports[1])])
        peer = start(["-m", "datasette", "serve", str(database), "-h", "127.0.0.1", "-p", str(ports[2])])
        least = start(["-m", "benchmarks._least", str(database), str(ports[3]), facts["key"]])
        begun = (city, bare, peer, least, alone)
        try:
            wait(ports[1], "/look-up/0")
            wait(ports[2], "/-/versions.json")
            servers = {port: one.pid for port, one in zip(ports, begun, strict=True)}
            figures = measure(servers, facts, others, wanted)
        finally:
            for one in begun:
                one.terminate()
                one.wait(15)
    _machine.keep("gateway", {"rows": wanted.rows, **figures})


def measure(
    servers: dict[int, int], facts: dict[str, str], others: dict[str, str], wanted: argparse.Namespace
) -> dict[str, Any]:
    """The five in turns, and in every other turn a steady 1,000 a second. `servers`: processes by port; `others`: of the city alone."""
    keys = [f"9135{number:014d}" for number in range(3, min(wanted.rows, 5_000))]
    here, bare_port, peer_port, least_port, alone_port = servers

    def run(
        port: int, requests: Iterator[bytes], connections: int = CONNECTIONS, *, rate: float = 0, periods: int = 1
    ) -> dict[str, float]:
        ready, before = made(requests, wanted.seconds), processor_s(servers[port])
        found = press(port, ready, connections, periods * wanted.seconds, rate=rate)
        return {**found, "server_us": round((processor_s(servers[port]) - before) / found["asked"] * 1e6)}

    ours, bare, peer, least, alone, steady = [], [], [], [], [], []
    for turn in range(TURNS):
        ours.append(run(here, governed(facts, keys, turn)))
        bare.append(run(bare_port, plain("/look-up/{}", keys)))
        peer.append(run(peer_port, plain("/bare/rows/{}.json?_shape=objects", keys)))
        least.append(run(least_port, governed(facts, keys, turn)))
        alone.append(run(alone_port, governed(others, keys, turn)))
        if turn % 2 == 0:
            steady.append(run(here, governed(facts, keys, 90 + turn), 32, rate=1000, periods=STEADY))
    turns = {"ours": ours, "bare": bare, "datasette": peer, "least": least, "one_process": alone}
    each = {name: statistics.median(one["per_second"] for one in runs) for name, runs in turns.items()}
    return {
        "connections": CONNECTIONS,
        **{f"{name}_per_second": each[name] for name in ("ours", "one_process", "datasette", "bare", "least")},
        "processor_us_a_call": {
            name: statistics.median(one["server_us"] for one in runs) for name, runs in turns.items()
        },
        "to_datasette": round(
            statistics.median(a["per_second"] / b["per_second"] for a, b in zip(ours, peer, strict=True)), 2
        ),
        "to_bare": round(
            statistics.median(a["per_second"] / b["per_second"] for a, b in zip(ours, bare, strict=True)), 3
        ),
        "to_least": round(
            statistics.median(a["per_second"] / b["per_second"] for a, b in zip(ours, least, strict=True)), 2
        ),
        "steady_1000": sorted(steady, key=lambda one: one["p99_ms"])[len(steady) // 2],
        "not_ok": sum(one["not_ok"] for one in ours),
        "turns": {**turns, "steady_1000": steady},
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
        text = "\n".join(("ZT-HMAC-SM3-2", "POST", path, facts["session"], said, nonce, digest, *SAID)).encode()
        seal = hmac.digest(key, text, "sm3").hex()
        number += 1
        yield (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ZT-HMAC-SM3 session={facts['session']}, time={said}, nonce={nonce}, "
            f"body={digest}, signature={seal}\r\nX-Zhengtong-Purpose: job_subsidy\r\nX-Zhengtong-Case: 12\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


SAID = ("x-zhengtong-case:12", "x-zhengtong-purpose:job_subsidy")


def plain(path: str, keys: list[str]) -> Iterator[bytes]:
    while True:
        for key in keys:
            yield f"GET {path.format(key)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def processor_s(pid: int) -> float:
    """Processor time that a process and those it has started have used so far, their threads' and the kernel's for them."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    begun = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK") + sum(processor_s(int(one)) for one in begun)


def made(requests: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    """As many of them made now as a run can ask, so that a client's signing is not counted as the server's time; then one by one."""
    return chain(list(islice(requests, int(MADE_A_SECOND * seconds))), requests)


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


def city_in(folder: Path, port: int, rows: int, *, front: str) -> "tuple[subprocess.Popen[str], dict[str, str]]":
    """A city in a folder of its own, once it serves."""
    folder.mkdir()
    city = start(["-m", "tests.sharing.gateway.served", str(folder), str(port), str(rows), front], heard=True)
    return city, told_by(city)


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
