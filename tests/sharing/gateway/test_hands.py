"""What a call's headers say is sealed with it; a person at the calling system is staff of its department, and the contract asks for them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.sharing.gateway.place import FIRMS, Place
from zhengtong.kernel import clock
from zhengtong.kernel.db import new_id
from zhengtong.office import identity
from zhengtong.sharing.gateway.tables import Call

KEY = {"key": {"uscc": FIRMS[0]}}
PERSON, FACTOR = "X-Zhengtong-Person", "X-Zhengtong-Factor-At"


@dataclass(frozen=True)
class Staffed:
    """An agreement that asks for a post and a second factor; who holds that post; the client."""

    place: Place
    client: TestClient
    person: UUID
    post: UUID

    def look(self, **headers: str) -> Any:
        return self.place.call(self.client, "lookup", KEY, **headers)


@pytest.fixture
def staffed(placed: Callable[..., Place]) -> Iterator[Staffed]:
    from zhengtong import app

    person, post = new_id(), new_id()
    place = placed(persons=(person.hex,), posts=(post.hex,), second_factor=True)
    section = new_id()
    with place.city.database.write() as session:
        made = {"level": identity.Level.CITY, "created_at": clock.now()}
        below = identity.Department(
            id=section, parent_id=place.labour, name_zh="稳岗科", kind=identity.Kind.SECTION, **made
        )
        session.add(below)
        session.flush()
        hold(session, person, post, "guwenhe", "RS-0117", section)
        hold(session, person, new_id(), "", "", place.labour, title="副主任")
        hold(session, new_id(), new_id(), "zhaoyi", "SW-0001", place.tax)
    with TestClient(app.create_app(place.city, work=False)) as client:
        yield Staffed(place, client, person, post)


def hold(
    session: Any, person: UUID, post: UUID, login: str, number: str, where: UUID, *, title: str = "经办人"
) -> None:
    if login:
        session.add(identity.Person(id=person, name="顾文禾", login=login, staff_number=number, created_at=clock.now()))
        session.flush()
    day = date(2026, 1, 1)
    session.add(identity.Post(id=post, person_id=person, department_id=where, title=title, from_on=day))
    session.flush()


def shown(ago: timedelta = timedelta(minutes=2)) -> str:
    return (clock.now() - ago).isoformat()


@pytest.mark.parametrize("name", ["guwenhe", "RS-0117"])
def test_the_person_at_the_system_is_decided_on_and_recorded(staffed: Staffed, name: str) -> None:
    answer = staffed.look(**{PERSON: name, FACTOR: shown()})
    assert answer.status_code == 200, answer.text
    with staffed.place.city.database.read() as session:
        assert session.scalars(select(Call.person_id)).all() == [staffed.person]


REFUSED: dict[str, tuple[dict[str, str], int, str]] = {
    "nobody": ({}, 403, "person"),
    "no second factor": ({PERSON: "guwenhe"}, 403, "second_factor"),
    "another bureau's": ({PERSON: "zhaoyi", FACTOR: "now"}, 422, PERSON),
    "unknown": ({PERSON: "nobody", FACTOR: "now"}, 422, PERSON),
    "by injection": ({PERSON: quote("x' OR 1=1 --"), FACTOR: "now"}, 422, PERSON),
    "a factor of nobody": ({FACTOR: "now"}, 422, FACTOR),
    "a factor without a zone": ({PERSON: "guwenhe", FACTOR: "2026-11-21T08:00:00"}, 422, FACTOR),
    "no time": ({PERSON: "guwenhe", FACTOR: "lately"}, 422, FACTOR),
}


def test_who_is_not_asked_for_gets_nothing(staffed: Staffed) -> None:
    for case, (headers, status, named) in REFUSED.items():
        told = {name: shown() if one == "now" else one for name, one in headers.items()}
        answer = staffed.look(**told)
        assert answer.status_code == status, (case, answer.text)
        found = answer.json()
        assert named in (found.get("condition"), *[one["name"] for one in found.get("fields", [])]), case


@pytest.mark.parametrize("ago", [timedelta(minutes=11), timedelta(minutes=-1)], ids=["old", "to come"])
def test_a_second_factor_is_fresh(staffed: Staffed, ago: timedelta) -> None:
    answer = staffed.look(**{PERSON: "guwenhe", FACTOR: shown(ago)})
    assert (answer.status_code, answer.json()["condition"]) == (403, "second_factor")


def test_who_has_left_is_no_hand_any_more(staffed: Staffed) -> None:
    with staffed.place.city.database.write() as session:
        session.get_one(identity.Person, staffed.person).active = False
    assert staffed.look(**{PERSON: "guwenhe", FACTOR: shown()}).status_code == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Zhengtong-Purpose": "planning"},
        {"X-Zhengtong-Purpose": ""},
        {"X-Zhengtong-Case": "1"},
        {PERSON: "guwenhe"},
        {"X-Zhengtong-Anything": "1"},
    ],
    ids=["purpose", "no purpose", "case", "person", "more"],
)
def test_what_was_said_is_sealed(place: Place, client: TestClient, changed: dict[str, str]) -> None:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    answer = client.post(path, content=data, headers={**place.headers(data, path), **changed})
    assert answer.status_code == 401, answer.text


def test_a_header_left_out_on_the_way_breaks_the_seal(place: Place, client: TestClient) -> None:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    headers = place.headers(data, path)
    del headers["X-Zhengtong-Case"]
    assert client.post(path, content=data, headers=headers).status_code == 401
