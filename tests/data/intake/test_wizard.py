"""Sources through the API: connected, tried, mapped, run; secrets go in and never out; drift is told and confirmed."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from tests.data.intake import place
from tests.data.intake.site import client_of
from zhengtong import app
from zhengtong.data import catalogue, intake, standards
from zhengtong.data.intake.permissions import CONNECT, MEND, READ, REVEAL, RUN
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.audit import Audit

BASE = "/api/v1/intake"
ALL = (READ, CONNECT, RUN, MEND, REVEAL, catalogue.EDIT, catalogue.READ)


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[app.City]:
    opened = place.open_city(database_url, tmp_path, batch_rows=50)
    yield opened
    opened.close()


@pytest.fixture
def office(city: app.City) -> TestClient:
    return client_of(city, actor_with(*ALL, now=clock.now()))


def register(folder: Path, *, columns: str = "uscc, name, capital, since", rows: int = 30) -> Path:
    path = folder / "register.sqlite"
    path.unlink(missing_ok=True)
    names = [name.strip() for name in columns.split(",")]
    with sqlite3.connect(path) as database:
        database.execute("create table firm ({})".format(", ".join(f"{name} text" for name in names)))
        for number in range(rows):
            told = {"uscc": place.code(number), "name": f"企业{number}", "capital": "100", "since": "2020-01-31"}
            values = [told.get(name, told["name"] if name.startswith("name") else "x") for name in names]
            database.execute(f"insert into firm values ({', '.join('?' * len(names))})", values)
    return path


def connect(office: TestClient, city: app.City, path: Path, **facts: Any) -> dict[str, Any]:
    bureau = facts.pop("bureau", None) or place.found(city)
    told = {"name_zh": "企业登记库", "department_id": str(bureau), "kind": "sql", **facts}
    told.setdefault("settings", {"url": f"sqlite:///{path}", "table": "firm"})
    made = office.post(f"{BASE}/sources", json=told)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def mapped(office: TestClient, source: dict[str, Any], item: Any, mapping: dict[str, str] | None = None) -> Any:
    told = {"item_id": str(item), "mapping": mapping or place.COLUMNS}
    return office.put(f"{BASE}/sources/{source['id']}/mapping", json=told)


def test_the_wizard_connects_tries_maps_and_runs(office: TestClient, city: app.City, tmp_path: Path) -> None:
    bureau = place.found(city)
    item = place.register(city, bureau)
    source = connect(office, city, register(tmp_path), bureau=bureau)
    assert (source["state"], source["abilities"]["run"]) == ("draft", False)
    tried = office.post(f"{BASE}/sources/{source['id']}/try", json={"item_id": str(item)}).json()
    assert [one["name"] for one in tried["columns"]] == ["uscc", "name", "capital", "since"]
    assert len(tried["rows"]) == 10
    assert tried["masked"] is False
    assert {one["field"]: one["column"] for one in tried["proposals"]} == {
        "uscc": "uscc",
        "name": "name",
        "capital_fen": "capital",
    }
    assert tried["unmapped"] == ["registered_on"]
    assert tried["bad"] == 0
    done = mapped(office, source, item)
    assert (done.status_code, done.json()["state"]) == (200, "active")
    run = office.post(f"{BASE}/sources/{source['id']}/runs", json={}).json()
    assert run["state"] == "waiting"
    city.workers.drain()
    after = office.get(f"{BASE}/runs/{run['id']}").json()
    assert (after["state"], after["rows_landed"], after["progress"]["share"]) == ("landed", 30, 1.0)
    batches = office.get(f"{BASE}/runs/{run['id']}/batches").json()["items"]
    assert [len(one["digest"]) for one in batches] == [64]
    assert office.get(f"{BASE}/items/{item}/batches").json()["items"] == batches
    assert office.get(f"{BASE}/status").json()["landed_today"] == 30
    line = office.get(f"{BASE}/sources", params={"q": "qydj"}).json()["items"][0]
    assert line["last_run"]["state"] == "landed"


def test_nothing_of_a_trial_is_kept_and_who_may_not_see_values_sees_them_masked(
    office: TestClient, city: app.City, tmp_path: Path
) -> None:
    source = connect(office, city, register(tmp_path))
    blind = client_of(city, actor_with(READ, CONNECT))
    tried = blind.post(f"{BASE}/sources/{source['id']}/try", json={}).json()
    assert tried["masked"] is True
    assert place.code(0) not in json.dumps(tried["rows"])
    with city.database.read() as session:
        assert session.scalars(select(intake.Run.id)).all() == []
        assert session.scalars(select(intake.QuarantinedRow.id)).all() == []


def test_an_item_is_drafted_from_the_source_and_mapped(office: TestClient, city: app.City, tmp_path: Path) -> None:
    with city.database.write() as session:
        standards.put_bundled(session, SYSTEM, "national", now=NOW)
    source = connect(office, city, register(tmp_path))
    made = office.post(f"{BASE}/sources/{source['id']}/item", json={"name_zh": "企业登记信息"})
    assert made.status_code == 201, made.text
    fields = {one["field"]: one["column"] for one in made.json()["fields"]}
    assert set(fields.values()) == {"uscc", "name", "capital", "since"}
    assert made.json()["state"] == "active"
    assert made.json()["item"]["state"] == "created"


@pytest.mark.parametrize(("left_out", "mode"), [([], "upsert"), (["uscc", "name"], "append")])
def test_rows_of_a_drafted_item_replace_one_another_where_it_has_a_key(
    office: TestClient, city: app.City, tmp_path: Path, left_out: list[str], mode: str
) -> None:
    with city.database.write() as session:
        standards.put_bundled(session, SYSTEM, "national", now=NOW)
    source = connect(office, city, register(tmp_path))
    told = {"name_zh": "企业登记信息", "leave_out": left_out}
    assert office.post(f"{BASE}/sources/{source['id']}/item", json=told).json()["mode"] == mode


def test_a_secret_is_sealed_and_never_comes_out(city: app.City) -> None:
    office, secret = client_of(city, actor_with(*ALL)), "Yunxi-2026-不外传"
    told = {"url": "postgresql://reader@10.1.2.3/market", "table": "company"}
    source = connect(office, city, Path(), settings=told, secrets={"password": secret})
    assert source["secret_names"] == ["password"]
    put = office.put(f"{BASE}/sources/{source['id']}/secrets", json={"secrets": {"password": f"{secret}2"}})
    assert put.status_code == 200
    listed = office.get(f"{BASE}/sources").text + office.get(f"{BASE}/sources/{source['id']}").text
    with city.database.read() as session:
        sealed = session.scalars(select(intake.Source.sealed)).one()
        trail = json.dumps([[row.before, row.after] for row in session.scalars(select(Audit))], ensure_ascii=False)
    assert sealed
    assert secret.encode() not in sealed
    for text in (json.dumps(source), put.text, listed, trail):
        assert "Yunxi-2026" not in text
    wrong = office.put(f"{BASE}/sources/{source['id']}/secrets", json={"secrets": {"pin": "1"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "source-wrong")


@pytest.mark.parametrize(
    ("change", "place_of_fault"),
    [
        ({"settings": {"url": "sqlite:///x.db"}}, "settings.table"),
        ({"settings": {"url": "sqlite:///x.db", "table": "t", "colour": "red"}}, "settings.colour"),
        ({"settings": {"url": "postgresql://a:b@h/d", "table": "t"}}, "settings"),
        ({"schedule": "every day"}, "schedule"),
    ],
)
def test_wrong_settings_are_told_at_their_place(
    office: TestClient, city: app.City, change: dict[str, Any], place_of_fault: str
) -> None:
    told = {"name_zh": "甲", "department_id": str(place.found(city)), "kind": "sql"}
    told |= {"settings": {"url": "sqlite:///x.db", "table": "t"}, **change}
    answer = office.post(f"{BASE}/sources", json=told)
    assert answer.status_code == 422
    assert place_of_fault in answer.text or "every day" in answer.text


def test_a_mapping_without_a_needed_field_is_refused(office: TestClient, city: app.City, tmp_path: Path) -> None:
    bureau = place.found(city)
    item = place.register(city, bureau)
    source = connect(office, city, register(tmp_path), bureau=bureau)
    answer = mapped(office, source, item, {"uscc": "uscc", "colour": "x"})
    assert answer.status_code == 422
    assert {one["name"] for one in answer.json()["fields"]} == {"mapping.colour", "mapping.name"}


def test_changed_columns_stop_the_run_are_told_and_confirmed(
    office: TestClient, city: app.City, tmp_path: Path
) -> None:
    bureau = place.found(city)
    item = place.register(city, bureau)
    source = connect(office, city, register(tmp_path), bureau=bureau)
    mapped(office, source, item)
    office.post(f"{BASE}/sources/{source['id']}/runs", json={})
    city.workers.drain()
    register(tmp_path, columns="uscc, name_full, capital, since, phone")
    run = office.post(f"{BASE}/sources/{source['id']}/runs", json={}).json()
    city.workers.drain()
    stopped = office.get(f"{BASE}/runs/{run['id']}").json()
    assert (stopped["state"], stopped["reason"]["code"]) == ("paused", "columns-changed")
    assert {(one["column"], one["change"]) for one in stopped["drift"]} == {("name", "renamed"), ("phone", "added")}
    assert stopped["abilities"]["confirm_drift"] is True
    assert office.post(f"{BASE}/runs/{run['id']}/resume").json()["code"] == "drift-unconfirmed"
    confirmed = office.post(f"{BASE}/runs/{run['id']}/drift", json={"mapping": {**place.COLUMNS, "name": "name_full"}})
    assert confirmed.status_code == 200, confirmed.text
    city.workers.drain()
    assert office.get(f"{BASE}/runs/{run['id']}").json()["state"] == "landed"
    assert place.table_of(city, item).num_rows == 60


def test_new_columns_are_proposed_to_the_catalogue_when_the_change_is_confirmed(
    office: TestClient, city: app.City, tmp_path: Path
) -> None:
    bureau = place.found(city)
    item = place.register(city, bureau)
    source = connect(office, city, register(tmp_path), bureau=bureau)
    mapped(office, source, item)
    office.post(f"{BASE}/sources/{source['id']}/runs", json={})
    city.workers.drain()
    register(tmp_path, columns="uscc, name, capital, since, phone")
    run = office.post(f"{BASE}/sources/{source['id']}/runs", json={}).json()
    city.workers.drain()
    told = {"mapping": place.COLUMNS, "propose": ["phone"]}
    old = office.post(f"{BASE}/runs/{run['id']}/drift", json={**told, "propose": ["name"]})
    assert (old.status_code, old.json()["code"]) == (422, "column-not-new")
    no_editor = client_of(city, actor_with(READ, CONNECT, RUN, now=clock.now()))
    assert no_editor.get(f"{BASE}/runs/{run['id']}").json()["abilities"]["propose_fields"] is False
    assert no_editor.post(f"{BASE}/runs/{run['id']}/drift", json=told).status_code == 403
    assert office.get(f"{BASE}/runs/{run['id']}").json()["abilities"]["propose_fields"] is True
    done = office.post(f"{BASE}/runs/{run['id']}/drift", json=told)
    assert (done.status_code, done.json()["state"]) == (200, "waiting")
    with city.database.read() as session:
        held = catalogue.get_item(session, item)
        revision = session.get_one(catalogue.ItemVersion, (item, held.draft))
        assert [one["name"] for one in revision.content["fields"]] == [*place.COLUMNS, "phone"]
        assert revision.content["fields"][-1]["level"] == "general_3"
        assert source["code"] in revision.note
    city.workers.drain()
    assert office.get(f"{BASE}/runs/{run['id']}").json()["state"] == "landed"


def test_a_source_that_goes_on_over_changes_does_but_not_without_a_needed_column(
    office: TestClient, city: app.City, tmp_path: Path
) -> None:
    bureau = place.found(city)
    item = place.register(city, bureau)
    source = connect(office, city, register(tmp_path), bureau=bureau, on_drift="continue")
    mapped(office, source, item)
    states = []
    for columns in ("uscc, name, capital, since", "uscc, name, capital, phone", "uscc, capital"):
        register(tmp_path, columns=columns)
        run = office.post(f"{BASE}/sources/{source['id']}/runs", json={}).json()
        city.workers.drain()
        states.append(office.get(f"{BASE}/runs/{run['id']}").json()["state"])
    assert states == ["landed", "landed", "paused"]


CHANGES: list[tuple[str, str, Any]] = [
    ("post", "sources", {"name_zh": "甲", "department_id": "{bureau}", "kind": "upload"}),
    ("patch", "sources/{source}", {"name_zh": "乙"}),
    ("put", "sources/{source}/secrets", {"secrets": {}}),
    ("put", "sources/{source}/mapping", {"item_id": "{bureau}", "mapping": {}}),
    ("post", "sources/{source}/try", {}),
    ("post", "sources/{source}/item", {"name_zh": "甲"}),
    ("post", "sources/{source}/runs", {}),
    ("post", "sources/{source}/rest", None),
    ("post", "sources/{source}/wake", None),
    ("post", "sources/{source}/read-anew", None),
    ("delete", "sources/{source}", None),
    ("post", "runs/{bureau}/pause", None),
    ("post", "runs/{bureau}/resume", None),
    ("post", "runs/{bureau}/cancel", None),
    ("post", "runs/{bureau}/drift", {"mapping": {}}),
    ("post", "quarantine/mend", {"how": "proposed", "ids": ["{bureau}"]}),
    ("post", "quarantine/replay", {"ids": ["{bureau}"]}),
    ("post", "quarantine/discard", {"ids": ["{bureau}"], "reason": "重复"}),
]


def test_who_may_only_read_changes_nothing(office: TestClient, city: app.City, tmp_path: Path) -> None:
    source = connect(office, city, register(tmp_path))
    facts = {"source": source["id"], "bureau": source["department"]["id"]}
    reader, answers = client_of(city, actor_with(READ)), {}
    for method, path, body in CHANGES:
        filled = json.loads(json.dumps(body).replace("{bureau}", facts["bureau"]))
        given = {"json": filled} if body is not None else {}
        answers[f"{method} {path}"] = getattr(reader, method)(f"{BASE}/{path.format(**facts)}", **given).status_code
    assert answers == {f"{method} {path}": 403 for method, path, _ in CHANGES}


def test_another_department_sees_neither_source_nor_run(office: TestClient, city: app.City, tmp_path: Path) -> None:
    from zhengtong.kernel.actor import Scope
    from zhengtong.kernel.db import new_id

    source = connect(office, city, register(tmp_path))
    stranger = client_of(city, actor_with(*ALL, scope=Scope(departments=frozenset({new_id()}))))
    assert stranger.get(f"{BASE}/sources").json()["items"] == []
    assert stranger.get(f"{BASE}/sources/{source['id']}").status_code == 404
    assert stranger.post(f"{BASE}/sources/{source['id']}/runs", json={}).status_code == 404
    for path in ("sources", "runs", "quarantine", "quarantine/summary", "status"):
        assert client_of(city, actor_with()).get(f"{BASE}/{path}").status_code == 403


def test_a_resting_source_is_not_scheduled_and_a_retired_one_forgets_its_secrets(
    office: TestClient, city: app.City, tmp_path: Path
) -> None:
    bureau = place.found(city)
    item = place.register(city, bureau)
    source = connect(office, city, register(tmp_path), bureau=bureau, schedule="0 2 * * *", secrets={"password": "x"})
    mapped(office, source, item)
    at = f"{BASE}/sources/{source['id']}"
    assert office.post(f"{at}/rest").json()["next_at"] is None
    assert office.post(f"{at}/wake").json()["next_at"] is not None
    assert office.delete(at).status_code == 204
    gone = office.get(at).json()
    assert (gone["state"], gone["secret_names"], gone["next_at"]) == ("retired", [], None)
    assert office.post(f"{at}/runs", json={}).json()["code"] == "source-retired"
