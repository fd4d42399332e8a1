"""The API: each route once allowed and once refused, and what the pages rely on."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from zhengtong.kernel import clock as time_now
from zhengtong.kernel.actor import EVERYWHERE, SYSTEM, Actor, Scope
from zhengtong.kernel.db import Database, new_id
from zhengtong.office import deadlines
from zhengtong.office.deadlines import queries
from zhengtong.office.deadlines.permissions import CHANGE_PACKS, EXTEND, LOAD_CALENDAR, READ, RUN

NOW = datetime.fromisoformat("2026-03-05T09:00+08:00")
Clients = Callable[..., TestClient]
Someone = Callable[..., Actor]
BASE = "/api/v1/deadlines"
YEAR_2027 = json.dumps(
    {"year": 2027, "papers": ["试验用"], "days": [{"date": "2027-01-01", "name": "元旦", "working": False}]}
)


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with time_now.fixed(NOW):
        yield


@pytest.fixture
def officer(standing_city: Any, client_for: Clients, someone: Someone) -> TestClient:
    """The officer of the section, who may run its clocks and extend them."""
    scope = Scope(departments=frozenset({standing_city.section}))
    held = someone(READ, RUN, EXTEND, scope=scope, subject=standing_city.officer, department=standing_city.section)
    return client_for(held)


@pytest.fixture
def ruler(standing_city: Any, client_for: Clients, someone: Someone) -> TestClient:
    return client_for(someone(READ, LOAD_CALENDAR, CHANGE_PACKS))


def started(database: Database, city: Any, **duty: Any) -> str:
    facts = {"department_id": city.section, "person_id": city.officer, **duty}
    with database.write() as session:
        about = deadlines.Duty(("application", new_id()), "SQ-2026-0874 企业纳税信息", link="/sharing/x", **facts)
        clock = deadlines.start_clock(session, SYSTEM, rule="licence.decide", duty=about, now=NOW)
    return str(clock.id)


def test_nobody_signed_in_sees_nothing(client_for: Clients) -> None:
    client = client_for(None)
    for path in (
        "rules",
        "what-if?rule=x&started_at=2026-03-05T09:00%2B08:00",
        "packs",
        "packs/x",
        "calendar",
        "calendar/2026",
        "clocks",
        "summary",
    ):
        assert client.get(f"{BASE}/{path}").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (
            "post",
            "clocks",
            {
                "rule": "x.y",
                "name": "某事",
                "department_id": "01980000-0000-7000-8000-000000000001",
                "started_at": NOW.isoformat(),
            },
        ),
        ("post", "clocks/01980000-0000-7000-8000-000000000001/stop", {"ground": "hearing", "reason": "因"}),
        ("post", "clocks/01980000-0000-7000-8000-000000000001/resume", {}),
        ("post", "clocks/01980000-0000-7000-8000-000000000001/extend", {"by": 1, "reason": "因", "approval": "批"}),
        ("post", "clocks/01980000-0000-7000-8000-000000000001/meet", {}),
        ("post", "clocks/01980000-0000-7000-8000-000000000001/withdraw", {"reason": "因"}),
        ("post", "packs", {"bundled": "cn-gaoping-2024"}),
        ("post", "packs/preview", {"bundled": "cn-gaoping-2024"}),
        ("post", "packs/cn-gaoping-2024/retire", {"reason": "因"}),
        ("post", "calendar", {"text": YEAR_2027}),
        ("post", "calendar/preview", {"text": YEAR_2027}),
    ],
)
def test_whoever_lacks_the_permission_is_refused(
    client_for: Clients, someone: Someone, method: str, path: str, body: dict[str, Any]
) -> None:
    assert client_for(someone(READ)).request(method, f"{BASE}/{path}", json=body).status_code == 403


def test_every_rule_is_listed_with_its_source_and_its_doubt(officer: TestClient) -> None:
    items = {item["id"]: item for item in officer.get(f"{BASE}/rules").json()["items"]}
    decide, answer = items["licence.decide"], items["sharing.answer_conditional"]
    assert (decide["verified"], decide["limit_words"]["zh"], decide["extension"]["most"]) == (True, "20 个工作日", 10)
    assert (answer["verified"], answer["source"][:10]) == (False, "《政务数据共享条例》"[:10])
    assert items["hall.promise"]["limit_words"] is None


@pytest.mark.parametrize(
    ("rule", "started_at", "due_on", "words", "counted"),
    [
        (
            "sharing.answer_unconditional",
            "2026-03-06T15:00:00+08:00",
            "2026-03-09",
            "2026 年 3 月 9 日（周一）24:00",
            [None, None, 1],
        ),
        ("rating.invite", "2026-03-06T15:00:00+08:00", "2026-03-09", "2026 年 3 月 9 日（周一）24:00", [1, 2, 3]),
        ("emergency.acknowledge", "2026-03-06T15:00:00+08:00", "2026-03-06", "2026 年 3 月 6 日 15:05", []),
        ("licence.decide", "2026-12-25T15:00:00+08:00", None, "到期日待定：等 2027 年日历载入", []),
    ],
)
def test_what_if(officer: TestClient, rule: str, started_at: str, due_on: str, words: str, counted: list[int]) -> None:
    told = officer.get(f"{BASE}/what-if", params={"rule": rule, "started_at": started_at}).json()
    assert (told["due_on"], told["words"]["zh"], [day["number"] for day in told["days"]]) == (due_on, words, counted)


def test_what_if_compares_with_another_citys_pack_and_tells_the_ladder(officer: TestClient) -> None:
    asked = {"rule": "sharing.answer_conditional", "started_at": "2026-03-06T15:00:00+08:00"}
    here = officer.get(f"{BASE}/what-if", params=asked).json()
    there = officer.get(f"{BASE}/what-if", params=asked | {"pack": "cn-gaoping-2024"}).json()
    assert (here["due_on"], there["due_on"], there["rule"]["pack"]) == ("2026-03-20", "2026-03-13", "cn-gaoping-2024")
    assert [rung["to"] for rung in here["rungs"]] == ["department_cdo", "data_bureau", "leader"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"rule": "no.such", "started_at": "2026-03-06T15:00:00+08:00"}, 404),
        ({"rule": "licence.decide", "started_at": "2026-03-06T15:00:00"}, 422),
        ({"rule": "licence.decide", "started_at": "2026-03-06T15:00:00+08:00", "limit": 30}, 422),
        ({"rule": "licence.decide", "started_at": "2026-03-06T15:00:00+08:00", "pack": "x"}, 404),
        ({"rule": "licence.decide"}, 422),
    ],
)
def test_a_senseless_what_if_is_told_so(officer: TestClient, asked: dict[str, Any], status: int) -> None:
    assert officer.get(f"{BASE}/what-if", params=asked).status_code == status


def test_clocks_are_listed_for_who_may_see_them_with_words_bar_and_abilities(
    database: Database, standing_city: Any, officer: TestClient, client_for: Clients, someone: Someone
) -> None:
    key = started(database, standing_city)
    (line,) = officer.get(f"{BASE}/clocks").json()["items"]
    assert (line["id"], line["remaining"]["words"]["zh"]) == (key, "还剩 20 个工作日，4 月 2 日 24:00 前")
    assert (line["department"]["name"]["zh"], line["person"]["name"]["zh"]) == ("征管科", "沈若川")
    assert line["abilities"] == {"stop": True, "resume": False, "extend": True, "meet": False, "withdraw": False}
    assert client_for(someone()).get(f"{BASE}/clocks").json()["items"] == []
    assert client_for(someone()).get(f"{BASE}/clocks/{key}").status_code == 404
    assert officer.get(f"{BASE}/clocks", params={"which": "overdue"}).json()["items"] == []
    assert officer.get(f"{BASE}/clocks", params={"q": "企业纳税"}).json()["total"] == 1
    assert officer.get(f"{BASE}/summary").json()["running"] == 1


def test_clocks_are_paged_the_next_to_end_first(database: Database, standing_city: Any, officer: TestClient) -> None:
    for _ in range(5):
        started(database, standing_city)
    first = officer.get(f"{BASE}/clocks", params={"limit": 3}).json()
    second = officer.get(f"{BASE}/clocks", params={"limit": 3, "after": first["next"]}).json()
    keys = [line["id"] for line in first["items"] + second["items"]]
    assert (len(keys), len(set(keys)), second["next"]) == (5, 5, None)


def test_a_clock_is_stopped_resumed_and_extended_on_its_page(
    database: Database, standing_city: Any, officer: TestClient
) -> None:
    key = started(database, standing_city)
    held = officer.post(f"{BASE}/clocks/{key}/stop", json={"ground": "hearing", "reason": "依申请听证"}).json()
    assert (held["status"], held["remaining"]["tone"], held["abilities"]["resume"]) == ("stopped", "stopped", True)
    assert officer.post(f"{BASE}/clocks/{key}/stop", json={"ground": "hearing", "reason": "因"}).status_code == 409
    assert officer.post(f"{BASE}/clocks/{key}/resume", json={}).json()["status"] == "running"
    longer = officer.post(
        f"{BASE}/clocks/{key}/extend", json={"by": 10, "reason": "复杂", "approval": "局长 12 号"}
    ).json()
    assert (longer["due_on"], longer["extension_left"]) == ("2026-04-17", 0)
    assert [entry["kind"] for entry in longer["entries"]] == ["started", "stopped", "resumed", "extended"]
    assert longer["entries"][1]["ground"]["zh"] == "听证所需时间"
    assert (
        officer.post(f"{BASE}/clocks/{key}/extend", json={"by": 1, "reason": "因", "approval": "批"}).status_code == 409
    )


def test_a_clock_of_another_department_is_not_touched(
    database: Database, standing_city: Any, officer: TestClient, client_for: Clients, someone: Someone
) -> None:
    key = started(database, standing_city, department_id=standing_city.bureau, person_id=None)
    assert officer.post(f"{BASE}/clocks/{key}/stop", json={"ground": "hearing", "reason": "因"}).status_code == 404
    own = Scope(departments=frozenset({standing_city.section}))
    grants = {READ.name: EVERYWHERE, RUN.name: own, EXTEND.name: own}
    client = client_for(replace(someone(), grants=grants))
    assert client.post(f"{BASE}/clocks/{key}/stop", json={"ground": "hearing", "reason": "因"}).status_code == 403
    extend = {"by": 1, "reason": "因", "approval": "批"}
    assert client.post(f"{BASE}/clocks/{key}/extend", json=extend).status_code == 403


def test_a_duty_kept_by_hand_is_started_met_and_withdrawn(standing_city: Any, officer: TestClient) -> None:
    duty = {
        "rule": "disclosure.answer",
        "name": "李某的公开申请",
        "department_id": str(standing_city.section),
        "started_at": "2026-03-04T16:00:00+08:00",
    }
    first = officer.post(f"{BASE}/clocks", json=duty)
    assert (first.status_code, first.json()["due_on"], first.json()["person"]["name"]["zh"]) == (
        201,
        "2026-04-01",
        "沈若川",
    )
    key = first.json()["id"]
    assert officer.post(f"{BASE}/clocks/{key}/meet", json={}).json()["status"] == "met"
    second = officer.post(f"{BASE}/clocks", json=duty).json()["id"]
    assert (
        officer.post(f"{BASE}/clocks/{second}/withdraw", json={"reason": "申请人撤回"}).json()["status"] == "withdrawn"
    )
    elsewhere = duty | {"department_id": str(standing_city.bureau)}
    assert officer.post(f"{BASE}/clocks", json=elsewhere).status_code == 403
    assert officer.post(f"{BASE}/clocks", json=duty | {"started_at": "2026-03-06T16:00:00+08:00"}).status_code == 409


def test_a_clock_that_its_own_matter_keeps_is_not_met_by_hand(
    database: Database, standing_city: Any, officer: TestClient
) -> None:
    key = started(database, standing_city)
    refused = officer.post(f"{BASE}/clocks/{key}/meet", json={})
    assert (refused.status_code, "SQ-2026-0874" in refused.json()["title"] + refused.json()["detail"]) == (409, True)


def test_the_calendar_page_knows_its_years_and_what_is_missing(ruler: TestClient) -> None:
    told = ruler.get(f"{BASE}/calendar").json()
    assert [(year["year"], year["working_days"], year["bundled"]) for year in told["years"]] == [
        (2024, 251, True),
        (2025, 248, True),
        (2026, 248, True),
    ]
    assert (told["missing"], told["can_load"]) == ([], True)
    year = ruler.get(f"{BASE}/calendar/2026").json()
    assert (sum(year["by_month"]), len(year["by_month"])) == (248, 12)
    assert {"date": "2026-10-10", "kind": "make_up", "name": "国庆节"} in year["days"]
    assert ruler.get(f"{BASE}/calendar/2027").status_code == 404


def test_a_year_is_previewed_and_loaded(ruler: TestClient) -> None:
    seen = ruler.post(f"{BASE}/calendar/preview", json={"text": YEAR_2027}).json()
    assert (seen["new"], seen["days"]) == (True, [])
    assert ruler.get(f"{BASE}/calendar/2027").status_code == 404
    assert ruler.post(f"{BASE}/calendar", json={"text": YEAR_2027}).status_code == 201
    year = ruler.get(f"{BASE}/calendar/2027").json()
    assert (year["bundled"], year["loaded_by"], year["days"][0]["name"]) == (False, "沈若川", "元旦")
    assert ruler.post(f"{BASE}/calendar", json={"text": "{"}).status_code == 422


def test_packs_are_listed_read_previewed_put_and_retired(ruler: TestClient) -> None:
    before = ruler.get(f"{BASE}/packs").json()
    assert [(pack["pack"], pack["in_force"]) for pack in before["items"]] == [
        ("cn-national-2025", True),
        ("cn-gaoping-2024", False),
        ("yunxi-sample", False),
    ]
    assert "高平" in ruler.get(f"{BASE}/packs/cn-gaoping-2024").json()["text"]
    assert ruler.get(f"{BASE}/packs/atlantis").status_code == 404
    wanted = {"text": queries.bundled_pack("cn-gaoping-2024")}
    assert len(ruler.post(f"{BASE}/packs/preview", json=wanted).json()["changes"]) == 4
    assert ruler.post(f"{BASE}/packs", json=wanted).json()["in_force"] is True
    rules = {item["id"]: item for item in ruler.get(f"{BASE}/rules").json()["items"]}
    assert rules["sharing.answer_conditional"]["overrides"]["limit"] == 10
    assert rules["sharing.answer_unconditional"]["looser_than_national"] is True
    assert ruler.post(f"{BASE}/packs/cn-gaoping-2024/retire", json={"reason": "废止"}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"bundled": "atlantis"}, {"text": "rules: ["}])
def test_a_pack_that_is_none_is_refused_with_its_faults(ruler: TestClient, body: dict[str, str]) -> None:
    refused = ruler.post(f"{BASE}/packs/preview", json=body)
    assert refused.status_code in (404, 422)
    assert refused.json()["detail"]


def test_a_clock_past_its_end_is_shown_overdue_though_no_sweep_has_been_there(
    database: Database, standing_city: Any, officer: TestClient
) -> None:
    started(database, standing_city)
    with time_now.fixed(datetime.fromisoformat("2026-03-31T09:00+08:00")):
        assert officer.get(f"{BASE}/summary").json()["soon"] == 1
    with time_now.fixed(datetime.fromisoformat("2026-04-03T09:00+08:00")):
        (line,) = officer.get(f"{BASE}/clocks", params={"which": "overdue"}).json()["items"]
        assert (line["status"], line["abilities"]["extend"]) == ("overdue", False)
        assert officer.get(f"{BASE}/summary").json()["overdue"] == 1
