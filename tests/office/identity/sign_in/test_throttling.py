"""Guessing is slowed, and nobody can be locked out by others."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.office.identity.actions import hashing
from zhengtong.office.identity.rules import throttling

from .conftest import PASSWORD, City

pytestmark = pytest.mark.both_databases
Shen = tuple[UUID, pyotp.TOTP]
WRONG = {"login": "shenruochuan", "password": "not the password"}
RIGHT = {"login": "shenruochuan", "password": PASSWORD}


def guess(city: City, times: int, *, body: dict[str, str] = WRONG, address: str = "203.0.113.9") -> list[int]:
    return [city.browser(address).post("/api/v1/sign-in/password", json=body).status_code for _ in range(times)]


def test_after_five_wrong_guesses_a_stranger_waits_longer_each_time(city: City, shen: Shen) -> None:
    assert guess(city, 6) == [401] * 5 + [429]
    waits = []
    for _ in range(5):
        answer = city.browser("203.0.113.9").post("/api/v1/sign-in/password", json=WRONG)
        waits.append(int(answer.headers["retry-after"]))
        city.tick(seconds=waits[-1])
        assert guess(city, 1) == [401]
    assert waits == [2, 4, 8, 16, 32]


def test_even_the_right_password_waits_for_a_stranger(city: City, shen: Shen) -> None:
    guess(city, 5)
    assert guess(city, 1, body=RIGHT) == [429]


def test_guesses_from_many_addresses_are_one_count(city: City, shen: Shen) -> None:
    statuses = [guess(city, 1, address=f"203.0.113.{n}")[0] for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2


def test_the_owner_on_a_known_device_is_not_locked_out(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    client.post("/api/v1/sign-out")
    guess(city, 9)
    assert client.post("/api/v1/sign-in/password", json=RIGHT).status_code == 200


def test_the_owner_at_a_known_address_is_not_locked_out(city: City, shen: Shen) -> None:
    city.sign_in("shenruochuan", shen[1], address="10.0.0.1")
    guess(city, 9)
    assert city.browser("10.0.0.1").post("/api/v1/sign-in/password", json=RIGHT).status_code == 200
    assert city.browser("10.0.0.2").post("/api/v1/sign-in/password", json=RIGHT).status_code == 429


def test_a_device_cookie_of_another_account_is_of_no_use(city: City, shen: Shen) -> None:
    other = city.add_person("liyue", "李月", "officer")
    client = city.sign_in("liyue", city.enrol(other), address="203.0.113.9")
    client.post("/api/v1/sign-out")
    guess(city, 5)
    assert client.post("/api/v1/sign-in/password", json=RIGHT).status_code == 429


def test_an_unknown_name_is_slowed_just_the_same(city: City, shen: Shen) -> None:
    assert guess(city, 6, body={"login": "nobody", "password": "x"}) == [401] * 5 + [429]


def test_one_address_trying_many_names_is_slowed(city: City) -> None:
    statuses = [guess(city, 1, body={"login": f"name{n}", "password": "x"})[0] for n in range(32)]
    assert statuses == [401] * 30 + [429] * 2


def test_codes_cannot_be_guessed_through(city: City, shen: Shen) -> None:
    client = city.browser("203.0.113.9")
    client.post("/api/v1/sign-in/password", json=RIGHT)
    answers = [client.post("/api/v1/sign-in/totp", json={"code": f"{n:06}"}).status_code for n in range(7)]
    assert answers == [401] * 5 + [429] * 2


def test_a_right_password_clears_the_count(city: City, shen: Shen) -> None:
    guess(city, 4)
    assert guess(city, 1, body=RIGHT) == [200]
    assert guess(city, 5) == [401] * 5


def test_failures_are_forgotten_after_a_day(city: City, shen: Shen) -> None:
    guess(city, 5)
    city.tick(hours=25)
    assert guess(city, 6) == [401] * 5 + [429]


def test_guesses_made_at_once_gain_nothing(city: City, shen: Shen) -> None:
    statuses: list[int] = []

    def one() -> None:
        statuses.extend(guess(city, 1))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(401) <= 6
    assert set(statuses) <= {401, 429}


def test_an_unknown_name_is_judged_with_the_same_labour_as_a_known_one() -> None:
    labour = hashing.hashed("the right one").split("$")[:4]
    assert hashing.NOBODY.split("$")[:4] == labour
    assert not hashing.is_right(None, "a wrong one")


def test_nobody_s_password_is_never_right() -> None:
    assert not hashing.is_right(None, "the password of nobody")


AT = datetime(2026, 3, 5, tzinfo=UTC)
PATIENCES = st.sampled_from([throttling.ACCOUNT, throttling.ADDRESS])


@given(PATIENCES, st.integers(0, 10_000))
def test_waiting_never_shrinks_and_has_an_end(patience: throttling.Patience, failures: int) -> None:
    assert timedelta(0) <= throttling.wait(patience, failures) <= throttling.wait(patience, failures + 1)
    assert throttling.wait(patience, failures) <= patience.most


@given(PATIENCES, st.integers(0, 100), st.floats(0, 2000))
def test_what_is_told_to_wait_is_enough(patience: throttling.Patience, failures: int, later_s: float) -> None:
    now = AT + timedelta(seconds=later_s)
    left = throttling.left_s(patience, failures, AT, now)
    assert throttling.left_s(patience, failures, AT, now + timedelta(seconds=left)) == 0
    assert left == 0 or throttling.left_s(patience, failures, AT, now + timedelta(seconds=left - 1)) > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
    ],
)
def test_a_subscriber_s_addresses_are_one_network(one: str, other: str, same: bool) -> None:
    assert (throttling.network(one) == throttling.network(other)) is same
