"""Rows that did not land: seen masked, mended, judged again and landed once, given up with a reason, exported."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from tests.data.intake import place
from tests.data.intake.site import client_of
from tests.data.intake.test_landing import Register
from zhengtong import app
from zhengtong.data import catalogue, intake, standards
from zhengtong.data.intake.permissions import MEND, READ, REVEAL
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.audit import Audit

BASE = "/api/v1/intake/quarantine"


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[app.City]:
    opened = place.open_city(database_url, tmp_path, batch_rows=50)
    yield opened
    opened.close()


@pytest.fixture
def keeper(city: app.City) -> TestClient:
    return client_of(city, actor_with(READ, MEND, REVEAL, now=clock.now()))


@pytest.fixture
def register(city: app.City, tmp_path: Path) -> Register:
    """Four good rows and three bad ones of one hundred and fifty."""
    made = Register(city, tmp_path, mode=intake.Mode.UPSERT)
    made.put((1, "甲"), (2, "乙"), (3, "丙"), (4, "丁"), (5, None), (6, "己", "１２３"), (7, "庚", "many"))
    made.run()
    return made


def rows(keeper: TestClient, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = keeper.get(BASE, params={"sort": "place", **wanted}).json()["items"]
    return found


def test_rows_are_found_by_what_they_break_and_shown_masked(keeper: TestClient, register: Register) -> None:
    told = keeper.get(f"{BASE}/summary").json()
    assert told["rows"] == 3
    assert {(one["field"], one["rule"]): one["rows"] for one in told["reasons"]} == {
        ("capital_fen", "type"): 2,
        ("name", "required"): 1,
    }
    assert [row["place"] for row in rows(keeper, field="capital_fen")] == [6, 7]
    assert [row["place"] for row in rows(keeper, rule="required")] == [5]
    assert rows(keeper, field="uscc") == []
    assert all(place.code(number) not in str(rows(keeper)) for number in (5, 6, 7))


def test_a_row_is_seen_in_full_by_who_may_and_that_is_audited(
    keeper: TestClient, city: app.City, register: Register
) -> None:
    row = rows(keeper)[0]
    assert keeper.get(f"{BASE}/{row['id']}").json()["masked"] is True
    seen = keeper.post(f"{BASE}/{row['id']}/reveal").json()
    assert seen["values"]["uscc"] == place.code(5)
    with city.database.read() as session:
        assert "intake.row_revealed" in session.scalars(select(Audit.action)).all()
    assert client_of(city, actor_with(READ, MEND)).post(f"{BASE}/{row['id']}/reveal").status_code == 403
    stale = client_of(city, actor_with(READ, REVEAL, second_factor_at=None))
    assert stale.post(f"{BASE}/{row['id']}/reveal").status_code == 401


def test_what_is_proposed_and_sure_is_taken_and_the_rest_left_to_people(
    keeper: TestClient, city: app.City, register: Register
) -> None:
    found = {row["place"]: keeper.get(f"{BASE}/{row['id']}").json()["proposals"][0] for row in rows(keeper)}
    assert [found[number]["confidence"] for number in (5, 6, 7)] == ["unknowable", "sure", "ask"]
    everything = {"state": "open"}
    done = keeper.post(f"{BASE}/mend", json={"how": "proposed", "all": everything, "replay": True}).json()
    assert done["rows"] == 1
    city.workers.drain()
    held = {row["uscc"]: row["capital_fen"] for row in place.table_of(city, register.item).to_pylist()}
    assert held[place.code(6)] == 123
    assert [row["place"] for row in rows(keeper, state="open")] == [5, 7]


def test_a_mended_row_lands_once_as_a_batch_of_its_own(keeper: TestClient, city: app.City, register: Register) -> None:
    row = rows(keeper, rule="required")[0]
    body = {"how": "set", "field": "name", "value": "戊", "ids": [row["id"]], "replay": True}
    done = keeper.post(f"{BASE}/mend", json=body).json()
    city.workers.drain()
    run = place.told(city, UUID(done["run_id"]))
    assert (run.state, run.cause, run.rows_landed) == (intake.RunState.LANDED, intake.Cause.REPLAY, 1)
    assert register.held()[5] == "戊"
    again = keeper.post(f"{BASE}/replay", json={"ids": [row["id"]]})
    assert (again.status_code, again.json()["code"]) == (409, "row-not-open")
    with city.database.read() as session:
        kinds = session.scalars(select(intake.Batch.kind).order_by(intake.Batch.number)).all()
    assert kinds == [intake.BatchKind.ROWS, intake.BatchKind.REPLAY]


def test_a_row_that_is_still_wrong_stays_with_what_it_breaks_now(
    keeper: TestClient, city: app.City, register: Register
) -> None:
    row = rows(keeper, rule="required")[0]
    body = {"how": "set", "field": "name", "value": "戊" * 50, "ids": [row["id"]], "replay": True}
    keeper.post(f"{BASE}/mend", json=body)
    city.workers.drain()
    left = keeper.get(f"{BASE}/{row['id']}").json()
    assert (left["state"], [one["rule"] for one in left["reasons"]]) == ("open", ["length"])
    assert 5 not in register.held()


def test_a_mended_row_never_overwrites_what_came_later(keeper: TestClient, city: app.City, register: Register) -> None:
    row = rows(keeper, rule="required")[0]
    register.clear()
    register.put((5, "后来的名字"))
    register.run()
    body = {"how": "set", "field": "name", "value": "早先的名字", "ids": [row["id"]], "replay": True}
    keeper.post(f"{BASE}/mend", json=body)
    city.workers.drain()
    assert register.held()[5] == "后来的名字"
    assert keeper.get(f"{BASE}/{row['id']}").json()["state"] == "overtaken"


def test_one_text_is_replaced_in_many_rows(keeper: TestClient, city: app.City, register: Register) -> None:
    body = {"how": "replace", "field": "capital_fen", "find": "many", "put": "500", "all": {"state": "open"}}
    assert keeper.post(f"{BASE}/mend", json=body).json()["rows"] == 1
    assert keeper.post(f"{BASE}/mend", json={**body, "find": ""}).json()["code"] == "mend-wrong"
    keeper.post(f"{BASE}/replay", json={"all": {"state": "open", "field": "capital_fen"}})
    city.workers.drain()
    assert 7 in register.held()


def test_a_row_is_given_up_with_a_reason_and_stays_to_be_seen(keeper: TestClient, register: Register) -> None:
    row = rows(keeper)[0]
    assert keeper.post(f"{BASE}/discard", json={"ids": [row["id"]]}).status_code == 422
    assert keeper.post(f"{BASE}/discard", json={"ids": [row["id"]], "reason": "测试数据"}).json()["rows"] == 1
    left = keeper.get(f"{BASE}/{row['id']}").json()
    assert (left["state"], left["reason"]) == ("discarded", "测试数据")
    assert keeper.post(f"{BASE}/discard", json={"reason": "什么也没选"}).json()["code"] == "no-row-chosen"


def test_rows_are_exported_masked_unless_they_may_be_seen(
    keeper: TestClient, city: app.City, register: Register
) -> None:
    masked = keeper.get(f"{BASE}/export").content.decode("utf-8-sig")
    assert masked.splitlines()[0].startswith("编号,数据源,源中位置,状态,原因,统一社会信用代码")
    assert len(masked.splitlines()) == 4
    assert place.code(6) not in masked
    assert place.code(6) in keeper.get(f"{BASE}/export", params={"full": True}).content.decode("utf-8-sig")
    blind = client_of(city, actor_with(READ))
    assert blind.get(f"{BASE}/export").status_code == 200
    assert blind.get(f"{BASE}/export", params={"full": True}).status_code == 403


def test_a_check_digit_proves_a_mending(city: app.City, keeper: TestClient, tmp_path: Path) -> None:
    with city.database.write() as session:
        standards.put_bundled(session, SYSTEM, "national", now=NOW)
        element = session.scalars(
            select(standards.Element).where(standards.Element.name_zh == "统一社会信用代码")
        ).one()
    bureau = place.found(city)
    field = catalogue.FieldContent
    uscc = field("uscc", "统一社会信用代码", "C", "general_1", length=18, is_key=True, element_code=element.code)
    item = place.register(city, bureau, uscc, field("name", "名称", "C", "general_1"))
    right = place.code(10)
    wrong = right.replace("0", "O", 1)
    with sqlite3.connect(tmp_path / "w.sqlite") as database:
        database.execute("create table t (uscc text, name text)")
        database.execute("insert into t values (?, '甲')", (wrong,))
    told = {"url": f"sqlite:///{tmp_path / 'w.sqlite'}", "table": "t"}
    source = place.source(city, bureau, item, "sql", told, mapping={"uscc": "uscc", "name": "name"})
    place.run(city, source)
    row = rows(keeper)[0]
    assert [one["rule"] for one in row["reasons"]] == ["check"]
    proposal = keeper.get(f"{BASE}/{row['id']}").json()["proposals"][0]
    assert proposal["confidence"] == "sure"
    assert proposal["after"].count("0") == 1
    keeper.post(f"{BASE}/mend", json={"how": "proposed", "ids": [row["id"]], "replay": True})
    city.workers.drain()
    assert place.table_of(city, item)["uscc"].to_pylist() == [right]
