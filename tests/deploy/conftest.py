"""A grown city of its own: its database, broker, validators and processes are nobody else's, so that they can be killed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.people import Agreed, Staff, agree
from tools.grown import Grown, needed
from tools.told import Stop

HERE = "ZT_TEST_GROWN"
"""The folder of a grown city that runs already, to be tried as it is (`make grown`); it is left running."""


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    if folder := os.environ.get(HERE):
        yield Grown(Path(folder))
        return
    try:
        needed()
    except Stop as absent:
        pytest.skip(str(absent))
    made = Grown(tmp_path_factory.mktemp("grown") / "city")
    try:
        made.up()
        made.process(
            "city"
        ).stop()  # the bureaus go on working for minutes: what is tried here is the city without them
        yield made
    finally:
        made.erase()


@pytest.fixture(scope="package")
def staff(city: Grown) -> Staff:
    return Staff.of(city)


@pytest.fixture(scope="package")
def agreed(staff: Staff) -> Agreed:
    return agree(staff)
