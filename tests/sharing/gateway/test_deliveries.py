"""Exchanges and files under a contract: arranged by the receiver, receipted before they leave, refused as a call would be."""

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from tests.conftest import actor_with
from tests.sharing.gateway.place import FIRMS, NAMES, NUMBER, PERSON, Place
from zhengtong import app
from zhengtong.data import catalogue
from zhengtong.engines.crypto import PrivateKey
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor, Scope
from zhengtong.kernel.db import new_id
from zhengtong.office.identity.tables.service_accounts import SystemKey
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway import permissions
from zhengtong.sharing.gateway.actions.exchange.governing import Governed
from zhengtong.sharing.gateway.tables import Call, Exchange, ExchangeStep, SentFile
from zhengtong_client import FileBroken, open_file
from zhengtong_client import PrivateKey as ClientKey

WAYS = {"ways": ("api", "table", "file"), "max_rows": 2000, "daily_quota": 100_000}
COUNT = 450
TOPIC = "tax.firms"


def land(place: Place, numbers: list[int], batch: str, **changed: Any) -> None:
    """Rows in the lake, as intake lands them."""
    lake = place.city.engines.lake
    with place.city.database.read() as session:
        schema = catalogue.arrow_schema(catalogue.fields_of(session, place.item))
        table = catalogue.get_item(session, place.item).table
    if not lake.exists(table):
        lake.create(table, schema)
    rows = [
        {
            "uscc": FIRMS[number] if number < 3 else f"9135{number:014d}", "name": NAMES[number] if number < 3 else f"第{number}公司",
            "owed_fen": 150_000 * number, "paid_on": date(2026, 3, 1), "boss_id": PERSON if number == 0 else None,
            "remark": "内部", "_batch_id": batch, "_row": number, **changed,
        }
        for number in numbers
    ]  # fmt: skip
    lake.append(table, pa.Table.from_pylist(rows, schema))


@pytest.fixture
def given(placed: Callable[..., Place]) -> Place:
    place = placed(**WAYS)
    land(place, list(range(COUNT)), "b1")
    return place


def officer(place: Place, *more: Any) -> Actor:
    """Who arranges deliveries of the receiving bureau."""
    held = (permissions.READ_DELIVERIES, permissions.CHANGE_DELIVERIES, permissions.TRACE_LEAK, *more)
    scope = Scope(departments=frozenset({place.labour}))
    return actor_with(*held, scope=scope, department=place.labour, now=clock.now())


@pytest.fixture
def client(given: Place) -> Callable[..., TestClient]:
    from dataclasses import replace

    def make(actor: Actor | None) -> TestClient:
        site = replace(given.city.site, sign_in=lambda session, request, now: actor)
        made = app.create_app(replace(given.city, site=site), work=False)
        made.state.site = site
        return TestClient(made, raise_server_exceptions=False)

    return make


def basis(place: Place, **more: Any) -> dict[str, Any]:
    told = {"agreement": NUMBER, "item": place.code, "system_id": str(place.system), "purpose": "job_subsidy"}
    return {**told, "case_number": "稳岗〔2026〕12号", **more}


def receipts(place: Place) -> list[ledger.Entry]:
    with place.city.database.read() as session:
        rows = (
            select(ledger.LedgerEntry).where(ledger.LedgerEntry.type == "receipt@1").order_by(ledger.LedgerEntry.index)
        )
        return [ledger.Entry.of(one.entry) for one in session.scalars(rows)]


def messages(place: Place) -> dict[str, Any]:
    """What stands in the topic, the last message of each row."""
    broker, found = place.city.engines.broker, {}
    for partition, ends in broker.ends(TOPIC).items():
        for one in broker.read(partition, ends.first, 10_000):
            if one.key:
                found[one.key.decode()] = json.loads(one.value) if one.value else None
    return {name: row for name, row in found.items() if row is not None}


def add(place: Place, http: TestClient, **more: Any) -> dict[str, Any]:
    answer = http.post("/api/v1/exchanges", json=basis(place, into="topic", target=TOPIC, **more))
    assert answer.status_code == 201, answer.text
    place.city.workers.drain()
    told: dict[str, Any] = http.get(f"/api/v1/exchanges/{answer.json()['id']}").json()
    return told


def test_an_exchange_brings_what_is_agreed_once_with_receipts_for_every_row(
    given: Place, client: Callable[..., TestClient]
) -> None:
    http = client(officer(given))
    told = add(given, http)
    assert (told["state"], told["trouble"], told["rows_put"]) == ("active", None, COUNT)
    rows = messages(given)
    assert len(rows) == COUNT
    assert all(set(row) == {"uscc", "name", "owed_fen", "paid_on", "boss_id"} for row in rows.values())
    first = next(row for row in rows.values() if row["uscc"] == FIRMS[0])
    assert (first["name"], first["owed_fen"]) == ("甲**", "0~100000")
    assert PERSON not in json.dumps(rows)
    made = receipts(given)
    assert sum(one.body["rows"] for one in made) == COUNT
    assert sum(len(one.body["subjects"]) for one in made) == COUNT + 1
    assert {one.body["operation"] for one in made} == {"table"}

    with given.city.database.write() as session:  # as if killed after the receipts, before they were noted
        session.execute(delete(ExchangeStep))
        exchange = session.scalars(select(Exchange)).one()
        exchange.lake_version, exchange.upto, exchange.chunk = -1, -1, 0
    again(given, http, told["id"])
    assert len(receipts(given)) == len(made)
    assert len(messages(given)) == COUNT

    land(given, [900, 901], "b2")
    assert again(given, http, told["id"])["lake_version"] == 2
    assert len(messages(given)) == COUNT + 2
    assert sum(one.body["rows"] for one in receipts(given)) == COUNT + 2
    _others_neither_see_nor_arrange(given, client, told["id"])
    assert http.delete(f"/api/v1/exchanges/{told['id']}").status_code == 204
    land(given, [902], "b3")
    given.city.workers.drain()
    assert len(messages(given)) == COUNT + 2


def again(place: Place, http: TestClient, exchange_id: str) -> dict[str, Any]:
    assert http.post(f"/api/v1/exchanges/{exchange_id}/run").status_code == 204
    place.city.workers.drain()
    told: dict[str, Any] = http.get(f"/api/v1/exchanges/{exchange_id}").json()
    return told


def _others_neither_see_nor_arrange(place: Place, client: Callable[..., TestClient], exchange_id: str) -> None:
    held = (permissions.READ_DELIVERIES, permissions.CHANGE_DELIVERIES)
    stranger = client(actor_with(*held, scope=Scope(departments=frozenset({new_id()}))))
    assert stranger.get("/api/v1/exchanges").json()["items"] == []
    assert stranger.post("/api/v1/exchanges", json=basis(place, into="topic", target="x")).status_code == 404
    assert stranger.get(f"/api/v1/exchanges/{exchange_id}/steps").status_code == 404
    acts = ("/run", "/reconcile", "/confirm", "/pause", "/resume")
    for method, path in (("DELETE", ""), *(("POST", act) for act in acts)):
        assert stranger.request(method, f"/api/v1/exchanges/{exchange_id}{path}").status_code == 404
    provider = client(actor_with(*held, scope=Scope(departments=frozenset({place.tax}))))
    assert len(provider.get("/api/v1/exchanges").json()["items"]) == 1
    assert provider.delete(f"/api/v1/exchanges/{exchange_id}").status_code == 404
    nobody = client(actor_with())
    assert {nobody.get(f"/api/v1/{one}").status_code for one in ("exchanges", "sent-files")} == {403}


def test_a_paused_exchange_rests_where_it_is_and_goes_on_from_there(
    given: Place, client: Callable[..., TestClient]
) -> None:
    http = client(officer(given))
    told = add(given, http)
    assert (told["consumer"]["name_zh"], told["system"]) == ("人力资源和社会保障局", "稳岗补贴系统")
    assert told["purpose_words"]["zh"] != "job_subsidy"
    assert (told["progress"]["going"], told["abilities"]["pause"], told["abilities"]["resume"]) == (False, True, False)
    path = f"/api/v1/exchanges/{told['id']}"
    steps = http.get(f"{path}/steps?limit=1").json()
    assert steps["total"] > 1
    assert steps["items"][0]["receipt_id"] in {str(one.id) for one in receipts(given)}
    assert sum(one["rows_put"] for one in http.get(f"{path}/steps").json()["items"]) == COUNT

    assert http.post(f"{path}/pause").status_code == 204
    assert http.post(f"{path}/pause").status_code == 409
    land(given, [900], "b2")
    assert again(given, http, told["id"])["state"] == "paused"
    assert len(messages(given)) == COUNT
    assert http.get("/api/v1/exchanges?state=paused").json()["total"] == 1
    assert http.post(f"{path}/resume").status_code == 204
    given.city.workers.drain()
    assert len(messages(given)) == COUNT + 1
    assert http.post(f"{path}/resume").status_code == 409


def test_an_exchange_paused_on_its_way_stops_after_its_step(given: Place, client: Callable[..., TestClient]) -> None:
    http = client(officer(given))
    answer = http.post("/api/v1/exchanges", json=basis(given, into="topic", target=TOPIC)).json()
    governed, asked_of = Governed.__call__, []

    def pausing(self: Governed, *told: Any) -> None:
        governed(self, *told)
        if not asked_of:
            asked_of.append(http.post(f"/api/v1/exchanges/{answer['id']}/pause").status_code)

    Governed.__call__ = pausing  # type: ignore[method-assign] - the pause comes while a step is under way
    try:
        given.city.workers.drain()
    finally:
        Governed.__call__ = governed  # type: ignore[method-assign]
    told = http.get(f"/api/v1/exchanges/{answer['id']}").json()
    assert (asked_of, told["state"], told["progress"]["rows"]) == ([204], "paused", 400)
    assert len(messages(given)) == 400
    assert http.post(f"/api/v1/exchanges/{answer['id']}/resume").status_code == 204
    given.city.workers.drain()
    assert len(messages(given)) == COUNT


def test_what_the_contract_refuses_is_not_brought_and_its_words_are_told(
    given: Place, client: Callable[..., TestClient]
) -> None:
    http = client(officer(given))
    told = add(given, http, purpose="planning")
    assert (told["rows_put"], receipts(given)) == (0, [])
    assert "purpose" in told["trouble"]["en"].lower()
    given.end()
    told = add(given, http)
    assert (told["rows_put"], receipts(given)) == (0, [])
    assert told["trouble"]["zh"]
    given.end("agreement.resumed@1")
    assert again(given, http, told["id"])["trouble"] is None
    assert len(messages(given)) == COUNT
    for what, (said, code) in ARRANGED_WRONG.items():
        answer = http.post("/api/v1/exchanges", json=basis(given, **said))
        assert (what, answer.status_code >= 400, answer.json()["code"]) == (what, True, code)
        assert "hush" not in answer.text


ARRANGED_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such agreement": ({"agreement": "XY-0000-0000", "into": "topic", "target": TOPIC}, "agreement-not-yours"),
    "no such item": ({"item": "SJ-0", "into": "topic", "target": TOPIC}, "item-not-served"),
    "a topic of a wrong name": ({"into": "topic", "target": "a b"}, "topic-name"),
    "a table of a wrong name": ({"target": 'x"; drop', "url": "postgresql://u:p@127.0.0.1/x"}, "target-wrong"),
    "no database": ({"target": "t", "url": "sqlite:////etc/passwd"}, "target-wrong"),
    "an address that is not listed": ({"target": "t", "url": "postgresql://u:hush@127.0.0.1/x"}, "address-not-allowed"),
}


def key_of(place: Place) -> PrivateKey:
    """A key of the receiving system that the test holds."""
    now, crypto = clock.now(), place.city.engines.crypto
    key = crypto.new_key()
    row = SystemKey(
        id=new_id(), system_id=place.system, public_key=key.public.to_hex(), fingerprint=crypto.sm3(key.public.point).hex(),
        added_at=now, valid_from=now, valid_until=now.replace(year=now.year + 1),
    )  # fmt: skip
    with place.city.database.write() as session:
        for old in session.scalars(select(SystemKey)):
            old.valid_until = now
        session.add(row)
    return key


def asked(place: Place, http: TestClient, **more: Any) -> dict[str, Any]:
    answer = http.post("/api/v1/sent-files", json=basis(place, **more))
    assert answer.status_code == 201, answer.text
    place.city.workers.drain()
    told: dict[str, Any] = http.get(f"/api/v1/sent-files/{answer.json()['id']}").json()
    return told


def test_files_open_with_their_recipients_key_alone_and_a_leak_is_traced(
    given: Place, client: Callable[..., TestClient]
) -> None:
    key, http = key_of(given), client(officer(given))
    own = ClientKey.from_pem(key.to_pem())
    decoys = [{"uscc": f"ZZ{number:016d}", "name": f"饵{number}"} for number in range(60)]
    files = [asked(given, http, format=form) for form in ("csv", "xlsx", "parquet")]
    files.append(asked(given, http, decoys=decoys))
    lines = []
    for told in files:
        assert (told["state"], told["rows"], told["trouble"]) == ("ready", COUNT, None)
        sealed = http.post(f"/api/v1/sent-files/{told['id']}/content").content
        assert given.city.engines.crypto.sm3(sealed).hex() == told["digest"]
        header, data = open_file(sealed, own)
        assert (header["item"], header["rows"], header["content"]) == (given.code, COUNT, told["format"])
        rows = read(given, data, told["format"])
        assert set(rows[0]) == {"uscc", "name", "owed_fen", "paid_on", "boss_id"}
        assert next(row["name"] for row in rows if row["uscc"] == FIRMS[0]) == "甲**"
        assert set(header["receipts"]) <= {str(one.id) for one in receipts(given)}
        for touched in (sealed[:-1], sealed[:-9] + bytes([sealed[-9] ^ 1]) + sealed[-8:], b"no" + sealed):
            with pytest.raises(FileBroken):
                open_file(touched, own)
        lines.append([",".join(str(row[name]) for name in ("uscc", "name")) for row in rows])
    assert sum(one.body["rows"] for one in receipts(given)) == COUNT * len(files)

    def traced(leaked: list[str]) -> list[str]:
        content = "\n".join(["uscc,name", *leaked]).encode()
        found = http.post(
            "/api/v1/leaks/trace", data={"item": given.code}, files={"file": ("found.csv", content)}
        ).json()
        assert found["compared"] == len(files)
        return [one["file"]["id"] for one in found["suspects"] if one["sure"]]

    for place in range(3):
        assert traced([*lines[place][200:260], *lines[place][20:80:2]]) == [files[place]["id"]]
    assert traced(sorted(lines[0])) == []
    assert traced(sorted(lines[3])) == [files[3]["id"]]
    untold = client(actor_with(permissions.READ_DELIVERIES))
    refused = untold.post("/api/v1/leaks/trace", data={"item": given.code}, files={"file": ("x.csv", b"a\n1")})
    assert refused.status_code == 403
    unknown = http.post("/api/v1/leaks/trace", data={"item": "SJ-0"}, files={"file": ("x.csv", b"a\n1")})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "item-not-filed")


def read(place: Place, data: bytes, form: str) -> list[dict[str, str]]:
    if form == "parquet":
        from pyarrow import parquet

        return [dict(row) for row in parquet.read_table(BytesIO(data)).to_pylist()]
    return place.city.engines.files.read_table(data, name=f"x.{form}").dicts()


def test_a_file_that_may_not_be_made_says_why(given: Place, client: Callable[..., TestClient]) -> None:
    http = client(officer(given))
    with given.city.database.write() as session:
        for key in session.scalars(select(SystemKey)):
            key.valid_until = clock.now()
    told = asked(given, http)
    assert (told["state"], "SM2" in told["trouble"]["zh"]) == ("failed", True)
    key_of(given)
    given.end()
    told = asked(given, http)
    assert told["state"] == "failed"
    assert receipts(given) == []
    assert http.post(f"/api/v1/sent-files/{told['id']}/content").status_code == 409
    with given.city.database.read() as session:
        assert not list(session.scalars(select(Call).where(Call.code == "")))
        assert all(PERSON not in str(one.trouble) for one in session.scalars(select(SentFile)))
