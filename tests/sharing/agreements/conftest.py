"""The small city of agreements, with everybody at their desk."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.sharing.agreements.place import Place, plant
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
