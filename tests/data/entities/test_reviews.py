"""Doubtful pairs are settled by people: remembered, undone exactly, respected by a rebuild."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from tests.data.entities.town import CASE, WANG, Town
from zhengtong.data.entities import actions, permissions
from zhengtong.data.entities.rules import Kind
from zhengtong.kernel.audit import Audit

DOUBTFUL = {**CASE, "name": "文卫东", "address": "北门街3号"}


@pytest.fixture
def desk(town: Town, client_for: Callable[..., TestClient]) -> TestClient:
    """The reviewer, over a person known to the police and a case that may be the same."""
    town.land("police.resident", {**WANG, "phone": "16905925711"})
    town.land("civil.relief", DOUBTFUL)
    return client_for(town.reviewer())


def waiting(desk: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = desk.get("/api/v1/entities/reviews/waiting").json()["items"]
    return items


def decide(desk: TestClient, verdict: str, *, version: int | None = None) -> Any:
    [line] = waiting(desk)
    pair = desk.get(f"/api/v1/entities/reviews/{line['id']}").json()
    tag = {"If-Match": f'"{version or pair["version"]}"'}
    return desk.post(f"/api/v1/entities/reviews/{line['id']}/decide", json={"verdict": verdict}, headers=tag)


def rebuild(town: Town) -> None:
    actions.rebuild(actions.Desk(town.read, town.write, town.city.engines.compute, town.keyring, NOW), Kind.PERSON)


def test_a_doubtful_pair_is_shown_masked_with_what_speaks_for_and_against(desk: TestClient) -> None:
    [line] = waiting(desk)
    pair = desk.get(f"/api/v1/entities/reviews/{line['id']}").json()
    shown = str(pair)
    assert (WANG["id_number"] in shown, "16905925711" in shown, "文卫强" in shown) == (False, False, False)
    weights = {one["comparison"]: one["weight"] for one in pair["reasons"]}
    assert weights["phone"] > 0 > weights["address"]
    assert round(pair["prior"] + sum(weights.values()), 1) == round(pair["weight"], 1)
    assert pair["abilities"] == {"decide": True}


def test_merging_is_undone_exactly_and_the_old_address_leads_on_meanwhile(town: Town, desk: TestClient) -> None:
    before = town.partition("person"), [one.id for one in town.entities("person")]
    made = decide(desk, "merge").json()
    [one] = town.entities("person")
    assert (one.id, one.records, made["waiting"]) == (before[1][0], 2, 0)
    assert desk.get(f"/api/v1/entities/{before[1][1]}").json()["id"] == str(one.id)
    page = desk.get(f"/api/v1/entities/{one.id}").json()
    assert page["stories"][0]["what"] == "merged"
    assert [decision["verdict"] for decision in page["decisions"]] == ["merge"]
    assert desk.post(f"/api/v1/entities/decisions/{made['decision']}/undo").status_code == 200
    assert (town.partition("person"), [one.id for one in town.entities("person")]) == before
    assert len(waiting(desk)) == 1
    again = desk.post(f"/api/v1/entities/decisions/{made['decision']}/undo")
    assert (again.status_code, again.json()["code"]) == (404, "decision-not-found")


@pytest.mark.parametrize("verdict", ["merge", "apart"])
def test_a_decision_outlives_a_rebuild_and_is_not_asked_again(town: Town, desk: TestClient, verdict: str) -> None:
    assert decide(desk, verdict).status_code == 200
    settled = town.partition("person")
    rebuild(town)
    town.land("civil.relief", {**DOUBTFUL, "monthly_fen": 99})
    assert (town.partition("person"), waiting(desk)) == (settled, [])
    assert len(settled) == (1 if verdict == "merge" else 2)


def test_who_was_kept_apart_is_not_asked_about_with_a_new_record_of_either(town: Town, desk: TestClient) -> None:
    decide(desk, "apart")
    town.land("civil.relief", {**DOUBTFUL, "case_id": "JZ2"})
    assert (waiting(desk), len(town.entities("person"))) == ([], 2)


def test_what_changed_while_it_was_looked_at_is_a_conflict(desk: TestClient) -> None:
    assert decide(desk, "merge", version=99).status_code == 412
    [line] = waiting(desk)
    pair = desk.get(f"/api/v1/entities/reviews/{line['id']}").json()
    assert decide(desk, "merge").status_code == 200
    now = desk.get(f"/api/v1/entities/reviews/{line['id']}").json()
    tag = {"If-Match": f'"{now["version"]}"'}
    late = desk.post(f"/api/v1/entities/reviews/{pair['id']}/decide", json={"verdict": "apart"}, headers=tag)
    assert (late.status_code, late.json()["code"]) == (409, "pair-settled-meanwhile")


def test_who_may_only_read_decides_nothing(town: Town, desk: TestClient, client_for: Callable[..., TestClient]) -> None:
    reader = client_for(actor_with(permissions.READ))
    [line] = waiting(reader)
    refused = reader.post(f"/api/v1/entities/reviews/{line['id']}/decide", json={"verdict": "merge"})
    assert refused.status_code == 403
    stranger = client_for(actor_with())
    assert stranger.get("/api/v1/entities/registers/person").status_code == 403


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_lists_are_taken_out_masked_and_the_audit_tells_it(town: Town, desk: TestClient, form: str) -> None:
    persons, pairs = (
        taken(town, desk.get(f"/api/v1/entities/{path}/export", params={"form": form}), form)
        for path in ("registers/person", "reviews/waiting")
    )
    assert sorted(row["名称"] for row in persons) == ["文*东", "文*强"]
    assert "990102**********53" in {row["代码"] for row in persons}
    assert [{row["一方"], row["另一方"]} for row in pairs] == [{"文*强", "文*东"}]
    assert WANG["id_number"] not in str(persons) + str(pairs)
    with town.read() as session:
        noted = session.execute(select(Audit.action, Audit.after).where(Audit.action.endswith("_exported"))).all()
    assert {(action, after["rows"]) for action, after in noted} == {
        ("entities.register_exported", 2),
        ("entities.pairs_exported", 1),
    }


def test_lists_are_refused_to_who_may_not_see_them(town: Town, client_for: Callable[..., TestClient]) -> None:
    stranger = client_for(actor_with())
    for path in ("entities/registers/firm", "entities/reviews/waiting", "leads"):
        assert stranger.get(f"/api/v1/{path}/export").status_code == 403


def taken(town: Town, answer: Any, form: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = town.city.engines.files.read_table(answer.content, name=f"list.{form}").dicts()
    return rows


def test_a_person_is_found_by_name_by_initials_and_by_the_whole_number(town: Town, desk: TestClient) -> None:
    for text in ("文卫强", "wwq", WANG["id_number"]):
        found = desk.get("/api/v1/entities/registers/person", params={"q": text}).json()["items"]
        assert [one["name"] for one in found] == ["文*强"], text
        assert found[0]["code"] == "990102**********53"
    assert desk.get("/api/v1/entities/registers/person", params={"q": "990102196106040999"}).json()["items"] == []


def test_whole_values_need_a_purpose_and_are_in_the_trail(town: Town, desk: TestClient) -> None:
    from sqlalchemy import select

    from zhengtong.kernel.audit import Audit

    one = town.entities("person")[0]
    assert desk.post(f"/api/v1/entities/{one.id}/reveal", json={"purpose": ""}).status_code == 422
    told = desk.post(f"/api/v1/entities/{one.id}/reveal", json={"purpose": "核对救助资格"})
    assert told.json()["values"]["code"] == WANG["id_number"]
    assert told.headers["cache-control"] == "no-store"
    with town.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "entities.revealed")).one()
    assert (row.after or {})["purpose"] == "核对救助资格"
    assert (row.thing_name, WANG["id_number"] in str(row.after)) == ("文*强", False)


def test_values_of_birth_and_address_are_masked_in_the_golden_record(town: Town, desk: TestClient) -> None:
    one = town.entities("person")[0]
    values = {told["attribute"]: told for told in desk.get(f"/api/v1/entities/{one.id}").json()["values"]}
    assert (values["birth"]["value"], values["phone"]["value"]) == ("1961-**-**", "169****5711")
    assert "602" not in values["address"]["value"]
    assert values["name"]["item"]["department"] == "公安局"
