"""The guided tour, walked to its end on the real pages of a demo; and the clock that is moved on beside it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import City, start_city, stop_city
from tests.browser.people import Human
from tests.browser.test_access import OVERFLOW, faults
from tests.insight.thread.place import checkpoint, plant

pytestmark = pytest.mark.timeout(600)  # a city, and a value that goes all the way
STOPS = ["从首页开始", "来源", "批次", "校验", "目录", "协议", "调用与回执", "账本", "来龙去脉", "自己核验"]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A demo without its people: it is served as one, and nothing else is loaded."""
    data = tmp_path_factory.mktemp("demo") / "data"
    data.mkdir()
    (data / "demo.json").write_text(json.dumps({"state": "loaded", "size": "small", "password": "", "accounts": []}))
    served = start_city(data, "run", more={"ZT_KERNEL__DEMO": "true"})
    yield served
    stop_city(served)


@pytest.fixture(scope="module")
def planted(city: City, first: Human, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    from zhengtong import app

    given = {"kernel": {"data": city.data}, "crypto": {"root_key": city.data.parent / f"{city.data.name}.root.key"}}
    opened = app.open_city(app.load_settings(file=Path("none.toml"), given=given))
    plant(opened, tmp_path_factory.mktemp("file"))
    checkpoint(opened)
    yield
    opened.close()


@pytest.mark.soak  # ten pages, one after another
def test_the_tour_goes_from_source_to_verifying_and_outlives_a_reload(first: Human, planted: None) -> None:
    page = first.page
    first.go("/")
    page.get_by_role("main").get_by_role("button", name="十分钟看懂政通").click()
    panel = page.get_by_role("region", name="导览")
    seen = []
    for at in range(len(STOPS)):
        panel.get_by_text(f"第 {at + 1} 站，共 {len(STOPS)} 站").wait_for()
        panel.get_by_role("heading", name="凭什么可信").wait_for()
        seen.append(re.sub(r"[0-9a-f-]{36}", "*", page.url.removeprefix(first.address)))
        assert panel.locator("header b").inner_text() == STOPS[at]
        if at == 4:
            page.reload()
            panel.get_by_text(f"第 5 站，共 {len(STOPS)} 站").wait_for()
            panel.get_by_role("button", name="上一站").click()
            panel.get_by_text(f"第 4 站，共 {len(STOPS)} 站").wait_for()
            panel.get_by_role("button", name="下一站").click()
            panel.get_by_text(f"第 5 站，共 {len(STOPS)} 站").wait_for()
        if at + 1 < len(STOPS):
            panel.get_by_role("button", name="下一站").click()
    assert seen == [
        "/", "/intake/sources/*", "/intake/runs/*", "/quality/items/*", "/catalogue/*", "/sharing/agreements/*",
        "/sharing/calls/*", "/ledger", "/thread/receipt/*", "/ledger",
    ]  # fmt: skip
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(OVERFLOW) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    panel.get_by_role("button", name="走完了").click()
    panel.wait_for(state="detached")
    assert first.violations() == first.failures == first.outside == []


def test_the_clock_goes_on_an_hour_and_one_stays_signed_in(first: Human, planted: None) -> None:
    page = first.page
    first.go("/")
    page.get_by_role("button", name="演示城市").click()
    page.get_by_text("与真实时间一致").wait_for()
    page.get_by_role("button", name="快进 1 小时").click()
    page.get_by_text("比真实时间快 1 小时 0 分").wait_for()
    page.reload()
    page.get_by_role("heading", level=1, name=re.compile("今日|现在该做什么")).wait_for()
    page.get_by_role("button", name="演示城市").click()
    page.get_by_text("比真实时间快 1 小时 0 分").wait_for()
    assert first.failures == []
