"""What arrives by itself is found and landed once: files in folders, messages in topics; what cannot be reached waits and disturbs nobody."""

import json
import os
import time

import pytest
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from tests.data.intake import place
from tests.data.intake.site import client_of
from zhengtong.data import intake
from zhengtong.data.intake.actions.reading import taking
from zhengtong.data.intake.jobs import watching
from zhengtong.data.intake.permissions import READ, RUN
from zhengtong.engines.broker import Broker, Message
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.actor import SYSTEM

pytestmark = pytest.mark.usefixtures("clock_at_now")
HEAD = "uscc,name,capital,since\r\n"


@pytest.fixture
def city(database_url, tmp_path):
    opened = place.open_city(database_url, tmp_path, steady_s=0)
    yield opened
    opened.database.close()


@pytest.fixture
def bureau(city):
    return place.found(city)


@pytest.fixture
def item(city, bureau):
    return place.register(city, bureau)


@pytest.fixture
def drops(tmp_path):
    folder = tmp_path / "drops"
    folder.mkdir()
    return folder


def drop(folder, name, *numbers):
    path = folder / name
    path.write_text(
        HEAD + "".join(f"{place.code(n)},企业{n},{n},2020-03-05\r\n" for n in numbers), "gb18030", newline=""
    )
    return path


def look(city, times=2):
    """As the timer would, some times."""
    for _ in range(times):
        with city.database.write() as session:
            watching.watch(session, now=NOW)
        city.workers.drain()


def runs(city):
    with city.database.read() as session:
        return list(session.scalars(select(intake.Run).order_by(intake.Run.created_at, intake.Run.number)))


def names(city, item):
    lake = city.engines.lake
    table = f"items/{item.hex}"
    return sorted(lake.read(table)["name"].to_pylist()) if lake.exists(table) else []


def test_each_dropped_file_is_landed_once_by_a_run_of_its_own(city, bureau, item, drops):
    place.source(city, bureau, item, "folder", {"path": str(drops), "pattern": "*.csv"})
    drop(drops, "one.csv", 1, 2)
    drop(drops, "two.csv", 3)
    drop(drops, "note.txt", 9)
    look(city, times=5)
    assert names(city, item) == ["企业1", "企业2", "企业3"]
    assert [run.what["file"] for run in runs(city)] == ["one.csv", "two.csv"]
    drop(drops, "again.csv", 1, 2)
    look(city, times=3)
    assert len(runs(city)) == 2, "the same content under another name is not taken again"
    drop(drops, "one.csv", 4)
    look(city, times=3)
    assert names(city, item) == ["企业1", "企业2", "企业3", "企业4"], "new content under an old name is"


def test_a_file_that_still_grows_is_left_until_it_stands_still(city, bureau, item, drops):
    place.source(city, bureau, item, "folder", {"path": str(drops)})
    path = drop(drops, "slow.csv", 1)
    look(city, times=1)
    drop(drops, "slow.csv", 1, 2)
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1))
    look(city, times=1)
    assert runs(city) == []
    look(city, times=2)
    assert names(city, item) == ["企业1", "企业2"]


def test_a_file_waits_for_its_done_mark_where_the_source_says_so(city, bureau, item, drops):
    place.source(city, bureau, item, "folder", {"path": str(drops), "arrived": "done"})
    path = drop(drops, "marked.csv", 1)
    look(city, times=3)
    assert runs(city) == []
    path.with_name("marked.csv.done").touch()
    look(city)
    assert names(city, item) == ["企业1"]


def test_a_file_that_was_swapped_after_it_was_seen_is_not_read(city, bureau, item, drops):
    source = place.source(city, bureau, item, "folder", {"path": str(drops)})
    path = drop(drops, "swap.csv", 1)
    ground = taking.Ground(city.database, city.workers.givens, clock.now, lambda: False)
    assert not taking.take(ground, source), "seen for the first time"
    assert taking.take(ground, source)
    path.unlink()
    path.symlink_to("/etc/passwd")
    city.workers.drain()
    (run,) = runs(city)
    assert (run.state, run.reason["code"]) == ("failed", "file-gone")


def test_a_folder_outside_the_allowed_ones_is_told_once_and_not_again_and_again(city, bureau, item, drops, monkeypatch):
    monkeypatch.setattr(taking, "FIRST_PAUSE_S", taking.LONGEST_PAUSE_S)
    place.source(city, bureau, item, "folder", {"path": "/etc"}, code="bad")
    good = place.source(city, bureau, item, "folder", {"path": str(drops)}, code="good")
    drop(drops, "one.csv", 1)
    look(city, times=4)
    failed = [run for run in runs(city) if run.source_id != good]
    assert [(run.state, run.reason["code"]) for run in failed] == [("failed", "folder-not-allowed")]
    assert names(city, item) == ["企业1"], "and the others are not disturbed"


def test_a_folder_that_is_away_is_waited_for(city, bureau, item, drops):
    place.source(city, bureau, item, "folder", {"path": str(drops)})
    drops.rmdir()
    look(city, times=2)
    (run,) = runs(city)
    assert (run.state, run.reason["code"]) == ("waiting", "source-away")


def firm(number):
    row = {"uscc": place.code(number), "name": f"企业{number}", "capital": number, "since": "2020-03-05"}
    return Message(json.dumps(row).encode(), b"%d" % number)


def test_messages_are_landed_as_they_come_and_each_once(city, bureau, item):
    broker = city.workers.givens[Broker]
    broker.create_topic("market.firms", partitions=2)
    place.source(city, bureau, item, "topic", {"topic": "market.firms"})
    broker.append("market.firms", [firm(n) for n in range(3)])
    look(city)
    broker.append("market.firms", [firm(3), Message(b"{broken", b"1")])
    look(city, times=3)
    assert names(city, item) == [f"企业{n}" for n in range(4)]
    assert [(run.rows_landed, run.rows_quarantined) for run in runs(city)] == [(3, 0), (1, 1)]


def test_a_broker_that_is_away_makes_its_source_wait_with_growing_pauses_and_disturbs_no_other(
    city, bureau, item, drops
):
    settings = {"topic": "x", "servers": "10.255.255.1:1", "security": "plaintext"}
    place.source(city, bureau, item, "topic", {**settings, "servers": "127.0.0.1:9"}, code="refused")
    place.source(city, bureau, item, "mqtt", {"host": "127.0.0.1", "port": 9, "tls": False, "topic": "t"}, code="away")
    place.source(city, bureau, item, "folder", {"path": str(drops)}, code="good")
    drop(drops, "one.csv", 1)
    look(city, times=3)
    assert names(city, item) == ["企业1"]
    told = {(run.reason or {}).get("code") for run in runs(city)}
    assert told == {None, "source-address-refused"}, "this machine is not called unless the settings allow it"


def test_a_run_by_hand_of_a_watched_folder_looks_for_what_has_come(city, bureau, item, drops):
    city.database.listeners = {"intake.run_ended@1": tuple(watching.LISTENERS)}
    source = place.source(city, bureau, item, "folder", {"path": str(drops)}, schedule="0 2 * * *")
    drop(drops, "one.csv", 1)
    os.utime(drops / "one.csv", (1, 1))
    place.run(city, source)
    assert names(city, item) == ["企业1"]
    assert [run.cause for run in runs(city)] == ["person", "stream"]


def test_arrivals_are_swept_a_week_after_they_landed(city, bureau, item, tmp_path):
    from datetime import timedelta

    from zhengtong.data.intake.actions.reading import arriving
    from zhengtong.data.intake.tables import Push
    from zhengtong.kernel.db import new_id

    source = place.source(city, bureau, item, "push", {})
    push = Push(id=new_id(), source_id=source, key="k" * 8, digest="0" * 64, rows=1, pushed_by=SYSTEM.subject, at=NOW)
    path = arriving.kept_path(city.settings.kernel.data, push.id)
    arriving.keep_rows(path, [{"uscc": place.code(1), "name": "企业1"}])
    with city.database.write() as session:
        session.add(push)
    look(city)
    assert names(city, item) == ["企业1"]
    for days, there in ((6, True), (8, False)):
        with clock.fixed(NOW + timedelta(days=days)):
            with city.database.write() as session:
                jobs.enqueue(session, watching.SWEEP)
            city.workers.drain()
        assert path.exists() is there


def test_a_failed_run_is_done_again_from_where_it_ended(city, bureau, item, drops):
    place.source(city, bureau, item, "folder", {"path": str(drops)})
    path = drop(drops, "one.csv", 1, 2)
    hidden = path.rename(drops / ".one.csv")
    with city.database.write() as session:
        source = session.scalar(select(intake.Source.id))
        what = {"file": "one.csv"}
        intake.start_run(session, SYSTEM, source, now=NOW, cause=intake.Cause.STREAM, what=what)
    city.workers.drain()
    (failed,) = runs(city)
    assert (failed.state, failed.reason["code"]) == ("failed", "file-gone")
    hidden.rename(path)
    client = client_of(city, actor_with(READ, RUN))
    answer = client.post(f"/api/v1/intake/runs/{failed.id}/again")
    assert answer.status_code == 201, answer.text
    city.workers.drain()
    assert names(city, item) == ["企业1", "企业2"]
    assert client.post(f"/api/v1/intake/runs/{answer.json()['id']}/again").status_code == 409
    assert client_of(city, actor_with(READ)).post(f"/api/v1/intake/runs/{failed.id}/again").status_code == 403
