"""Killed at any moment, again and again: nothing acknowledged is lost, nothing inside the platform is done twice."""

import random
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.births import births
from tests.kernel.killed import open_workers, work
from tests.kernel.test_jobs import Mark, words
from zhengtong.kernel import clock
from zhengtong.kernel.jobs import DONE, JobRow

pytestmark = pytest.mark.both_databases


def run_and_kill(url: str, first: int, after_s: float) -> list[int]:
    """What a process had acknowledged before it was killed, `after_s` after its first."""
    hearing, telling = births.Pipe(duplex=False)
    child = births.Process(target=work, args=(url, first, telling), daemon=True)
    child.start()
    telling.close()
    acknowledged = [hearing.recv()]
    time.sleep(after_s)
    child.kill()
    child.join()
    with suppress(EOFError, OSError):
        while True:
            acknowledged.append(hearing.recv())
    return acknowledged


def check_killed(database, kills: int) -> None:
    dice = random.Random(kills)
    url = database.url.render_as_string(hide_password=False)
    acknowledged: list[int] = []
    for n in range(kills):
        acknowledged += run_and_kill(url, (n + 1) * 1_000_000, dice.uniform(0.0, 0.5))
    again, workers = open_workers(url)
    with clock.fixed(clock.now() + timedelta(hours=1)):  # every lease is over, and every pause
        workers.drain()
    with again.read() as session:
        assert session.scalar(select(func.count()).select_from(JobRow).where(JobRow.state != DONE)) == 0
    again.close()
    found = Counter(words(database))
    assert len(acknowledged) >= kills
    for number in acknowledged:
        for effect in ("job", "event", "step 0", "step 1", "step 2"):
            assert found[f"{effect} {number}"] == 1, f"{effect} {number}"
    assert set(found.values()) == {1}
    check_order(database)


def check_order(database) -> None:
    """Events of one lane were heard in the order in which they were told."""
    with database.read() as session:
        heard = session.scalars(select(Mark.word).where(Mark.word.like("event %")).order_by(Mark.seq))
        numbers = [int(word.split()[1]) for word in heard]
    for lane in range(3):
        own = [number for number in numbers if number % 3 == lane]
        assert own == sorted(own)


def test_ten_kills_lose_nothing_and_do_nothing_twice(database):
    check_killed(database, 10)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_hundred_kills_lose_nothing_and_do_nothing_twice(database):
    check_killed(database, 100)
