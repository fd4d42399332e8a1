"""Bureaus that contradict each other: found once, precise in time, followed up, closed with a reason."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from tests.conftest import NOW, actor_with
from tests.data.entities.town import CASE, FIRM, PAID, WANG, Town
from zhengtong.data.entities import permissions
from zhengtong.data.entities.actions import working
from zhengtong.data.entities.tables import Lead, RuleRow
from zhengtong.kernel import jobs
from zhengtong.office import deadlines, notices


def wage(period: str, fen: int = 900_000, **facts: Any) -> dict[str, Any]:
    told = {
        "wage_id": f"W{period}",
        "id_number": WANG["id_number"],
        "name": "文卫强",
        "period": period,
        "wage_fen": fen,
    }
    return {**told, "employer_uscc": FIRM["uscc"], **facts}


def leads(town: Town) -> list[Lead]:
    with town.read() as session:
        return list(session.scalars(select(Lead).order_by(Lead.number)))


def contradict(town: Town) -> Lead:
    town.land("police.resident", WANG)
    town.land("civil.relief", CASE)
    town.land("tax.wage", wage("202512"), wage("202601"))
    [lead] = leads(town)
    return lead


def test_relief_beside_a_wage_is_found_through_a_case_without_a_number(town: Town) -> None:
    lead = contradict(town)
    assert (lead.number, lead.state.value, lead.name) == ("XS-2026-0001", "open", "文*强")
    assert lead.department_id == town.departments["civil"]
    sides = [row["side"] for row in lead.evidence if "side" in row]
    assert sides == ["left", "right", "right"]
    shown = str(lead.evidence)
    assert ("9,000.00" in shown, "2025-12" in shown) == (True, True)
    assert (WANG["id_number"] in shown, "文衛強" in shown) == (False, False)


def test_a_rule_that_waits_to_be_run_is_ordered_once_behind_all_that_waits(town: Town) -> None:
    row = jobs.JobRow
    waiting = select(row.name, row.args["rule_id"].as_string()).where(row.state == jobs.WAITING).order_by(row.seq)
    with town.city.database.write() as session:
        one, other = session.scalars(select(RuleRow.id).order_by(RuleRow.id).limit(2))
        for rule in (one, other, one):
            working.order_look(session, rule)
        told = [(name, rule) for name, rule in session.execute(waiting) if name == working.LOOK.name]
        assert told == [(working.LOOK.name, str(other)), (working.LOOK.name, str(one))]
        session.execute(update(row).values(created_at=NOW - timedelta(hours=1)))
        working.order_look(session, one)
        assert [rule for name, rule in session.execute(waiting) if name == working.LOOK.name] == [
            str(other),
            str(one),
            str(one),
        ]


NEAR_MISSES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "a small wage": [("tax.wage", wage("202601", 450_000))],
    "relief that had ended": [
        ("civil.relief", {**CASE, "to_date": date(2025, 12, 31)}),
        ("tax.wage", wage("202601")),
    ],
    "a wage before the relief": [("tax.wage", wage("202507"))],
    "somebody else's wage": [("tax.wage", wage("202601", id_number="990102196511250162"))],
}


@pytest.mark.parametrize("miss", NEAR_MISSES)
def test_what_does_not_overlap_is_no_contradiction(town: Town, miss: str) -> None:
    town.land("police.resident", WANG)
    town.land("civil.relief", CASE)
    for table, row in NEAR_MISSES[miss]:
        town.land(table, row)
    assert leads(town) == []


def test_tax_after_the_end_of_a_firm_is_found_and_on_its_last_day_is_not(town: Town) -> None:
    gone = {**FIRM, "status": "注销", "ended_on": date(2026, 2, 10)}
    town.land("market.company", gone)
    town.land("tax.payment", PAID)
    assert leads(town) == []
    town.land("tax.payment", {**PAID, "payment_id": "TX2", "paid_on": date(2026, 2, 11)})
    [lead] = leads(town)
    assert (lead.department_id, lead.name) == (town.departments["market"], FIRM["name"])


def test_the_same_contradiction_is_one_lead_that_learns_more(town: Town) -> None:
    first = contradict(town)
    town.land("tax.wage", wage("202602"))
    town.land("civil.relief", {**CASE, "monthly_fen": 1})
    [lead] = leads(town)
    assert lead.id == first.id
    assert len([row for row in lead.evidence if "side" in row]) == 4


def test_a_department_is_told_once_and_a_clock_runs(town: Town) -> None:
    lead = contradict(town)
    with town.read() as session:
        told = session.scalars(select(notices.Notice).where(notices.Notice.subject_id == town.officer)).all()
        clocks = deadlines.clocks_about(session, ("entities.lead", str(lead.id)))
    assert [one.kind for one in told] == ["entities.leads_found"]
    assert [one.rule for one in clocks] == ["sharing.correction"]


@pytest.fixture
def bureau(town: Town, client_for: Callable[..., TestClient]) -> TestClient:
    return client_for(town.officer_of("civil", name="沈若川"))


def post(client: TestClient, lead: Lead, deed: str, **body: Any) -> Any:
    version = client.get(f"/api/v1/leads/{lead.id}").json()["version"]
    return client.post(f"/api/v1/leads/{lead.id}/{deed}", json=body, headers={"If-Match": f'"{version}"'})


def test_a_bureau_assigns_closes_and_reopens_with_reasons(town: Town, bureau: TestClient) -> None:
    lead = contradict(town)
    given = post(bureau, lead, "assign", person_id=str(town.officer)).json()
    assert (given["state"], given["assigned_name"]) == ("assigned", "沈若川")
    closed = post(bureau, lead, "close", outcome="explained", reason="工资为补发的抚恤金").json()
    assert (closed["state"], closed["reason"], closed["left"]) == ("explained", "工资为补发的抚恤金", None)
    twice = post(bureau, lead, "close", outcome="confirmed", reason="再关一次")
    assert (twice.status_code, twice.json()["code"]) == (409, "lead-closed")
    opened = post(bureau, lead, "reopen", reason="有新的举报").json()
    assert (opened["state"], opened["reason"]) == ("assigned", "")
    assert opened["left"] is not None
    assert [step["what"] for step in opened["steps"]] == ["found", "assigned", "explained", "reopened"]


def test_a_closed_lead_is_not_asked_again_when_the_data_come_again(town: Town, bureau: TestClient) -> None:
    lead = contradict(town)
    post(bureau, lead, "close", outcome="dismissed", reason="同名，不是本人")
    town.land("tax.wage", wage("202602"))
    [same] = leads(town)
    assert (same.state.value, same.reason) == ("dismissed", "同名，不是本人")


def test_a_lead_whose_data_were_mended_says_so_and_stays_until_it_is_closed(town: Town) -> None:
    contradict(town)
    town.land("civil.relief", {**CASE, "to_date": date(2025, 10, 1)}, at=NOW + timedelta(hours=1))
    [lead] = leads(town)
    assert (lead.state.value, lead.gone_at is not None) == ("open", True)


def test_the_leads_that_may_be_seen_are_taken_out(
    town: Town, bureau: TestClient, client_for: Callable[..., TestClient]
) -> None:
    lead = contradict(town)
    ours = bureau.get("/api/v1/leads/export", params={"form": "csv", "live": True}).text
    assert (lead.number in ours, "文*强" in ours, "待分派" in ours) == (True, True, True)
    theirs = client_for(town.officer_of("market")).get("/api/v1/leads/export", params={"form": "csv"}).text
    assert lead.number not in theirs


def test_another_bureau_neither_sees_nor_settles_it(town: Town, client_for: Callable[..., TestClient]) -> None:
    lead = contradict(town)
    market = client_for(town.officer_of("market"))
    assert market.get("/api/v1/leads").json()["items"] == []
    assert market.get(f"/api/v1/leads/{lead.id}").status_code == 404
    reader = client_for(actor_with(permissions.READ_LEADS))
    assert [one["number"] for one in reader.get("/api/v1/leads").json()["items"]] == [lead.number]
    assert (
        reader.post(f"/api/v1/leads/{lead.id}/close", json={"outcome": "explained", "reason": "好"}).status_code == 403
    )


def test_the_board_counts_what_the_list_shows(town: Town, bureau: TestClient) -> None:
    contradict(town)
    board = bureau.get("/api/v1/leads/board").json()
    assert (board["states"]["open"], board["late"]) == (1, 0)
    assert [(one["code"], one["open"]) for one in board["rules"]] == [("relief_and_wage", 1)]
    for query, count in (
        ({"live": True}, 1),
        ({"state": "confirmed"}, 0),
        ({"rule": "relief_and_wage"}, 1),
        ({"q": "xs-2026"}, 1),
    ):
        assert len(bureau.get("/api/v1/leads", params=query).json()["items"]) == count, query


def test_a_rule_switched_off_finds_nothing_and_stays_off_when_the_pack_comes_again(
    town: Town, client_for: Callable[..., TestClient]
) -> None:
    chief = client_for(town.reviewer())
    told = chief.get("/api/v1/entities/sources/all").json()
    rule = next(one for one in told["rules"] if one["code"] == "relief_and_wage")
    unbound = next(one for one in told["rules"] if one["code"] == "deceased_and_relief")
    assert unbound["items"]["police.death"] is None
    assert chief.put(f"/api/v1/entities/sources/rules/{rule['id']}", json={"enabled": False}).status_code == 200
    assert chief.post("/api/v1/entities/sources/packs", json={"name": "yunxi-sample"}).status_code == 200
    with town.read() as session:
        assert not session.scalars(select(RuleRow).where(RuleRow.code == "relief_and_wage")).one().enabled
    town.land("police.resident", WANG)
    town.land("civil.relief", CASE)
    town.land("tax.wage", wage("202601"))
    assert leads(town) == []


def test_a_feed_that_names_a_field_the_item_lacks_is_refused(town: Town, client_for: Callable[..., TestClient]) -> None:
    chief = client_for(town.reviewer())
    feed = chief.get("/api/v1/entities/sources/all").json()["feeds"][0]
    body = {"item_code": feed["item"]["code"], "kind": feed["kind"], "key_fields": feed["key_fields"],
            "fields": {**feed["fields"], "name": "no_such_field"}}  # fmt: skip
    wrong = chief.put("/api/v1/entities/sources/feeds", json=body)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "register-feed-wrong")
    assert chief.put("/api/v1/entities/sources/feeds", json={**body, "fields": feed["fields"]}).status_code == 200
    absent = chief.put("/api/v1/entities/sources/feeds", json={**body, "item_code": "nothing"})
    assert (absent.status_code, absent.json()["code"]) == (404, "item-absent")
    reader = client_for(actor_with(permissions.READ))
    assert reader.put("/api/v1/entities/sources/feeds", json=body).status_code == 403
