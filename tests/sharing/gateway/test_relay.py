"""Relay: the provider's own interface, asked only where the contract lets it be; its answer fitted, masked, receipted."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.sharing.gateway.place import FIRMS, PERSON, Place, plant
from zhengtong import app
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements.rules.terms import RowRule
from zhengtong.sharing.gateway.actions.relay import Relays
from zhengtong.sharing.gateway.rules import relaying
from zhengtong.sharing.gateway.rules.columns import Field, Kind
from zhengtong.sharing.gateway.rules.relaying import AnswerUnfit, Breaker
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.settings import Interface
from zhengtong.sharing.gateway.tables import Call

ROW = {"uscc": FIRMS[0], "qymc": "甲公司", "owed_fen": 1200, "paid_on": "2026-03-01", "boss_id": PERSON, "vault": "秘"}


class Provider(ThreadingHTTPServer):
    """The tax bureau's own interface. `answers`: what it says next, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, Any]] = [(200, {"data": [ROW]})]
        self.asked: list[dict[str, Any]] = []

    def next(self) -> tuple[int, Any]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.server.asked.append({"query": parse_qs(url.query), "key": self.headers.get("X-Key")})
        status, body = self.server.next()
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", str(body))
        data = b"" if status in (301, 302) else json.dumps(body).encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def relayed(
    tmp_path_factory: pytest.TempPathFactory, provider: Provider, sqlite_template: Any
) -> Iterator[tuple[Place, TestClient]]:
    import shutil

    folder = tmp_path_factory.mktemp("relay")
    shutil.copy(sqlite_template, folder / "zhengtong.sqlite")
    given = {
        "kernel": {"database": f"sqlite:///{folder / 'zhengtong.sqlite'}", "data": folder / "data"},
        "crypto": {"root_key": folder / "keys" / "root.key"},
    }
    city = app.open_city(app.load_settings(file=folder / "none.toml", given=given, environment={}))
    rows = (RowRule("owed_fen", "gt", 100),)
    place = plant(city, ways=("api", "relay"), rows=rows)
    with TestClient(app.create_app(city, work=False), raise_server_exceptions=False) as client:
        yield place, client


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """The interface as it is registered, and nothing known against it."""
    if "relayed" not in request.fixturenames:
        return
    place, _ = request.getfixturevalue("relayed")
    server: Provider = request.getfixturevalue("provider")
    server.answers, server.asked = [(200, {"data": [ROW]})], []
    register(place, server)


def register(place: Place, server: Provider, networks: tuple[str, ...] = ("127.0.0.0/8",), **changed: Any) -> None:
    told = {
        "item": place.code, "url": f"http://localhost:{server.server_port}/firms", "names": {"name": "qymc"},
        "rows_at": "data", "header": "X-Key", "secret": "hush", "timeout_s": 5,
    }  # fmt: skip
    chosen = GatewaySettings(relays=(Interface(**{**told, **changed}),), networks=networks)
    place.city.gateway.relays = Relays(place.city.database, chosen)


def ask(relayed: tuple[Place, TestClient], body: Any = None, **headers: str) -> Any:
    place, client = relayed
    return place.call(client, "relay", body or {"question": {"uscc": FIRMS[0]}}, **headers)


def receipts(place: Place) -> list[ledger.Entry]:
    with place.city.database.read() as session:
        rows = select(ledger.LedgerEntry).where(ledger.LedgerEntry.type == "receipt@1")
        return [ledger.Entry.of(one.entry) for one in session.scalars(rows)]


def test_a_relayed_answer_is_fitted_masked_and_receipted(relayed: tuple[Place, TestClient], provider: Provider) -> None:
    answer = ask(relayed)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    assert (row["uscc"], row["name"], row["owed_fen"]) == (FIRMS[0], "甲**", "0~100000")
    assert set(row) == {"uscc", "name", "owed_fen", "paid_on", "boss_id"}
    assert PERSON not in answer.text
    assert provider.asked == [{"query": {"uscc": [FIRMS[0]]}, "key": "hush"}]
    (entry,) = [one for one in receipts(relayed[0]) if str(one.id) == answer.headers["x-zhengtong-receipt"]]
    salt = bytes.fromhex(answer.headers["x-zhengtong-salt"])
    assert entry.body["answer"] == ledger.sm3(salt + answer.content).hex()
    assert (entry.body["operation"], entry.body["rows"], len(entry.body["subjects"])) == ("relay", 1, 2)
    with relayed[0].city.database.read() as session:
        call = session.scalars(select(Call).where(Call.receipt_id == entry.id)).one()
    assert call.request_out
    assert call.response_in
    assert call.request_in <= call.request_out <= call.response_in <= call.response_out


def test_rows_outside_the_agreement_do_not_pass(relayed: tuple[Place, TestClient], provider: Provider) -> None:
    provider.answers = [(200, {"data": [{**ROW, "owed_fen": 100}, {**ROW, "owed_fen": None}]})]
    assert ask(relayed).json()["rows"] == []


def test_what_the_contract_refuses_is_never_asked_of_the_provider(
    relayed: tuple[Place, TestClient], provider: Provider
) -> None:
    refused = [
        ask(relayed, **{"X-Zhengtong-Purpose": "planning"}),
        ask(relayed, {"question": {"uscc": FIRMS[0]}, "fields": ["remark"]}),
    ]
    assert {one.status_code for one in refused} == {403}
    assert all(one.json()["receipt"] for one in refused)
    assert provider.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {"question": {}},
        {"question": "x"},
        {"question": {"name": "甲公司"}},
        {"question": {"uscc": [1]}},
        {"key": {"uscc": "x"}},
    ],
)
def test_a_question_of_a_wrong_form_is_told(relayed: tuple[Place, TestClient], provider: Provider, body: Any) -> None:
    answer = ask(relayed, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "call-malformed")
    assert provider.asked == []


WRONG: dict[str, tuple[list[tuple[int, Any]], str]] = {
    "an error": ([(500, {})], "provider-away"),
    "a redirect": ([(302, "http://169.254.169.254/latest")], "provider-away"),
    "no rows where they should be": ([(200, {"rows": []})], "provider-answered-wrong"),
    "a row that is none": ([(200, {"data": [1]})], "provider-answered-wrong"),
    "a number that is none": ([(200, {"data": [{**ROW, "owed_fen": "many"}]})], "provider-answered-wrong"),
    "a day that is none": ([(200, {"data": [{**ROW, "paid_on": "yesterday"}]})], "provider-answered-wrong"),
    "more rows than agreed": ([(200, {"data": [ROW] * 51})], "provider-answered-wrong"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_answer_that_does_not_fit_is_not_passed_on(
    relayed: tuple[Place, TestClient], provider: Provider, what: str
) -> None:
    provider.answers, code = WRONG[what]
    before = len(receipts(relayed[0]))
    answer = ask(relayed)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert PERSON not in answer.text
    assert len(receipts(relayed[0])) == before


def test_a_busy_provider_is_asked_again_and_one_that_fails_rests(
    relayed: tuple[Place, TestClient], provider: Provider
) -> None:
    provider.answers = [(503, {}), (200, {"data": [ROW]})]
    assert ask(relayed).status_code == 200
    provider.answers, provider.asked = [(500, {})], []
    codes = [ask(relayed).json()["code"] for _ in range(7)]
    assert codes == ["provider-away"] * 5 + ["provider-resting"] * 2
    assert len(provider.asked) == 5


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8",)])
def test_an_address_that_is_not_listed_is_never_called(
    relayed: tuple[Place, TestClient], provider: Provider, networks: tuple[str, ...]
) -> None:
    register(relayed[0], provider, networks)
    answer = ask(relayed)
    assert (answer.status_code, answer.json()["code"]) == (403, "address-not-allowed")
    assert provider.asked == []


def test_an_item_without_an_interface_is_told(relayed: tuple[Place, TestClient], provider: Provider) -> None:
    register(relayed[0], provider, item="SJ-0")
    answer = ask(relayed)
    assert (answer.status_code, answer.json()["code"]) == (404, "relay-unknown")


def test_a_relayed_call_is_signed_like_any_other(relayed: tuple[Place, TestClient], provider: Provider) -> None:
    place, client = relayed
    data = json.dumps({"question": {"uscc": FIRMS[0]}}).encode()
    headers = place.headers(data, f"{place.path}/relay")
    assert client.post(f"{place.path}/relay", content=data, headers=headers).status_code == 200
    assert client.post(f"{place.path}/relay", content=data, headers=headers).status_code == 401
    altered = place.headers(data, f"{place.path}/relay")
    assert client.post(f"{place.path}/relay", content=data + b" ", headers=altered).status_code == 401
    assert len(provider.asked) == 1


@given(st.lists(st.booleans(), max_size=40))
def test_a_breaker_rests_after_five_failures_in_a_row_and_never_past_ten_minutes(turns: list[bool]) -> None:
    breaker, at, row = Breaker(), 0.0, 0
    for well in turns:
        at += breaker.rests(at)
        breaker = breaker.went_well() if well else breaker.failed(at)
        row = 0 if well else row + 1
        assert (breaker.rests(at) > 0) == (row >= 5)
        assert breaker.rests(at) <= 600


FIELD = {kind: Field("f", "f", kind, "general_1", scale=2) for kind in Kind}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Kind.TEXT, [("x", "x"), (5, "5")], [True, [], {}]),
        (Kind.INTEGER, [(5, 5), ("5", 5), ("5.0", 5)], ["5.5", True, "x", 2**63]),
        (Kind.DECIMAL, [("5", "5.00"), (5, "5.00")], ["5.001", "NaN", True, "x"]),
        (Kind.DAY, [("2026-03-05T01:00:00", "2026-03-05")], ["x", 5]),
        (Kind.MOMENT, [("2026-03-05T01:00:00+08:00", "2026-03-05T01:00:00+08:00")], ["2026-03-05T01:00:00", "x"]),
        (Kind.TRUTH, [(True, True), (0, False)], ["yes", 2]),
    ],
)
def test_values_fit_their_kind_or_are_told_without_being_shown(
    kind: Kind, good: list[tuple[Any, Any]], bad: list[Any]
) -> None:
    for value, wanted in [*good, (None, None)]:
        assert relaying.fitted_rows([{"f": value}], [FIELD[kind]], {}) == [[wanted]]
    for value in bad:
        with pytest.raises(AnswerUnfit) as told:
            relaying.fitted_rows([{"f": value}], [FIELD[kind]], {})
        assert kind is Kind.INTEGER or str(value) not in told.value.why.en.replace("row 1", "")
