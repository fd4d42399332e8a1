"""The generator, found as the program finds it, and the small city made once."""

import csv
from pathlib import Path
from types import ModuleType

import pytest

from zhengtong.cli.sample import sample_city

Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="session")
def city() -> ModuleType:
    return sample_city()


@pytest.fixture(scope="session")
def small(city: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The small city's tables as read back from its files."""
    folder = tmp_path_factory.mktemp("yunxi")
    city.write(folder, city.SIZES["small"])
    return {path.stem: _read(path) for path in folder.glob("*.csv")}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
