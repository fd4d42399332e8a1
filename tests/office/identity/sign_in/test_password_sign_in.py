"""Signing in by password and code."""

from uuid import UUID

import pyotp
import pytest

from .conftest import PASSWORD, City

Shen = tuple[UUID, pyotp.TOTP]


def test_a_password_alone_signs_no_member_of_staff_in(city: City, shen: Shen) -> None:
    client = city.browser()
    state = client.post("/api/v1/sign-in/password", json={"login": "ShenRuochuan ", "password": PASSWORD})
    assert state.status_code == 200
    assert (state.json()["stage"], state.json()["factors"]) == ("second_factor", ["totp", "recovery"])
    assert client.get("/api/v1/probe").status_code == 401


def test_password_and_code_sign_in_and_give_what_the_post_gives(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    state = client.get("/api/v1/session").json()
    assert state["subject"]["name"] == "沈若川"
    assert state["post"]["title"] == "科员"
    assert "identity.people.read" in state["permissions"]
    assert client.get("/api/v1/probe").json()["subject"] == str(shen[0])
    assert [row.actor for row in city.audited("identity.signed_in")] == [shen[0]]


def test_wrong_password_and_unknown_name_get_the_same_answer(city: City, shen: Shen) -> None:
    client = city.browser()
    wrong = client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": "x" * 12})
    unknown = client.post("/api/v1/sign-in/password", json={"login": "nobody", "password": "x" * 12})
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "reference": ""} == {**unknown.json(), "reference": ""}
    assert "set-cookie" not in wrong.headers
    rows = city.audited("identity.sign_in_failed")
    assert len(rows) == 2
    assert "nobody" not in str([vars(row) for row in rows])


def test_a_code_works_once(city: City, shen: Shen) -> None:
    code = None
    client = city.sign_in("shenruochuan", shen[1])
    code = shen[1].at(city.now)
    other = city.browser()
    other.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    replayed = other.post("/api/v1/sign-in/totp", json={"code": code})
    assert (replayed.status_code, replayed.json()["code"]) == (401, "code-wrong")
    assert client.get("/api/v1/probe").status_code == 200


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_code_may_be_one_step_early_or_late(city: City, shen: Shen, steps: int, status: int) -> None:
    city.tick(seconds=120)
    client = city.browser()
    client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    code = shen[1].at(int(city.now.timestamp()) + 30 * steps)
    assert client.post("/api/v1/sign-in/totp", json={"code": code}).status_code == status


def test_a_code_without_a_password_first_is_refused(city: City, shen: Shen) -> None:
    answer = city.browser().post("/api/v1/sign-in/totp", json={"code": shen[1].at(city.now)})
    assert (answer.status_code, answer.json()["code"]) == (401, "step-lost")


def test_an_unfinished_sign_in_times_out(city: City, shen: Shen) -> None:
    client = city.browser()
    client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    city.tick(minutes=16)
    assert client.post("/api/v1/sign-in/totp", json={"code": shen[1].at(city.now)}).json()["code"] == "step-lost"


def test_the_token_before_the_second_factor_is_dead_after_it(city: City, shen: Shen) -> None:
    client = city.browser()
    client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    stolen = client.cookies["zt_session"]
    city.tick(seconds=31)
    client.post("/api/v1/sign-in/totp", json={"code": shen[1].at(city.now)})
    assert client.cookies["zt_session"] != stolen
    thief = city.browser()
    thief.cookies.set("zt_session", stolen)
    assert thief.get("/api/v1/session").json()["stage"] == "none"


def test_a_planted_token_is_not_taken_over(city: City, shen: Shen) -> None:
    client = city.browser()
    client.cookies.set("zt_session", "planted-by-an-attacker-0123456789abcdef")
    state = client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    assert "planted" not in state.headers["set-cookie"]


def test_cookies_are_http_only_lax_and_rooted(city: City, shen: Shen) -> None:
    answer = city.browser().post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("zt_session=")
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/"))


def test_an_inactive_person_cannot_sign_in_and_is_out_at_once(city: City, shen: Shen) -> None:
    from zhengtong.office.identity.tables.organisation import Person

    client = city.sign_in("shenruochuan", shen[1])
    with city.database.write() as session:
        session.get_one(Person, shen[0]).active = False
    assert client.get("/api/v1/probe").status_code == 401
    answer = city.browser().post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    assert answer.json()["code"] == "sign-in-failed"


def test_a_recovery_code_works_once_and_its_owner_is_told(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    codes = client.post("/api/v1/account/recovery-codes").json()["recovery_codes"]
    assert len(set(codes)) == 10
    for _ in range(2):
        other = city.browser()
        other.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
        answer = other.post("/api/v1/sign-in/recovery", json={"code": codes[0].lower().replace("-", " ")})
        if answer.status_code == 200:
            assert answer.json()["recovery_codes_left"] == 9
    assert answer.json()["code"] == "code-wrong"
    assert [told["left"] for told in city.announced("recovery_code_used")] == [9]


def test_one_person_s_recovery_code_is_no_use_to_another(city: City, shen: Shen) -> None:
    codes = city.sign_in("shenruochuan", shen[1]).post("/api/v1/account/recovery-codes").json()["recovery_codes"]
    other = city.add_person("liyue", "李月", "officer")
    city.enrol(other)
    client = city.browser()
    client.post("/api/v1/sign-in/password", json={"login": "liyue", "password": PASSWORD})
    assert client.post("/api/v1/sign-in/recovery", json={"code": codes[3]}).status_code == 401


def test_outdated_hashes_are_renewed_at_sign_in(city: City, shen: Shen) -> None:
    from argon2 import PasswordHasher

    from zhengtong.office.identity.tables.sign_in import Password

    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with city.database.write() as session:
        session.get_one(Password, shen[0]).hash = old
    city.sign_in("shenruochuan", shen[1])
    with city.database.read() as session:
        assert "m=19456,t=2,p=1" in session.get_one(Password, shen[0]).hash


def test_sign_out_ends_the_session(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    token = client.cookies["zt_session"]
    assert client.post("/api/v1/sign-out").status_code == 204
    thief = city.browser()
    thief.cookies.set("zt_session", token)
    assert thief.get("/api/v1/probe").status_code == 401
    assert city.browser().post("/api/v1/sign-out").status_code == 204


def test_another_site_cannot_sign_anyone_in(city: City, shen: Shen) -> None:
    body = {"login": "shenruochuan", "password": PASSWORD}
    answer = city.browser().post("/api/v1/sign-in/password", json=body, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_residents_and_firms_sign_in_by_number_and_code(city: City) -> None:
    from zhengtong.engines.crypto import Purpose
    from zhengtong.kernel.actor import Actor
    from zhengtong.kernel.db import new_id
    from zhengtong.office.identity.actions import hashing, passwords
    from zhengtong.office.identity.tables.organisation import Firm, Resident

    number, code = "11010519491231002X", "91350100M000100Y43"
    with city.database.write() as session:
        resident, firm = new_id(), new_id()
        session.add(
            Resident(
                id=resident,
                name="王秀兰",
                id_number_sealed=city.keyring.seal(Purpose.SUBJECTS, number.encode(), resident.bytes),
                id_number_index=city.keyring.blind_index(Purpose.SUBJECTS, number),
                created_at=city.now,
            )
        )
        session.add(Firm(id=firm, name="云溪茶业", code=code, created_at=city.now))
        session.flush()
        for subject in (session.get_one(Resident, resident), session.get_one(Firm, firm)):
            actor = Actor(subject=subject.id, kind="resident", name=subject.name)
            passwords.set_password(session, actor, subject, hashing.hashed(PASSWORD), now=city.now)
    for login, subject_id in ((number.lower(), resident), (code, firm)):
        client = city.browser()
        state = client.post("/api/v1/sign-in/password", json={"login": login, "password": PASSWORD}).json()
        assert state["stage"] == "full"
        assert client.get("/api/v1/probe").json()["subject"] == str(subject_id)
        assert client.post("/api/v1/sensitive").json()["code"] == "step-up-needed"
