"""One line to the end, walked as a person does: from an item's page to the thread, opened, checked, taken away, verified without the city."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import City
from tests.browser.people import Human
from tests.browser.test_access import OVERFLOW, faults
from tests.insight.thread.place import PERSON, Place, checkpoint, plant
from tests.sharing.gateway.place import FIRMS, NUMBER
from tools import verify

pytestmark = pytest.mark.timeout(600)  # the first test waits for a city and for a value to go all the way
STEPS = ["来源", "批次", "校验", "入目录", "约定", "裁决", "供出", "本人看见"]


@pytest.fixture(scope="module")
def place(city: City, first: Human, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A value that has gone all the way in the running city."""
    from zhengtong import app

    given = {
        "kernel": {"data": city.data},
        "crypto": {"root_key": city.data.parent / f"{city.data.name}.root.key"},
    }
    opened = app.open_city(app.load_settings(file=Path("none.toml"), given=given))
    planted = plant(opened, tmp_path_factory.mktemp("file"))
    checkpoint(opened)
    yield planted
    opened.close()


def proven(page: Any) -> int:
    return int(page.locator(".step-proof", has_text="已上链存证").count())


def test_from_an_item_to_its_whole_thread_checked_and_taken_away(first: Human, place: Place, tmp_path: Path) -> None:
    first.go(f"/catalogue/{place.item}")
    page = first.page
    page.get_by_role("main").get_by_role("link", name="来龙去脉").click()
    page.get_by_role("heading", level=1, name="来龙去脉").wait_for()
    page.locator(".step").first.wait_for()
    assert [one.inner_text() for one in page.locator(".step summary > b").all()] == STEPS
    assert proven(page) == 5
    assert "5 环都已上链，等见证人共签" in page.locator(".thread-whole").inner_text()
    page.locator(".step summary").nth(4).click()
    assert NUMBER in page.locator(".step").nth(4).inner_text()
    page.get_by_role("button", name="检查全部证明").click()
    page.get_by_text("步全部成立").wait_for()
    page.locator(".step summary").nth(1).click()
    page.get_by_text("湖中 1 个文件逐字节一致").wait_for()
    with page.expect_download() as told:
        page.get_by_role("button", name="取走整条证明").click()
    file = tmp_path / "thread.jsonl"
    told.value.save_as(file)
    assert "7 条记录都在" in verify.verify_file(str(file), needed=0)
    assert not [value for value in (PERSON, *FIRMS) if value in page.content()]
    assert first.violations() == first.failures == first.outside == []


def test_by_a_number_one_comes_to_its_thread_and_what_is_not_there_says_so(first: Human, place: Place) -> None:
    first.go("/thread")
    page = first.page
    page.get_by_label("数据项编号、协议号、回执编号或批次编号").fill("XY-1999-0001")
    page.get_by_role("button", name="查来龙去脉").click()
    page.get_by_text("没有找到“XY-1999-0001”").wait_for()
    page.get_by_label("数据项编号、协议号、回执编号或批次编号").fill(NUMBER)
    page.get_by_role("button", name="查来龙去脉").click()
    page.wait_for_url(re.compile(r"/thread/agreement/"))
    page.locator(".step").first.wait_for()
    first.go("/thread/receipt/01a1fee1-7f25-7701-9b90-4a6ab7e54d88")
    page.get_by_text("不在您能看的范围内").wait_for()
    page.get_by_role("main").get_by_role("link", name="换一个值").click()
    page.wait_for_url(re.compile(r"/thread$"))


@pytest.mark.parametrize("width", [1440, 390])
def test_the_thread_is_clean_and_fits(first: Human, place: Place, width: int) -> None:
    page = first.page
    page.set_viewport_size({"width": width, "height": 900 if width > 400 else 844})
    first.go(f"/thread/receipt/{place.receipt}")
    page.locator(".step").first.wait_for()
    for summary in page.locator(".step summary").all():
        summary.click()
    assert faults(page) == []
    assert page.evaluate(OVERFLOW) == []
    page.set_viewport_size({"width": 1440, "height": 900})
