"""A real city from nothing: the first administrator's link, one process on a SQLite, a clean stop, tables kept."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from .conftest import Command, Start, environment

LINK = re.compile(r"http://localhost:\d+/first-administrator#[\w-]{20,}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_empty_city_starts_prints_a_link_and_stops_cleanly(start: Start, number: int, tmp_path: Path) -> None:
    city = start("run").wait()
    assert LINK.search(city.said)
    assert httpx.get(f"{city.address}/api/health").json() == {"status": "live"}
    assert city.stop(number) == 0
    assert "已停止" in city.said
    assert "Traceback" not in city.said
    assert (tmp_path / "data" / "zhengtong.sqlite").exists()
    assert (tmp_path / "data.root.key").stat().st_mode & 0o777 == 0o600


def test_a_real_city_is_not_served_as_a_demo(command: Command, tmp_path: Path) -> None:
    done = command("run", ZT_KERNEL__DEMO="true")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "kernel.demo" in done.err
    assert not (tmp_path / "data" / "zhengtong.sqlite").exists()


@pytest.mark.soak
def test_the_link_of_the_last_start_is_the_only_one_that_works(start: Start) -> None:
    first = start("run").wait()
    old = _token(first.said)
    first.stop()
    second = start("run").wait()
    new = _token(second.said)
    assert _checked(second.address, old) == 404
    assert _checked(second.address, new) == 200


def test_the_first_administrator_made_no_further_link_is_printed(start: Start) -> None:
    city = start("run").wait()
    answer = httpx.post(
        f"{city.address}/api/v1/first-administrator",
        json={
            "token": _token(city.said),
            "name": "温晓岚",
            "login": "wenxiaolan",
            "password": "seven otters sing at dawn",
        },
    )
    assert answer.is_success, answer.text
    city.stop()
    again = start("run").wait()
    assert not LINK.search(again.said)


def test_a_second_process_on_the_same_data_is_refused_and_told_who_holds_them(start: Start, command: Command) -> None:
    city = start("run").wait()
    for arguments in (("run", "--port", "0"), ("migrate",)):
        done = command(*arguments)
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert f"pid {city.process.pid}" in done.err
        assert "PostgreSQL" in done.err
    city.process.kill()
    city.process.wait()
    assert command("migrate").code == 0


def test_english_is_spoken_when_asked(start: Start) -> None:
    city = start("run", LANG="en_GB.UTF-8").wait()
    assert "Open this one-time link" in city.said


def test_migrating_makes_the_tables_once_and_says_so(command: Command) -> None:
    assert "升级到" in command("migrate").out
    assert "已是最新" in command("migrate").out


def test_a_database_of_a_newer_program_is_left_alone(command: Command, tmp_path: Path) -> None:
    command("migrate")
    with sqlite3.connect(tmp_path / "data" / "zhengtong.sqlite") as database:
        database.execute("update alembic_version set version_num = 'ffff99990000'")
    for arguments in (("migrate",), ("run", "--port", "0")):
        done = command(*arguments)
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert "ffff99990000" in done.err


def test_a_city_bound_to_a_foreign_address_is_refused_in_one_sentence(command: Command) -> None:
    done = command("run", "--host", "192.0.2.1", "--port", "0")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "192.0.2.1" in done.err


def test_a_demo_is_not_served_to_other_machines(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data-demo").mkdir()
    kept = {"state": "loaded", "size": "small", "password": "x", "accounts": []}
    (tmp_path / "data-demo" / "demo.json").write_text(json.dumps(kept), "utf-8")
    done = command("run", "--data", "data-demo", "--host", "0.0.0.0", "--port", "0")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "zhengtong demo" in done.err
    assert "正在启动" in done.out


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys; from zhengtong.cli import holding; from zhengtong.kernel.settings import Kernel; "
        "from pathlib import Path; kernel = Kernel(data=Path(sys.argv[1]))\n"
        "with holding.alone(kernel):\n    print(holding.holder(kernel.data) != '', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "True\n"
        second = subprocess.run(command, env=environment(), input="", capture_output=True, text=True, check=False)
        assert second.returncode != 0
        assert f"pid {first.pid}" in second.stderr
        first.kill()
    third = subprocess.run(command, env=environment(), input="", capture_output=True, text=True, check=False)
    assert third.returncode == 0, third.stderr


def _token(said: str) -> str:
    found = LINK.search(said)
    assert found, said
    return found.group().partition("#")[2]


def _checked(address: str, token: str) -> int:
    return httpx.post(f"{address}/api/v1/first-administrator/check", json={"token": token}).status_code
