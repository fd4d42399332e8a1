"""A value that has gone the whole way, planted once; each test has a copy of it, or the whole of it to read."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW
from tests.insight.thread.place import Place, plant
from zhengtong import app
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor

DATABASE = "zhengtong.sqlite"


def opened(folder: Path, url: str = "") -> app.City:
    """The city of the folder; over that database, where one is given."""
    given: dict[str, dict[str, Any]] = {
        "kernel": {"database": url or f"sqlite:///{folder / DATABASE}", "data": folder / "data"},
        "crypto": {"root_key": folder / "keys" / "root.key"},
        "ledger": {"witnesses_needed": 0},
    }
    return app.open_city(app.load_settings(file=folder / "none.toml", given=given, environment={}))


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Place]:
    folder = tmp_path_factory.mktemp("thread")
    shutil.copy(sqlite_template, folder / DATABASE)
    with clock.fixed(NOW):
        city = opened(folder)
        place = plant(city, folder)
        city.close()
    return folder, place


@pytest.fixture
def place(planted: tuple[Path, Place], tmp_path: Path) -> Iterator[Place]:
    """A copy that a test may spoil."""
    folder, before = planted
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with clock.fixed(NOW):
        city = opened(tmp_path)
        yield replace(before, city=city, caller=replace(before.caller, city=city))
        city.close()


@pytest.fixture
def ask(place: Place) -> Callable[..., Any]:
    """`ask(actor, path)`: one answer of the site in somebody's name."""

    def asked(actor: Actor | None, path: str, **query: Any) -> Any:
        site = replace(place.city.site, sign_in=lambda session, request, now: actor)
        made = app.create_app(replace(place.city, site=site), work=False)
        made.state.site = site
        client = TestClient(made, raise_server_exceptions=False)
        return client.get(f"/api/v1/thread/{path}" if path else "/api/v1/thread", params=query)

    return asked
