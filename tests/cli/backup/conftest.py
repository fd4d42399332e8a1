"""Cities on both databases, and one sound backup to be spoiled."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.cli.backup.city import City, NewCity, furnish, made
from tests.conftest import POSTGRES

ENGINES = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]


@pytest.fixture(params=ENGINES)
def new_city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewCity]:
    """An empty place for a city, on each database in turn."""
    if request.param == "sqlite":
        yield lambda name: City(made(tmp_path / name), "")
        return
    admin = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    named: list[str] = []

    def new(name: str) -> City:
        database = f"zt_backup_{os.getpid()}_{name}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{database}"'))
        named.append(database)
        url = make_url(POSTGRES).set(database=database).render_as_string(hide_password=False)
        return City(made(tmp_path / name), url)

    yield new
    with admin.connect() as connection:
        for database in named:
            connection.execute(text(f'DROP DATABASE "{database}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> City:
    """A furnished city on SQLite; nothing may change it."""
    city = City(tmp_path_factory.mktemp("sound"), "")
    furnish(city)
    city.back_up(city.folder / "backup")
    return city


@pytest.fixture
def source(sound: City, tmp_path: Path) -> Path:
    """Its backup, to be spoiled."""
    return Path(shutil.copytree(sound.folder / "backup", tmp_path / "backup"))


@pytest.fixture
def empty(tmp_path: Path) -> City:
    return City(made(tmp_path / "empty"), "")
