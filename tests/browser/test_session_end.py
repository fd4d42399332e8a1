"""A page left open does not keep its session: it warns in time, and then leads back to sign-in."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import City, start_city, stop_city
from tests.browser.people import Human, administrator


@pytest.fixture
def hasty_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city whose sessions end after one minute without use."""
    city = start_city(tmp_path_factory.mktemp("hasty") / "data", "run", more={"ZT_IDENTITY__IDLE_MINUTES": "1"})
    yield city
    stop_city(city)


@pytest.mark.soak
@pytest.mark.timeout(400)
def test_a_page_that_renews_itself_does_not_keep_the_session(chromium: Any, hasty_city: City) -> None:
    someone = administrator(Human.arrive(chromium, hasty_city.address), hasty_city.link())
    someone.go("/operations")
    someone.page.get_by_text("登录将在").wait_for()
    someone.page.get_by_text("登录已结束，请重新登录。").wait_for(timeout=100_000)
    assert "next=/operations" in someone.page.url
    someone.leave()
