"""Runs: what lands, what waits, how each mode treats keys, what is told when something is wrong."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.data.intake import place
from zhengtong import app
from zhengtong.data import catalogue, intake
from zhengtong.data.intake.actions import runs, scheduling
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.events import EventRow

MODES = [intake.Mode.APPEND, intake.Mode.UPSERT, intake.Mode.REPLACE]


class Register:
    """A register of firms in a database file, and the source that reads it."""

    def __init__(self, city: app.City, folder: Path, **facts: Any) -> None:
        self.city, self.path = city, folder / "register.sqlite"
        with sqlite3.connect(self.path) as database:
            database.execute("create table firm (uscc text, name text, capital text, since text, changed integer)")
        self.bureau = place.found(city)
        self.item = place.register(city, self.bureau)
        told = {"url": f"sqlite:///{self.path}", "table": "firm", **facts.pop("settings", {})}
        self.source = place.source(city, self.bureau, self.item, "sql", told, **facts)

    def put(self, *rows: tuple[int, str | None] | tuple[int, str | None, str], changed: int = 0) -> None:
        """Rows of (number, name, capital) as they would be written there."""
        with sqlite3.connect(self.path) as database:
            for number, name, *capital in rows:
                values = (place.code(number), name, (capital or ["100"])[0], "2020-01-31", changed)
                database.execute("insert into firm values (?, ?, ?, ?, ?)", values)

    def clear(self) -> None:
        with sqlite3.connect(self.path) as database:
            database.execute("delete from firm")

    def run(self) -> intake.Run:
        return place.run(self.city, self.source)

    def held(self) -> dict[str, str]:
        """Name by number, as the lake holds them."""
        numbers = {place.code(number): number for number in range(200)}
        rows = place.table_of(self.city, self.item).to_pylist()
        return {numbers[row["uscc"]]: row["name"] for row in rows}


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[app.City]:
    opened = place.open_city(database_url, tmp_path, batch_rows=50, retry_s=0.001, tries=2)
    yield opened
    opened.close()


def count(city: app.City, statement: Any) -> int:
    with city.database.read() as session:
        return session.scalar(statement) or 0


def test_a_run_lands_good_rows_and_quarantines_bad_ones_with_why(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲公司"), (2, None), (3, "丙公司", "many"), (4, "丁公司", "12"))
    run = register.run()
    assert (run.state, run.reason) == (intake.RunState.LANDED, None)
    assert (run.rows_read, run.rows_landed, run.rows_quarantined, run.batches) == (4, 2, 2, 1)
    assert register.held() == {1: "甲公司", 4: "丁公司"}
    with city.database.read() as session:
        found = session.scalars(select(intake.QuarantinedRow).order_by(intake.QuarantinedRow.place)).all()
        batch = session.scalars(select(intake.Batch)).one()
        told = session.scalars(select(EventRow.payload).where(EventRow.type == "intake.batch_landed@1")).one()
        item = catalogue.get_item(session, register.item)
        edges = session.scalars(select(catalogue.LineageEdge.source_field)).all()
    assert [(row.place, row.marks) for row in found] == [(2, "|name:required|"), (3, "|capital_fen:type|")]
    assert (told["batch_id"], told["digest"], told["rows_landed"]) == (str(batch.id), batch.digest, 2)
    assert item.last_batch_at == batch.at
    assert sorted(edges) == ["capital", "name", "since", "uscc"]


def test_the_digest_is_of_what_was_read_and_the_same_for_the_same_rows(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲公司"), (2, None))
    digests = []
    for _ in range(2):
        register.run()
    register.put((3, "丙公司"))
    register.run()
    with city.database.read() as session:
        digests = list(session.scalars(select(intake.Batch.digest).order_by(intake.Batch.number)))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_treats_keys_as_it_promises(city: app.City, tmp_path: Path, mode: intake.Mode) -> None:
    register = Register(city, tmp_path, mode=mode)
    register.put((1, "旧名"), (2, "不变"), (3, "将撤"))
    register.run()
    register.clear()
    register.put((1, "中间名"), (1, "新名"), (2, "不变"))
    run = register.run()
    rows = place.table_of(city, register.item).num_rows
    if mode is intake.Mode.APPEND:
        assert (rows, run.rows_landed) == (6, 3)
        return
    assert (run.rows_landed, run.rows_repeated) == (2, 1)
    left = {1: "新名", 2: "不变"} | ({3: "将撤"} if mode is intake.Mode.UPSERT else {})
    assert register.held() == left
    assert run.rows_removed == (1 if mode is intake.Mode.REPLACE else 0)


def test_a_replacing_run_keeps_the_row_whose_new_version_is_in_quarantine(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path, mode=intake.Mode.REPLACE, most_bad_percent=100)
    register.put((1, "甲"), (2, "乙"))
    register.run()
    register.clear()
    register.put((1, None), (2, "乙"))
    run = register.run()
    assert (run.state, run.rows_quarantined, run.rows_removed) == (intake.RunState.LANDED, 1, 0)
    assert register.held() == {1: "甲", 2: "乙"}


def test_keys_gone_from_the_source_are_removed_where_the_source_says_so(city: app.City, tmp_path: Path) -> None:
    told = {"cursor": "changed", "key": ["uscc"]}
    register = Register(city, tmp_path, mode=intake.Mode.UPSERT, removes=True, settings=told)
    register.put((1, "甲"), (2, "乙"), changed=1)
    register.run()
    register.clear()
    register.put((2, "乙"), changed=1)
    register.put((3, "丙"), changed=2)
    run = register.run()
    assert (run.state, run.rows_removed) == (intake.RunState.LANDED, 1)
    assert register.held() == {2: "乙", 3: "丙"}


def test_a_source_that_keeps_its_place_reads_only_what_is_new(city: app.City, tmp_path: Path) -> None:
    told = {"cursor": "changed", "key": ["uscc"]}
    register = Register(city, tmp_path, mode=intake.Mode.UPSERT, settings=told)
    register.put(*((number, f"企业{number}") for number in range(120)), changed=1)
    assert register.run().rows_read == 120
    register.put((150, "新来"), changed=2)
    assert register.run().rows_landed <= 121
    assert len(register.held()) == 121


def test_more_than_half_of_the_register_gone_stops_the_run_until_a_person_allows_it(
    city: app.City, tmp_path: Path
) -> None:
    register = Register(city, tmp_path, mode=intake.Mode.REPLACE)
    register.put(*((number, f"企业{number}") for number in range(150)))
    register.run()
    register.clear()
    register.put((1, "企业1"))
    run = register.run()
    assert (run.state, run.reason and run.reason["code"]) == (intake.RunState.PAUSED, "too-many-gone")
    assert len(register.held()) == 150
    with city.database.write() as session:
        runs.resume_run(session, SYSTEM, session.get_one(intake.Run, run.id), now=clock.now())
    city.workers.drain()
    assert place.told(city, run.id).state is intake.RunState.LANDED
    assert register.held() == {1: "企业1"}


def test_a_batch_of_mostly_bad_rows_stops_the_run_and_nothing_of_it_lands(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put(*((number, None) for number in range(40)))
    run = register.run()
    assert (run.state, run.reason and run.reason["code"]) == (intake.RunState.PAUSED, "too-many-bad")
    assert count(city, select(func.count()).select_from(intake.QuarantinedRow)) == 0
    assert place.table_of(city, register.item).num_rows == 0


def test_a_run_is_cut_into_batches_and_slices_that_give_what_one_would(database_url: str, tmp_path: Path) -> None:
    city = place.open_city(database_url, tmp_path, batch_rows=30, slice_s=0.01)
    register = Register(city, tmp_path)
    register.put(*((number, f"企业{number}") for number in range(150)))
    run = register.run()
    assert (run.state, run.rows_landed) == (intake.RunState.LANDED, 150)
    assert run.batches == 5
    assert len(register.held()) == 150
    city.close()


def test_a_source_that_is_away_is_tried_again_and_then_the_run_fails(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.path.unlink()
    run = register.run()
    for _ in range(200):
        if place.told(city, run.id).state is intake.RunState.FAILED:
            break
        city.wake.wait("nothing", city.wake.seen("nothing"), 0.02)
        city.workers.drain()
    run = place.told(city, run.id)
    assert run.state is intake.RunState.FAILED
    assert run.reason
    assert "register.sqlite" in run.reason["zh"] or run.reason["zh"]


def test_a_full_disk_makes_the_run_wait_and_say_so(database_url: str, tmp_path: Path) -> None:
    city = place.open_city(database_url, tmp_path, free_mb=10**9)
    register = Register(city, tmp_path)
    register.put((1, "甲"))
    run = register.run()
    assert (run.state, run.reason and run.reason["code"]) == (intake.RunState.WAITING, "disk-low")
    assert run.again_at is not None
    city.close()


def test_one_run_of_a_source_at_a_time(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲"))
    with city.database.write() as session:
        first = intake.start_run(session, SYSTEM, register.source, now=clock.now(), cause=intake.Cause.UPLOAD)
        second = intake.start_run(session, SYSTEM, register.source, now=clock.now(), cause=intake.Cause.UPLOAD)
        with pytest.raises(runs.errors.SourceBusy):
            intake.start_run(session, SYSTEM, register.source, now=clock.now())
    city.workers.drain()
    done = [place.told(city, one.id) for one in (first, second)]
    assert [run.state for run in done] == [intake.RunState.LANDED] * 2
    assert done[0].ended_at
    assert done[1].begun_at
    assert done[0].ended_at <= done[1].begun_at


@pytest.mark.parametrize(("deed", "state"), [("pause", intake.RunState.PAUSED), ("cancel", intake.RunState.CANCELLED)])
def test_a_waiting_run_is_paused_or_cancelled_at_once(
    city: app.City, tmp_path: Path, deed: str, state: intake.RunState
) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲"))
    with city.database.write() as session:
        run = intake.start_run(session, SYSTEM, register.source, now=clock.now())
        getattr(runs, f"{deed}_run")(session, SYSTEM, run, now=clock.now())
    city.workers.drain()
    assert place.told(city, run.id).state is state
    if deed == "pause":
        with city.database.write() as session:
            runs.resume_run(session, SYSTEM, session.get_one(intake.Run, run.id), now=clock.now())
        city.workers.drain()
        assert place.told(city, run.id).state is intake.RunState.LANDED


def test_what_was_asked_of_a_running_run_is_heard_at_its_next_step(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲"))
    with city.database.write() as session:
        run = intake.start_run(session, SYSTEM, register.source, now=clock.now())
        run.state = intake.RunState.RUNNING
        session.flush()
        runs.cancel_run(session, SYSTEM, run, now=clock.now())
    city.workers.drain()
    assert place.told(city, run.id).state is intake.RunState.CANCELLED


def test_a_schedule_starts_the_source_when_its_time_has_come_and_plans_the_next(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path, schedule="0 2 * * *")
    register.put((1, "甲"))
    now = clock.now()
    with city.database.write() as session:
        session.get_one(intake.Source, register.source).next_at = now
        assert scheduling.start_due(session, now=now) == 1
        assert scheduling.start_due(session, now=now) == 0
        assert session.get_one(intake.Source, register.source).next_at > now
    city.workers.drain()
    assert len(register.held()) == 1


def test_a_run_that_lost_its_job_is_taken_up(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲"))
    with city.database.write() as session:
        run = intake.start_run(session, SYSTEM, register.source, now=clock.now(), queued=False)
        assert scheduling.take_up(session, now=clock.now()) == 0
        later = clock.now() + scheduling.LEFT_ALONE * 2
        assert scheduling.take_up(session, now=later) == 1
    city.workers.drain()
    assert place.told(city, run.id).state is intake.RunState.LANDED


def test_fields_of_every_type_land_as_the_lake_keeps_them(city: app.City, tmp_path: Path) -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal

    field = catalogue.FieldContent
    bureau = place.found(city)
    item = place.register(
        city,
        bureau,
        field("id", "编号", "C", "general_1", is_key=True),
        field("amount", "金额", "N", "general_1", length=18, precision=2),
        field("day", "日期", "D", "general_1"),
        field("at", "时间", "T", "general_1"),
        field("flag", "是否", "B", "general_1"),
    )
    with sqlite3.connect(tmp_path / "all.sqlite") as database:
        database.execute("create table t (id text, amount text, day text, at text, flag text)")
        database.execute("insert into t values ('1', '12.5', '20260305', '2026-03-05 09:00:00', '1')")
        database.execute("insert into t values ('2', '', '', '', '')")
    mapping = {name: name for name in ("id", "amount", "day", "at", "flag")}
    told = {"url": f"sqlite:///{tmp_path / 'all.sqlite'}", "table": "t"}
    source = place.source(city, bureau, item, "sql", told, mapping=mapping)
    run = place.run(city, source)
    assert (run.state, run.rows_landed) == (intake.RunState.LANDED, 2)
    first, second = sorted(place.table_of(city, item).to_pylist(), key=lambda row: row["id"])
    assert (first["amount"], first["day"], first["flag"]) == (Decimal("12.50"), date(2026, 3, 5), True)
    assert first["at"] == datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
    assert [second[name] for name in ("amount", "day", "at", "flag")] == [None] * 4
    assert (first["_row"], UUID(first["_batch_id"]).version) == (1, 7)


def test_a_retired_source_cannot_run_and_an_unmapped_one_says_what_is_missing(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    with city.database.write() as session:
        source = session.get_one(intake.Source, register.source)
        source.mapping = {}
        with pytest.raises(runs.errors.SourceNotReady):
            intake.start_run(session, SYSTEM, source.id, now=clock.now())
        source.state = intake.SourceState.RETIRED
        with pytest.raises(runs.errors.SourceRetired):
            intake.start_run(session, SYSTEM, source.id, now=clock.now())


def test_jobs_left_of_a_run_that_went_on_do_nothing(city: app.City, tmp_path: Path) -> None:
    register = Register(city, tmp_path)
    register.put((1, "甲"))
    run = register.run()
    with city.database.write() as session:
        stale = jobs.Job("intake.run", lambda **_: None)
        jobs.enqueue(session, stale, run_id=str(run.id), turn=1)
    city.workers.drain()
    assert place.table_of(city, register.item).num_rows == 1
