"""A department connects a table and a file: tried before anything is kept, mapped, run, mended; in the real pages."""

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SHOTS, City, start_city, stop_city
from tests.browser.people import Human
from tests.browser.test_access import AXE, OVERFLOW, TAGS
from tests.data.intake.place import code

GOOD, BAD = (
    1100,
    {
        1010: ("12O0", "2020-03-05"),
        1020: ("２００", "2020-03-05"),
        1030: ("300", "2020年3月5日"),
        1040: ("很多", "不详"),
    },
)


def shot(page: Any, name: str) -> None:
    """A picture for whoever looks at the pages, when asked for."""
    if os.environ.get("ZT_TEST_SHOTS"):
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"intake-{name}.png", full_page=True)


@pytest.fixture(scope="module")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the city may read, with the market bureau's database in it."""
    folder = tmp_path_factory.mktemp("drops")
    store = sqlite3.connect(folder / "market.db")
    store.execute("CREATE TABLE company (uscc TEXT PRIMARY KEY, name TEXT, capital TEXT, registered_on TEXT)")
    rows = []
    for number in range(1, GOOD + 1):
        capital, since = BAD.get(number, (str(number * 100), "2020-03-05"))
        rows.append((code(number), f"云溪第{number}豆花店有限公司", capital, since))
    store.executemany("INSERT INTO company VALUES (?, ?, ?, ?)", rows)
    store.commit()
    store.close()
    return folder


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, drops: Path) -> Iterator[City]:
    """An empty city that may read the folder."""
    more = {"ZT_INTAKE__FOLDERS": json.dumps([str(drops)]), "ZT_INTAKE__FREE_MB": "0"}
    city = start_city(tmp_path_factory.mktemp("city") / "data", "run", more=more)
    yield city
    stop_city(city)


@pytest.fixture(scope="module")
def clerk(first: Human) -> Human:
    """The administrator, with the national standards in force."""
    loaded = first.page.evaluate("fetch('/api/v1/standards/bundled', {method: 'POST'}).then((answer) => answer.status)")
    assert loaded == 200
    return first


def test_a_table_is_connected_tried_mapped_and_run(clerk: Human, drops: Path) -> None:
    page = clerk.page
    clerk.go("/intake")
    page.get_by_text("还没有数据源").wait_for()
    shot(page, "empty")
    page.get_by_role("link", name="接入数据源").first.click()
    page.get_by_role("radio", name=re.compile("数据库表")).check(force=True)
    page.get_by_label("名称", exact=False).first.fill("市场监管局企业登记库")
    page.get_by_label("数据库地址").fill("sqlite:////etc/passwd")
    page.get_by_label("表或视图").fill("company")
    shot(page, "connect")
    page.get_by_role("button", name="连接并试取").click()
    page.get_by_text(re.compile("不允许读取")).wait_for()
    page.get_by_role("button", name="上一步").click()
    page.get_by_label("数据库地址").fill(f"sqlite:///{drops}/market.db")
    page.get_by_role("button", name="连接并试取").click()

    page.get_by_role("heading", name="试取十行").wait_for()
    expect(page.get_by_role("columnheader", name=re.compile("registered_on"))).to_be_visible()
    expect(page.locator(".sheet tbody tr")).to_have_count(10)
    shot(page, "try")
    page.get_by_role("button", name="对应到数据项").click()
    page.get_by_label("按这个来源起草新数据项").check()
    page.get_by_label("数据项名称").fill("企业登记信息")
    shot(page, "draft")
    page.get_by_role("button", name="定计划").click()
    page.get_by_label("不合格行超过").wait_for()
    shot(page, "plan")
    page.get_by_role("button", name="保存并运行").click()

    page.wait_for_url(re.compile(r"/intake/runs/[0-9a-f-]{36}"))
    expect(page.locator(".head .tag")).to_have_text("已入库", timeout=60_000)
    page.get_by_text(re.compile(rf"共读取 {GOOD:,} 行，入库 {GOOD - len(BAD):,} 行")).wait_for()
    page.locator(".prints .fingerprint").first.wait_for()
    page.get_by_text("第 1,010 行").wait_for()
    shot(page, "run")


def test_rows_set_apart_are_mended_and_replayed_or_given_up(clerk: Human) -> None:
    page = clerk.page
    clerk.go("/intake/quarantine")
    page.get_by_text("第 1,010 行").wait_for()
    expect(page.get_by_role("listitem").filter(has_text="第 1,020 行").get_by_text("有把握")).to_be_visible()
    shot(page, "quarantine")
    page.get_by_role("button", name="改好并重放 2 行").click()
    page.get_by_text("已改 2 行").wait_for()
    expect(page.get_by_text("第 1,020 行")).to_have_count(0, timeout=60_000)
    row = page.get_by_role("listitem").filter(has_text="第 1,010 行")
    row.get_by_role("button", name="看原值").click()
    clerk.step_up_if_asked()
    row.get_by_label("注册资本改成").fill("1200")
    row.get_by_role("button", name="改好重放").click()
    expect(page.get_by_text("第 1,010 行")).to_have_count(0, timeout=60_000)
    page.get_by_role("checkbox", name="选中第 1,040 行").check()
    page.get_by_role("button", name="放弃", exact=True).click()
    dialog = page.get_by_role("dialog", name="放弃")
    dialog.get_by_role("textbox").fill("数源部门确认是测试数据")
    dialog.get_by_role("button", name=re.compile("放弃 1 行")).click()
    page.get_by_text("已放弃 1 行").wait_for()
    expect(page.get_by_text("第 1,040 行")).to_have_count(0, timeout=60_000)


def test_a_file_is_dropped_sent_in_pieces_and_landed(clerk: Human, tmp_path: Path) -> None:
    page = clerk.page
    path = tmp_path / "居民.csv"
    rows = "".join(f"{990101198001010000 + n},何{n},老街 {n} 号\r\n" for n in range(60_000))
    path.write_text(f"证件编号,姓名,住址\r\n{rows}", encoding="gb18030", newline="")
    clerk.go("/intake/connect")
    page.get_by_role("radio", name=re.compile("上传文件")).check(force=True)
    page.get_by_label("名称", exact=False).first.fill("公安局居民名册")
    page.get_by_role("button", name="连接并试取").click()
    page.get_by_text("把文件拖到这里").wait_for()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("heading", name="试取十行").wait_for(timeout=60_000)
    expect(page.get_by_role("columnheader", name=re.compile("证件编号"))).to_be_visible()
    page.get_by_role("button", name="对应到数据项").click()
    page.get_by_label("按这个来源起草新数据项").check()
    page.get_by_role("button", name="定计划").click()
    page.get_by_role("button", name="保存并运行").click()
    expect(page.locator(".head .tag")).to_have_text("已入库", timeout=90_000)
    page.get_by_text("共读取 60,000 行").wait_for()
    clerk.go("/intake")
    page.get_by_role("link", name="公安局居民名册").click()
    page.get_by_text("把文件拖到这里").wait_for()
    shot(page, "source-upload")


LOOKS: dict[str, dict[str, Any]] = {
    "light-1440": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark-390": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_readable_by_everybody(clerk: Human, human: Callable[..., Human], look: str) -> None:
    someone = human(**LOOKS[look], storage_state=clerk.context.storage_state())
    page = someone.page
    clerk.go("/intake")
    clerk.page.locator(".row-link").first.wait_for()
    ids = clerk.page.evaluate("fetch('/api/v1/intake/sources').then((answer) => answer.json())")["items"]
    runs = clerk.page.evaluate("fetch('/api/v1/intake/runs').then((answer) => answer.json())")["items"]
    table = next(one["id"] for one in ids if one["kind"] == "sql")
    run = next(one["id"] for one in runs if one["rows_quarantined"])
    pages = {
        "sources": "/intake",
        "runs": "/intake/runs",
        "quarantine": "/intake/quarantine?state=any",
        "connect": "/intake/connect",
        "setup": f"/intake/sources/{table}/setup?step=2",
        "planning": f"/intake/sources/{table}/setup?step=3",
        "source": f"/intake/sources/{table}",
        "run": f"/intake/runs/{run}",
    }
    faults = []
    for name, path in pages.items():
        someone.go(path)
        page.wait_for_load_state("networkidle")
        page.get_by_role("heading", level=1).wait_for()
        shot(page, f"{name}-{look}")
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(TAGS)}}})")["violations"]
        faults += [f"{name}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in found]
        faults += [f"{name}: {wide}" for wide in page.evaluate(OVERFLOW)]
        faults += [f"{name}: {violation}" for violation in someone.violations()]
    assert not faults
    assert not someone.outside
    assert not someone.failures
