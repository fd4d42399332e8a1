"""A real city in a process of its own and a real Chromium on it. Skipped, and said so, where there is no Chromium."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.browser.people import Human, administrator
from tests.chromium import CHROMIUM, STATIC
from tests.ports import free_port

SHOTS = Path(__file__).parents[2] / "shots"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = None
    if CHROMIUM is None:
        reason = "no Chromium here: `make engines` installs it"
    elif not STATIC.exists():
        reason = "the pages are not built: `make web` builds them"
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(400))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass
class City:
    """A running city: its address, its data, what it printed."""

    address: str
    data: Path
    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)

    def link(self) -> str:
        """The one-time link for the first administrator."""
        return self.wait_for(r"(http\S+/first-administrator#\S+)")

    def wait_for(self, pattern: str, seconds: float = 120) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, "\n".join(self.printed))
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the city never printed {pattern}:\n" + "\n".join(self.printed[-40:]))


def start_city(data: Path, *command: str, more: dict[str, str] | None = None) -> City:
    """This will start `zhengtong <command>` on a free port with its data in the folder, and wait until it answers."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ZT_")},
        "ZT_KERNEL__DATA": str(data),
        "ZT_KERNEL__PORT": str(port),
        "ZT_KERNEL__LOG_LEVEL": "WARNING",
        "ZT_CRYPTO__ROOT_KEY": str(data.parent / f"{data.name}.root.key"),
        "PYTHONUNBUFFERED": "1",
        **(more or {}),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "zhengtong", *command],
        env=environment,
        cwd=data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    city = City(f"http://localhost:{port}", data, process)
    threading.Thread(target=lambda: city.printed.extend(iter(process.stdout.readline, "")), daemon=True).start()  # type: ignore[union-attr]
    _wait_until_up(city)
    return city


def _wait_until_up(city: City) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if city.process.poll() is not None:
            raise AssertionError("the city ended:\n" + "\n".join(city.printed[-40:]))
        try:
            with urlopen(f"{city.address}/api/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the city does not answer")


def stop_city(city: City) -> None:
    city.process.terminate()
    try:
        city.process.wait(10)
    except subprocess.TimeoutExpired:
        city.process.kill()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """An empty city: nobody is in it yet."""
    city = start_city(tmp_path_factory.mktemp("city") / "data", "run")
    yield city
    stop_city(city)


@pytest.fixture(scope="module")
def human(chromium: Any, city: City) -> Iterator[Callable[..., Human]]:
    """`human()`: somebody at a browser of their own, watched for violations, outside requests and page errors."""
    opened: list[Human] = []

    def arrive(**options: Any) -> Human:
        someone = Human.arrive(chromium, city.address, **options)
        opened.append(someone)
        return someone

    yield arrive
    for someone in opened:
        someone.leave()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Generator[None, Any, Any]:
    """A failed browser test leaves a picture of what its people saw."""
    report = yield
    if report.failed:
        for name, value in item.funcargs.items():
            if isinstance(value, Human):
                SHOTS.mkdir(exist_ok=True)
                path = SHOTS / f"failed-{item.name.replace('/', '-')}-{name}.png"
                report.sections.append(("picture", _picture(value, path)))
    return report


def _picture(seen_by: Human, path: Path) -> str:
    """Where the picture is; a browser that has gone leaves none, and no reason to stop the others."""
    from playwright.sync_api import Error

    try:
        seen_by.page.screenshot(path=path)
    except Error as gone:
        return f"none: {gone.message}"
    return str(path)


@pytest.fixture(scope="module")
def first(human: Callable[..., Human], city: City) -> Human:
    """The first administrator, signed in by password and authenticator."""
    return administrator(human(), city.link())
