"""The client's SM2, its session and its sealed requests, against the platform's own crypto and a served city."""

import asyncio
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.clients.conftest import Served, aside
from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings, signature_to_raw
from zhengtong.kernel import clock
from zhengtong.office.identity.tables.sign_in import LoginSession
from zhengtong_client import Account, KeyWrong, NotSignedIn, PrivateKey, PublicKey, ServiceAuth, sm2
from zhengtong_client.signing import call_signature

CRYPTO = engines.open_crypto(CryptoSettings())
KEY = CRYPTO.new_key()
OWN = PrivateKey.from_pem(KEY.to_pem())


@given(st.binary(max_size=300))
def test_what_the_client_signs_the_platform_verifies_and_the_reverse(message: bytes) -> None:
    assert CRYPTO.verify(KEY.public, OWN.sign(message), message)
    theirs = CRYPTO.sign(KEY, message)
    public = PublicKey(KEY.public.point)
    assert public.verify(theirs, message)
    assert not public.verify(theirs, message + b"x")
    assert not public.verify(theirs[:-1] + bytes([theirs[-1] ^ 1]), message)


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_digests_are_the_platforms(message: bytes, key: bytes) -> None:
    assert sm2.sm3(message) == CRYPTO.sm3(message)
    assert sm2.hmac_sm3(key, message) == CRYPTO.hmac_sm3(key, message)


@given(st.binary(min_size=1, max_size=100))
def test_what_is_sealed_to_the_key_opens_and_only_with_it(secret: bytes) -> None:
    sealed = CRYPTO.encrypt(KEY.public, secret)
    assert OWN.decrypt(sealed) == secret
    with pytest.raises(KeyWrong):
        PrivateKey.from_pem(CRYPTO.new_key().to_pem()).decrypt(sealed)


def test_public_keys_are_read_as_hex_and_pem() -> None:
    assert PublicKey.from_pem(KEY.public.to_pem()) == PublicKey.from_hex(KEY.public.to_hex())
    assert signature_to_raw(OWN.sign(b"m")) != b""


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "nonsense"]
)
def test_what_is_no_key_is_told_without_its_content(text: str) -> None:
    with pytest.raises(KeyWrong) as told:
        PrivateKey.from_pem(text)
    assert "PEM" in str(told.value)


def test_a_key_is_not_shown() -> None:
    assert KEY.scalar.hex() not in repr(OWN)
    assert repr(OWN.der) not in repr(Account("s", "k", OWN))


SAID = ("x-zhengtong-case:12", "x-zhengtong-purpose:job_subsidy")


def test_the_sealed_text_is_the_one_of_the_reference_page() -> None:
    parts = {
        "session": "01a1fca2-4462-7406-ae92-6438a279c554",
        "time": "2026-11-21T08:00:00Z",
        "nonce": "3f1c9a7b5e2d4c6f8a0b1c2d3e4f5061",
        "body": sm2.sm3('{"name":"茶"}'.encode()).hex(),
    }
    told = call_signature(bytes(range(32)), "post", "/api/v1/service-accounts?dry=1", parts, SAID)
    assert told == "2bc798599adc13a77f2d1617eca6b4906e8d3f370701ab2c0f614e947241f019"


def test_one_session_serves_many_requests_and_its_end_opens_another(served: Served) -> None:
    account, _ = served.account("catalogue.read")
    auth, seen = ServiceAuth(account, served.address), []
    with httpx.Client(base_url=served.address, auth=auth, event_hooks={"request": [seen.append]}) as client:
        for query in ("", "?q=%E7%A8%8E"):
            assert client.get(f"/api/v1/catalogue/items{query}").status_code == 200
        assert _openings(seen) == 1
        with served.city.database.write() as session:
            session.execute(update(LoginSession).values(ended_at=clock.now()))
        assert client.get("/api/v1/catalogue/items").status_code == 200
        assert _openings(seen) == 2


def test_the_same_works_without_blocking(served: Served) -> None:
    account, _ = served.account("catalogue.read")

    async def ask() -> list[int]:
        auth = ServiceAuth(account, served.address)
        async with httpx.AsyncClient(base_url=served.address, auth=auth) as client:
            answers = await asyncio.gather(*(client.get("/api/v1/catalogue/items") for _ in range(5)))
        return [answer.status_code for answer in answers]

    assert aside(ask()) == [200] * 5


def test_a_refused_key_is_told_with_the_citys_reason(served: Served) -> None:
    account, _ = served.account("catalogue.read")
    wrong = Account(account.system, account.key_id, PrivateKey.from_pem(CRYPTO.new_key().to_pem()))
    auth = ServiceAuth(wrong, served.address)
    with httpx.Client(base_url=served.address, auth=auth) as client, pytest.raises(NotSignedIn) as told:
        client.get("/api/v1/catalogue/items")
    assert told.value.status == 401
    assert "签名" in str(told.value)


def _openings(seen: list[httpx.Request]) -> int:
    return sum(json.loads(one.content or b"{}").get("signature") is not None for one in seen)
