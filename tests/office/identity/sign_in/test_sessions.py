"""Sessions: how long they last, how they end, what they may do."""

from uuid import UUID

import pyotp
import pytest
from fastapi.testclient import TestClient

from zhengtong.office.identity.actions import sessions
from zhengtong.office.identity.jobs.sign_in import sweep
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables.sign_in import LoginSession

from .conftest import PASSWORD, City

Shen = tuple[UUID, pyotp.TOTP]
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"


def is_in(client: TestClient) -> bool:
    return client.get("/api/v1/probe").status_code == 200


def test_a_session_idle_for_half_an_hour_is_over(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    city.tick(minutes=29)
    assert is_in(client)
    city.tick(minutes=29)
    assert is_in(client)
    city.tick(minutes=30)
    assert not is_in(client)


def test_a_quiet_request_does_not_keep_a_session_alive(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    city.tick(minutes=20)
    ends = client.get("/api/v1/session?quiet=1").json()["idle_ends_at"]
    city.tick(minutes=1)
    assert client.get("/api/v1/session?quiet=1").json()["idle_ends_at"] == ends
    city.tick(minutes=10)
    assert not is_in(client)


def test_a_session_ends_after_twelve_hours_however_busy(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    for _ in range(35):
        city.tick(minutes=20)
        assert is_in(client)
    city.tick(minutes=20)
    assert not is_in(client)


def test_limits_are_settings(make_city: object, now: object) -> None:
    city = make_city(idle_minutes=5)  # type: ignore[operator]
    person = city.add_person("shenruochuan", "沈若川", "officer")
    client = city.sign_in("shenruochuan", city.enrol(person))
    city.tick(minutes=5)
    assert not is_in(client)


def test_writes_keep_a_session_alive_too(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    for _ in range(3):
        city.tick(minutes=20)
        assert client.put("/api/v1/session/language", json={"language": "en"}).status_code == 200
    assert client.get("/api/v1/session").json()["language"] == "en"


def test_own_sessions_are_listed_with_their_devices(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
    city.sign_in("shenruochuan", shen[1], agent=phone, address="10.0.0.7")
    listed = client.get("/api/v1/account/sessions").json()["items"]
    assert [(one["device"]["words_zh"], one["current"]) for one in listed] == [
        ("Safari（iOS）", False),
        ("Firefox（Linux）", True),
    ]
    assert listed[0]["address"] == "10.0.0.7"


def test_ending_a_session_works_at_once(city: City, shen: Shen) -> None:
    client, other = city.sign_in("shenruochuan", shen[1]), city.sign_in("shenruochuan", shen[1])
    assert is_in(other)
    listed = client.get("/api/v1/account/sessions").json()["items"]
    target = next(one["id"] for one in listed if not one["current"])
    assert client.delete(f"/api/v1/account/sessions/{target}").status_code == 204
    assert not is_in(other)
    assert is_in(client)


def test_all_other_sessions_can_be_ended(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    others = [city.sign_in("shenruochuan", shen[1]) for _ in range(2)]
    assert client.delete("/api/v1/account/sessions").json() == {"ended": 2}
    assert [is_in(one) for one in (client, *others)] == [True, False, False]


def test_nobody_can_end_another_s_session(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    mine = client.get("/api/v1/account/sessions").json()["items"][0]["id"]
    other = city.add_person("liyue", "李月", "officer")
    stranger = city.sign_in("liyue", city.enrol(other))
    assert stranger.delete(f"/api/v1/account/sessions/{mine}").status_code == 404
    assert is_in(client)


def test_a_sensitive_action_asks_again_after_ten_minutes(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    assert client.post("/api/v1/sensitive").status_code == 204
    city.tick(minutes=11)
    asked = client.post("/api/v1/sensitive")
    assert (asked.status_code, asked.json()["code"]) == (401, "step-up-needed")
    before = client.cookies["zt_session"]
    state = client.post("/api/v1/session/step-up", json={"code": shen[1].at(city.now)})
    assert state.status_code == 200
    assert state.json()["stepped_up_until"] > state.json()["second_factor_at"]
    assert client.post("/api/v1/sensitive").status_code == 204
    thief = city.browser()
    thief.cookies.set("zt_session", before)
    assert not is_in(thief)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "000000"}, 401),
        ({"recovery_code": "0000-0000-0000-0000", "password": PASSWORD}, 401),
        ({}, 422),
        ({"code": "000000", "recovery_code": "00000000"}, 422),
    ],
)
def test_a_wrong_step_up_is_refused_and_keeps_the_session(
    city: City, shen: Shen, body: dict[str, str], status: int
) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    city.tick(minutes=11)
    assert client.post("/api/v1/session/step-up", json=body).status_code == status
    assert client.post("/api/v1/sensitive").status_code == 401
    assert is_in(client)


def test_a_step_up_by_recovery_code_needs_the_password(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    codes = client.post("/api/v1/account/recovery-codes").json()["recovery_codes"]
    city.tick(minutes=11)
    wrong = {"recovery_code": codes[0], "password": "not the password"}
    assert client.post("/api/v1/session/step-up", json=wrong).status_code == 401
    right = {"recovery_code": codes[0], "password": PASSWORD}
    assert client.post("/api/v1/session/step-up", json=right).status_code == 200


def test_own_factors_cannot_be_changed_without_a_step_up(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    city.tick(minutes=11)
    for method, path in (
        ("POST", "/account/totp"),
        ("DELETE", "/account/totp"),
        ("POST", "/account/passkeys/options"),
        ("POST", "/account/recovery-codes"),
    ):
        assert client.request(method, f"/api/v1{path}").json()["code"] == "step-up-needed"


def test_another_device_than_the_first_is_told_of_once(city: City, shen: Shen) -> None:
    city.sign_in("shenruochuan", shen[1])
    assert city.announced("signed_in_from_new_device") == []
    client = city.sign_in("shenruochuan", shen[1], agent=EDGE)
    client.post("/api/v1/sign-out")
    client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD})
    city.tick(seconds=31)
    assert client.post("/api/v1/sign-in/totp", json={"code": shen[1].at(city.now)}).json()["stage"] == "full"
    assert [told["device_zh"] for told in city.announced("signed_in_from_new_device")] == ["Edge（Windows）"]


def test_grants_follow_the_organisation_at_once(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    assert "identity.people.read" in client.get("/api/v1/probe").json()["grants"]
    with city.database.write() as session:
        post = session.query(organisation.Post).filter_by(person_id=shen[0]).one()
        post.roles = []
        session.info["topics"].add("identity")
    assert client.get("/api/v1/probe").json()["grants"] == ""


def test_someone_with_several_posts_chooses_one(city: City, shen: Shen) -> None:
    with city.database.write() as session:
        first = session.query(organisation.Post).filter_by(person_id=shen[0]).one()
        second = organisation.Post(
            id=sessions.new_id(),
            person_id=shen[0],
            department_id=first.department_id,
            title="审计员",
            from_on=city.now.date(),
        )
        second.roles = [organisation.PostRole(role="auditor")]
        session.add(second)
    client = city.sign_in("shenruochuan", shen[1])
    assert [post["title"] for post in client.get("/api/v1/session").json()["posts"]] == ["科员", "审计员"]
    chosen = client.put("/api/v1/session/post", json={"post_id": str(second.id)})
    assert chosen.json()["post"]["title"] == "审计员"
    assert "identity.audit.read" in client.get("/api/v1/probe").json()["grants"]
    assert client.put("/api/v1/session/post", json={"post_id": str(shen[0])}).status_code == 409


def test_a_deputy_can_act_for_an_absent_colleague(city: City, shen: Shen) -> None:
    absent = city.add_person("liyue", "李月", "auditor")
    with city.database.write() as session:
        post = session.query(organisation.Post).filter_by(person_id=absent).one()
        acting = organisation.ActingFor(
            id=sessions.new_id(),
            absent_post_id=post.id,
            deputy_id=shen[0],
            from_on=city.now.date(),
            until_on=city.now.date(),
            reason="出差",
            created_at=city.now,
        )
        session.add(acting)
    client = city.sign_in("shenruochuan", shen[1])
    assert client.get("/api/v1/probe").json()["acting_for"] is None
    chosen = client.put("/api/v1/session/post", json={"post_id": str(post.id), "acting_id": str(acting.id)}).json()
    assert chosen["post"]["acting"]["for_name"] == "李月"
    assert client.get("/api/v1/probe").json()["acting_for"] == str(absent)
    city.tick(hours=24)
    later = city.sign_in("shenruochuan", shen[1])
    assert later.get("/api/v1/session").json()["posts"][0]["acting"] is None


def test_sweeping_keeps_what_still_counts(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    with city.database.write() as session:
        sweep(session, now=city.now)
    assert is_in(client)
    city.tick(days=31)
    with city.database.write() as session:
        sweep(session, now=city.now)
        assert session.query(LoginSession).count() == 0


def test_no_secret_is_in_the_database_as_it_is(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    codes = client.post("/api/v1/account/recovery-codes").json()["recovery_codes"]
    secrets = [client.cookies["zt_session"], client.cookies["zt_device"], shen[1].secret, PASSWORD, codes[0]]
    with city.database.read() as session:
        from zhengtong.kernel.db import Base

        kept = "".join(
            str(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select()).all()
        )
    assert [secret for secret in secrets if secret in kept] == []


def test_after_a_restoration_nobody_is_signed_in(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    assert is_in(client)
    with city.database.write() as session:
        assert sessions.end_everybodys(session, now=city.now) == 1
    assert not is_in(client)
