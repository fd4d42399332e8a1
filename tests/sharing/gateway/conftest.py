"""The small city of the gateway, served by its own app."""

from collections.abc import Callable, Iterator
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


@pytest.fixture
def placed(database_url: str, tmp_path: Path, still: datetime) -> Iterator[Callable[..., Place]]:
    """`placed(**terms)`: the city with such an agreement."""
    from zhengtong import app

    given = {
        "kernel": {"database": database_url, "data": tmp_path / "data"},
        "crypto": {"root_key": tmp_path / "keys" / "root.key"},
    }
    cities = []

    def make(**terms: Any) -> Place:
        city = app.open_city(app.load_settings(file=tmp_path / "none.toml", given=given))
        cities.append(city)
        return plant(city, **terms)

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
