"""Starting, resting, reading and writing: how long the city takes to start, what it holds in memory at rest (a real city; beside it the demo while its bureaus deliver), and its requests
a second, signed in, beside plain FastAPI and SQLAlchemy doing the same on a copy of the same database, in turns.

`python -m benchmarks.web`; loopback only. The aims: at rest under 250 MB; reads and writes at least 0.6 of the plain ones.
"""

import asyncio
import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import _load, _machine
from zhengtong.cli.serving import free_port
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database, new_id
from zhengtong.office.identity.rules.sessions import Method, Stage
from zhengtong.office.identity.tables import LoginSession, Person
from zhengtong.office.notices.tables import Notice

TURNS, SECONDS, CONNECTIONS, SETTLES_S = 4, 3.0, 16, 10
TOKEN = "benchmark-" + "x" * 33


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        first_s, _ = start(data, free_port(), stop=True)
        notice = sign_in(data / "zhengtong.sqlite")
        copy = Path(folder) / "copy.sqlite"
        shutil.copy(data / "zhengtong.sqlite", copy)
        port, peer = free_port(), free_port()
        warm_s, ours = start(data, port)
        alive = resident_mb(ours.pid)
        bare = subprocess.Popen([sys.executable, "-m", "benchmarks._bare", str(copy), str(peer)])  # noqa: S603
        try:
            wait(peer, "/openapi.json")
            figures = compare(port, peer, notice)
        finally:
            for process in (ours, bare):
                process.terminate()
                process.wait(15)
        resting = rest(Path(folder) / "real", free_port())
    start_up = {"first_start_s": round(first_s, 2), "warm_start_s": round(warm_s, 2)}
    start_up |= {"resting_mb": round(resting), "demo_alive_mb": round(alive)}
    _machine.keep("web", {**start_up, **figures})


def compare(port: int, peer: int, notice: str) -> dict[str, Any]:
    """Reads and writes of both, in turns; the medians and the ratio of each pair."""
    reads = [("GET", "/api/v1/notices/count")]
    writes = [(method, f"/api/v1/notices/{notice}/read") for method in ("PUT", "DELETE")]
    found: dict[str, Any] = {}
    for name, request in (("read", reads), ("write", writes)):
        pairs = [(ask(port, request), ask(peer, request)) for _ in range(TURNS)]
        assert not any(side["not_ok"] for pair in pairs for side in pair), pairs
        ratios = [ours["per_second"] / bare["per_second"] for ours, bare in pairs]
        found[name] = {
            "ours_per_second": statistics.median(ours["per_second"] for ours, _ in pairs),
            "bare_per_second": statistics.median(bare["per_second"] for _, bare in pairs),
            "ratio": round(statistics.median(ratios), 2),
            "ratios": [round(ratio, 2) for ratio in ratios],
            "ours_p99_ms": statistics.median(ours["p99_ms"] for ours, _ in pairs),
            "bare_p99_ms": statistics.median(bare["p99_ms"] for _, bare in pairs),
        }
    return found


def ask(port: int, requests: list[tuple[str, str]]) -> dict[str, float]:
    headers = [f"Cookie: zt_session={TOKEN}"]
    address = f"http://127.0.0.1:{port}"
    return asyncio.run(_load.load(address, requests, connections=CONNECTIONS, seconds=SECONDS, headers=headers))


def sign_in(path: Path) -> str:
    """A session of some officer, put into the database; returns the id of one of the officer's notices."""
    database, now = Database(f"sqlite:///{path}"), clock.now()
    with database.write() as session:
        subject = session.scalars(select(Person.id).where(Person.login == "linwan")).one()
        facts: dict[str, Any] = {"user_agent": "benchmark", "address": "127.0.0.1", "method": Method.PASSKEY}
        session.add(
            LoginSession(
                id=new_id(),
                subject_id=subject,
                token_hash=hashlib.sha256(TOKEN.encode()).digest(),
                stage=Stage.FULL,
                second_factor_at=now,
                created_at=now,
                last_seen_at=now,
                ends_at=now + timedelta(hours=8),
                **facts,
            )
        )
        notice = session.scalars(select(Notice.id).where(Notice.subject_id == subject).limit(1)).one()
    database.close()
    return str(notice)


def rest(data: Path, port: int) -> float:
    """What a real city that nothing is asked of holds in memory; the demo's bureaus never rest."""
    _, city = start(data, port, kind="run")
    try:
        time.sleep(SETTLES_S)
        return resident_mb(city.pid)
    finally:
        city.terminate()
        city.wait(20)


def start(data: Path, port: int, *, stop: bool = False, kind: str = "demo") -> tuple[float, subprocess.Popen[bytes]]:
    """The city, and the seconds until it answered."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "zhengtong", kind, "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    wait(port, "/api/health/ready")
    took = time.perf_counter() - begun
    if stop:
        time.sleep(SETTLES_S)
        process.terminate()
        process.wait(20)
    return took, process


def wait(port: int, path: str) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(path)


def resident_mb(pid: int) -> float:
    """Resident memory after two seconds of rest."""
    time.sleep(2)
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
