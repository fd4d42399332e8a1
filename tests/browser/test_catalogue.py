"""What the catalogue's pages answer: what there is and whose, found as one types; where a field comes from; what waits for review."""

import re
from typing import Any

import pytest

from tests.browser.people import Human
from tests.browser.test_access import OVERFLOW, faults

pytestmark = pytest.mark.timeout(600)
ASK = """
async ([method, path, body, version]) => {
  const headers = {'Content-Type': 'application/json', ...(version && {'If-Match': `"${version}"`})}
  const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)})
  return [answer.status, await answer.json()]
}
"""
FIELDS = [
    {"name": "uscc", "name_zh": "统一社会信用代码", "type": "C", "length": 18, "is_key": True, "level": "general_1"},
    {"name": "taxpayer_name", "name_zh": "纳税人名称", "type": "C", "length": 100, "level": "general_2"},
    {"name": "amount_fen", "name_zh": "入库金额", "type": "N", "length": 18, "level": "general_3"},
]
FIRMS: dict[str, Any] = {
    "name_zh": "企业纳税信息",
    "abstract": "各税种的申报入库记录",
    "number": "SJ-3102",
    "class_code": "2080020101",
    "share_type": "conditional",
    "share_condition": "按协议约定的用途使用",
    "fields": FIELDS,
}
MONTHLY: dict[str, Any] = {
    **{name: told for name, told in FIRMS.items() if name != "number"},
    "name_zh": "企业纳税月报",
    "fields": [FIELDS[0], {**FIELDS[2], "name": "total_fen"}],
}


def ask(human: Human, method: str, path: str, body: Any = None, status: int = 200, version: int = 0) -> Any:
    got, told = human.page.evaluate(ASK, [method, f"/api/v1{path}", body, version])
    assert got == status, told
    return told


@pytest.fixture(scope="module")
def items(first: Human) -> dict[str, Any]:
    """An item with its lineage, and one that it goes into."""
    office = ask(first, "GET", "/departments")["items"][0]["id"]
    made = {"firms": ask(first, "POST", "/catalogue/items", {**FIRMS, "department_id": office}, 201)}
    made["monthly"] = ask(
        first, "POST", "/catalogue/items", {**MONTHLY, "number": "SJ-3103", "department_id": office}, 201
    )
    sql = 'select uscc, sum(amount_fen) as total_fen from "SJ-3102" group by uscc'
    ask(first, "PUT", f"/catalogue/items/{made['monthly']['id']}/derivation", {"sql": sql})
    return made


def test_an_item_is_found_as_one_types_and_narrowed(first: Human, items: Any) -> None:
    first.go("/catalogue")
    page = first.page
    box = page.get_by_role("searchbox", name="搜索数据项")
    box.fill("qyns")
    page.locator(".finder-count", has_text="2 项").wait_for()
    box.fill("字段:纳税人")
    page.locator(".finder-count", has_text="1 项").wait_for()
    assert page.locator(".hit-name").all_inner_texts() == ["企业纳税信息"]
    assert page.locator(".hit-fields mark").all_inner_texts() == ["纳税人"]
    box.fill("企业纳说信息")
    page.get_by_text("下面是相近的结果").wait_for()
    box.fill("没有这样的数据")
    page.get_by_text("没有找到“没有这样的数据”").wait_for()
    page.get_by_role("button", name="清除条件").click()
    page.locator(".finder-count", has_text="2 项").wait_for()
    assert "q=" not in page.url


def test_the_palette_finds_items_beside_pages(first: Human, items: Any) -> None:
    first.go("/")
    page = first.page
    page.get_by_role("heading", level=1).wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("SJ-3103")
    page.get_by_role("option", name=re.compile("企业纳税月报")).click()
    page.get_by_role("heading", level=1, name="企业纳税月报").wait_for()


def test_an_items_page_draws_a_fields_path(first: Human, items: Any) -> None:
    first.go(f"/catalogue/{items['monthly']['id']}?tab=lineage")
    page = first.page
    page.locator(".lineage-edges path").first.wait_for(state="attached")
    assert page.locator(".lineage-edges path").count() == 2
    assert page.locator(".lineage-edges path.on").count() == 0
    page.locator(".lineage-node.here .lineage-field", has_text="total_fen").click()
    page.locator(".lineage-edges path.on").wait_for(state="attached")
    assert page.locator(".lineage-edges path.on.worked").count() == 1
    assert "field=total_fen" in page.url


def test_a_draft_is_written_submitted_reviewed_and_published(first: Human, items: Any) -> None:
    first.go(f"/catalogue/{items['firms']['id']}/edit")
    page = first.page
    name = page.get_by_label("中文名称")
    name.wait_for()
    assert page.locator(".draft-field").count() == 3
    name.fill("企业税款入库信息")
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("heading", level=1, name="企业税款入库信息").wait_for()
    page.locator(".head .tag", has_text="发布待审核").wait_for()
    first.go("/catalogue/reviews")
    page.locator(".review-pick", has_text="企业税款入库信息").click()
    page.locator(".deadline").first.wait_for()
    page.get_by_role("button", name="审核通过并发布").click()
    page.get_by_role("dialog").get_by_role("button", name="审核通过并发布").click()
    first.step_up_if_asked()
    page.get_by_text("没有待审核的").wait_for()
    first.go("/catalogue?q=税款入库")
    page.locator(".hit-name", has_text="企业税款入库信息").wait_for()


@pytest.mark.parametrize(
    ("typed", "verb", "kept"),
    [("我先写的", "以我的为准", "我先写的"), ("我再写的", "改用那一稿", "别人写的")],
    ids=["mine", "theirs"],
)
def test_what_one_typed_is_not_lost_when_somebody_else_saves(
    first: Human, items: Any, typed: str, verb: str, kept: str
) -> None:
    page, address = first.page, f"/catalogue/items/{items['monthly']['id']}"
    first.go(f"/catalogue/{items['monthly']['id']}/edit")
    told = page.get_by_label("摘要")
    told.fill(typed)
    version = ask(first, "GET", address)["version"]
    ask(first, "PUT", f"{address}/draft", {**MONTHLY, "abstract": "别人写的", "note": ""}, version=version)
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("别人保存了另一稿").wait_for()
    assert told.input_value() == typed
    page.get_by_role("button", name=verb).click()
    assert told.input_value() == kept
    page.get_by_role("button", name="保存草稿").click()
    page.locator("h1", has_text=re.compile(r"^\s*企业纳税月报")).wait_for()
    assert ask(first, "GET", f"{address}/versions/1")["content"]["abstract"] == kept


@pytest.mark.soak
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_are_clean_and_fit(first: Human, items: Any, width: int) -> None:
    page = first.page
    page.set_viewport_size({"width": width, "height": 900})
    one = f"/catalogue/{items['monthly']['id']}"
    paths = [
        "/catalogue",
        one,
        f"{one}?tab=lineage",
        f"{one}?tab=versions",
        f"{one}/edit",
        "/catalogue/reviews",
        "/catalogue/import",
    ]
    for path in paths:
        first.go(path)
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        assert faults(page) == [], path
        assert page.evaluate(OVERFLOW) == [], path
    page.set_viewport_size({"width": 1440, "height": 900})


def test_nothing_was_fetched_from_outside_and_nothing_was_violated(first: Human) -> None:
    assert first.outside == []
    assert first.violations() == []
    assert first.failures == []
