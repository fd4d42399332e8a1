"""Two at once: one administrator of an empty city, one change of a password."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import httpx
import pyotp
import pytest

from zhengtong.office.identity.tables.organisation import PostRole
from zhengtong.office.identity.tables.sign_in import Password

from .conftest import PASSWORD, City

pytestmark = pytest.mark.both_databases
Shen = tuple[UUID, pyotp.TOTP]
GOOD = "云溪 lanterns over the seventh bridge"
AT_ONCE = 4


def at_once(*calls: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """What each answers when all go off together."""
    together = Barrier(len(calls))

    def go(call: Callable[[], httpx.Response]) -> httpx.Response:
        together.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


@pytest.mark.parametrize("links", [1, AT_ONCE])
def test_two_first_administrators_at_once_are_one(city: City, links: int) -> None:
    """By one link used twice; and by links of their own, as two programs that start at once might print them."""
    from datetime import timedelta

    from zhengtong.kernel.db import new_id
    from zhengtong.office.identity.rules.sessions import token_hash
    from zhengtong.office.identity.tables.sign_in import OneTimeLink

    tokens = [f"a-token-of-sufficient-length-{number}" for number in range(links)]
    with city.database.write() as session:
        for token in tokens:
            ends_at = city.now + timedelta(hours=1)
            session.add(OneTimeLink(id=new_id(), token_hash=token_hash(token), made_at=city.now, ends_at=ends_at))

    def sign_up(number: int) -> Callable[[], httpx.Response]:
        body = {"token": tokens[number % links], "name": "周明", "login": f"zhouming{number}", "password": GOOD}
        return lambda: city.browser().post("/api/v1/first-administrator", json=body)

    answers = at_once(*(sign_up(number) for number in range(AT_ONCE)))
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert all(answer.status_code in (404, 409) for answer in answers if answer.status_code != 200)
    with city.database.read() as session:
        assert session.query(PostRole).filter_by(role="administrator").count() == 1


def test_of_two_password_changes_at_once_one_counts(city: City, shen: Shen) -> None:
    news = ["a lighthouse hums to herons", "a windmill sings to otters"]
    clients = [city.sign_in("shenruochuan", shen[1]) for _ in news]

    def change(number: int) -> Callable[[], httpx.Response]:
        body = {"current": PASSWORD, "new": news[number]}
        return lambda: clients[number].post("/api/v1/account/password", json=body)

    answers = at_once(*(change(number) for number in range(len(news))))
    assert sorted(answer.status_code for answer in answers) == [204, 401]
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 204)
    assert city.sign_in("shenruochuan", shen[1], news[won])
    with city.database.read() as session:
        assert session.query(Password).count() == 1


def test_a_wrong_present_password_stands_in_the_trail(city: City, shen: Shen) -> None:
    client = city.sign_in("shenruochuan", shen[1])
    client.post("/api/v1/account/password", json={"current": "not mine", "new": GOOD})
    (row,) = city.audited("identity.password_wrong")
    assert (row.actor, row.thing_id, row.after) == (shen[0], str(shen[0]), None)
