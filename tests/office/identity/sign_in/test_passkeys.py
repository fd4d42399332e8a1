"""Passkeys: made, used to sign in and to step up, renamed, removed."""

from uuid import UUID

import pyotp
import pytest
from fastapi.testclient import TestClient

from .authenticator import Authenticator
from .conftest import City

Shen = tuple[UUID, pyotp.TOTP]


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


def add(client: TestClient, device: Authenticator, name: str = "办公电脑") -> dict[str, str]:
    options = client.post("/api/v1/account/passkeys/options").json()
    answer = client.post("/api/v1/account/passkeys", json={"credential": device.create(options), "name": name})
    assert answer.status_code == 200, answer.text
    passkey: dict[str, str] = answer.json()["passkey"]
    return passkey


def test_options_ask_for_a_discoverable_verifying_credential(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    options = client.post("/api/v1/account/passkeys/options").json()
    assert options["rp"]["id"] == "localhost"
    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")


def test_a_passkey_signs_in_without_name_or_password(city: City, shen: Shen, device: Authenticator) -> None:
    add(city.sign_in("shenruochuan", shen[1]), device)
    client = city.browser()
    options = client.post("/api/v1/sign-in/passkey/options").json()
    assert options.get("allowCredentials", []) == []
    state = client.post("/api/v1/sign-in/passkey", json={"credential": device.get(options)})
    assert state.json()["stage"] == "full"
    assert state.json()["second_factor_at"] is not None
    assert client.get("/api/v1/probe").json()["subject"] == str(shen[0])


def test_a_passkey_can_be_the_second_factor_after_a_password(city: City, shen: Shen, device: Authenticator) -> None:
    from .conftest import PASSWORD

    add(city.sign_in("shenruochuan", shen[1]), device)
    client = city.browser()
    state = client.post("/api/v1/sign-in/password", json={"login": "shenruochuan", "password": PASSWORD}).json()
    assert "passkey" in state["factors"]
    options = client.post("/api/v1/sign-in/passkey/options").json()
    assert client.post("/api/v1/sign-in/passkey", json={"credential": device.get(options)}).json()["stage"] == "full"


def test_an_answer_works_once(city: City, shen: Shen, device: Authenticator) -> None:
    add(city.sign_in("shenruochuan", shen[1]), device)
    client = city.browser()
    credential = device.get(client.post("/api/v1/sign-in/passkey/options").json())
    assert client.post("/api/v1/sign-in/passkey", json={"credential": credential}).status_code == 200
    assert client.post("/api/v1/sign-in/passkey", json={"credential": credential}).status_code == 401


def test_an_answer_from_another_browser_is_refused(city: City, shen: Shen, device: Authenticator) -> None:
    add(city.sign_in("shenruochuan", shen[1]), device)
    credential = device.get(city.browser().post("/api/v1/sign-in/passkey/options").json())
    thief = city.browser()
    thief.post("/api/v1/sign-in/passkey/options")
    assert thief.post("/api/v1/sign-in/passkey", json={"credential": credential}).json()["code"] == "passkey-refused"


@pytest.mark.parametrize("wrong", ["origin", "unverified", "count", "unknown", "signature", "nonsense"])
def test_a_wrong_answer_is_refused(city: City, shen: Shen, device: Authenticator, wrong: str) -> None:
    add(city.sign_in("shenruochuan", shen[1]), device)
    client = city.browser()
    if wrong == "count":
        credential = device.get(client.post("/api/v1/sign-in/passkey/options").json())
        client.post("/api/v1/sign-in/passkey", json={"credential": credential})
        client = city.browser()
        device.credentials[0].count = 0
    device.origin = "https://evil.example" if wrong == "origin" else device.origin
    device.verifies = wrong != "unverified"
    credential = device.get(client.post("/api/v1/sign-in/passkey/options").json())
    if wrong == "unknown":
        credential["id"] = credential["rawId"] = "AAAAAAAAAAAAAAAAAAAAAA"
    if wrong == "signature":
        credential["response"]["signature"] = credential["response"]["signature"][:-4] + "AAAA"
    if wrong == "nonsense":
        credential = {"rawId": "%%%", "response": 7}
    answer = client.post("/api/v1/sign-in/passkey", json={"credential": credential})
    assert (answer.status_code, answer.json()["code"]) == (401, "passkey-refused")


def test_a_credential_made_elsewhere_is_not_kept(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    options = client.post("/api/v1/account/passkeys/options").json()
    credential = Authenticator(origin="https://evil.example").create(options)
    answer = client.post("/api/v1/account/passkeys", json={"credential": credential, "name": "x"})
    assert answer.json()["code"] == "passkey-refused"


def test_passkeys_can_be_renamed_and_removed_by_their_owner_alone(
    city: City, shen: Shen, device: Authenticator
) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    passkey = add(client, device)
    other = city.add_person("liyue", "李月", "officer")
    stranger = city.sign_in("liyue", city.enrol(other))
    path = f"/api/v1/account/passkeys/{passkey['id']}"
    assert stranger.patch(path, json={"name": "x"}).status_code == 404
    assert stranger.delete(path).status_code == 404
    assert client.patch(path, json={"name": "手机"}).json()["name"] == "手机"
    assert client.delete(path).status_code == 204
    assert client.get("/api/v1/account").json()["passkeys"] == []


def test_the_last_second_factor_of_staff_stays(city: City, shen: Shen, device: Authenticator) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    assert client.delete("/api/v1/account/totp").json()["code"] == "last-factor"
    passkey = add(client, device)
    assert client.delete("/api/v1/account/totp").status_code == 204
    assert client.delete(f"/api/v1/account/passkeys/{passkey['id']}").json()["code"] == "last-factor"
