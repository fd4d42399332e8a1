"""Items through the API: registered, revised, reviewed, published, withdrawn; who may, what is announced, what is refused."""

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.data.catalogue.conftest import FIELDS, ITEM, Bureaus
from zhengtong.data import catalogue
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database
from zhengtong.kernel.events import EventRow
from zhengtong.office import deadlines

BASE = "/api/v1/catalogue"
Seats = Callable[[Actor | None], TestClient]


def register(desk: TestClient, bureaus: Bureaus, **facts: Any) -> Any:
    answer = desk.post(f"{BASE}/items", json={**ITEM, "department_id": str(bureaus.tax), **facts})
    assert answer.status_code == 201, answer.text
    return answer.json()


def do(client: TestClient, item: Any, deed: str, **body: Any) -> Any:
    headers = {"If-Match": str(item["version"])} if deed == "publish" else {}
    json = body if deed in NEEDS_BODY else None
    answer = client.post(f"{BASE}/items/{item['id']}/{deed}", json=json, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


NEEDS_BODY = ("submit", "send-back", "ask-withdrawal", "refuse-withdrawal")


def published(desk: TestClient, reviewer: TestClient, bureaus: Bureaus, **facts: Any) -> Any:
    return do(reviewer, do(desk, register(desk, bureaus, **facts), "submit"), "publish")


def revise(desk: TestClient, item: Any, **facts: Any) -> Any:
    answer = desk.put(
        f"{BASE}/items/{item['id']}/draft", json={**ITEM, **facts}, headers={"If-Match": str(item["version"])}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_new_item_is_a_draft_with_the_next_code_of_its_class(desk: TestClient, bureaus: Bureaus) -> None:
    first, second = register(desk, bureaus), register(desk, bureaus, name_zh="个人纳税信息")
    assert (first["code"], second["code"]) == ("3070100101/000001", "3070100101/000002")
    assert (first["state"], first["level"], first["table"]) == (
        "created",
        "general_3",
        f"items/{first['id'].replace('-', '')}",
    )
    assert [one["name"] for one in first["fields"]] == ["uscc", "taxpayer_name", "amount_fen"]


def test_publishing_is_announced_audited_and_ends_the_review_clock(
    desk: TestClient, reviewer: TestClient, bureaus: Bureaus, database: Database
) -> None:
    submitted = do(desk, register(desk, bureaus), "submit")
    assert [one["rule"] for one in submitted["clocks"]] == ["sharing.catalogue_review"]
    item = do(reviewer, submitted, "publish")
    assert (item["state"], item["in_force"], item["draft"], item["clocks"]) == ("published", 1, None, [])
    with database.read() as session:
        told = session.scalars(select(EventRow.payload).where(EventRow.type == "catalogue.item_published@1")).one()
        deeds = list(
            session.scalars(select(Audit.action).where(Audit.action.startswith("catalogue.")).order_by(Audit.seq))
        )
        clocks = deadlines.clocks_about(session, ("catalogue_review", item["id"]), live=False)
    assert (told["item_id"], told["number"], told["level"]) == (item["id"], 1, "general_3")
    assert deeds == ["catalogue.item_registered", "catalogue.item_submitted", "catalogue.item_published"]
    assert [clock.status for clock in clocks] == [deadlines.Status.MET]


def test_a_revision_leaves_what_is_in_force_until_it_is_published(
    desk: TestClient, reviewer: TestClient, bureaus: Bureaus, database: Database
) -> None:
    item = published(desk, reviewer, bureaus)
    revised = revise(desk, item, abstract="企业按月缴纳的税额", fields=FIELDS[:2], note="金额另列")
    assert (revised["abstract"], revised["draft"], revised["draft_state"]) == (ITEM["abstract"], 2, "created")
    assert len(revised["fields"]) == 3
    second = do(reviewer, do(desk, revised, "submit"), "publish")
    assert (second["state"], second["in_force"], len(second["fields"])) == ("published", 2, 2)
    assert second["fields"][0]["id"] == item["fields"][0]["id"]
    diff = reviewer.get(f"{BASE}/items/{item['id']}/diff?before=1&after=2").json()
    assert diff["breaking"] is True
    assert [(one["field"], one["what"]) for one in diff["items"]] == [("", "abstract"), ("amount_fen", "field")]
    with database.read() as session:
        told = session.scalars(select(EventRow.payload).where(EventRow.type == "catalogue.item_changed@1")).one()
    assert (told["before"], told["after"], told["breaking"], told["fields_removed"]) == (1, 2, True, ["amount_fen"])
    first = reviewer.get(f"{BASE}/items/{item['id']}/versions/1").json()
    assert (first["state"], first["content"]["abstract"]) == ("superseded", ITEM["abstract"])


def test_what_is_sent_back_says_why_and_can_be_submitted_again(
    desk: TestClient, reviewer: TestClient, bureaus: Bureaus
) -> None:
    submitted = do(desk, register(desk, bureaus), "submit")
    short = reviewer.post(f"{BASE}/items/{submitted['id']}/send-back", json={"reason": ""})
    assert short.json()["code"] == "reason-needed"
    back = do(reviewer, submitted, "send-back", reason="摘要没有写明统计口径")
    assert (back["state"], back["versions"][0]["reason"]) == ("publish_rejected", "摘要没有写明统计口径")
    again = do(desk, revise(desk, back, abstract="按月申报、按户汇总"), "submit")
    assert again["state"] == "publish_in_review"
    assert do(reviewer, again, "publish")["state"] == "published"


def test_withdrawal_needs_a_reason_and_the_authority(
    desk: TestClient, reviewer: TestClient, bureaus: Bureaus, database: Database
) -> None:
    item = published(desk, reviewer, bureaus)
    asked = do(desk, item, "ask-withdrawal", reason="职责已划转")
    assert asked["state"] == "withdrawal_in_review"
    refused = do(reviewer, asked, "refuse-withdrawal", reason="仍有部门在用")
    assert refused["state"] == "withdrawal_rejected"
    gone = do(reviewer, do(desk, refused, "ask-withdrawal", reason="职责已划转"), "withdraw")
    assert (gone["state"], gone["due_at"]) == ("withdrawn", None)
    with database.read() as session:
        told = session.scalars(select(EventRow.payload).where(EventRow.type == "catalogue.item_withdrawn@1")).one()
    assert told["reason"] == "职责已划转"
    assert do(desk, gone, "reopen")["state"] == "created"


REFUSED: list[tuple[dict[str, Any], str, str | None]] = [
    ({"share_type": "refused", "share_basis": ""}, "basis-missing", "share_basis"),
    (
        {"share_type": "refused", "share_basis": "policy", "share_basis_text": "《某办法》"},
        "basis-missing",
        "share_basis",
    ),
    (
        {"share_type": "refused", "share_basis": "law", "share_basis_text": "有关法律"},
        "basis-missing",
        "share_basis_text",
    ),
    ({"level": "general_1"}, "classification-too-low", "level"),
    ({"fields": [{**FIELDS[0], "name": "Uscc"}]}, "item-wrong", "fields.0.name"),
    ({"fields": [FIELDS[0], FIELDS[0]]}, "item-wrong", "fields.1.name"),
    ({"fields": [{**FIELDS[0], "element_code": "DE-9999"}]}, "item-wrong", "fields.0.element_code"),
    ({"class_code": "214000"}, "item-wrong", "class_code"),
    ({"update_cycle": "hourly"}, "item-wrong", "update_cycle"),
    ({"abstract": "机密★10年"}, "secret-marking", None),
]


def test_what_cannot_be_kept_is_refused_at_its_field(desk: TestClient, bureaus: Bureaus) -> None:
    for facts, code, field in REFUSED:
        answer = desk.post(f"{BASE}/items", json={**ITEM, "department_id": str(bureaus.tax), **facts})
        assert (answer.status_code, answer.json()["code"]) == (422, code), (facts, answer.text)
        assert field is None or field in [one["name"] for one in answer.json()["fields"]], facts
    assert desk.get(f"{BASE}/items").json()["items"] == []


def test_an_item_is_not_submitted_without_its_minimum_of_metadata(desk: TestClient, bureaus: Bureaus) -> None:
    bare = register(desk, bureaus, abstract="", class_code="", share_condition="", fields=[])
    answer = desk.post(f"{BASE}/items/{bare['id']}/submit", json={})
    assert answer.json()["code"] == "item-incomplete"
    assert [one["name"] for one in answer.json()["fields"]] == ["abstract", "class_code", "share_condition", "fields"]


def test_a_sensitive_item_is_not_opened_without_conditions(desk: TestClient, bureaus: Bureaus) -> None:
    item = register(desk, bureaus, open_type="unconditional")
    answer = desk.post(f"{BASE}/items/{item['id']}/submit", json={})
    assert (answer.status_code, [one["name"] for one in answer.json()["fields"]]) == (422, ["open_type"])


def test_a_field_takes_its_elements_level_and_may_not_fall_below_it(
    desk: TestClient, bureaus: Bureaus, elements: None, database: Database
) -> None:
    from zhengtong.data import standards

    with database.read() as session:
        code = session.scalars(select(standards.Element.code).where(standards.Element.name_zh == "公民身份号码")).one()
    field = {"name": "id_number", "name_zh": "身份证号", "type": "C", "length": 18, "element_code": code}
    item = register(desk, bureaus, fields=[field])
    assert (item["level"], item["fields"][0]["element_version"]) == ("general_4", 1)
    low = {**ITEM, "department_id": str(bureaus.tax), "fields": [{**field, "level": "general_2"}]}
    assert desk.post(f"{BASE}/items", json=low).json()["code"] == "classification-too-low"


def test_a_field_nobody_classified_is_sensitive(desk: TestClient, bureaus: Bureaus) -> None:
    field = {"name": "remark", "name_zh": "备注", "type": "C"}
    assert register(desk, bureaus, fields=[field])["fields"][0]["level"] == "general_3"


def test_a_draft_is_seen_by_its_department_alone_and_a_published_item_by_all(
    seat: Seats, desk: TestClient, reviewer: TestClient, other: Actor, bureaus: Bureaus
) -> None:
    item = register(desk, bureaus)
    neighbour = seat(other)
    assert neighbour.get(f"{BASE}/items/{item['id']}").status_code == 404
    assert neighbour.get(f"{BASE}/items").json()["items"] == []
    do(reviewer, do(desk, item, "submit"), "publish")
    seen = neighbour.get(f"{BASE}/items/{item['id']}").json()
    assert seen["name_zh"] == "企业纳税信息"
    assert not any(seen["abilities"].values())


def test_nobody_keeps_anothers_catalogue_and_keepers_do_not_review(
    seat: Seats, desk: TestClient, other: Actor, bureaus: Bureaus
) -> None:
    neighbour = seat(other)
    body = {**ITEM, "department_id": str(bureaus.tax)}
    assert neighbour.post(f"{BASE}/items", json=body).status_code == 403
    item = do(desk, register(desk, bureaus), "submit")
    assert desk.post(f"{BASE}/items/{item['id']}/publish").status_code == 403


def test_a_code_is_taken_once_and_the_next_ones_go_on_after_it(desk: TestClient, bureaus: Bureaus) -> None:
    register(desk, bureaus, code="3070100101/000012")
    taken = desk.post(f"{BASE}/items", json={**ITEM, "department_id": str(bureaus.tax), "code": "3070100101/000012"})
    assert (taken.status_code, taken.json()["code"]) == (409, "code-taken")
    assert register(desk, bureaus, name_zh="另一项")["code"] == "3070100101/000013"


def test_a_change_of_duty_starts_the_laws_ten_days_and_the_revision_meets_them(
    desk: TestClient, reviewer: TestClient, bureaus: Bureaus, database: Database
) -> None:
    item = published(desk, reviewer, bureaus)
    noted = desk.post(f"{BASE}/items/{item['id']}/changes", json={"reason": "税种调整"})
    assert [one["rule"] for one in noted.json()["clocks"]] == ["sharing.catalogue_update"]
    assert desk.post(f"{BASE}/items/{item['id']}/changes", json={"reason": "又一次"}).json()["code"] == "duty-running"
    do(desk, revise(desk, noted.json(), abstract="税种调整后的口径"), "submit")
    with database.read() as session:
        clocks = deadlines.clocks_about(session, ("catalogue_update", item["id"]), live=False)
    assert [clock.status for clock in clocks] == [deadlines.Status.MET]


def test_what_others_changed_meanwhile_is_not_overwritten(desk: TestClient, bureaus: Bureaus) -> None:
    item = register(desk, bureaus)
    revise(desk, item, abstract="先到的修改")
    late = desk.put(f"{BASE}/items/{item['id']}/draft", json=ITEM, headers={"If-Match": str(item["version"])})
    assert late.status_code in (409, 412)


def test_a_review_list_says_what_waits_and_until_when(desk: TestClient, reviewer: TestClient, bureaus: Bureaus) -> None:
    do(desk, register(desk, bureaus), "submit", reason="首次编制")
    waiting = reviewer.get(f"{BASE}/reviews").json()["items"]
    assert [(one["kind"], one["note"], bool(one["due_at"])) for one in waiting] == [("publication", "首次编制", True)]
    figures = reviewer.get(f"{BASE}/figures").json()
    assert (figures["waiting_for_review"], figures["sharing"]["total"]) == (1, 0)


def test_the_words_name_every_state_and_table(desk: TestClient) -> None:
    words = desk.get(f"{BASE}/words").json()
    assert [(one["code"], one["words"]["zh"]) for one in words["states"]][:4] == [
        (0, "已创建"),
        (1, "发布待审核"),
        (2, "发布已驳回"),
        (3, "已发布"),
    ]
    assert {"share_types", "update_cycles"} <= words["tables"].keys()


def test_the_catalogue_is_closed_to_who_may_not_see_it(seat: Seats, someone: Callable[..., Actor]) -> None:
    assert seat(someone()).get(f"{BASE}/items").status_code == 403
    assert seat(None).get(f"{BASE}/items").status_code == 401
    assert catalogue.READ.name == "catalogue.read"
