"""Many items at once: the sample city's 1,200 through a workbook, faults by row and column, taken back, exported and read again."""

import importlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW, actor_with
from tests.data.catalogue.conftest import ITEM, Bureaus
from zhengtong.data import catalogue, standards
from zhengtong.data.catalogue import rules
from zhengtong.engines.files import FilesSettings
from zhengtong.engines.files.local import LocalFiles
from zhengtong.kernel.actor import SYSTEM, Actor
from zhengtong.kernel.db import Database, new_id
from zhengtong.office import identity

BASE = "/api/v1/catalogue"
COLUMNS = list(rules.COLUMNS)
FIRST = {
    "名称": "企业纳税信息",
    "提供单位": "税务局",
    "分类编码": "3070100101",
    "摘要": "按月申报",
    "使用条件": "行政许可审查",
    "更新频率": "每月",
    "信息项标识": "uscc",
    "信息项名称": "统一社会信用代码",
    "数据类型": "字符型",
    "长度": "18",
    "主键": "是",
    "信息项分级": "L1",
}
SECOND = {
    "信息项标识": "amount",
    "信息项名称": "税额",
    "数据类型": "N",
    "长度": "18",
    "小数位": "2",
    "信息项分级": "敏感",
}


@pytest.fixture(scope="module")
def twelve_hundred() -> bytes:
    """The sample city's catalogue as a file; CSV, because writing so large a workbook takes longer than the import."""
    items, government = (importlib.import_module(f"examples.city.{name}") for name in ("items", "government"))
    rows = [row for item in items.items(7) for row in _rows(item, government)]
    out = BytesIO()
    LocalFiles(FilesSettings()).write_csv(out, COLUMNS, [[row.get(title, "") for title in COLUMNS] for row in rows])
    return out.getvalue()


def workbook(*rows: dict[str, str]) -> bytes:
    out = BytesIO()
    LocalFiles(FilesSettings()).write_xlsx(out, COLUMNS, [[row.get(title, "") for title in COLUMNS] for row in rows])
    return out.getvalue()


def preview(desk: TestClient, content: bytes, name: str = "目录.xlsx") -> Any:
    answer = desk.post(f"{BASE}/items/preview", files={"file": (name, content)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def confirm(desk: TestClient, content: bytes, plan: str, name: str = "目录.xlsx", **query: Any) -> Any:
    return desk.post(f"{BASE}/items/import", files={"file": (name, content)}, params={"plan": plan, **query})


def imported(desk: TestClient, content: bytes) -> Any:
    answer = confirm(desk, content, preview(desk, content)["plan"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_rows_below_an_item_are_its_fields(desk: TestClient, bureaus: Bureaus, elements: None) -> None:
    content = workbook({**FIRST, "信息项分级": "", "数据元": "统一社会信用代码"}, SECOND)
    seen = preview(desk, content)
    assert (seen["counts"], seen["fields"]) == ({"add": 1, "change": 0, "unchanged": 0, "wrong": 0}, 2)
    assert desk.get(f"{BASE}/items").json()["items"] == []
    done = imported(desk, content)
    assert (done["added"], done["can_undo"]) == (1, True)
    item = desk.get(f"{BASE}/items").json()["items"][0]
    assert (item["code"], item["level"], item["update_cycle"]) == ("3070100101/000001", "general_3", "month")
    fields = desk.get(f"{BASE}/items/{item['id']}").json()["fields"]
    assert [(one["name"], one["type"], one["is_key"], one["level"]) for one in fields] == [
        ("uscc", "C", True, "general_1"),
        ("amount", "N", False, "general_3"),
    ]
    assert fields[0]["element_name"]["zh"] == "统一社会信用代码"


WRONG: list[tuple[list[dict[str, str]], int, str]] = [
    ([{**FIRST, "提供单位": "没有的局"}], 2, "提供单位"),
    ([{**FIRST, "提供单位": "市场监督管理局"}], 2, "提供单位"),
    ([{**FIRST, "更新频率": "每世纪"}], 2, "更新频率"),
    ([FIRST, {**SECOND, "数据类型": "奇怪"}], 3, "数据类型"),
    ([FIRST, {**SECOND, "长度": "很长"}], 3, "长度"),
    ([FIRST, {**SECOND, "信息项标识": "uscc"}], 3, "信息项标识"),
    ([FIRST, {**SECOND, "数据元": "没有的数据元"}], 3, "数据元"),
    ([{**FIRST, "分级": "公开"}, SECOND], 2, "分级"),
    ([{**FIRST, "共享属性": "不予共享"}], 2, "不予共享依据"),
    ([{**FIRST, "代码": "SJ-1"}], 2, "代码"),
    ([{**FIRST, "摘要": "绝密★长期"}], 2, "名称"),
    ([FIRST, SECOND, FIRST | {"代码": ""}], 4, "信息项标识"),
]


def test_what_is_wrong_is_told_by_row_and_column(desk: TestClient, bureaus: Bureaus) -> None:
    for rows, row, column in WRONG:
        content = workbook(*rows)
        seen = preview(desk, content)
        assert seen["counts"]["wrong"] == 1, (rows, seen)
        assert (row, column) in [(one["row"], one["column"]) for one in seen["items"][0]["faults"]], rows
        refused = confirm(desk, content, seen["plan"])
        assert (refused.status_code, refused.json()["code"]) == (422, "import-has-faults")


def test_wrong_items_can_be_left_out(desk: TestClient, bureaus: Bureaus) -> None:
    content = workbook(FIRST, SECOND, {**FIRST, "名称": "另一项", "更新频率": "每世纪"})
    seen = preview(desk, content)
    done = confirm(desk, content, seen["plan"], leave_out_wrong=True).json()
    assert (done["added"], done["left_out"]) == (1, 1)


def test_importing_again_changes_nothing_and_a_change_is_shown_first(desk: TestClient, bureaus: Bureaus) -> None:
    imported(desk, workbook(FIRST, SECOND))
    assert preview(desk, workbook(FIRST, SECOND))["counts"]["unchanged"] == 1
    changed = preview(desk, workbook({**FIRST, "摘要": "按季申报"}, SECOND))
    assert changed["counts"]["change"] == 1
    assert [(one["what"], one["after"]) for one in changed["items"][0]["changes"]] == [("abstract", "按季申报")]


def test_an_import_is_confirmed_only_as_it_was_seen(desk: TestClient, bureaus: Bureaus) -> None:
    content = workbook(FIRST, SECOND)
    plan = preview(desk, content)["plan"]
    imported(desk, content)
    answer = confirm(desk, content, plan)
    assert (answer.status_code, answer.json()["code"]) == (409, "item-import-plan-changed")


def test_an_import_is_taken_back_while_all_of_it_is_draft(desk: TestClient, bureaus: Bureaus) -> None:
    imported(desk, workbook(FIRST, SECOND))
    numbered = {"代码": "3070100101/000077", "短编号": "SJ-7"}
    content = workbook({**FIRST, "摘要": "按季申报"}, SECOND, {**FIRST, "名称": "另一项", **numbered}, SECOND)
    done = imported(desk, content)
    assert (done["added"], done["changed"]) == (1, 1)
    undone = desk.post(f"{BASE}/imports/{done['id']}/undo")
    assert undone.status_code == 200, undone.text
    left = desk.get(f"{BASE}/items").json()["items"]
    assert [one["name_zh"] for one in left] == ["企业纳税信息"]
    assert desk.get(f"{BASE}/items/{left[0]['id']}").json()["abstract"] == "按月申报"
    again = desk.post(f"{BASE}/imports/{done['id']}/undo")
    assert again.json()["code"] == "import-not-undoable"
    assert imported(desk, content)["added"] == 1


def test_a_short_number_belongs_to_one_item(desk: TestClient, bureaus: Bureaus) -> None:
    imported(desk, workbook({**FIRST, "短编号": "SJ-7"}, SECOND))
    seen = preview(desk, workbook({**FIRST, "名称": "另一项", "短编号": "SJ-7"}, SECOND))
    assert [(one["row"], one["column"]) for one in seen["items"][0]["faults"]] == [(2, "短编号")]


def test_an_import_whose_items_moved_on_is_not_taken_back(desk: TestClient, bureaus: Bureaus) -> None:
    done = imported(desk, workbook(FIRST, SECOND))
    item = desk.get(f"{BASE}/items").json()["items"][0]
    assert desk.post(f"{BASE}/items/{item['id']}/submit", json={}).status_code == 200
    refused = desk.post(f"{BASE}/imports/{done['id']}/undo")
    assert (refused.status_code, item["code"] in refused.json()["detail"]) == (409, True)
    assert desk.get(f"{BASE}/imports").json()["items"][0]["can_undo"] is False


def test_what_is_exported_reads_back_the_same(desk: TestClient, bureaus: Bureaus) -> None:
    answer = desk.post(f"{BASE}/items", json={**ITEM, "department_id": str(bureaus.tax), "number": "SJ-3102"})
    assert answer.status_code == 201
    for form in ("xlsx", "json"):
        exported = desk.get(f"{BASE}/export?form={form}").content
        assert preview(desk, exported, f"a.{form}")["counts"]["unchanged"] == 1
    template = preview(desk, desk.get(f"{BASE}/template").content)
    assert template["counts"]["wrong"] == 0


def test_a_file_without_the_columns_says_which(desk: TestClient, bureaus: Bureaus) -> None:
    answer = desk.post(f"{BASE}/items/preview", files={"file": ("a.csv", "名称,摘要\n甲,乙\n".encode())})
    assert (answer.status_code, answer.json()["code"]) == (422, "columns-lacking")


def test_a_file_is_proposed_as_an_item(desk: TestClient, bureaus: Bureaus) -> None:
    rows = "\n".join(f"{number},11010519491231002X,2026-03-05" for number in range(30))
    answer = desk.post(
        f"{BASE}/proposals/preview", files={"file": ("社会救助.csv", f"编号,身份证,日期\n{rows}\n".encode())}
    ).json()
    assert (answer["name_zh"], answer["rows"]) == ("社会救助", 30)
    assert [(one["name_zh"], one["type"], one["level"], one["is_key"]) for one in answer["fields"]] == [
        ("编号", "C", "general_2", True),
        ("身份证", "C", "general_4", False),
        ("日期", "D", "general_2", False),
    ]
    assert "11010519491231002X" not in str(answer)


def test_the_sample_citys_twelve_hundred_items_go_in_at_once(
    seat: Callable[[Actor | None], TestClient], database: Database, still: object, twelve_hundred: bytes
) -> None:
    _city(database, importlib.import_module("examples.city.government"))
    data_bureau: Actor = actor_with(catalogue.READ, catalogue.EDIT)
    desk = seat(data_bureau)
    content = twelve_hundred
    seen = preview(desk, content, "目录.csv")
    assert seen["counts"] == {"add": 1200, "change": 0, "unchanged": 0, "wrong": 0}, seen["items"][:3]
    done = confirm(desk, content, seen["plan"], "目录.csv").json()
    assert (done["added"], done["can_undo"]) == (1200, True)
    found = desk.get(f"{BASE}/items", params={"q": "2040020101/000002"}).json()["items"]
    assert [(one["name_zh"], one["number"]) for one in found] == [("企业纳税信息", "SJ-3102")]


def _city(database: Database, government: Any) -> None:
    with database.write() as session:
        for pack in ("national", "yunxi-sample"):
            standards.put_bundled(session, SYSTEM, pack, now=NOW)
        for one in government.departments():
            told = {"level": identity.Level.CITY, "kind": identity.Kind.BUREAU, "created_at": NOW}
            session.add(identity.Department(id=new_id(), name_zh=one.name, **told))


def _rows(item: Any, government: Any) -> list[dict[str, str]]:
    head = {
        "代码": item.code,
        "短编号": item.short_code,
        "名称": item.name_zh,
        "英文名称": item.name_en,
        "提供单位": government.department(item.department).name,
        "分类编码": item.code.partition("/")[0],
        "摘要": item.abstract,
        "共享属性": str(item.share),
        "使用条件": item.condition,
        "不予共享依据": "法律" if item.share == 3 else "",
        "依据名称和条款": item.basis,
        "更新频率": item.cycle,
    }
    rows = [
        {
            "信息项标识": field.name,
            "信息项名称": field.name_zh,
            "数据类型": field.type,
            "长度": str(field.length or ""),
            "小数位": "" if field.precision is None else str(field.precision),
            "数据元": field.element,
            "主键": "是" if field.is_key else "",
            "必填": "是" if field.required else "",
            "信息项分级": field.level,
        }
        for field in item.fields
    ]
    return [head | rows[0], *rows[1:]]
