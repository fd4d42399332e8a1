"""The pages' routes: who holds the permission in a party's department is let in, and only to what is theirs; nobody else is."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from tests.conftest import actor_with
from tests.sharing.gateway.place import FIRMS, NUMBER, PERSON, Place
from zhengtong import app
from zhengtong.data import catalogue
from zhengtong.kernel.actor import Actor, Scope
from zhengtong.sharing.gateway.permissions import ANSWER, READ

GUARDED = ("/share/services", "/share/monitoring", "/share/calls", "/share/calls/export", "/share/doubts")


@pytest.fixture
def asked(place: Place) -> Iterator[Callable[..., TestClient]]:
    """`asked(actor)`: the city as this person calls it; one call was served before."""
    opened: list[TestClient] = []

    def make(actor: Actor | None) -> TestClient:
        site = replace(place.city.site, sign_in=lambda *_, **__: actor)
        made = app.create_app(replace(place.city, site=site), work=False)
        made.state.site = site
        opened.append(TestClient(made, raise_server_exceptions=False))
        return opened[-1]

    with TestClient(app.create_app(place.city, work=False)) as http:
        assert place.call(http, "lookup", {"key": {"uscc": FIRMS[0]}}).status_code == 200
        yield make


def of(place: Place, department: str, *held: object) -> Actor:
    at = getattr(place, department)
    return actor_with(*held, catalogue.READ, department=at, scope=Scope(departments=frozenset({at})))  # type: ignore[arg-type]


def test_what_is_guarded_lets_in_who_may_and_nobody_else(place: Place, asked: Callable[..., TestClient]) -> None:
    allowed, nobody = asked(of(place, "labour", READ, ANSWER)), asked(of(place, "labour"))
    stranger = asked(None)
    service = f"/share/services/{NUMBER}/{place.code}"
    for path in (*GUARDED, service, f"{service}/openapi.json"):
        codes = [one.get(f"/api/v1{path}").status_code for one in (allowed, nobody, stranger)]
        assert codes == [200, 403, 401], path


def test_the_record_of_calls_goes_out_without_values(place: Place, asked: Callable[..., TestClient]) -> None:
    told = asked(of(place, "labour", READ)).get("/api/v1/share/calls/export").text
    assert NUMBER in told
    assert not [value for value in (FIRMS[0], PERSON) if value in told]


def test_the_description_of_a_service_shows_the_agreed_fields_only(
    place: Place, asked: Callable[..., TestClient]
) -> None:
    told = asked(of(place, "labour", READ)).get(f"/api/v1/share/services/{NUMBER}/{place.code}/openapi.json").json()
    assert told["openapi"].startswith("3.")
    assert "uscc" in str(told)
