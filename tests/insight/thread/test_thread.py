"""One line from a bureau's record to the person who sees its use: entered by any end, each step by the right of its own room."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW, actor_with
from tests.insight.thread.conftest import opened
from tests.insight.thread.place import PERSON, Place, look_up, plant
from tests.sharing.gateway.place import FIRMS, NUMBER
from zhengtong.data import catalogue, intake, quality
from zhengtong.insight import thread
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.sharing import agreements, gateway

STEPS = ["source", "batch", "rules", "item", "agreement", "decision", "call", "view"]
PROVEN = ["batch", "item", "agreement", "decision", "call"]
Ask = Callable[..., Any]


def shown(told: Any) -> dict[str, str]:
    return {one["step"]: one["shown"] for one in told["steps"]}


def of(told: Any, step: str) -> Any:
    return next(one for one in told["steps"] if one["step"] == step)


def facts(step: Any) -> dict[str, str]:
    return {one["en"]: one["value"]["en"] for one in step["facts"]}


@pytest.mark.parametrize("kind", ["batch", "item", "agreement", "receipt"])
def test_by_any_end_the_whole_thread_is_there_and_proven(place: Place, ask: Ask, kind: str) -> None:
    told = ask(place.auditor(), f"{kind}/{place.end_of(kind)}").json()
    assert [one["step"] for one in told["steps"]] == STEPS
    assert set(shown(told).values()) == {"open"}
    proofs = {one["step"]: one["proof"]["state"] for one in told["steps"] if one["proof"]}
    assert proofs == dict.fromkeys(PROVEN, "proven")
    assert (told["proven"], told["provable"]) == (5, 5)
    assert told["checkpoint"]["size"] > max(one["proof"]["index"] for one in told["steps"] if one["proof"])
    assert not [value for value in (PERSON, *FIRMS, "甲公司") if value in str(told)]


def test_a_receipt_leads_back_to_the_very_batch_and_version_it_was_answered_from(place: Place, ask: Ask) -> None:
    told = ask(place.auditor(), f"receipt/{place.receipt}").json()
    assert of(told, "batch")["id"] == str(place.batch)
    assert facts(of(told, "batch"))["Quarantined"] == "1"
    assert facts(of(told, "call"))["From the lake's version"] == facts(of(told, "batch"))["Version in the lake"]
    assert of(told, "item")["said"]["en"] == "Version 1"
    assert [one["link"] for one in told["steps"]][3:5] == [
        f"/catalogue/{place.item}",
        f"/sharing/agreements/{place.agreement}",
    ]


@pytest.mark.parametrize(("field", "mask"), [("owed_fen", "generalised"), ("name", "in part"), ("remark", None)])
def test_a_field_is_followed_from_its_column_to_how_it_is_given(
    place: Place, ask: Ask, field: str, mask: str | None
) -> None:
    told = ask(place.auditor(), f"item/{place.item}", field=field).json()
    assert facts(of(told, "source"))["This field comes from"] == field
    given = facts(of(told, "agreement")).get("How this field is given")
    assert given == mask
    assert (of(told, "agreement")["shown"] == "absent") is (mask is None)


def test_people_know_things_by_their_numbers(place: Place, ask: Ask) -> None:
    auditor = place.auditor()
    assert ask(auditor, f"agreement/{NUMBER.lower()}").json()["id"] == str(place.agreement)
    assert ask(auditor, f"item/{place.caller.code}").json()["id"] == str(place.item)
    found = {one["kind"]: one["id"] for q in (NUMBER, place.caller.code) for one in ask(auditor, "", q=q).json()}
    assert found == {"agreement": str(place.agreement), "item": str(place.item)}
    assert [one["kind"] for one in ask(auditor, "", q=str(place.receipt)).json()] == ["receipt"]
    assert [one["kind"] for one in ask(place.resident(), "", q=str(place.receipt)).json()] == ["use"]
    assert ask(auditor, "", q="没有这样的东西").json() == []


def consumer(place: Place) -> Actor:
    return place.officer(place.caller.labour)


def provider(place: Place) -> Actor:
    return place.officer(place.caller.tax)


def reader(place: Place) -> Actor:
    return actor_with(catalogue.READ)


SEEN: list[tuple[str, Callable[[Place], Actor], str, set[str]]] = [
    ("the provider sees all of it", provider, "receipt", set()),
    ("the consumer does not see the provider's source", consumer, "receipt", {"source", "batch"}),
    ("who reads the catalogue alone", reader, "item", {"source", "batch", "rules", "agreement", "decision", "call", "view"}),
]  # fmt: skip


@pytest.mark.parametrize(("who", "kind", "closed"), [one[1:] for one in SEEN], ids=[one[0] for one in SEEN])
def test_a_step_of_another_room_is_closed_with_its_reason_and_nothing_else(
    place: Place, ask: Ask, who: Callable[[Place], Actor], kind: str, closed: set[str]
) -> None:
    told = ask(who(place), f"{kind}/{place.end_of(kind)}").json()
    hidden = {step for step, how in shown(told).items() if how != "open"}
    assert hidden == closed
    for step in closed:
        one = of(told, step)
        assert one["reason"]["zh"]
        assert not [value for name, value in one.items() if name not in ("step", "label", "shown", "reason") and value]


def test_who_sees_neither_end_finds_nothing(place: Place, ask: Ask) -> None:
    nobody = actor_with(catalogue.READ)
    for kind in ("batch", "agreement", "receipt", "use"):
        assert ask(nobody, f"{kind}/{place.end_of(kind)}").status_code == 404
    stranger = place.officer(place.person, intake.READ, agreements.READ, gateway.READ)
    assert ask(stranger, f"receipt/{place.receipt}").status_code == 404
    assert ask(None, f"item/{place.item}").status_code == 401
    assert ask(place.auditor(), "elephant/1").status_code == 422
    assert ask(place.auditor(), f"item/{place.item}", version=9).status_code == 404
    assert ask(place.auditor(), f"item/{place.item}", field="no_such").status_code == 404


def test_the_person_sees_their_use_in_plain_words_and_the_departments_work_closed(place: Place, ask: Ask) -> None:
    told = ask(place.resident(), f"use/{place.receipt}").json()
    assert [shown(told)[step] for step in STEPS] == ["closed"] * 3 + ["named"] * 2 + ["open"] * 3
    assert of(told, "view")["said"]["zh"] == "“为稳岗补贴资格审核，人力资源和社会保障局查了我的企业纳税信息”"
    assert of(told, "view")["link"] == "/my-data"
    assert of(told, "item")["link"] is of(told, "item")["id"] is None
    assert place.caller.code not in str(told)
    checked = ask(place.resident(), f"use/{place.receipt}/check").json()
    assert checked["first_broken"] is None
    told_me = [one["said"]["zh"] for step in checked["steps"] for one in step["findings"]]
    assert "回执上有您的代号，只有您的密钥认得出" in told_me


def test_somebody_elses_use_is_not_there(place: Place, ask: Ask) -> None:
    other = look_up(place.city, place.caller, FIRMS[1])
    assert ask(place.resident(), f"use/{other}").status_code == 404
    assert ask(place.resident(), f"receipt/{place.receipt}").status_code == 404
    assert ask(place.auditor(), f"use/{place.receipt}").status_code == 404


def test_what_is_many_is_counted_and_listed_page_by_page(place: Place, ask: Ask) -> None:
    for _ in range(2):
        look_up(place.city, place.caller, FIRMS[1])
    path = f"item/{place.item}"
    told = ask(place.auditor(), path).json()
    assert (of(told, "call")["count"], of(told, "batch")["count"], of(told, "agreement")["count"]) == (3, 1, 1)
    first = ask(place.auditor(), f"{path}/steps/call", limit=2).json()
    second = ask(place.auditor(), f"{path}/steps/call", limit=2, after=first["next"]).json()
    assert [len(first["items"]), len(second["items"]), first["total"], second["next"]] == [2, 1, 3, None]
    assert second["items"][0]["id"] == str(place.receipt)
    assert second["items"][0]["proof"]["state"] == "proven"
    (agreement,) = ask(place.auditor(), f"{path}/steps/agreement").json()["items"]
    assert (agreement["kind"], agreement["title"]["zh"]) == ("agreement", NUMBER)
    (batch,) = ask(place.auditor(), f"{path}/steps/batch").json()["items"]
    assert (batch["kind"], batch["id"]) == ("batch", str(place.batch))
    assert ask(actor_with(catalogue.READ), f"{path}/steps/call").json()["items"] == []


def test_a_proof_on_its_way_waits_and_one_that_never_came_is_missing(place: Place, ask: Ask) -> None:
    with place.city.database.write() as session:
        version = session.get_one(catalogue.ItemVersion, (place.item, 1))
        session.add(
            catalogue.ItemVersion(
                item_id=place.item, number=2, state=version.state, content=version.content, published_at=NOW,
                changed_at=NOW, changed_by=version.changed_by, changed_by_name="",
            )
        )  # fmt: skip
    path = f"item/{place.item}"
    assert of(ask(place.auditor(), path, version=2).json(), "item")["proof"]["state"] == "waiting"
    with clock.fixed(NOW + timedelta(hours=2)):
        assert of(ask(place.auditor(), path, version=2).json(), "item")["proof"]["state"] == "missing"


def test_rules_need_the_right_to_see_quality(place: Place, ask: Ask) -> None:
    told = ask(actor_with(catalogue.READ, quality.READ), f"item/{place.item}").json()
    assert of(told, "rules")["shown"] == "open"
    assert "Quarantined" not in facts(of(told, "rules"))


def test_it_is_the_same_on_every_database(database_url: str, tmp_path: Path) -> None:
    with clock.fixed(NOW):
        city = opened(tmp_path, database_url)
        there = plant(city, tmp_path)
        auditor = there.auditor()
        found = {}
        with city.database.read() as session:
            reading = thread.Reading.of(session, auditor, city.workers.givens, now=clock.now())
            for kind in (thread.Kind.BATCH, thread.Kind.ITEM, thread.Kind.AGREEMENT, thread.Kind.RECEIPT):
                focus = thread.enter(reading, kind, there.end_of(kind.value))
                steps = thread.steps(reading, focus)
                found[kind] = thread.check(reading, focus, steps, city.engines.lake).held
            person = thread.Reading.of(session, there.resident(), city.workers.givens, now=clock.now())
            assert thread.enter(person, thread.Kind.USE, str(there.receipt)).person
        city.close()
    assert set(found.values()) == {8}
