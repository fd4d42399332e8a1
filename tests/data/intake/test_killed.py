"""Killed at any moment, again and again: each row lands once, each bad row waits once, each batch is announced once."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.data.intake import place
from tests.data.intake.killed import SETTINGS
from zhengtong.data import intake
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.clock import now
from zhengtong.kernel.events import EventRow

ROOT = Path(__file__).parents[3]
LONGEST_S = 0.8
BAD = 41


def firms(path: Path, count: int) -> None:
    """A register of firms; every forty-first has no name."""
    with sqlite3.connect(path) as database:
        database.execute("create table firm (uscc text primary key, name text, capital integer, since text)")
        rows = ((place.code(n), None if n % BAD == 0 else f"企业{n}", n * 100, "2020-01-31") for n in range(count))
        database.executemany("insert into firm values (?, ?, ?, ?)", rows)


class Cities:
    """The program that makes cities to be killed."""

    def __init__(self, url: str, folder: Path) -> None:
        self._where = f"{url} {folder}\n"
        command = [sys.executable, "-m", "tests.data.intake.killed"]
        self._program = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def begin(self) -> int:
        """The number of a new city's process, at work."""
        assert self._program.stdin
        self._program.stdin.write(self._where)
        self._program.stdin.flush()
        return int(self.heard("0123456789"))

    def heard(self, letters: str) -> str:
        """What the program says next that begins so."""
        assert self._program.stdout
        while line := self._program.stdout.readline():
            if line[0] in letters:
                return line
        raise AssertionError("the program is gone")

    def end(self) -> None:
        """The program ends, and the city that lives yet."""
        os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()


def begin(database_url: str, folder: Path, count: int, mode: intake.Mode):
    city = place.open_city(database_url, folder, **SETTINGS)
    bureau = place.found(city)
    item = place.register(city, bureau)
    firms(folder / "register.sqlite", count)
    told = {"url": f"sqlite:///{folder / 'register.sqlite'}", "table": "firm", "key": ["uscc"]}
    source = place.source(city, bureau, item, "sql", told, mode=mode)
    with city.database.write() as session:
        run = intake.start_run(session, SYSTEM, source, now=now())
    return city, item, run.id


def check_killed(database_url: str, folder: Path, kills: int, count: int, mode: intake.Mode) -> None:
    city, item, run_id = begin(database_url, folder, count, mode)
    cities, dice, half_way = Cities(database_url, folder), random.Random(kills), 0
    try:
        for _ in range(kills):
            process = cities.begin()
            time.sleep(dice.uniform(0.0, LONGEST_S))
            os.kill(process, signal.SIGKILL)
            half_way += place.told(city, run_id).state is not intake.RunState.LANDED
        cities.begin()
        cities.heard("d")
    finally:
        cities.end()
    check(city, item, run_id, count)
    assert half_way >= kills / 3, "the run was over before it could be killed"
    city.close()


def check(city, item, run_id, count: int) -> None:
    run = place.told(city, run_id)
    assert (run.state, run.reason) == (intake.RunState.LANDED, None)
    bad = {place.code(n) for n in range(0, count, BAD)}
    landed = place.table_of(city, item)["uscc"].to_pylist()
    assert sorted(landed) == sorted({place.code(n) for n in range(count)} - bad)
    with city.database.read() as session:
        waiting = [row["uscc"] for row in session.scalars(select(intake.QuarantinedRow.values))]
        batches = list(session.scalars(select(intake.Batch).order_by(intake.Batch.number)))
        told = [
            row["batch_id"]
            for row in session.scalars(
                select(EventRow.payload).where(EventRow.type == intake.BatchLanded.type).order_by(EventRow.seq)
            )
        ]
    assert sorted(waiting) == sorted(bad)
    assert told == [str(batch.id) for batch in batches]
    assert {batch.state for batch in batches} == {intake.BatchState.LANDED}
    assert sum(batch.rows_read for batch in batches) == run.rows_read == count
    assert run.rows_landed == len(landed)
    assert run.rows_quarantined == len(waiting)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_kills_land_each_row_once(database_url: str, tmp_path: Path) -> None:
    check_killed(database_url, tmp_path, 10, 12_000, intake.Mode.APPEND)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", [intake.Mode.APPEND, intake.Mode.UPSERT, intake.Mode.REPLACE])
def test_a_hundred_kills_over_all_modes_land_each_row_once(
    database_url: str, tmp_path: Path, mode: intake.Mode
) -> None:
    check_killed(database_url, tmp_path, 34, 24_000, mode)
