"""A reviewer's morning: a doubtful pair is settled by the keyboard and taken back, a lead is followed to its end."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.conftest import City
from tests.browser.people import Human
from tests.browser.test_access import OVERFLOW, faults, settle
from tests.data.entities import town
from zhengtong import app
from zhengtong.data import entities

WAGES = [
    {
        "wage_id": f"W{period}",
        "id_number": town.WANG["id_number"],
        "name": "文卫强",
        "period": period,
        "wage_fen": 900_000,
        "employer_uscc": town.FIRM["uscc"],
    }
    for period in ("202512", "202601")
]


@pytest.fixture(scope="module")
def planted(first: Human, city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[town.Town]:
    """Four bureaus in the running city, what they say of a few people, and an officer."""
    data = city.data
    chosen = app.load_settings(
        file=tmp_path_factory.mktemp("none") / "none.toml",
        given={"kernel": {"data": data}, "crypto": {"root_key": data.parent / f"{data.name}.root.key"}},
    )
    opened = app.open_city(chosen)
    place = town.build(opened)
    place.land("police.resident", town.WANG, {**town.WANG, "id_number": "990102196511250162", "name": "张丽梅",
                                              "phone": "16908888152", "address": "云溪市文漪路3号"})  # fmt: skip
    place.land("civil.relief", town.CASE, {**town.CASE, "case_id": "JZ9", "name": "张丽海", "phone": "16908888152",
                                           "address": "北门街7号"})  # fmt: skip
    place.land("market.company", town.FIRM)
    place.land("tax.payment", town.PAID)
    place.land("tax.wage", *WAGES)
    _wait_until_matched(place)
    yield place
    opened.close()


def _wait_until_matched(place: town.Town) -> None:
    """The city's own workers take part; all have finished once the last rule has found its lead."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        place.drain()
        with place.read() as session:
            found = session.scalars(select(entities.Lead)).all()
        if found and len(place.pairs("waiting")) == 1:
            return
        time.sleep(0.2)
    raise AssertionError("the records were never matched")


def test_a_person_is_found_by_initials_and_each_value_says_whose_it_is(first: Human, planted: town.Town) -> None:
    page = first.page
    settle(first, "/entities?kind=person")
    page.get_by_placeholder(re.compile("姓名")).fill("wwq")
    page.wait_for_url(re.compile("q=wwq"))
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="文*强").click()
    page.get_by_role("heading", level=1, name="文*强").wait_for()
    row = page.get_by_role("row").filter(has_text="公民身份号码")
    expect(row).to_contain_text("990102**********53")
    expect(row).to_contain_text("公安局")
    assert town.WANG["id_number"] not in page.content()


def test_a_pair_is_kept_apart_by_a_key_and_taken_back(first: Human, planted: town.Town) -> None:
    page = first.page
    settle(first, "/entities/review")
    page.get_by_role("link", name=re.compile("张.*↔")).click()
    page.get_by_role("heading", level=1, name="这两条是同一个人吗？").wait_for()
    page.get_by_text("电话相同").wait_for()
    page.keyboard.press("k")
    page.get_by_text("都核对完了").wait_for()
    assert not planted.pairs("waiting")
    page.keyboard.press("u")
    page.get_by_role("button", name="是同一个，合并").wait_for()
    assert len(planted.pairs("waiting")) == 1


def test_a_lead_shows_both_bureaus_rows_and_is_closed_with_a_reason(first: Human, planted: town.Town) -> None:
    page = first.page
    settle(first, "/leads")
    page.get_by_role("link", name="领取救助期间有较高工资").last.click()
    page.get_by_role("heading", level=2, name="税务局：工资薪金").wait_for()
    assert page.get_by_text("9,000.00").count() == 2
    page.get_by_role("button", name="给出结论").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("^说明")).check()
    dialog.get_by_label("理由").fill("工资为补发的抚恤金")
    dialog.get_by_role("button", name="给出结论").click()
    page.get_by_text("工资为补发的抚恤金").first.wait_for()
    expect(page.get_by_role("button", name="重新打开")).to_be_visible()


LOOKS: list[dict[str, Any]] = [
    {"viewport": {"width": 1440, "height": 900}},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
]


@pytest.mark.parametrize("look", LOOKS, ids=["wide", "phone-dark"])
def test_the_pages_are_clean(human: Any, first: Human, planted: town.Town, look: dict[str, Any]) -> None:
    reader = human(**look, storage_state=first.context.storage_state())
    entity, lead = planted.entities("person")[0].id, first.page.url.rsplit("/", 1)[-1]
    pairs = planted.pairs("waiting")
    paths = ["/entities", f"/entities/{entity}", "/entities/review", "/entities/sources", "/leads", f"/leads/{lead}"]
    for path in [*paths, *(f"/entities/review/{pair.id}" for pair in pairs)]:
        settle(reader, path)
        assert (path, faults(reader.page), reader.page.evaluate(OVERFLOW)) == (path, [], [])
    assert (reader.violations(), reader.outside, reader.failures) == ([], [], [])


def test_this_browser_reached_no_other_place(first: Human) -> None:
    assert (first.outside, first.violations(), first.failures) == ([], [], [])
