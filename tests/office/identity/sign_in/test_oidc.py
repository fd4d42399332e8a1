"""Signing in through the city's identity provider: against a real one, and against one that lies."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from oidc_provider_mock import User, run_server_in_thread

from zhengtong.office.identity.tables.sign_in import ExternalAccount, LoginSession

from .conftest import City
from .provider import CLIENT, SECRET, Provider, serve

MakeCity = Callable[..., City]


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    server = serve(provider)
    yield provider
    server.shutdown()
    server.server_close()


def city_of(make_city: MakeCity, issuer: str, claim: str = "preferred_username", **more: Any) -> City:
    city = make_city(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_claim=claim, **more)
    city.now = datetime.now(UTC)
    return city


@pytest.fixture
def linked(make_city: MakeCity, provider: Provider) -> City:
    city = city_of(make_city, provider.issuer)
    city.enrol(city.add_person("shenruochuan", "沈若川", "officer"))
    return city


def go(city: City, provider: Provider, client: TestClient, **query: str) -> httpx.Response:
    out = client.get("/api/v1/sign-in/oidc", params=query, follow_redirects=False)
    assert out.status_code == 303, out.text
    back = provider.authorise(out.headers["location"])
    return client.get("/api/v1/sign-in/oidc/callback", params=back, follow_redirects=False)


def problem(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query).get("problem", [""])[0]


def test_a_real_provider_signs_in_by_code_flow(make_city: MakeCity) -> None:
    users = (User(sub="ldap-77", claims={"preferred_username": "shenruochuan"}),)
    with run_server_in_thread(require_nonce=True, user_claims=users) as server:
        issuer = f"http://localhost:{server.server_port}"
        city = city_of(make_city, issuer)
        person = city.add_person("shenruochuan", "沈若川", "officer")
        totp = city.enrol(person)
        client = city.browser()
        assert client.get("/api/v1/sign-in/methods").json()["oidc"]["href"] == "/api/v1/sign-in/oidc"
        out = client.get("/api/v1/sign-in/oidc?next=/catalogue", follow_redirects=False)
        agreed = httpx.post(out.headers["location"], data={"sub": "ldap-77"})
        assert agreed.status_code == 302
        back = urlsplit(agreed.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == "http://localhost:8600/api/v1/sign-in/oidc/callback"
        answer = client.get(f"{back.path}?{back.query}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue")
        assert client.get("/api/v1/session").json()["stage"] == "second_factor"
        city.tick(seconds=31)
        assert client.post("/api/v1/sign-in/totp", json={"code": totp.at(city.now)}).json()["stage"] == "full"
        assert client.get("/api/v1/probe").json()["subject"] == str(person)
        with city.database.read() as session:
            assert session.query(ExternalAccount).one().sub == "ldap-77"


def test_a_real_provider_s_refusal_is_told(make_city: MakeCity) -> None:
    with run_server_in_thread() as server:
        city = city_of(make_city, f"http://localhost:{server.server_port}")
        client = city.browser()
        out = client.get("/api/v1/sign-in/oidc", follow_redirects=False)
        denied = httpx.post(out.headers["location"], data={"action": "deny"})
        query = urlsplit(denied.headers["location"]).query
        state = parse_qs(urlsplit(out.headers["location"]).query)["state"][0]
        answer = client.get(f"/api/v1/sign-in/oidc/callback?{query}&state={state}", follow_redirects=False)
        assert problem(answer) == "oidc-refused"


def test_two_factors_at_the_provider_are_two_factors_here(linked: City, provider: Provider) -> None:
    provider.claims["amr"] = ["pwd", "otp"]
    client = linked.browser()
    assert go(linked, provider, client, next="/audit?x=1").headers["location"] == "/audit?x=1"
    state = client.get("/api/v1/session").json()
    assert (state["stage"], state["subject"]["login"]) == ("full", "shenruochuan")


def test_whoever_comes_by_a_provider_with_two_factors_needs_none_of_ours(
    make_city: MakeCity, provider: Provider
) -> None:
    city = city_of(make_city, provider.issuer)
    city.add_person("shenruochuan", "沈若川", "officer")
    provider.claims["amr"] = ["mfa"]
    client = city.browser()
    go(city, provider, client)
    assert client.get("/api/v1/probe").status_code == 200


def test_staff_without_any_second_factor_are_led_to_set_one_up(make_city: MakeCity, provider: Provider) -> None:
    city = city_of(make_city, provider.issuer)
    city.add_person("shenruochuan", "沈若川", "officer")
    client = city.browser()
    go(city, provider, client)
    state = client.get("/api/v1/session").json()
    assert (state["stage"], state["set_up"]) == ("set_up", ["second_factor"])


def test_the_link_is_kept_by_the_provider_s_identifier(linked: City, provider: Provider) -> None:
    go(linked, provider, linked.browser())
    provider.claims["preferred_username"] = "renamed"
    client = linked.browser()
    go(linked, provider, client)
    assert client.get("/api/v1/session").json()["subject"]["login"] == "shenruochuan"


@pytest.mark.parametrize(
    ("claim", "claims", "found"),
    [
        ("", {"preferred_username": "shenruochuan"}, False),
        ("preferred_username", {"preferred_username": "nobody"}, False),
        ("preferred_username", {}, False),
        ("email", {"email": "shen@yunxi.example", "email_verified": True}, True),
        ("email", {"email": "shen@yunxi.example", "email_verified": False}, False),
        ("email", {"email": "shen@yunxi.example"}, False),
        ("email", {"email": "shen@yunxi.example", "email_verified": "true"}, False),
    ],
)
def test_accounts_are_linked_by_the_configured_claim_alone(
    make_city: MakeCity, provider: Provider, claim: str, claims: dict[str, Any], found: bool
) -> None:
    from zhengtong.office.identity.tables.organisation import Person

    city = city_of(make_city, provider.issuer, claim)
    person = city.add_person("shenruochuan", "沈若川", "officer")
    with city.database.write() as session:
        session.get_one(Person, person).email = "Shen@yunxi.example"
    provider.claims = {"sub": "u-2", **claims}
    answer = go(city, provider, city.browser())
    assert problem(answer) == ("" if found else "oidc-no-account")


def lies(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def lie(claims: dict[str, Any], header: dict[str, Any]) -> None:
        changes: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "issuer": {"iss": "https://evil.example"},
            "audience": {"aud": "another-client"},
            "party": {"aud": [CLIENT, "other"], "azp": "other"},
            "expired": {"exp": claims["exp"] - 3600, "iat": claims["iat"] - 3600},
        }
        claims.update(changes.get(name, {}))
        if name == "no_nonce":
            del claims["nonce"]

    return lie


@pytest.mark.parametrize("name", ["nonce", "no_nonce", "issuer", "audience", "party", "expired", "key", "unsigned"])
def test_a_wrong_identity_token_is_refused(linked: City, provider: Provider, name: str) -> None:
    provider.lie = lies(name)
    provider.sign_with = RSAKey.generate_key(2048, {"kid": "one"}) if name == "key" else None
    provider.unsigned = name == "unsigned"
    client = linked.browser()
    assert problem(go(linked, provider, client)) == "oidc-refused"
    assert client.get("/api/v1/session").json()["stage"] == "none"


def test_a_provider_s_new_key_is_fetched(linked: City, provider: Provider) -> None:
    go(linked, provider, linked.browser())
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.lie = lambda claims, header: header.update(kid="two")
    assert problem(go(linked, provider, linked.browser())) == ""


def test_an_answer_works_once_and_in_its_own_browser(linked: City, provider: Provider) -> None:
    client, thief = linked.browser(), linked.browser()
    back = provider.authorise(client.get("/api/v1/sign-in/oidc", follow_redirects=False).headers["location"])
    path = "/api/v1/sign-in/oidc/callback"
    assert problem(thief.get(path, params=back, follow_redirects=False)) == "step-lost"
    thief.get("/api/v1/sign-in/oidc", follow_redirects=False)
    assert problem(thief.get(path, params=back, follow_redirects=False)) == "step-lost"
    assert problem(client.get(path, params=back, follow_redirects=False)) == ""
    assert problem(client.get(path, params=back, follow_redirects=False)) == "step-lost"


def test_an_answer_naming_another_issuer_is_refused(linked: City, provider: Provider) -> None:
    client = linked.browser()
    back = provider.authorise(client.get("/api/v1/sign-in/oidc", follow_redirects=False).headers["location"])
    back["iss"] = "https://evil.example"
    answer = client.get("/api/v1/sign-in/oidc/callback", params=back, follow_redirects=False)
    assert problem(answer) == "oidc-refused"


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_on_to_another_site(linked: City, provider: Provider, path: str) -> None:
    assert go(linked, provider, linked.browser(), next=path).headers["location"] == "/"


def test_a_step_up_at_the_provider_asks_it_to_ask_again(make_city: MakeCity, provider: Provider) -> None:
    city = city_of(make_city, provider.issuer)
    city.add_person("shenruochuan", "沈若川", "officer")
    provider.claims["amr"] = ["mfa"]
    client = city.browser()
    go(city, provider, client)
    with city.database.write() as session:
        row = session.query(LoginSession).filter_by(ended_at=None).one()
        row.second_factor_at = city.now - timedelta(hours=1)
    assert client.post("/api/v1/sensitive").status_code == 401
    out = client.get("/api/v1/sign-in/oidc?step_up=true", follow_redirects=False).headers["location"]
    asked = parse_qs(urlsplit(out).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    answer = client.get("/api/v1/sign-in/oidc/callback", params=provider.authorise(out), follow_redirects=False)
    assert problem(answer) == ""
    assert client.post("/api/v1/sensitive").status_code == 204


@pytest.mark.parametrize("claims", [{"amr": ["pwd"]}, {"amr": ["mfa"], "auth_time": 1}, {"amr": ["mfa"], "sub": "u-9"}])
def test_a_stale_single_or_foreign_answer_steps_nobody_up(
    make_city: MakeCity, provider: Provider, claims: dict[str, Any]
) -> None:
    city = city_of(make_city, provider.issuer)
    city.add_person("shenruochuan", "沈若川", "officer")
    provider.claims["amr"] = ["mfa"]
    client = city.browser()
    go(city, provider, client)
    with city.database.write() as session:
        session.query(LoginSession).one().second_factor_at = city.now - timedelta(hours=1)
    provider.claims |= claims
    if "sub" in claims:
        provider.claims["preferred_username"] = "nobody"
    assert problem(go(city, provider, client, step_up="true")) != ""
    assert client.post("/api/v1/sensitive").status_code == 401


def test_an_unreachable_provider_is_told_and_passwords_still_work(make_city: MakeCity) -> None:
    city = city_of(make_city, "http://127.0.0.1:9")
    person = city.add_person("shenruochuan", "沈若川", "officer")
    totp: pyotp.TOTP = city.enrol(person)
    answer = city.browser().get("/api/v1/sign-in/oidc", follow_redirects=False)
    assert problem(answer) == "oidc-unavailable"
    assert city.sign_in("shenruochuan", totp)


def test_without_a_provider_there_is_no_such_way(city: City) -> None:
    assert city.browser().get("/api/v1/sign-in/methods").json()["oidc"] is None
    assert problem(city.browser().get("/api/v1/sign-in/oidc", follow_redirects=False)) == "oidc-unavailable"


def test_a_linked_account_is_shown_and_unlinked_by_its_owner(linked: City, provider: Provider) -> None:
    provider.claims["amr"] = ["mfa"]
    client = linked.browser()
    go(linked, provider, client)
    account = client.get("/api/v1/account").json()
    assert [one["issuer"] for one in account["external"]] == [provider.issuer]
    assert account["abilities"]["unlink_external"] is True
    with linked.database.write() as session:
        session.query(LoginSession).filter_by(ended_at=None).one().second_factor_at = linked.now - timedelta(hours=1)
    tired = client.delete("/api/v1/account/external", params={"issuer": provider.issuer})
    assert (tired.status_code, tired.json()["code"]) == (401, "step-up-needed")
    go(linked, provider, client)
    assert client.delete("/api/v1/account/external", params={"issuer": provider.issuer}).status_code == 204
    assert client.get("/api/v1/account").json()["external"] == []
    assert client.delete("/api/v1/account/external", params={"issuer": provider.issuer}).status_code == 404
    (row,) = linked.audited("identity.external_unlinked")
    assert row.before == {"issuer": provider.issuer}
    assert [told["what"] for told in linked.announced("factors_changed")][-1] == "external"


def test_the_only_way_in_is_not_unlinked(make_city: MakeCity, provider: Provider) -> None:
    city = city_of(make_city, provider.issuer)
    city.add_person("shenruochuan", "沈若川", "officer")
    provider.claims["amr"] = ["mfa"]
    client = city.browser()
    go(city, provider, client)
    assert client.get("/api/v1/account").json()["abilities"]["unlink_external"] is False
    answer = client.delete("/api/v1/account/external", params={"issuer": provider.issuer})
    assert (answer.status_code, answer.json()["code"]) == (409, "last-way-in")


def test_a_reset_of_the_factors_unlinks_too(linked: City, provider: Provider) -> None:
    from zhengtong.office.identity.actions.factors import forget_factors

    go(linked, provider, linked.browser())
    with linked.database.write() as session:
        forget_factors(session, session.query(ExternalAccount).one().subject_id)
        assert session.query(ExternalAccount).count() == 0
