"""A governed call from end to end: signed, decided, masked, receipted; and every way in which it is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select, update

from tests.sharing.gateway.place import FIRMS, NUMBER, PERSON, Place, put_rows
from zhengtong import app
from zhengtong.kernel import clock
from zhengtong.office import identity
from zhengtong.office.identity.tables.service_accounts import SystemKey
from zhengtong.office.identity.tables.sign_in import LoginSession
from zhengtong.sharing import gateway, ledger
from zhengtong.sharing.gateway.tables import Call, Quota

ROW = {"uscc": FIRMS[0], "name": "甲**", "owed_fen": "0~100000", "paid_on": "2026-03-01"}
KEY = {"key": {"uscc": FIRMS[0]}}


def entries(place: Place, kind: str) -> list[ledger.Entry]:
    with place.city.database.read() as session:
        rows = select(ledger.LedgerEntry).where(ledger.LedgerEntry.type == kind).order_by(ledger.LedgerEntry.index)
        return [ledger.Entry.of(one.entry) for one in session.scalars(rows)]


def used(place: Place) -> int:
    with place.city.database.read() as session:
        return session.scalar(select(Quota.used_total)) or 0


def test_a_call_gives_the_agreed_fields_masked_and_a_receipt(place: Place, client: TestClient) -> None:
    answer = place.call(client, "lookup", KEY)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {name: told["rows"][0][name] for name in ROW} == ROW
    assert set(told["rows"][0]) == {*ROW, "boss_id"}
    assert told["fresh"]["data_at"] == "2026-03-05T01:00:00Z"
    assert PERSON not in answer.text
    (entry,) = entries(place, "receipt@1")
    assert str(entry.id) == answer.headers["x-zhengtong-receipt"]
    salt = bytes.fromhex(answer.headers["x-zhengtong-salt"])
    assert entry.body["answer"] == ledger.sm3(salt + answer.content).hex()
    assert entry.body["rows"] == 1
    assert len(entry.body["subjects"]) == 2
    assert "owed_fen:general:100000" in entry.body["fields"]
    said = json.dumps(entry.body, ensure_ascii=False)
    assert not [value for value in (FIRMS[0], PERSON, "甲公司", "稳岗〔2026〕12号") if value in said]


def test_each_operation_answers_and_costs_what_it_asks(place: Place, client: TestClient) -> None:
    batch = place.call(client, "batch", {"key": "uscc", "values": [FIRMS[0], FIRMS[2]], "fields": ["uscc"]})
    assert [row["uscc"] for row in batch.json()["rows"]] == [FIRMS[0], FIRMS[2]]
    assert used(place) == 2
    count = place.call(client, "count", {"where": [{"field": "paid_on", "op": "ge", "value": "2026-03-02"}]})
    assert count.json()["count"] == 2
    first = place.call(client, "rows", {"limit": 2, "fields": ["uscc"]}).json()
    second = place.call(client, "rows", {"limit": 2, "fields": ["uscc"], "after": first["next"]}).json()
    assert [row["uscc"] for page in (first, second) for row in page["rows"]] == list(FIRMS)
    assert second["next"] is None
    assert used(place) == 2 + 1 + 2 + 2


def test_a_page_of_a_renewed_copy_begins_again(place: Place, client: TestClient) -> None:
    first = place.call(client, "rows", {"limit": 2}).json()
    put_rows(place, 5, version=2)
    answer = place.call(client, "rows", {"limit": 2, "after": first["next"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "copy-changed")


REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, str], str]] = {
    "a field that was not agreed": ("lookup", {**KEY, "fields": ["remark"]}, {}, "fields"),
    "a field there is not": ("lookup", {**KEY, "fields": ["secret"]}, {}, "fields"),
    "another purpose": ("lookup", KEY, {"X-Zhengtong-Purpose": "planning"}, "purpose"),
    "no purpose": ("lookup", KEY, {"X-Zhengtong-Purpose": ""}, "purpose"),
    "no case number": ("lookup", KEY, {"X-Zhengtong-Case": ""}, "case"),
    "more rows than agreed": ("rows", {"limit": 51}, {}, "rows"),
}


def test_the_contract_refuses_in_words_with_a_receipt_and_without_data(place: Place, client: TestClient) -> None:
    for case, (operation, body, headers, condition) in REFUSED.items():
        answer = place.call(client, operation, body, **headers)
        told = answer.json()
        assert (answer.status_code, told.get("condition")) == (403, condition), case
        assert "甲" not in answer.text, case
        assert "job_subsidy" not in answer.text, case
        entry = entries(place, "decision@1")[-1]
        assert (str(entry.id), entry.body["outcome"].split(",")[0]) == (told["receipt"], f"deny:{condition}"), case
    assert len(entries(place, "decision@1")) == len(REFUSED)
    assert (entries(place, "receipt@1"), used(place)) == ([], 0)


MALFORMED: dict[str, tuple[str, Any, int]] = {
    "no JSON": ("lookup", "{", 422),
    "a list": ("lookup", [], 422),
    "a strange part": ("lookup", {**KEY, "sql": "1=1"}, 422),
    "a field by injection": ("lookup", {"key": {"uscc' OR 1=1 --": "x"}}, 422),
    "a filter by injection": ("rows", {"where": [{"field": "uscc; DROP TABLE rows", "op": "eq", "value": 1}]}, 422),
    "an operator by injection": ("rows", {"where": [{"field": "uscc", "op": "= '' OR ''", "value": ""}]}, 422),
    "a nested value": ("lookup", {"key": {"uscc": {"$ne": ""}}}, 422),
    "a filter on a masked field": ("rows", {"where": [{"field": "owed_fen", "op": "gt", "value": 1}], "limit": 5}, 403),
    "a filter on a pseudonym": (
        "rows",
        {"where": [{"field": "boss_id", "op": "eq", "value": PERSON}], "limit": 5},
        403,
    ),
    "a key that is none": ("lookup", {"key": {"name": "甲公司"}}, 403),
    "too many keys": ("batch", {"key": "uscc", "values": ["x"] * 101}, 422),
    "a page without end": ("rows", {"limit": 10**9}, 422),
    "a place that is none": ("rows", {"after": "0 OR 1=1"}, 422),
}


def test_what_is_not_well_formed_gets_nothing(place: Place, client: TestClient) -> None:
    for case, (operation, body, status) in MALFORMED.items():
        data, path = (body if isinstance(body, str) else json.dumps(body)).encode(), f"{place.path}/{operation}"
        answer = client.post(path, content=data, headers=place.headers(data, path))
        assert answer.status_code == status, (case, answer.text)
        assert not [name for name in ("甲", "乙", FIRMS[1]) if name in answer.text], case
    assert (entries(place, "receipt@1"), used(place)) == ([], 0)


def test_a_value_by_injection_finds_nothing(place: Place, client: TestClient) -> None:
    answer = place.call(client, "lookup", {"key": {"uscc": "' OR '1'='1"}})
    assert (answer.status_code, answer.json()["rows"]) == (200, [])


def replayed(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    headers = place.headers(data, path)
    assert client.post(path, content=data, headers=headers).status_code == 200
    return client.post(path, content=data, headers=headers)


def altered_body(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    other = json.dumps({"key": {"uscc": FIRMS[1]}}).encode()
    return client.post(path, content=other, headers=place.headers(data, path))


def altered_path(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    return client.post(path + "?x=1", content=data, headers=place.headers(data, path))


def other_operation(place: Place, client: TestClient) -> Any:
    data = b"{}"
    return client.post(f"{place.path}/count", content=data, headers=place.headers(data, f"{place.path}/rows"))


def stale(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    return client.post(path, content=data, headers=place.headers(data, path, at=clock.now() - timedelta(minutes=6)))


def altered_nonce(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    return client.post(path, content=data, headers=place.headers(data, path, nonce="0" * 32))


def wrong_signature(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    return client.post(path, content=data, headers=place.headers(data, path, signature="0" * 64))


def unknown_session(place: Place, client: TestClient) -> Any:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    return client.post(path, content=data, headers=place.headers(data, path, session=str(place.item)))


def unsigned(place: Place, client: TestClient) -> Any:
    return client.post(f"{place.path}/lookup", json=KEY)


def _changed(place: Place, statement: Any) -> None:
    with place.city.database.write() as session:
        session.execute(statement)


def revoked_key(place: Place, client: TestClient) -> Any:
    assert place.call(client, "lookup", KEY).status_code == 200
    _changed(place, update(SystemKey).values(revoked_at=clock.now(), revoked_why="丢失"))
    return place.call(client, "lookup", KEY)


def expired_key(place: Place, client: TestClient) -> Any:
    assert place.call(client, "lookup", KEY).status_code == 200
    _changed(place, update(SystemKey).values(valid_until=clock.now()))
    return place.call(client, "lookup", KEY)


def ended_session(place: Place, client: TestClient) -> Any:
    assert place.call(client, "lookup", KEY).status_code == 200
    _changed(place, update(LoginSession).values(ended_at=clock.now()))
    return place.call(client, "lookup", KEY)


def stopped_system(place: Place, client: TestClient) -> Any:
    assert place.call(client, "lookup", KEY).status_code == 200
    _changed(place, update(identity.Subject).where(identity.Subject.id == place.system).values(active=False))
    return place.call(client, "lookup", KEY)


ATTACKS = (
    replayed,
    altered_body,
    altered_path,
    other_operation,
    stale,
    altered_nonce,
    wrong_signature,
    unknown_session,
    unsigned,
    revoked_key,
    expired_key,
    ended_session,
    stopped_system,
)


def restored(place: Place) -> None:
    """This will undo what an attack changed, so that the next one meets a caller in good standing."""
    later = clock.now() + timedelta(days=365)
    _changed(place, update(SystemKey).values(revoked_at=None, revoked_why=None, valid_until=later))
    _changed(place, update(LoginSession).values(ended_at=None))
    _changed(place, update(identity.Subject).where(identity.Subject.id == place.system).values(active=True))


def test_a_call_that_is_not_the_callers_own_gets_nothing(place: Place, client: TestClient) -> None:
    for attack in ATTACKS:
        before = len(entries(place, "receipt@1"))
        answer = attack(place, client)
        assert (answer.status_code, answer.json()["code"]) == (401, "service-sign-in-refused"), attack.__name__
        assert not [name for name in ("甲", "乙") if name in answer.text], attack.__name__
        assert len(entries(place, "receipt@1")) - before <= 1, attack.__name__
        restored(place)
    assert place.call(client, "lookup", KEY).status_code == 200
    assert used(place) == len(entries(place, "receipt@1"))


@pytest.mark.both_databases
def test_a_nonce_spent_in_another_process_is_spent_here(placed: Callable[..., Place]) -> None:
    """Where several processes serve (PostgreSQL) the nonce is spent in the committer's transaction."""
    place = placed()
    if place.city.database.is_sqlite:
        pytest.skip("one process serves")
    other = app.open_city(place.city.settings)
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    headers = place.headers(data, path)
    other_city = gateway.Gateway(
        other.database,
        other.wake,
        other.settings,
        crypto=other.engines.crypto,
        keyring=other.engines.keyring,
        serving=other.engines.serving,
    )
    with TestClient(app.create_app(place.city, work=False)) as one:
        assert one.post(path, content=data, headers=headers).status_code == 200
    with TestClient(app.create_app(other, work=False)) as two:
        answer = two.post(path, content=data, headers=headers)
    other_city.close()
    assert (answer.status_code, answer.json()["code"]) == (401, "service-sign-in-refused")


def test_a_suspended_agreement_serves_nothing_from_the_next_call_on(place: Place, client: TestClient) -> None:
    assert place.call(client, "lookup", KEY).status_code == 200
    place.end("agreement.suspended@1")
    refused = place.call(client, "lookup", KEY)
    assert (refused.status_code, refused.json()["condition"]) == (403, "status")
    place.end("agreement.resumed@1")
    assert place.call(client, "lookup", KEY).status_code == 200
    place.end("agreement.ended@1")
    assert place.call(client, "lookup", KEY).status_code == 403


def test_an_agreement_that_is_unknown_refuses_with_a_record(place: Place, client: TestClient) -> None:
    data, path = json.dumps(KEY).encode(), place.path.replace(NUMBER, "XY-1999-0001") + "/lookup"
    answer = client.post(path, content=data, headers=place.headers(data, path))
    assert (answer.status_code, answer.json()["condition"]) == (403, "unknown")
    assert len(entries(place, "decision@1")) == 1


def test_an_item_whose_copy_is_not_made_yet_is_told_so_and_not_that_its_key_may_not_be_asked(
    place: Place, client: TestClient
) -> None:
    with place.city.database.write() as session:
        session.execute(delete(gateway.ServingCopy))
    answer = place.call(client, "lookup", KEY)
    assert (answer.status_code, answer.json()["code"]) == (503, "copy-absent")


def test_the_agreed_rows_alone_are_served(placed: Callable[..., Place]) -> None:
    from zhengtong.sharing.agreements.rules import RowRule

    place = placed(rows=(RowRule("uscc", "prefix", "9135"),))
    with TestClient(app.create_app(place.city, work=False)) as client:
        assert place.call(client, "lookup", KEY).json()["rows"] == []
        assert [one["uscc"] for one in place.call(client, "rows", {"limit": 9}).json()["rows"]] == [FIRMS[2]]
        assert place.call(client, "count", {}).json()["count"] == 1


def test_quota_rate_and_reason_are_told(placed: Callable[..., Place]) -> None:
    place = placed(daily_quota=2, rate_per_second=3)
    with TestClient(app.create_app(place.city, work=False)) as client:
        statuses = [place.call(client, "lookup", KEY) for _ in range(4)]
    assert [one.status_code for one in statuses] == [200, 200, 403, 403]
    assert statuses[2].json()["condition"] == "daily_quota"
    assert used(place) == 2


def test_the_rate_is_exact_within_a_second(placed: Callable[..., Place]) -> None:
    place = placed(rate_per_second=3)
    with TestClient(app.create_app(place.city, work=False)) as client:
        answers = [place.call(client, "lookup", KEY) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert (used(place), answers[3].headers["retry-after"]) == (3, "1")


def test_every_call_is_recorded_without_a_value_and_can_be_decided_again(place: Place, client: TestClient) -> None:
    place.call(client, "lookup", KEY)
    place.call(client, "lookup", {**KEY, "fields": ["remark"]})
    with place.city.database.read() as session:
        calls = list(session.scalars(select(Call).order_by(Call.number)))
        assert [(one.status, one.code, one.rows, one.about) for one in calls] == [
            (200, "", 1, 2),
            (403, "fields", 0, 0),
        ]
        assert (calls[0].case_number, calls[0].purpose) == ("稳岗〔2026〕12号", "job_subsidy")
        kept = " ".join(str(vars(one)) for one in calls)
        assert not [value for value in (FIRMS[0], PERSON, "甲公司") if value in kept]
        engines = place.city.engines
        again = list(gateway.recheck(session, engines.keyring, engines.crypto))
    assert [one.verdict for one in again] == ["same", "same"]


def test_recheck_names_what_was_altered_or_taken_away(place: Place, client: TestClient) -> None:
    for _ in range(3):
        place.call(client, "lookup", KEY)
    with place.city.database.write() as session:
        first, second, _ = session.scalars(select(Call).order_by(Call.number))
        second.inputs = first.inputs
        first.inputs = None
    with place.city.database.read() as session:
        engines = place.city.engines
        again = list(gateway.recheck(session, engines.keyring, engines.crypto))
    assert [one.verdict for one in again] == ["shredded", "altered", "same"]


def test_no_value_reaches_logs_errors_or_metrics(
    place: Place, client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    place.call(client, "lookup", KEY)
    problems = [
        place.call(client, "lookup", {"key": {"uscc": FIRMS[1]}, "fields": ["remark"]}).text,
        place.call(client, "rows", {"where": [{"field": "boss_id", "op": "eq", "value": PERSON}], "limit": 5}).text,
        place.call(client, "lookup", {"key": {"paid_on": PERSON}}).text,
    ]
    told = capsys.readouterr()
    seen = "\n".join([told.out, told.err, client.get("/metrics").text, *problems])
    assert "zhengtong_share_calls_total" in seen
    assert not [value for value in (FIRMS[0], FIRMS[1], PERSON, "甲公司") if value in seen]


def test_the_signed_root_of_the_group_covers_the_receipt(place: Place, client: TestClient) -> None:
    place.call(client, "lookup", KEY)
    from zhengtong.sharing.gateway.tables import SignedGroup

    with place.city.database.read() as session:
        signed = session.scalars(select(SignedGroup)).one()
        index = session.scalar(select(func.max(Call.index)))
        assert index is not None
        proof = ledger.prove(session, index, size=signed.size)
        assert proof.root(ledger.sm3) == ledger.root_at(session, signed.size)
    assert str(signed.size) in signed.note
