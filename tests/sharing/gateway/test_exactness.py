"""Quotas are exact under concurrency; a process that is killed has given nothing without a durable receipt."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.orphans import nursery
from tests.sharing.gateway.place import NUMBER, Place
from zhengtong import app
from zhengtong.kernel import clock
from zhengtong.sharing import agreements, gateway, ledger
from zhengtong.sharing.gateway.actions.committing import Answer, Item, Message, Outcome
from zhengtong.sharing.gateway.tables import Call, Quota

pytestmark = pytest.mark.both_databases
CALLS, QUOTA = 1000, 100
LINE = 37  # a receipt's id and its line feed


def wanted(place: Place, *, body: bytes = b"{}") -> gateway.Wanted:
    """A call as relay, table exchange and files hand it in."""
    request = agreements.CallRequest(
        agreement=NUMBER,
        item_id=place.item.hex,
        operation="lookup",
        fields=("uscc",),
        purpose="job_subsidy",
        department_id=place.labour.hex,
        system_id=place.system.hex,
        at=clock.now(),
        case_number="稳岗〔2026〕12号",
    )
    message = Message("m", clock.now(), 2)
    return gateway.Wanted(request, Item(place.code, place.item, place.tax), message, lambda _: Answer(body, 1, "1.1"))


def counts(place: Place) -> tuple[int, int, int, int]:
    """Served and refused calls, receipts on the ledger, quota used."""
    with place.city.database.read() as session:
        codes = list(session.scalars(select(Call.code)))
        receipts = list(session.scalars(select(ledger.LedgerEntry.id).where(ledger.LedgerEntry.type == "receipt@1")))
        quota = session.scalar(select(Quota.used_total)) or 0
    return codes.count(""), len(codes) - codes.count(""), len(receipts), quota


def asked_at_once(gateways: list[gateway.Gateway], place: Place, calls: int, threads: int) -> list[Outcome]:
    outcomes: list[Outcome] = []
    kept = threading.Lock()

    def ask(place_in_line: int) -> None:
        mine = gateways[place_in_line % len(gateways)]
        for _ in range(calls // threads):
            found = mine.settle([wanted(place)])
            with kept:
                outcomes.extend(found)

    line = [threading.Thread(target=ask, args=(one,)) for one in range(threads)]
    for one in line:
        one.start()
    for one in line:
        one.join()
    return outcomes


def test_of_a_thousand_calls_at_once_exactly_the_quota_is_served(placed: Callable[..., Place]) -> None:
    place = placed(daily_quota=QUOTA)
    outcomes = asked_at_once([place.city.gateway], place, CALLS, 20)
    served = [one for one in outcomes if one.answer is not None]
    assert (len(outcomes), len(served)) == (CALLS, QUOTA)
    assert counts(place) == (QUOTA, CALLS - QUOTA, QUOTA, QUOTA)
    assert len({one.index for one in outcomes}) == CALLS


def test_two_processes_share_one_quota(placed: Callable[..., Place]) -> None:
    """Two committers over one database, as two serving processes are (PostgreSQL)."""
    place = placed(daily_quota=30)
    if place.city.database.is_sqlite:
        pytest.skip("one process serves")
    other = app.open_city(place.city.settings)
    outcomes = asked_at_once([place.city.gateway, other.gateway], place, 120, 8)
    other.close()
    assert sum(one.answer is not None for one in outcomes) == 30
    assert counts(place)[0] == counts(place)[3] == 30


def test_a_suspension_between_two_groups_holds_for_the_next(placed: Callable[..., Place]) -> None:
    place = placed()
    served = place.city.gateway.settle([wanted(place)])
    place.end()
    refused = place.city.gateway.settle([wanted(place)])
    assert [one.answer is not None for one in (*served, *refused)] == [True, False]
    assert counts(place) == (1, 1, 1, 1)


def test_a_receipt_that_cannot_be_written_gives_no_data(placed: Callable[..., Place]) -> None:
    place = placed()
    if not place.city.database.is_sqlite:
        pytest.skip("made by a read-only SQLite")
    place.city.gateway.settle([wanted(place)])
    pool = place.city.database.engine
    pool.dispose()
    from sqlalchemy import event

    @event.listens_for(pool, "connect")
    def read_only(connection: object, _: object) -> None:
        connection.execute("PRAGMA query_only=ON")  # type: ignore[attr-defined]

    (outcome,) = place.city.gateway.settle([wanted(place)])
    event.remove(pool, "connect", read_only)
    pool.dispose()
    assert (outcome.answer, type(outcome.problem).__name__) == (None, "NotCommitted")
    assert counts(place) == (1, 0, 1, 1)


def killed_in_the_middle(place: Place, tmp_path: Path, times: int) -> None:
    """A process of its own serves and writes each answer it released to a file; it is killed; what it gave has its receipt."""
    given = tmp_path / "given.txt"
    given.touch()
    asked = json.dumps(
        {"database": place.city.settings.kernel.database_url, "data": str(place.city.settings.kernel.data)}
    )
    started = [sys.executable, "-m", "tests.sharing.gateway.serving", asked, str(given), str(tmp_path)]
    with nursery(started) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(times):
            print("go", file=program.stdin, flush=True)
            running, before = int(program.stdout.readline()), given.stat().st_size
            until = time.monotonic() + 60
            while given.stat().st_size < before + LINE * 20 and time.monotonic() < until:
                time.sleep(0.002)
            os.kill(running, signal.SIGKILL)
            assert program.stdout.readline() == "gone\n"
            assert given.stat().st_size > before, "nothing was served before the kill"
        program.stdin.close()
    told = given.read_bytes()
    released = set(told[: len(told) // LINE * LINE].decode().split())
    with place.city.database.read() as session:
        kept = {str(one) for one in session.scalars(select(ledger.LedgerEntry.id))}
        indexes = sorted(session.scalars(select(Call.index)))
    assert released
    assert released <= kept
    served, _, receipts, quota = counts(place)
    assert served == receipts == quota
    assert len(indexes) == len(set(indexes)) == receipts


def test_ten_kills_leave_no_answer_without_its_receipt(placed: Callable[..., Place], tmp_path: Path) -> None:
    place = placed(daily_quota=10_000_000)
    killed_in_the_middle(place, tmp_path, 10 if place.city.database.is_sqlite else 3)


@pytest.mark.soak
@pytest.mark.timeout(2400)
def test_a_hundred_kills_leave_no_answer_without_its_receipt(placed: Callable[..., Place], tmp_path: Path) -> None:
    place = placed(daily_quota=10_000_000)
    killed_in_the_middle(place, tmp_path, 100 if place.city.database.is_sqlite else 30)
