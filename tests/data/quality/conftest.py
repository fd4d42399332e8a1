"""The small city of quality, open with its own lake and compute engine."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW
from tests.data.quality.place import Place, plant
from zhengtong.kernel import clock


@pytest.fixture
def still() -> Iterator[datetime]:
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def place(database_url: str, tmp_path: Path, still: datetime) -> Iterator[Place]:
    from zhengtong import app

    given = {
        "kernel": {"database": database_url, "data": tmp_path / "data"},
        "crypto": {"root_key": tmp_path / "keys" / "root.key"},
    }
    city = app.open_city(app.load_settings(file=tmp_path / "none.toml", given=given))
    yield plant(city)
    city.close()


@pytest.fixture
def keeper(client_for: Callable[..., TestClient], place: Place) -> TestClient:
    """The tax bureau's own."""
    return client_for(place.keeper())


@pytest.fixture
def user(client_for: Callable[..., TestClient], place: Place) -> TestClient:
    """Somebody of the market bureau."""
    return client_for(place.user())
