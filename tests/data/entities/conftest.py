"""The town of four bureaus, empty of data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.data.entities.town import Town, build
from zhengtong import app
from zhengtong.data import entities
from zhengtong.kernel import clock, events


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    chosen = app.load_settings(
        file=tmp_path / "none.toml",
        given={
            "kernel": {"database": database_url, "data": tmp_path / "data"},
            "crypto": {"root_key": tmp_path / "keys" / "root.key"},
        },
    )
    with clock.fixed(NOW):
        city = app.open_city(chosen)
        city.database.listeners = events.by_type(entities.capability.listeners)
        yield build(city)
        city.close()
