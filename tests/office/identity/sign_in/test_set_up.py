"""One-time links, the first administrator, and setting an account up; changing one's password."""

from uuid import UUID

import pyotp
import pytest
from fastapi.testclient import TestClient

from zhengtong.office.identity.actions import links
from zhengtong.office.identity.tables.organisation import PostRole
from zhengtong.office.identity.tables.sign_in import Password

from .authenticator import Authenticator
from .conftest import PASSWORD, City

Shen = tuple[UUID, pyotp.TOTP]
GOOD = "云溪 lanterns over the seventh bridge"


def opened(city: City, token: str) -> TestClient:
    client = city.browser()
    answer = client.post("/api/v1/enrolment", json={"token": token})
    assert answer.status_code == 200, answer.text
    return client


def set_totp(city: City, client: TestClient) -> tuple[pyotp.TOTP, dict[str, object]]:
    told = client.post("/api/v1/sign-in/set-up/totp").json()
    totp = pyotp.parse_uri(told["uri"])
    assert isinstance(totp, pyotp.TOTP)
    assert told["secret"].replace(" ", "") == totp.secret
    assert told["qr_svg"].startswith("<svg")
    answer = client.post("/api/v1/sign-in/set-up/totp/confirm", json={"code": totp.at(city.now)})
    assert answer.status_code == 200, answer.text
    return totp, answer.json()


def test_new_staff_set_password_and_code_and_are_in(city: City) -> None:
    person = city.add_person("liyue", "李月", "officer")
    client = opened(city, city.link(person))
    state = client.get("/api/v1/session").json()
    assert (state["stage"], state["set_up"]) == ("set_up", ["password", "second_factor"])
    assert client.get("/api/v1/probe").status_code == 401
    state = client.post("/api/v1/sign-in/set-up/password", json={"password": PASSWORD}).json()
    assert (state["stage"], state["set_up"]) == ("set_up", ["second_factor"])
    _, added = set_totp(city, client)
    assert len(added["recovery_codes"]) == 10  # type: ignore[arg-type]
    assert client.get("/api/v1/probe").json()["subject"] == str(person)


def test_who_sets_an_account_up_is_not_warned_of_it_but_of_every_change_after(city: City) -> None:
    client = opened(city, city.link(city.add_person("liyue", "李月", "officer")))
    client.post("/api/v1/sign-in/set-up/password", json={"password": PASSWORD})
    set_totp(city, client)
    assert city.announced("factors_changed") == []
    assert client.post("/api/v1/account/password", json={"current": PASSWORD, "new": GOOD}).status_code == 204
    assert [told["what"] for told in city.announced("factors_changed")] == ["password"]


def test_new_staff_with_a_passkey_need_no_password(city: City) -> None:
    person = city.add_person("liyue", "李月", "officer")
    client = opened(city, city.link(person))
    options = client.post("/api/v1/sign-in/set-up/passkey/options").json()
    credential = Authenticator().create(options)
    answer = client.post("/api/v1/sign-in/set-up/passkey", json={"credential": credential, "name": "手机"}).json()
    assert (answer["session"]["stage"], len(answer["recovery_codes"])) == ("full", 10)
    assert client.get("/api/v1/probe").status_code == 200


def test_a_link_is_dead_once_the_account_is_set_up(city: City) -> None:
    person = city.add_person("liyue", "李月", "officer")
    token = city.link(person)
    client = opened(city, token)
    client = opened(city, token)
    client.post("/api/v1/sign-in/set-up/password", json={"password": PASSWORD})
    set_totp(city, client)
    answer = city.browser().post("/api/v1/enrolment", json={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (404, "link-used-or-expired")


def test_links_expire_and_a_new_one_ends_the_old(city: City) -> None:
    person = city.add_person("liyue", "李月", "officer")
    old, new = city.link(person), city.link(person)
    assert city.browser().post("/api/v1/enrolment", json={"token": old}).status_code == 404
    city.tick(hours=73)
    assert city.browser().post("/api/v1/enrolment", json={"token": new}).status_code == 404


def test_a_link_does_not_get_past_a_second_factor(city: City, shen: Shen) -> None:
    client = opened(city, city.link(shen[0]))
    assert client.get("/api/v1/session").json()["stage"] == "second_factor"
    assert client.post("/api/v1/sign-in/set-up/password", json={"password": GOOD}).status_code == 401


def test_a_link_s_token_stands_in_the_fragment(city: City) -> None:
    with city.database.write() as session:
        link = links.make_link(session, None, now=city.now)
    assert link.address("http://localhost:8600/") == f"http://localhost:8600/first-administrator#{link.token}"
    assert link.token not in repr(link)


@pytest.mark.parametrize("stage", ["none", "second_factor", "full"])
def test_setting_up_needs_the_stage_of_it(city: City, shen: Shen, stage: str) -> None:
    client = city.browser()
    if stage == "second_factor":
        client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    if stage == "full":
        client = city.sign_in("shenruochuan", shen[1])
    for path, body in (
        ("password", {"password": GOOD}),
        ("totp", None),
        ("totp/confirm", {"code": "000000"}),
        ("passkey/options", None),
        ("passkey", {"credential": {}}),
    ):
        answer = client.post(f"/api/v1/sign-in/set-up/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "step-lost")


def test_a_code_generator_counts_only_once_its_code_was_shown(city: City) -> None:
    person = city.add_person("liyue", "李月", "officer")
    client = opened(city, city.link(person))
    client.post("/api/v1/sign-in/set-up/password", json={"password": PASSWORD})
    client.post("/api/v1/sign-in/set-up/totp")
    wrong = client.post("/api/v1/sign-in/set-up/totp/confirm", json={"code": "000000"})
    assert wrong.json()["code"] == "code-wrong"
    other = city.browser()
    state = other.post("/api/v1/sign-in/password", json={"login": "liyue", "password": PASSWORD}).json()
    assert (state["stage"], state["set_up"]) == ("set_up", ["second_factor"])


def test_the_first_administrator_signs_up_by_link(city: City) -> None:
    assert city.browser().get("/api/v1/sign-in/methods").json()["first_administrator"] is True
    with city.database.write() as session:
        link = links.first_administrator_link(session, now=city.now)
    assert link
    client = city.browser()
    assert client.post("/api/v1/first-administrator/check", json={"token": link.token}).json() == {"ok": True}
    body = {"token": link.token, "name": "周明", "login": "zhouming", "password": GOOD}
    state = client.post("/api/v1/first-administrator", json=body)
    assert (state.json()["stage"], state.json()["set_up"]) == ("set_up", ["second_factor"])
    totp, added = set_totp(city, client)
    assert added["session"]["stage"] == "full"  # type: ignore[index]
    assert "identity.roles.change" in client.get("/api/v1/session").json()["city_wide"]
    assert city.sign_in("zhouming", totp, GOOD)
    again = city.browser().post("/api/v1/first-administrator", json={**body, "login": "other"})
    assert again.status_code == 404
    with city.database.write() as session:
        assert links.first_administrator_link(session, now=city.now) is None
    assert city.browser().get("/api/v1/sign-in/methods").json()["first_administrator"] is False


def test_a_first_administrator_s_link_is_no_enrolment_and_the_other_way_round(city: City) -> None:
    first, person = city.link(None), city.link(city.add_person("liyue", "李月", "officer"))
    assert city.browser().post("/api/v1/enrolment", json={"token": first}).status_code == 404
    body = {"token": person, "name": "周明", "login": "zhouming", "password": GOOD}
    assert city.browser().post("/api/v1/first-administrator", json=body).status_code == 404


def test_there_is_only_one_first_administrator(city: City) -> None:
    token = city.link(None)
    city.add_person("liyue", "李月", "administrator")
    body = {"token": token, "name": "周明", "login": "zhouming", "password": GOOD}
    assert city.browser().post("/api/v1/first-administrator", json=body).json()["code"] == "city-not-empty"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 12"),
        ("woaini1314520", "Too easy"),
        ("zhouming is my name", "must not contain"),
        ("I live in Yunxi city", "must not contain"),
        ("x" * 129, "at most 128"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason_beside_it(city: City, password: str, said: str) -> None:
    body = {"token": city.link(None), "name": "周明", "login": "zhouming", "password": password}
    answer = city.browser().post("/api/v1/first-administrator", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "password-too-weak")
    assert any(said in field["message"] for field in answer.json()["fields"])
    with city.database.read() as session:
        assert session.query(PostRole).count() == 0


def test_a_forced_change_comes_before_anything_else(city: City, shen: Shen) -> None:
    with city.database.write() as session:
        session.get_one(Password, shen[0]).must_change = True
    client = city.browser()
    client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    city.tick(seconds=31)
    state = client.post("/api/v1/sign-in/totp", json={"code": shen[1].at(city.now)}).json()
    assert (state["stage"], state["set_up"]) == ("set_up", ["password"])
    same = client.post("/api/v1/sign-in/set-up/password", json={"password": PASSWORD})
    assert same.json()["code"] == "password-as-before"
    assert client.post("/api/v1/sign-in/set-up/password", json={"password": GOOD}).json()["stage"] == "full"
    assert client.get("/api/v1/probe").status_code == 200


def test_changing_one_s_password_ends_the_other_sessions(city: City, shen: Shen) -> None:
    client, other = city.sign_in("shenruochuan", shen[1]), city.sign_in("shenruochuan", shen[1])
    good = "a lighthouse hums to herons"
    wrong = client.post("/api/v1/account/password", json={"current": "no", "new": good})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "current-password-wrong")
    weak = client.post("/api/v1/account/password", json={"current": PASSWORD, "new": "password1234!"})
    assert weak.json()["code"] == "password-too-weak"
    assert client.post("/api/v1/account/password", json={"current": PASSWORD, "new": good}).status_code == 204
    assert client.get("/api/v1/probe").status_code == 200
    assert other.get("/api/v1/probe").status_code == 401
    assert city.sign_in("shenruochuan", shen[1], good)
    assert {told["what"] for told in city.announced("factors_changed")} >= {"password"}


def test_replacing_the_code_generator_keeps_the_old_until_the_new_is_confirmed(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    new = pyotp.parse_uri(client.post("/api/v1/account/totp").json()["uri"])
    assert city.sign_in("shenruochuan", shen[1])
    assert isinstance(new, pyotp.TOTP)
    assert client.post("/api/v1/account/totp/confirm", json={"code": new.at(city.now)}).json() == {
        "recovery_codes": None
    }
    city.tick(seconds=60)
    assert city.sign_in("shenruochuan", new)
    other = city.browser()
    other.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    city.tick(seconds=31)
    assert other.post("/api/v1/sign-in/totp", json={"code": shen[1].at(city.now)}).status_code == 401


def test_the_account_page_tells_factors_and_what_can_be_done(city: City, shen: Shen) -> None:
    account = city.sign_in("shenruochuan", shen[1]).get("/api/v1/account").json()
    assert (account["login"], account["password"]["set"], account["recovery_codes_left"]) == ("shenruochuan", True, 10)
    assert account["abilities"] == {
        "change_password": True,
        "remove_totp": False,
        "remove_passkey": False,
        "unlink_external": False,
    }
    assert city.browser().get("/api/v1/account").status_code == 401
