"""A witness as a program of its own: killed, it keeps what it signed; its commands tell how it stands."""

import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.ports import free_port
from tests.sharing.ledger.ground import ORIGIN, fill
from tests.sharing.ledger.test_attacks import asked, rewritten
from zhengtong.kernel.db import Base, Database
from zhengtong.sharing import ledger


def started(folder: Path, port: int, keys: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "zhengtong", "witness", "run", "--folder", str(folder), "--name", "w1"]
    command += ["--port", str(port), *(part for key in keys for part in ("--log-key", key))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/keys", timeout=5):
                return process
        except OSError:
            assert process.poll() is None, "the witness ended"
            time.sleep(0.1)
    raise AssertionError("the witness did not come up")


def shown(port: int, text: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/add-checkpoint", data=text.encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_killed_witness_still_knows_what_it_signed_and_refuses_a_fork(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "city.sqlite")
    city = Database(f"sqlite:///{tmp_path / 'city.sqlite'}")
    assert "ledger_entry" in Base.metadata.tables
    fill(city, [3, 4, 5], tmp_path)
    other = rewritten(city, tmp_path)
    with city.read() as session:
        keys = [str(key) for key in ledger.log_keys(session, ORIGIN)]
    folder, port = tmp_path / "w1", free_port()
    process = started(folder, port, keys)
    try:
        assert shown(port, asked(city, 1, 0)) == 200
        assert shown(port, asked(city, 2, 3)) == 200
        process.kill()
        process.wait()
        process = started(folder, port, keys)
        assert shown(port, asked(city, 2, 3)) == 409
        assert shown(port, asked(other, 3, 7)) == 422
        assert shown(port, asked(city, 3, 7)) == 200
    finally:
        process.kill()
        process.wait()
        other.close()
        city.close()
    told = subprocess.run(
        [sys.executable, "-m", "zhengtong", "witness", "status", "--folder", str(folder)],
        capture_output=True,
        check=False,
    )
    assert told.returncode == 1
    assert "fork" in told.stdout.decode()


def test_a_demos_witness_whose_demo_ended_before_it_was_up_ends_too(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "city.sqlite")
    city = Database(f"sqlite:///{tmp_path / 'city.sqlite'}")
    fill(city, [3], tmp_path)
    with city.read() as session:
        keys = [str(key) for key in ledger.log_keys(session, ORIGIN)]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    command = [sys.executable, "-m", "zhengtong", "witness", "run", "--folder", str(tmp_path / "w1"), "--name", "w1"]
    command += [
        "--port",
        str(free_port()),
        "--beside",
        str(ended.pid),
        *(part for key in keys for part in ("--log-key", key)),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.wait(120) == 0, process.stderr.read() if process.stderr else ""
