"""The small city of the gateway, served by its own app."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW
from tests.sharing.gateway.place import Place, plant
from zhengtong.kernel import clock


@pytest.fixture
def still() -> Iterator[datetime]:
    with clock.fixed(NOW):
        yield NOW


def opened(folder: Path, database_url: str) -> Any:
    from zhengtong import app

    given = {
        "kernel": {"database": database_url, "data": folder / "data"},
        "crypto": {"root_key": folder / "keys" / "root.key"},
    }
    return app.open_city(app.load_settings(file=folder / "none.toml", given=given))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Place]:
    """The city as most tests begin with it, planted once: a folder to copy."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copy(sqlite_template, folder / "zhengtong.sqlite")
    with clock.fixed(NOW):
        city = opened(folder, f"sqlite:///{folder / 'zhengtong.sqlite'}")
        place = plant(city)
        city.close()
    return folder, place


@pytest.fixture
def placed(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, still: datetime
) -> Iterator[Callable[..., Place]]:
    """`placed(**terms)`: the city with such an agreement; without terms, on SQLite, a copy of the planted one."""
    cities = []

    def make(**terms: Any) -> Place:
        copied = not terms and database_url.startswith("sqlite")
        if copied:
            folder, before = request.getfixturevalue("planted")
            shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        city = opened(tmp_path, database_url)
        cities.append(city)
        return replace(before, city=city) if copied else plant(city, **terms)

    yield make
    for city in cities:
        city.close()


@pytest.fixture
def place(placed: Callable[..., Place]) -> Place:
    return placed()


@pytest.fixture
def client(place: Place) -> Iterator[TestClient]:
    from zhengtong import app

    with TestClient(app.create_app(place.city, work=False), raise_server_exceptions=False) as made:
        yield made
