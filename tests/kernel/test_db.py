import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from zhengtong.kernel import audit, jobs, wake
from zhengtong.kernel.db import Database, DatabaseUnreachable, new_id
from zhengtong.kernel.jobs import JobRow

pytestmark = pytest.mark.both_databases


def noop(session, *, now):
    return None


JOB = jobs.Job("test.noop", noop)


def count(database: Database) -> int:
    with database.read() as session:
        return session.query(JobRow).count()


def test_a_write_that_raises_keeps_nothing(database):
    with pytest.raises(RuntimeError), database.write() as session:
        jobs.enqueue(session, JOB)
        raise RuntimeError
    assert count(database) == 0


def test_a_read_keeps_nothing(database):
    with database.read() as session:
        jobs.enqueue(session, JOB)
    assert count(database) == 0


def test_writers_in_many_threads_all_land(database):
    def put() -> None:
        for _ in range(20):
            with database.write() as session:
                jobs.enqueue(session, JOB)

    threads = [threading.Thread(target=put) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert count(database) == 160


def test_a_write_transaction_takes_the_lock_at_its_start(database):
    if not database.is_sqlite:
        pytest.skip("SQLite's way")
    other = Database(str(database.url))
    with database.write(), other.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with pytest.raises(DBAPIError, match="locked"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    other.close()


def test_an_audit_row_can_be_neither_changed_nor_deleted(database, someone):
    with database.write() as session:
        audit.record(session, someone(), "test.done", JOB, after={"a": 1})
    for statement in ("UPDATE audit SET action = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
            session.execute(text(statement))


def test_an_unreachable_database_is_named_without_its_password():
    database = Database("postgresql://someone:topsecret@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnreachable) as told:
        database.check()
    assert "topsecret" not in str(told.value)
    assert "127.0.0.1" in str(told.value)


def test_ids_are_ordered_by_the_time_they_were_made():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert all(i.version == 7 for i in ids)


def test_a_ring_wakes_the_waiter_after_the_commit_and_not_before(database):
    bell = wake.Wake(database)
    seen = bell.seen("t")
    with database.write() as session:
        wake.ring(session, "t")
        assert bell.wait("t", seen, 0.05) == seen
    assert bell.wait("t", seen, 2.0) > seen


def test_another_process_s_write_is_heard(database):
    here, there = wake.Wake(database), Database(database.url.render_as_string(hide_password=False))
    here.start()
    seen = here.seen("t")
    for _ in range(60):  # what is written before it listens is not heard
        with there.write() as session:
            jobs.enqueue(session, JOB)
            wake.ring(session, "t")
        if here.wait("t", seen, 1.0) > seen:
            break
    here.stop()
    there.close()
    assert here.seen("t") > seen


def test_a_write_within_a_write_is_told_instead_of_waiting_for_itself(database):
    if not database.is_sqlite:
        pytest.skip("SQLite's way")
    with database.write(), pytest.raises(RuntimeError, match="within"), database.write():
        pass
    assert count(database) == 0
