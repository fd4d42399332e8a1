"""The wheel is whole: it carries the pages and what is not code, and serves a city with nothing else on the machine."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import tree
from tests.ports import free_port
from tools import packages, wheel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel.build(tmp_path_factory.mktemp("dist") / "made")


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an empty environment with the wheel and its locked requirements."""
    home = tmp_path_factory.mktemp("venv") / "env"
    packages.run_uv("venv", "--quiet", "--python", sys.executable, str(home))
    constraint = ("--constraint", str(tree.ROOT / "requirements.lock"))
    packages.run_uv("pip", "install", "--quiet", "--python", str(home / "bin" / "python"), *constraint, str(built))
    return home / "bin"


@pytest.fixture
def away(tmp_path: Path) -> dict[str, str]:
    """An environment without Node, and without this checkout."""
    return {"PATH": "/nonexistent", "HOME": str(tmp_path), "LANG": "C.UTF-8"}


def test_the_wheel_carries_the_pages_and_what_is_not_code(built: Path) -> None:
    names = set(zipfile.ZipFile(built).namelist())
    assert "zhengtong/static/index.html" in names
    for folder in ("static/assets/", "_assets/rules/", "_assets/migrations/", "_assets/city/"):
        assert any(name.startswith(f"zhengtong/{folder}") for name in names), folder
    assert not [name for name in names if "node_modules" in name or name.endswith((".pyc", ".map", ".sqlite"))]


def test_the_sdist_carries_the_pages_too(built: Path) -> None:
    told = subprocess.run(
        ["tar", "tzf", next(built.parent.glob("*.tar.gz"))], capture_output=True, text=True, check=True
    )
    assert re.search(r"/src/zhengtong/static/index\.html$", told.stdout, re.MULTILINE)
    assert "node_modules" not in told.stdout


@pytest.mark.soak
def test_an_installed_wheel_says_what_it_finds(installed: Path, away: dict[str, str], tmp_path: Path) -> None:
    command = [installed / "zhengtong", "doctor", "--json", "--data", tmp_path / "data"]
    done = subprocess.run(command, cwd=tmp_path, env=away, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout), done.stderr


@pytest.fixture
def demo(installed: Path, away: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A demo city served by the installed wheel; its address."""
    port = free_port()
    command = [installed / "zhengtong", "demo", "--port", str(port), "--data", tmp_path / "data"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=tmp_path, env=away, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield _address(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=100) == 0, log.read_text()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(1800):
        found = re.search(r"http://localhost:[1-9]\d+", log.read_text())
        if found:
            return found.group(0)
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(log.read_text())


@pytest.mark.soak
def test_an_installed_wheel_serves_the_demo_city_without_node(demo: str) -> None:
    with urllib.request.urlopen(f"{demo}/") as page:
        html = page.read().decode()
    asset = re.search(r'src="(/assets/[^"]+\.js)"', html)
    assert asset
    with urllib.request.urlopen(demo + asset.group(1)) as script:
        assert script.status == 200
    with urllib.request.urlopen(f"{demo}/api/health/ready") as health:
        assert json.load(health) == {"status": "ready"}


def test_a_second_run_of_the_prepared_checkout_does_nothing() -> None:
    if not (tree.ROOT / ".venv" / ".zhengtong-stamp").exists():
        pytest.skip("this environment was not made by make")
    command = [sys.executable, "tools/bootstrap.py", "dev"]
    done = subprocess.run(
        command, cwd=tree.ROOT, env={**os.environ, "PATH": "/nonexistent"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Reusing" in done.stdout
