import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel import clock, jobs
from zhengtong.kernel.db import Base
from zhengtong.kernel.given import Given
from zhengtong.kernel.jobs import DEAD, DONE, WAITING, JobRow, queue
from zhengtong.kernel.wake import Wake

pytestmark = pytest.mark.both_databases


class Mark(Base):
    """What the test's jobs leave behind."""

    __tablename__ = "test_mark"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    word: Mapped[str]


class Ink:
    word = "ink"


def leave(session, *, now, word, ink: Given[Ink]):
    session.add(Mark(word=word + ink.word))


def stumble(session, *, now, word):
    session.add(Mark(word=word))
    session.flush()
    raise OSError("身份证 11010519491231002X 的行读不了")


def walk(run, *, upto):
    for step in range(run.kept.get("done", 0), upto):
        with run.write() as session:
            session.add(Mark(word=str(step)))
            run.kept["done"] = step + 1
        if step == 2 and not run.kept.get("fell"):
            run.kept["fell"] = True
            with run.write():
                pass
            raise ConnectionError("fell")


LEAVE = jobs.Job("test.leave", leave)
STUMBLE = jobs.Job("test.stumble", stumble, retries=2)
WALK = jobs.Job("test.walk", walk, steps=True)
REGISTRY = jobs.Registry({job.name: job for job in (LEAVE, STUMBLE, WALK)}, {})


@pytest.fixture
def workers(database):
    return jobs.Workers(database, REGISTRY, Wake(database), givens={Ink: Ink()})


def words(database):
    with database.read() as session:
        return list(session.scalars(select(Mark.word).order_by(Mark.seq)))


def rows(database):
    with database.read() as session:
        return list(session.scalars(select(JobRow).order_by(JobRow.seq)))


def put(database, job, **args):
    with database.write() as session:
        jobs.enqueue(session, job, **args)


def test_a_job_runs_once_and_is_done(database, workers):
    put(database, LEAVE, word="a")
    assert workers.drain() == 1
    assert workers.drain() == 0
    assert words(database) == ["aink"]
    assert rows(database)[0].state == DONE


def test_a_job_waits_for_its_time(database, workers, now):
    with clock.fixed(now):
        put(database, LEAVE, word="a", at=now + timedelta(hours=1))
        assert workers.drain() == 0
    with clock.fixed(now + timedelta(hours=1)):
        assert workers.drain() == 1


def test_a_unique_job_is_put_in_once(database, workers):
    put(database, LEAVE, word="a", unique="x")
    put(database, LEAVE, word="b", unique="x")
    workers.drain()
    assert words(database) == ["aink"]


def test_a_failure_leaves_no_effect_is_tried_again_with_growing_pauses_and_becomes_a_dead_letter(
    database, workers, now
):
    put(database, STUMBLE, word="a", at=now)
    pauses = []
    at = now
    for _ in range(3):
        with clock.fixed(at):
            assert workers.drain() == 1
        row = rows(database)[0]
        pauses.append((row.due_at - at).total_seconds())
        at = row.due_at
    assert rows(database)[0].state == DEAD
    assert 0.7 < pauses[0] < 1.3 < pauses[1] < 2.6
    assert words(database) == []
    assert "1101**************" in rows(database)[0].error
    assert "11010519491231002X" not in rows(database)[0].error


def test_a_dead_letter_can_be_replayed(database, workers, now):
    put(database, STUMBLE, word="a", at=now)
    for later in range(3):
        with clock.fixed(now + timedelta(minutes=later)):
            workers.drain()
    with database.write() as session:
        row = session.scalars(select(JobRow)).one()
        row.name = LEAVE.name
        assert jobs.replay(session, row, now=now)
    workers.drain()
    assert words(database) == ["aink"]


def test_jobs_of_one_key_run_in_order_even_when_the_first_must_be_tried_again(database, workers, now):
    put(database, STUMBLE, word="first", key="k", at=now)
    put(database, LEAVE, word="second", key="k", at=now)
    put(database, LEAVE, word="other", key="j", at=now)
    with clock.fixed(now):
        workers.drain()
    assert words(database) == ["otherink"]
    for later in (10, 20):
        with clock.fixed(now + timedelta(minutes=later)):
            workers.drain()
    assert words(database) == ["otherink", "secondink"]


def test_a_stepwise_job_goes_on_where_it_fell(database, workers, now):
    put(database, WALK, upto=5, at=now)
    with clock.fixed(now):
        workers.drain()
    assert words(database) == ["0", "1", "2"]
    with clock.fixed(now + timedelta(minutes=1)):
        workers.drain()
    assert words(database) == ["0", "1", "2", "3", "4"]
    assert rows(database)[0].state == DONE


def test_an_expired_lease_is_taken_over_and_the_slow_worker_s_effects_are_dropped(database, workers, now):
    put(database, LEAVE, word="a", at=now)
    with database.write() as session:
        slow = queue.claim(session, now=now, limit=1, lease=timedelta(seconds=5))[0]
    with clock.fixed(now + timedelta(seconds=6)):
        assert workers.drain() == 1
        workers._run(slow)
    assert words(database) == ["aink"]


def test_a_job_without_a_handler_becomes_a_dead_letter_that_says_so(database, workers):
    put(database, jobs.Job("test.gone", leave, retries=0))
    workers.drain()
    assert rows(database)[0].state == DEAD
    assert "test.gone" in rows(database)[0].error


def test_a_waiting_job_can_be_cancelled_and_a_done_one_cannot(database, workers):
    put(database, LEAVE, word="a")
    with database.write() as session:
        row = session.scalars(select(JobRow)).one()
        assert jobs.cancel(row, now=clock.now())
    assert workers.drain() == 0
    with database.write() as session:
        row = session.scalars(select(JobRow)).one()
        assert not jobs.cancel(row, now=clock.now())


def test_running_workers_take_up_what_is_put_in_and_stop_cleanly(database):
    wake = Wake(database)
    workers = jobs.Workers(database, REGISTRY, wake, givens={Ink: Ink()}, threads=2)
    wake.start()
    workers.start()
    try:
        for n in range(50):
            put(database, LEAVE, word=str(n))
        until = threading.Event()
        for _ in range(600):
            if len(words(database)) == 50:
                break
            until.wait(0.1)
    finally:
        workers.stop(60)
        wake.stop()
    assert sorted(words(database)) == sorted(f"{n}ink" for n in range(50))
    assert all(row.state == DONE for row in rows(database))


def test_two_workers_woken_for_one_job_write_once(database, workers, monkeypatch, now):
    with database.write() as session:
        jobs.enqueue(session, LEAVE, word="a")
    both, any_due = threading.Barrier(2), queue.anything_due

    def slowly(session, now):
        with suppress(threading.BrokenBarrierError):
            both.wait(0.3)
        return any_due(session, now)

    monkeypatch.setattr(queue, "anything_due", slowly)
    before, claimed = database.commits, []
    line = [threading.Thread(target=lambda: claimed.append(len(workers._claim(10)))) for _ in range(2)]
    for one in line:
        one.start()
    for one in line:
        one.join(60)
    assert (sorted(claimed), database.commits - before) == ([0, 1], 1)


def test_a_timer_missed_many_times_fires_once(database, now):
    timer = jobs.Timer("test.tick", LEAVE, every="5m")
    registry = jobs.Registry({LEAVE.name: LEAVE}, {timer.name: timer})
    workers = jobs.Workers(database, registry, Wake(database), givens={Ink: Ink()})
    with database.write() as session:
        workers._plan_timers(session, now)
    for at in (now + timedelta(hours=3), now + timedelta(hours=3, seconds=1)):
        with database.write() as session:
            workers.fire(session, timer.name, now=at)
    assert len(rows(database)) == 1


def test_while_nobody_works_a_timer_s_jobs_do_not_pile_up(database, now):
    """Page processes fire the timers also while the worker is away; one that is at work is no reason to leave the next out."""
    timer = jobs.Timer("test.tick", LEAVE, every="5m")
    registry = jobs.Registry({LEAVE.name: LEAVE}, {timer.name: timer})
    clockwork = jobs.Workers(database, registry, Wake(database), givens={})
    counted = []
    with clock.fixed(now):
        with database.write() as session:
            clockwork._plan_timers(session, now)
        for hours in (1, 2, 3, 4):
            at = now + timedelta(hours=hours)
            with database.write() as session:
                if hours == 4:
                    queue.claim(session, now=at, limit=1, lease=timedelta(hours=1))
                clockwork.fire(session, timer.name, now=at)
            counted.append(len(rows(database)))
    assert counted == [1, 1, 1, 2]


def test_timers_of_the_same_span_fire_at_moments_of_their_own(now):
    timers = [jobs.Timer(f"test.{number}", LEAVE, every="10s") for number in range(8)]
    first = [timer.after(now) for timer in timers]
    assert all(now < at <= now + timedelta(seconds=10) for at in first)
    assert len({at.second for at in first}) > 4
    for timer, at in zip(timers, first, strict=True):
        late = at + timedelta(seconds=3)
        assert abs(timer.after(late) - at - timedelta(seconds=10)) < timedelta(milliseconds=1)


def test_cron_is_in_the_city_s_time(now):
    timer = jobs.Timer("test.daily", LEAVE, cron="0 8 * * *")
    assert timer.after(now).isoformat() == "2026-03-06T00:00:00+00:00"


@pytest.mark.parametrize("bad", ["5", "m", "5 m", "-1s"])
def test_a_span_of_another_form_is_refused(bad):
    with pytest.raises(ValueError, match="span"):
        queue.span(bad)


def test_waiting_is_the_state_between_tries(database, workers, now):
    put(database, STUMBLE, word="a", at=now)
    with clock.fixed(now):
        workers.drain()
    assert rows(database)[0].state == WAITING


def test_of_the_jobs_a_dead_process_held_only_the_one_it_had_begun_has_used_up_a_try(database, now):
    for n in range(3):
        put(database, LEAVE, word=str(n), at=now)
    for turn in range(4):
        with database.write() as session:
            queue.claim(session, now=now + timedelta(minutes=turn), limit=10, lease=timedelta(seconds=5))
    assert [row.attempts for row in rows(database)] == [4, 1, 1]


def test_a_batch_that_lost_its_database_is_not_leased_for_ever(database, workers):
    """The rest of what was claimed is let go, so that it is taken up again once its lease is over."""
    with database.write() as session:
        jobs.enqueue_many(session, STUMBLE, [{"word": str(n)} for n in range(4)])
    away = threading.Event()

    def gone(connection, cursor, statement, parameters, context, many):
        if "test_mark" in statement:
            away.set()
        if away.is_set():
            raise OperationalError(statement, parameters, OSError("server closed the connection unexpectedly"))

    event.listen(database.engine, "before_cursor_execute", gone)
    with pytest.raises(OperationalError):
        workers._work()
    event.remove(database.engine, "before_cursor_execute", gone)
    assert workers._held == {}
    with clock.fixed(clock.now() + queue.LEASE + timedelta(seconds=1)):
        assert workers.drain(limit=4) == 4
