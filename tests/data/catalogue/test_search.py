"""Items found: by words, pinyin, fields, elements, facets; only what the person may see; the index as fresh as the items."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from tests.conftest import NOW, actor_with
from tests.data.catalogue.conftest import FIELDS, ITEM, Bureaus
from zhengtong.data import catalogue, standards
from zhengtong.data.catalogue.actions import finding
from zhengtong.data.catalogue.jobs import keeping
from zhengtong.data.catalogue.queries import search
from zhengtong.data.catalogue.rules.finding import Sought, read_question
from zhengtong.data.catalogue.schemas.search import Narrowed
from zhengtong.data.catalogue.tables.finding import INDEX
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.jobs import JobRow
from zhengtong.office import identity

pytestmark = pytest.mark.both_databases
BASE = "/api/v1/catalogue"
Clients = Callable[..., TestClient]
FIRMS: dict[str, Any] = {
    **ITEM,
    "name_zh": "企业登记信息",
    "name_en": "Register of firms",
    "class_code": "1020100101",
    "share_type": "unconditional",
    "share_condition": "",
    "fields": [
        FIELDS[0],
        {**FIELDS[1], "name": "name", "name_zh": "企业名称"},
    ],
}


@pytest.fixture
def both(
    desk: TestClient, reviewer: TestClient, bureaus: Bureaus, elements: None, database: Database
) -> dict[str, Any]:
    """A published item and a draft of the tax bureau, with the code of the element that the draft follows."""
    with database.read() as session:
        element = standards.Element.name_zh == "统一社会信用代码"
        code = session.scalars(select(standards.Element.code).where(element)).one()
    made: dict[str, Any] = {"code": code}
    fields = [{**FIELDS[0], "element_code": code, "level": None}, *FIRMS["fields"][1:]]
    for key, facts in (("tax", ITEM), ("draft", {**FIRMS, "fields": fields})):
        answer = desk.post(f"{BASE}/items", json={**facts, "department_id": str(bureaus.tax)})
        assert answer.status_code == 201, answer.text
        made[key] = answer.json()
    desk.post(f"{BASE}/items/{made['tax']['id']}/submit", json={})
    version = desk.get(f"{BASE}/items/{made['tax']['id']}").json()["version"]
    answer = reviewer.post(f"{BASE}/items/{made['tax']['id']}/publish", headers={"If-Match": str(version)})
    assert answer.status_code == 200, answer.text
    return made


def names(client: TestClient, q: str = "", **more: Any) -> list[str]:
    answer = client.get(f"{BASE}/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return [one["name_zh"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("企业", Sought("企业")),
        ("字段:税额", Sought("", "税额")),
        ("企业 field:uscc 标准：DE-0001", Sought("企业", "uscc", ("DE-0001",))),
        ("数据项: 身份证 电话", Sought("电话", "身份证")),
        ('field:"tax paid" x', Sought("x", "tax paid")),
        ("表字段:税额", Sought("表字段:税额")),
        ("标准:DE-1 element:DE-2", Sought("", "", ("DE-1", "DE-2"))),
        ("字段:", Sought("字段:")),
    ],
)
def test_a_typed_line_is_taken_apart(typed: str, sought: Sought) -> None:
    assert read_question(typed) == sought


FOUND: list[tuple[str, list[str]]] = [
    ("企业纳税信息", ["企业纳税信息"]),
    ("qyns", ["企业纳税信息"]),
    ("nashui", ["企业纳税信息"]),
    ("tax paid", ["企业纳税信息"]),
    ("3070100101", ["企业纳税信息"]),
    ("纳税金额", ["企业纳税信息"]),
    ("amount_fen", ["企业纳税信息"]),
    ("税种税额", ["企业纳税信息", "企业登记信息"]),
    ("字段:纳税人", ["企业纳税信息"]),
    ("标准:{code}", ["企业登记信息"]),
    ("税务局", ["企业纳税信息", "企业登记信息"]),
    ("企业纳说信息", ["企业纳税信息"]),
    ("没有的东西", []),
]


def test_an_item_is_found_by_all_it_is_called(desk: TestClient, both: dict[str, Any]) -> None:
    assert {typed: names(desk, typed.format(**both)) for typed, _ in FOUND} == dict(FOUND)


def test_a_hit_says_which_fields_matched_and_whether_a_slip_was_forgiven(desk: TestClient, both: Any) -> None:
    answer = desk.get(f"{BASE}/search", params={"q": "字段:纳税"}).json()
    assert answer["items"][0]["matched"] == [
        {"zh": "纳税人名称", "en": "taxpayer_name"},
        {"zh": "纳税金额", "en": "amount_fen"},
    ]
    assert not answer["forgiven"]
    assert desk.get(f"{BASE}/search", params={"q": "企业纳说信息"}).json()["forgiven"]


def test_facets_count_and_narrow(desk: TestClient, both: Any, bureaus: Bureaus) -> None:
    answer = desk.get(f"{BASE}/search", params={"share_type": "conditional"}).json()
    assert (answer["total"], answer["items"][0]["name_zh"]) == (1, "企业纳税信息")
    facets = {one["name"]: {value["key"]: value for value in one["values"]} for one in answer["facets"]}
    assert facets["share_type"]["unconditional"] == {
        "key": "unconditional",
        "zh": "无条件共享",
        "en": "Shared without conditions",
        "count": 1,
    }
    assert facets["state"] == {"published": {"key": "published", "zh": "已发布", "en": "Published", "count": 1}}
    assert facets["department"][str(bureaus.tax)]["zh"] == "税务局"
    assert facets["promise"]["kept"]["count"] == 1
    assert facets["data"] == {"no": {"key": "no", "zh": "尚无数据", "en": "No data yet", "count": 1}}
    assert (facets["topic"]["3"]["zh"], facets["topic"]["3"]["count"]) == ("部门信息资源", 1)
    assert facets["level"]["general_3"]["zh"] == "敏感 L3"
    assert names(desk, "", department=str(bureaus.market)) == []
    assert names(desk, "", state=["published", "created"], topic=["102"]) == ["企业登记信息"]


def test_only_what_one_may_see_is_found_counted_and_suggested(
    both: Any, other: Actor, client_for: Clients, bureaus: Bureaus
) -> None:
    market = client_for(other)
    answer = market.get(f"{BASE}/search").json()
    assert [one["name_zh"] for one in answer["items"]] == ["企业纳税信息"]
    facets = {one["name"]: {value["key"] for value in one["values"]} for one in answer["facets"]}
    assert facets["state"] == {"published"}
    assert market.get(f"{BASE}/suggestions", params={"q": "企业"}).json()[0]["name_zh"] == "企业纳税信息"
    assert len(market.get(f"{BASE}/suggestions", params={"q": "企业"}).json()) == 1
    for path in ("search", "suggestions", "index"):
        assert client_for(actor_with()).get(f"{BASE}/{path}").status_code == 403
        assert client_for(None).get(f"{BASE}/{path}").status_code == 401


def test_the_index_shows_to_each_what_the_room_shows_them(
    database: Database, both: Any, keeper: Actor, other: Actor, authority: Actor
) -> None:
    with database.read() as session:
        for actor in (keeper, other, authority, actor_with(), actor_with(catalogue.EDIT)):
            found = search.find_in_index(session, actor, "", Narrowed(), limit=100)
            visible = set(session.scalars(catalogue.visible_items(actor)))
            assert {one.id for one in found.items} == {one.id for one in visible}


def test_what_is_written_is_found_at_once(
    desk: TestClient, reviewer: TestClient, other: Actor, client_for: Clients, both: Any, database: Database
) -> None:
    item = desk.get(f"{BASE}/items/{both['draft']['id']}").json()
    body = {**FIRMS, "name_zh": "市场主体名录"}
    revised = desk.put(f"{BASE}/items/{item['id']}/draft", json=body, headers={"If-Match": str(item["version"])})
    assert revised.status_code == 200, revised.text
    assert names(desk, "企业登记信息") == []
    assert names(desk, "市场主体") == ["市场主体名录"]
    assert names(client_for(other), "市场主体") == []
    with database.write() as session:
        catalogue.note_batch(
            session,
            session.scalars(select(catalogue.Item.id)).first(),
            batch_id=new_id(),
            rows=3,
            table_version=1,
            at=NOW,
        )
    assert len(names(desk, "", data="yes")) == 1
    deleted = desk.post(f"{BASE}/items/{item['id']}/delete", json={"reason": "重复登记"})
    assert deleted.status_code in (200, 204), deleted.text
    assert names(desk, "市场主体") == []
    asked = desk.post(f"{BASE}/items/{both['tax']['id']}/ask-withdrawal", json={"reason": "职责调整"})
    assert asked.status_code == 200, asked.text
    assert names(desk, "", state="withdrawal_in_review") == ["企业纳税信息"]


def test_a_promise_that_passes_shows_in_the_facet(desk: TestClient, both: Any, database: Database) -> None:
    from zhengtong.data.catalogue import actions

    with database.write() as session:
        actions.mark_overdue(session, now=NOW + timedelta(days=9))
    assert names(desk, "", promise="late") == ["企业纳税信息"]


def test_pages_go_on_and_a_lost_place_is_told(desk: TestClient, both: Any) -> None:
    first = desk.get(f"{BASE}/search", params={"limit": 1}).json()
    second = desk.get(f"{BASE}/search", params={"limit": 1, "after": first["next"]}).json()
    assert {first["items"][0]["name_zh"], second["items"][0]["name_zh"]} == {"企业纳税信息", "企业登记信息"}
    assert (second["next"], second["facets"]) == (None, [])
    assert desk.get(f"{BASE}/search", params={"after": "none"}).status_code == 422


def test_an_index_that_lacks_items_is_made_again(
    database: Database, reviewer: TestClient, desk: TestClient, both: Any
) -> None:
    with database.write() as session:
        session.execute(delete(INDEX.words))
        session.execute(delete(INDEX.entries))
        session.execute(INDEX.state.update().values(epoch=1))
    assert names(desk, "企业") == []
    assert desk.post(f"{BASE}/index/rebuild").status_code == 403
    asked = reviewer.post(f"{BASE}/index/rebuild")
    assert (asked.status_code, asked.json()["rebuilding"], asked.json()["entries"]) == (202, True, 0)
    reviewer.post(f"{BASE}/index/rebuild")
    with database.read() as session:
        assert len(list(session.scalars(select(JobRow).where(JobRow.name == finding.NAME)))) == 1
    with clock.fixed(NOW):
        reviewer.app.state.city.workers.drain()  # type: ignore[attr-defined]
    state = reviewer.get(f"{BASE}/index").json()
    assert (state["entries"], state["items"], state["rebuilding"], state["done"]) == (2, 2, False, 2)
    assert len(names(desk, "企业")) == 2


def test_what_changes_while_the_index_is_made_again_is_found_as_it_is_now(
    database: Database, desk: TestClient, both: Any, bureaus: Bureaus
) -> None:
    def after_changes() -> Any:
        """By now all items have been read, and none of them written."""
        for name, deed in (("市场主体名录", "rename"), ("工资薪金信息", "add")):
            body = {**FIRMS, "name_zh": name}
            if deed == "rename":
                item = desk.get(f"{BASE}/items/{both['draft']['id']}").json()
                headers = {"If-Match": str(item["version"])}
                answer = desk.put(f"{BASE}/items/{item['id']}/draft", json=body, headers=headers)
            else:
                answer = desk.post(f"{BASE}/items", json={**body, "department_id": str(bureaus.tax)})
            assert answer.status_code in (200, 201), answer.text
        return database.write()

    kept: dict[str, Any] = {}
    assert len(list(finding.make_again(database, after_changes, kept))) == 1
    assert (kept["done"], kept["swept"]) == (2, True)
    assert names(desk, "企业登记信息") == []
    assert names(desk, "市场主体") == ["市场主体名录"]
    assert names(desk, "工资薪金") == ["工资薪金信息"]


def test_what_is_deleted_while_the_index_is_made_again_is_not_found(
    database: Database, desk: TestClient, both: Any
) -> None:
    def after_deletion() -> Any:
        deleted = desk.post(f"{BASE}/items/{both['draft']['id']}/delete", json={"reason": "重复登记"})
        assert deleted.status_code in (200, 204), deleted.text
        return database.write()

    list(finding.make_again(database, after_deletion, {}))
    assert names(desk) == ["企业纳税信息"]


def test_the_index_is_made_again_many_items_a_step(
    database: Database, desk: TestClient, both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STEP", 1)
    with database.write() as session:
        session.execute(delete(INDEX.words))
        session.execute(delete(INDEX.entries))
        session.execute(INDEX.state.update().values(epoch=3))
    kept: dict[str, Any] = {}
    assert len(list(finding.make_again(database, database.write, kept))) == 3
    assert (kept["done"], kept["total"]) == (2, 2)
    assert sorted(names(desk)) == ["企业登记信息", "企业纳税信息"]
    assert names(desk, "标准:" + both["code"]) == ["企业登记信息"]


def test_the_index_mends_itself(database: Database, desk: TestClient, both: Any) -> None:
    from zhengtong.data.catalogue.jobs.finding import check_index

    with database.write() as session:
        check_index(session, now=NOW)
        assert session.scalar(select(JobRow).where(JobRow.name == finding.NAME)) is None
        session.execute(delete(INDEX.words))
        session.execute(delete(INDEX.entries))
        session.execute(INDEX.state.update().values(epoch=2))
        check_index(session, now=NOW)
        assert session.scalar(select(JobRow).where(JobRow.name == finding.NAME)) is not None


def test_items_are_found_by_the_new_name_of_their_department(
    desk: TestClient, both: Any, bureaus: Bureaus, database: Database
) -> None:
    with database.write() as session:
        session.get_one(identity.Department, bureaus.tax).name_zh = "财税管理委员会"
        keeping.index_renamed(session, identity.DepartmentChanged(bureaus.tax, ("phone",)), now=NOW)
    assert names(desk, "财税管理委员会") == []
    with database.write() as session:
        keeping.index_renamed(session, identity.DepartmentChanged(bureaus.tax, ("name_zh", "phone")), now=NOW)
    assert "企业纳税信息" in names(desk, "财税管理委员会")
