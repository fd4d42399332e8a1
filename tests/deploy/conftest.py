"""A grown city of its own: its database, broker, validators and processes are nobody else's, so that they can be killed."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from examples import city as sample
from tests.deploy.people import CASE, PURPOSE, Agreed, Staff, agree, until
from tools.grown import Grown, needed
from tools.told import Stop
from zhengtong_client import Client, ZhengtongError
from zhengtong_client.answers import Answer

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


@pytest.fixture(scope="package")
def payments() -> list[dict[str, Any]]:
    """What the tax bureau has sent."""
    size = sample.SIZES["small"]
    found = [dict(row) for block in sample.kept(sample.SEED, size.residents, size.firms) for row in block.payments]
    return [row for row in found if row["uscc"]]


@pytest.fixture(scope="package")
def ask(city: Grown, agreed: Agreed, payments: list[dict[str, Any]]) -> Iterator[Callable[[int], Answer]]:
    """One governed call for the n-th payment, through the front."""
    with Client(city.address, agreed.account) as client:
        item = client.item(agreed.number, agreed.code, purpose=PURPOSE, case=CASE)

        def asked(number: int) -> Answer:
            return item.lookup({"payment_id": payments[number % len(payments)]["payment_id"]})

        def first() -> bool:
            with suppress(ZhengtongError):
                return asked(0).row is not None
            return False

        until(first, "that the tax bureau's messages have landed and are served", seconds=900)
        yield asked
