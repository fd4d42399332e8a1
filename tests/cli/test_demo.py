"""The demo city: loaded through the rooms' own actions, kept over restarts, with accounts one can sign in with."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pyotp
import pytest

from tests.ports import free_port

from .conftest import Command, Serving, Start, environment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Serving]:
    """The demo, started once for the tests of this file that only look."""
    import subprocess
    import sys
    import threading

    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "zhengtong", "demo", "--port", str(port)],
        cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    serving = Serving(process, port)
    threading.Thread(target=serving.read, daemon=True).start()
    yield serving.wait()
    process.terminate()
    assert process.wait(timeout=100) == 0, serving.said


def test_the_first_start_prints_address_accounts_and_password(demo: Serving, folder: Path) -> None:
    kept = json.loads((folder / "data-demo" / "demo.json").read_text("utf-8"))
    assert (folder / "data-demo" / "demo.json").stat().st_mode & 0o777 == 0o600
    assert f"http://localhost:{demo.port}" in demo.said
    assert kept["password"] in demo.said
    for account in kept["accounts"]:
        assert account["login"] in demo.said
        assert account["name"] in demo.said
        assert account["totp"] not in demo.said


def test_the_whole_small_city_is_there(demo: Serving, folder: Path) -> None:
    with sqlite3.connect(f"file:{folder}/data-demo/zhengtong.sqlite?mode=ro", uri=True) as database:
        counts = dict(database.execute("select kind, count(*) from subject group by kind"))
        chiefs = database.execute("select count(*) from department where cdo_id is not null").fetchone()[0]
        audited = database.execute("select count(*) from audit where action = 'identity.person_added'").fetchone()[0]
        packs = database.execute("select count(*) from audit where action like 'deadlines.%'").fetchone()[0]
        plain = database.execute("select count(*) from resident where id_number_sealed like '%99%99%99%'").fetchone()[0]
    assert (counts["person"], counts["resident"], counts["firm"]) == (300, 2_000, 300)
    assert (chiefs, audited) == (20, 300)
    assert packs >= 1
    assert plain < 20


def test_a_demo_account_signs_in_with_the_printed_code(demo: Serving, folder: Path, command: Command) -> None:
    kept = json.loads((folder / "data-demo" / "demo.json").read_text("utf-8"))
    with httpx.Client(base_url=f"{demo.address}/api/v1") as browser:
        state = browser.post("/sign-in/password", json={"login": "shenruochuan", "password": kept["password"]}).json()
        assert state["stage"] == "second_factor"
        told = command("demo", "code", "沈若川", cwd=folder)
        code = told.out.splitlines()[0]
        assert len(code) == 6
        assert "秒" in told.out
        state = browser.post("/sign-in/totp", json={"code": code}).json()
        assert state["stage"] == "full"
        assert state["demo"] is True
        assert state["post"]["title"] == "副局长"
        assert browser.get("/departments").status_code == 200


@pytest.mark.parametrize("name", ["shenruochuan", "沈若川", "Shen Ruochuan"])
def test_a_code_is_given_by_login_or_name(demo: Serving, folder: Path, command: Command, name: str) -> None:
    kept = json.loads((folder / "data-demo" / "demo.json").read_text("utf-8"))
    secret = next(one["totp"] for one in kept["accounts"] if one["login"] == "shenruochuan")
    code = command("demo", "code", name, cwd=folder).out.splitlines()[0]
    assert pyotp.TOTP(secret).verify(code, valid_window=1)


def test_an_unknown_demo_account_is_answered_with_those_there_are(
    demo: Serving, folder: Path, command: Command
) -> None:
    done = command("demo", "code", "nobody", cwd=folder)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "linwan" in done.err


def test_resetting_a_running_demo_is_refused(demo: Serving, folder: Path, command: Command) -> None:
    done = command("demo", "reset", "--yes", cwd=folder)
    assert done.code == 1
    assert f"pid {demo.process.pid}" in done.err
    assert (folder / "data-demo" / "demo.json").exists()


@pytest.mark.soak
def test_a_demo_stops_at_once_with_streams_open_and_keeps_its_data_until_it_is_reset(
    start: Start, command: Command, tmp_path: Path
) -> None:
    first = start("demo").wait()
    password = json.loads((tmp_path / "data-demo" / "demo.json").read_text("utf-8"))["password"]
    assert first.stop() == 0
    again = start("demo").wait()
    assert "首次启动" not in again.said
    assert password in again.said
    with closing(_signed_in(again, tmp_path)) as browser, browser.stream("GET", "/notices/stream") as stream:
        assert next(stream.iter_lines()).startswith("retry")
        assert again.stop() == 0
    assert "Traceback" not in again.said
    assert "timeout" not in again.said
    assert command("demo", "reset", stdin="n\n").code == 1
    assert (tmp_path / "data-demo").exists()
    assert command("demo", "reset", stdin="y\n").code == 0
    assert not (tmp_path / "data-demo").exists()
    assert not (tmp_path / "data-demo.root.key").exists()


def _signed_in(demo: Serving, folder: Path, login: str = "linwan") -> httpx.Client:
    kept = json.loads((folder / "data-demo" / "demo.json").read_text("utf-8"))
    account = next(one for one in kept["accounts"] if one["login"] == login)
    browser = httpx.Client(base_url=f"{demo.address}/api/v1", timeout=30)
    browser.post("/sign-in/password", json={"login": login, "password": kept["password"]}).raise_for_status()
    browser.post("/sign-in/totp", json={"code": pyotp.TOTP(account["totp"]).now()}).raise_for_status()
    return browser


@pytest.mark.soak
def test_a_load_that_was_killed_is_begun_anew(start: Start, tmp_path: Path) -> None:
    first = start("demo")
    while "工作人员" not in first.said and first.process.poll() is None:
        time.sleep(0.05)
    first.process.kill()
    first.process.wait()
    assert json.loads((tmp_path / "data-demo" / "demo.json").read_text("utf-8"))["state"] == "loading"
    second = start("demo").wait()
    assert "重新开始" in second.said
    assert json.loads((tmp_path / "data-demo" / "demo.json").read_text("utf-8"))["state"] == "loaded"


@pytest.mark.soak
def test_begun_anew_from_the_page_it_loads_again_under_the_same_password(start: Start, tmp_path: Path) -> None:
    demo = start("demo").wait()
    before = json.loads((tmp_path / "data-demo" / "demo.json").read_text("utf-8"))
    with closing(_signed_in(demo, tmp_path, "zhouqiming")) as browser:
        assert browser.post("/tour/clock", json={"step": "hour"}).json()["ahead_s"] == 3600
        assert browser.get("/session").json()["stage"] == "full"
        assert browser.post("/tour/reset").status_code == 204
    _until(lambda: "首次启动" in demo.said.partition("清空演示")[2])
    demo.wait()
    _until(lambda: json.loads((tmp_path / "data-demo" / "demo.json").read_text("utf-8"))["state"] == "loaded")
    after = json.loads((tmp_path / "data-demo" / "demo.json").read_text("utf-8"))
    assert after["password"] == before["password"]
    with closing(_signed_in(demo, tmp_path, "zhouqiming")) as browser:
        assert browser.get("/tour").json()["clock"]["ahead_s"] == 0


def _until(claim: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not claim():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_demo_accounts_stay_on_this_machine(command: Command) -> None:
    done = command("demo", ZT_KERNEL__HOST="0.0.0.0")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "127.0.0.1" in done.err


def test_a_real_city_is_never_taken_for_a_demo(command: Command, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "zhengtong.sqlite").write_bytes(b"")
    done = command("demo", "--data", "real", "reset", "--yes")
    assert done.code == 1
    assert (tmp_path / "real" / "zhengtong.sqlite").exists()


@pytest.mark.parametrize(("arguments", "named"), [
    (("demo", "code", "linwan"), "zhengtong demo"),
    (("demo", "--size", "huge"), "large"),
])  # fmt: skip
def test_what_a_demo_cannot_do_is_one_sentence(command: Command, arguments: tuple[str, ...], named: str) -> None:
    done = command(*arguments)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert named in done.err
