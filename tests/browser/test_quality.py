"""What the quality pages answer: how good the data are and by which parts, what a rule would find, who must mend what until when."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import City
from tests.browser.people import Human
from tests.browser.test_access import OVERFLOW, faults
from tests.data.quality.place import FIRMS, Place, payment, plant

pytestmark = pytest.mark.timeout(600)  # the first test waits for a city and its measurements
PAGES = (
    "/quality",
    "/quality/items",
    "/quality/items/{item}",
    "/quality/tickets?which=all",
    "/quality/tickets/{ticket}",
)


@pytest.fixture(scope="module")
def place(city: City, first: Human) -> Iterator[Place]:
    """Two measured items: three batches of payments, the last of them faulty; companies to compare with."""
    from zhengtong import app
    from zhengtong.kernel.db import Base

    given = {
        "kernel": {"data": city.data},
        "crypto": {"root_key": city.data.parent / f"{city.data.name}.root.key"},
    }
    opened = app.open_city(app.load_settings(file=Path("none.toml"), given=given))
    Base.metadata.create_all(opened.database.engine)
    planted = plant(opened)
    planted.land([{"uscc": code, "name": "何记豆花店", "kind": "1"} for code in FIRMS], item_id=planted.company)
    wait_measured(planted, 1)  # one by one: what waits together is measured together
    planted.land([payment(n, paid_on=date(2026, 11, 2)) for n in range(200)])
    wait_measured(planted, 2)
    planted.land([payment(n, paid_on=date(2026, 11, 12)) for n in range(200, 320)])
    wait_measured(planted, 3)
    faulty = [payment(n, paid_on=date(2026, 11, 20), kind="19x2"[n % 4]) for n in range(320, 440)]
    for row in faulty[:9]:
        row |= {"uscc": f"{row['uscc'][:-1]}A"}
    planted.land(faulty)
    wait_measured(planted, 4)
    yield planted
    opened.close()


def wait_measured(place: Place, times: int) -> None:
    import time

    from sqlalchemy import func, select

    from zhengtong.data import quality

    end = time.monotonic() + 120
    while time.monotonic() < end:
        place.drain()
        with place.city.database.read() as session:
            if (session.scalar(select(func.count()).select_from(quality.Measurement)) or 0) >= times:
                return
        time.sleep(0.2)
    raise AssertionError("the batches were not measured")


def ticket_of(place: Place) -> str:
    from sqlalchemy import select

    from zhengtong.data import quality

    with place.city.database.read() as session:
        found = session.scalars(select(quality.Ticket.id).order_by(quality.Ticket.number)).first()
    return str(found)


def test_the_board_shows_the_score_with_its_parts_and_leads_to_the_worst(first: Human, place: Place) -> None:
    first.go("/quality")
    page = first.page
    page.locator(".kpi", has_text="质量得分").get_by_text(re.compile(r"合格 [\d,]+ / 判断 [\d,]+")).wait_for()
    page.get_by_role("row").filter(has_text="税务局").locator(".heat-cell").last.wait_for()
    page.locator(".quality-due li").first.wait_for()
    page.get_by_role("link", name="企业缴税记录").first.click()
    page.get_by_role("heading", level=1, name=re.compile("企业缴税记录")).wait_for()


def test_an_item_shows_dimensions_rules_and_masked_rows(first: Human, place: Place) -> None:
    first.go(f"/quality/items/{place.payment}")
    page = first.page
    page.locator(".dimension-bars li").nth(5).wait_for()
    row = page.get_by_role("row").filter(has_text="统一社会信用代码通过校验")
    row.get_by_text("合格 431 / 判断 440").wait_for()
    row.get_by_text("不达标").wait_for()
    row.get_by_role("button").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("不合格的行：9").wait_for()
    assert re.fullmatch(r"P\*+\d", drawer.locator(".failing-rows td").first.inner_text())
    drawer.get_by_role("button", name="查看完整值").click()
    asked = page.get_by_role("dialog", name="查看完整值")
    asked.get_by_label("用途").fill("与登记系统核对")
    asked.get_by_role("button", name="查看完整值").click()
    first.step_up_if_asked()
    drawer.get_by_text("P000320").first.wait_for()


def test_a_rule_is_tried_before_it_is_kept(first: Human, place: Place) -> None:
    first.go(f"/quality/items/{place.payment}")
    page = first.page
    page.get_by_role("button", name="新建规则").click()
    dialog = page.get_by_role("dialog", name="新建规则")
    dialog.get_by_label("规则名称").fill("税额不为负")
    dialog.get_by_label("条件").fill("amount_fen > 'x'")
    dialog.get_by_role("button", name="先试一试").click()
    dialog.get_by_text("数不能和文字比较").first.wait_for()
    dialog.get_by_label("条件").fill("若 kind = 'x' 则 amount_fen < 0")
    dialog.get_by_role("button", name="先试一试").click()
    dialog.get_by_text("合格 410 / 判断 440").wait_for()
    dialog.get_by_role("button", name="保存规则").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("row").filter(has_text="税额不为负").get_by_text("自定").wait_for()


def test_a_ticket_is_accepted_and_answered_within_its_limit(first: Human, place: Place) -> None:
    first.go("/quality/tickets")
    page = first.page
    page.get_by_role("row").filter(has_text="统一社会信用代码通过校验").get_by_role("link").first.click()
    page.get_by_text(re.compile(r"还剩 \d+ 个工作日")).first.wait_for()
    page.get_by_role("button", name="受理").click()
    asked = page.get_by_role("dialog", name="受理")
    asked.get_by_role("textbox").fill("征管科正在核对登记档案")
    asked.get_by_role("button", name="受理").click()
    page.get_by_text("数据提供部门正在核实").wait_for()
    page.get_by_role("button", name="答复").click()
    answer = page.get_by_role("dialog", name="答复")
    answer.get_by_label("核实情况与更正内容").fill("九户的末位录错，已在登记系统更正")
    answer.get_by_role("button", name="答复").click()
    page.get_by_text("下一批数据合格后自动办结").wait_for()
    place.land([payment(n) for n in range(440, 460)])
    closed = page.get_by_text("检测合格，自动办结")
    for _ in range(60):  # the city's own worker may be the one that measures
        page.reload()
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(1000)
        if closed.count():
            break
    closed.wait_for()


@pytest.mark.soak
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light")])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_clean_for_everybody(first: Human, place: Place, path: str, width: int, theme: str) -> None:
    page = first.page
    page.set_viewport_size({"width": width, "height": 844 if width == 390 else 900})
    page.evaluate(f"localStorage.setItem('zt.theme', '{theme}')")
    first.go(path.format(item=place.payment, ticket=ticket_of(place)))
    page.locator(".table, .kpis, .fact-strip").last.wait_for()
    page.wait_for_timeout(300)
    _keep(page, path, width, theme)
    assert faults(page) == []
    assert page.evaluate(OVERFLOW) == []
    page.evaluate("localStorage.setItem('zt.theme', 'light')")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_an_open_rule_dialog_is_clean(first: Human, place: Place) -> None:
    first.go(f"/quality/items/{place.payment}")
    first.page.get_by_role("button", name="新建规则").click()
    first.page.get_by_role("dialog", name="新建规则").wait_for()
    first.page.wait_for_timeout(400)
    _keep(first.page, "/dialog", 1440, "light")
    assert faults(first.page) == []
    first.page.keyboard.press("Escape")


def test_nothing_was_fetched_from_outside_and_nothing_was_violated(first: Human) -> None:
    assert first.outside == []
    assert first.violations() == []
    assert first.failures == []


def _keep(page: Any, path: str, width: int, theme: str) -> None:
    """With ZT_TEST_SHOTS, a picture of each page into that folder: somebody looks at them."""
    import os

    if folder := os.environ.get("ZT_TEST_SHOTS"):
        name = re.sub(r"[^a-z]+", "-", path).strip("-")
        page.screenshot(path=f"{folder}/quality-{name}-{width}-{theme}.png", full_page=True)
