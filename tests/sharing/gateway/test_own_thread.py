"""Calls committed in the event loop's own thread: as exact and as durable as in the committer's, and the loop never waits for a writer."""

import asyncio
import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select, update

from tests.sharing.gateway.place import FIRMS, Place
from tests.sharing.gateway.test_exactness import counts, wanted
from zhengtong import app
from zhengtong.engines.sealing import OPEN, VERSION
from zhengtong.office import operations
from zhengtong.sharing import gateway
from zhengtong.sharing.gateway.actions.committing import Outcome, Pending
from zhengtong.sharing.gateway.actions.committing.at_once import NotAtOnce
from zhengtong.sharing.gateway.routes import crossing
from zhengtong.sharing.gateway.tables import Call

QUOTA, CALLS, BESIDE = 60, 120, 30
KEY = {"key": {"uscc": FIRMS[0]}}


@pytest.fixture(autouse=True)
def only_one_process_serves(database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("with PostgreSQL the committer's thread commits; test_exactness.py is for both")


def through_the_door(place: Place, work: Callable[[httpx.AsyncClient], Any]) -> Any:
    """`work(client)` in a loop of its own, in front of the city's app."""

    async def run() -> Any:
        behind = httpx.ASGITransport(app.create_app(place.city, work=False))
        async with httpx.AsyncClient(transport=behind, base_url="http://testserver", timeout=120) as client:
            return await work(client)

    with ThreadPoolExecutor(1) as thread:  # a browser that was tested before leaves its loop in this one
        return thread.submit(asyncio.run, run()).result()


async def asked(place: Place, client: httpx.AsyncClient) -> httpx.Response:
    data, path = json.dumps(KEY).encode(), f"{place.path}/lookup"
    return await client.post(path, content=data, headers=place.headers(data, path))


def taken(place: Place, told: list[Outcome]) -> Pending:
    one = wanted(place)
    return Pending(one.request, one.item, one.message, one.answer, told.append)


def test_the_quota_is_exact_where_the_loop_and_the_committer_commit_at_once(placed: Callable[..., Place]) -> None:
    place = placed(daily_quota=QUOTA)
    beside: list[Outcome] = []

    def settle() -> None:
        for _ in range(BESIDE // 3):
            beside.extend(place.city.gateway.settle([wanted(place)]))

    async def work(client: httpx.AsyncClient) -> list[int]:
        line = [threading.Thread(target=settle) for _ in range(3)]
        for one in line:
            one.start()
        answers = await asyncio.gather(*(asked(place, client) for _ in range(CALLS)))
        for one in line:
            await asyncio.to_thread(one.join)
        return [one.status_code for one in answers]

    statuses = through_the_door(place, work)
    served = statuses.count(200) + sum(one.answer is not None for one in beside)
    assert served == QUOTA
    assert statuses.count(200) + statuses.count(403) == CALLS
    assert counts(place) == (QUOTA, CALLS + BESIDE - QUOTA, QUOTA, QUOTA)


def test_calls_are_settled_by_whoever_asks_where_nobody_writes(place: Place) -> None:
    committer, told = place.city.gateway.committer, list[Outcome]()
    assert committer.settled_here([taken(place, told)]) is None, "the contracts were read in the loop"
    committer.snapshot()
    (outcome,) = committer.settled_here([taken(place, told)]) or [Outcome()]
    assert outcome.answer is not None
    assert not told, "whoever settles tells"
    place.end()
    assert committer.settled_here([taken(place, told)]) is None, "the contracts were read anew in the loop"
    (refused,) = place.city.gateway.settle([wanted(place)])
    assert refused.answer is None
    (refused,) = committer.settled_here([taken(place, told)]) or [Outcome()]
    assert refused.decision is not None
    assert refused.answer is None


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not taken for calls that do not come."""
    monkeypatch.setattr(crossing, "LOOK_S", 0.2)


def grouped(came: list[list[int]], *, is_fed: bool, turns: int) -> list[int]:
    """How many calls were a group each time. `came`: each list waited for; of it, so many in a turn and so many `turns` later."""
    groups: list[int] = []

    def settled(calls: list[Any]) -> list[Outcome]:
        groups.append(len(calls))
        return [Outcome() for _ in calls]

    committer = SimpleNamespace(settled_here=settled, group=64, at_once=SimpleNamespace(has_rung=False))

    async def run() -> None:
        loop = asyncio.get_running_loop()
        between = crossing.Crossing(loop, SimpleNamespace(committer=committer))  # type: ignore[arg-type]
        between.is_fed = is_fed
        for sizes in came:
            told = []
            for size in sizes:
                for _ in range(size):
                    told.append(loop.create_future())
                    between.submit(SimpleNamespace(tell=between.telling(told[-1].set_result)))  # type: ignore[arg-type]
                for _ in range(turns):
                    await asyncio.sleep(0)
            await asyncio.gather(*told)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
    return groups


@pytest.mark.usefixtures("patient")
def test_many_calls_that_come_shortly_after_another_are_a_group_and_few_wait_for_none() -> None:
    came = [[3], [2, 2], [20], [15, 20], [64, 30], [1], [1, 1]]
    assert grouped(came, is_fed=False, turns=1) == [3, 4, 20, 35, 64, 30, 1, 2]


@pytest.mark.usefixtures("patient")
def test_what_a_group_leaves_over_waits_for_those_that_come_next() -> None:
    assert grouped([[64], [70, 30]], is_fed=False, turns=3) == [64, 64, 36]


@pytest.mark.usefixtures("patient")
def test_where_a_front_makes_calls_ready_meanwhile_half_of_them_are_enough() -> None:
    assert grouped([[20], [10, 10]], is_fed=False, turns=3) == [20, 20]
    assert grouped([[20], [10, 10]], is_fed=True, turns=3) == [20, 10, 10]


@pytest.mark.parametrize(
    ("busy", "is_ready", "tried", "handed"),
    [
        (3, True, 4, 0),
        (crossing.TRIES, True, crossing.TRIES + 1, 0),
        (99, True, crossing.TRIES + 1, 1),
        (99, False, 1, 1),
    ],
    ids=["a moment", "the longest moment", "long", "the contracts are to be read anew"],
)
def test_while_another_writes_for_a_moment_the_loop_tries_again_and_then_hands_over(
    busy: int, is_ready: bool, tried: int, handed: int
) -> None:
    tries: list[int] = []
    waiting: list[Any] = []

    def settled(calls: list[Any]) -> list[Outcome] | None:
        tries.append(len(calls))
        return None if len(tries) <= busy else [Outcome() for _ in calls]

    def submit_all(calls: list[Any]) -> list[Any]:
        waiting.extend(calls)
        threading.Thread(target=lambda: [one.tell(Outcome()) for one in calls]).start()
        return []

    at_once = SimpleNamespace(has_rung=False)
    committer = SimpleNamespace(
        settled_here=settled, submit_all=submit_all, group=64, at_once=at_once, is_ready=is_ready
    )

    async def run() -> None:
        loop = asyncio.get_running_loop()
        between = crossing.Crossing(loop, SimpleNamespace(committer=committer))  # type: ignore[arg-type]
        done = loop.create_future()
        between.submit(SimpleNamespace(tell=between.telling(done.set_result)))  # type: ignore[arg-type]
        await asyncio.wait_for(done, 20)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
    assert (len(tries), len(waiting)) == (tried, handed)


@contextmanager
def another_process(place: Place) -> Iterator[None]:
    with closing(sqlite3.connect(str(place.city.database.url.database), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def another_thread(place: Place) -> Iterator[None]:
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with place.city.database.write():
            held.set()
            free.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    yield
    free.set()
    holder.join()


@pytest.mark.parametrize("holder", [another_process, another_thread])
def test_while_another_writes_the_loop_goes_on_and_calls_wait(place: Place, holder: Callable[[Place], Any]) -> None:
    async def work(client: httpx.AsyncClient) -> tuple[bool, int, int]:
        assert (await asked(place, client)).status_code == 200
        with holder(place):
            waiting = asyncio.ensure_future(asked(place, client))
            for _ in range(3):
                assert (await client.get("/api/health/live")).status_code == 200
            was_done = waiting.done()
        waited = await waiting
        return was_done, waited.status_code, (await asked(place, client)).status_code

    assert through_the_door(place, work) == (False, 200, 200)
    assert counts(place) == (3, 0, 3, 3)


def test_who_comes_while_the_loop_commits_is_next_in_the_process(place: Place) -> None:
    database, own = place.city.database, place.city.gateway.committer.at_once
    assert own is not None
    order: list[str] = []

    def write() -> None:
        with database.write():
            order.append("the other")

    other = threading.Thread(target=write)
    with own.write() as session:
        assert database.writing == threading.get_ident()
        other.start()
        other.join(0.3)
        order.append("the loop")
        session.execute(select(Call.number))
    other.join(60)
    assert (order, database.writing) == (["the loop", "the other"], 0)
    with another_thread(place), pytest.raises(NotAtOnce), own.write():
        pass
    with own.write() as session:
        assert session.in_transaction()


def test_what_cannot_be_written_is_not_given_and_the_next_call_is(place: Place, client: TestClient) -> None:
    pool = place.city.database.engine
    place.city.gateway.committer.snapshot()
    place.call(client, "count", {})
    pool.dispose()

    @event.listens_for(pool, "connect")
    def read_only(connection: Any, _: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    place.city.gateway.committer.at_once.close()
    failed = place.call(client, "lookup", KEY)
    event.remove(pool, "connect", read_only)
    pool.dispose()
    assert (failed.status_code, "rows" in failed.json()) == (503, False)
    assert place.call(client, "lookup", KEY).status_code == 200
    assert counts(place) == (2, 0, 2, 2)


def test_what_is_kept_open_of_a_calls_inputs_is_the_quota_used(place: Place) -> None:
    committer = place.city.gateway.committer
    committer.snapshot()
    other = taken(place, [])
    other.request = other.request._replace(keys=2)
    assert committer.settled_here([taken(place, []), taken(place, []), other])
    with place.city.database.read() as session:
        first, second, third = [one or b"" for one in session.scalars(select(Call.inputs).order_by(Call.number))]
    assert [one[:1] for one in (first, second, third)] == [VERSION, OPEN, VERSION]
    told = rb'\d+,"used_total":\d+,"workday":(true|false)},"policy":"[\w.@-]+"}'
    assert re.fullmatch(told, second[len(OPEN) + 1 + 16 + 4 :])


def test_calls_of_a_group_keep_what_their_inputs_begin_with_once_and_each_can_be_decided_again(place: Place) -> None:
    committer = place.city.gateway.committer
    committer.snapshot()
    assert committer.settled_here([taken(place, []) for _ in range(3)])
    engines = place.city.engines

    def again() -> list[str]:
        with place.city.database.read() as session:
            return [one.verdict for one in gateway.recheck(session, engines.keyring, engines.crypto)]

    with place.city.database.read() as session:
        first, second, third = session.scalars(select(Call).order_by(Call.number)).all()
        whole = [gateway.inputs_of(session, engines.keyring, one) for one in (first, second, third)]
    assert again() == ["same", "same", "same"]
    assert len(second.inputs or b"") < len(first.inputs or b"") / 2
    assert len({len(one or b"") for one in whole}) == 1
    engines.keyring.rotate()
    assert operations.seal_again(place.city.database, engines.keyring) > 0
    assert again() == ["same", "same", "same"]
    with place.city.database.read() as session:
        first, second, third = session.scalars(select(Call).order_by(Call.number)).all()
    with place.city.database.write() as session:
        session.execute(update(Call).where(Call.number == first.number).values(inputs=None))
    assert again() == ["shredded", "shredded", "shredded"]
    with place.city.database.write() as session:
        session.execute(update(Call).where(Call.number == first.number).values(inputs=second.inputs))
    assert again() == ["altered", "altered", "altered"]
