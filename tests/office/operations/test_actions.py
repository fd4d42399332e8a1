"""Replay, cancel, run: by those who may, with the audit; and the administrators are told of what failed for good."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.office.operations.conftest import FAILS, jobs_of, run_all
from zhengtong.kernel import clock, jobs, settings
from zhengtong.kernel.actor import PermissionMissing
from zhengtong.kernel.audit import Audit
from zhengtong.office import notices
from zhengtong.office.operations import actions, queries
from zhengtong.office.operations.errors import CannotCancel, CannotReplay, JobNotFound, NothingChosen, TimerNotFound
from zhengtong.office.operations.jobs import tell_of_dead_letters
from zhengtong.office.operations.permissions import ACT
from zhengtong.office.operations.settings import Operations

CHOSEN = settings.load({"operations": Operations}, environment={})


def deeds(database):
    with database.read() as session:
        return [
            (row.action, row.thing_id, row.before, row.after)
            for row in session.scalars(select(Audit).order_by(Audit.seq))
        ]


def numbers(database, state):
    with database.read() as session:
        return list(session.scalars(jobs_of(state)))


def test_a_dead_job_is_replayed_with_all_its_tries_and_the_audit(database, dead, someone):
    with database.write() as session:
        row = actions.replay_job(session, someone(ACT), dead[0], now=NOW)
        assert (row.state, row.attempts) == (jobs.WAITING, 0)
    assert deeds(database) == [("operations.job_replayed", str(dead[0]), {"state": "dead"}, {"state": "waiting"})]


def test_a_replayed_job_runs_again(database, dead, someone):
    with database.write() as session:
        actions.replay_job(session, someone(ACT), dead[0], now=NOW)
    mended = jobs.Job(FAILS.name, lambda session, **arguments: None)
    with clock.fixed(NOW):
        run_all(database, mended)
    assert numbers(database, jobs.DONE) == dead[:1]


@pytest.mark.parametrize("which", [{"numbers": None, "name": "test.fails"}, {"numbers": "all", "name": None}])
def test_many_are_replayed_by_name_or_by_number(database, dead, someone, which):
    wanted = which | {"numbers": dead if which["numbers"] else None}
    with database.write() as session:
        assert actions.replay_jobs(session, someone(ACT), **wanted, now=NOW) == dead
        assert actions.replay_jobs(session, someone(ACT), **wanted, now=NOW) == []
    assert len(deeds(database)) == 3


def test_a_job_that_is_not_dead_cannot_be_replayed(database, dead, someone):
    waiting = numbers(database, jobs.WAITING)[0]
    with database.write() as session:
        with pytest.raises(CannotReplay, match="等待中"):
            actions.replay_job(session, someone(ACT), waiting, now=NOW)
        with pytest.raises(JobNotFound, match="999999"):
            actions.replay_job(session, someone(ACT), 999999, now=NOW)
        with pytest.raises(NothingChosen):
            actions.replay_jobs(session, someone(ACT), numbers=None, name=None, now=NOW)


def test_a_waiting_job_is_cancelled_with_its_reason_and_can_come_back(database, dead, someone):
    waiting = numbers(database, jobs.WAITING)[0]
    with database.write() as session:
        actions.cancel_job(session, someone(ACT), waiting, reason="重复提交", now=NOW)
        with pytest.raises(CannotCancel, match="已取消"):
            actions.cancel_job(session, someone(ACT), waiting, reason="再来", now=NOW)
    assert deeds(database)[0] == (
        "operations.job_cancelled",
        str(waiting),
        {"state": "waiting"},
        {"state": "cancelled", "reason": "重复提交"},
    )
    with database.write() as session:
        assert actions.replay_job(session, someone(ACT), waiting, now=NOW).state == jobs.WAITING


def test_a_timer_is_run_now_and_keeps_its_plan(database, someone):
    registry = jobs.Registry({}, {"t": jobs.Timer("t", FAILS, every="1h")})
    with clock.fixed(NOW), database.write() as session:
        session.add(jobs.TimerRow(name="t", next_at=NOW + timedelta(minutes=9)))
        actions.run_timer(session, someone(ACT), registry, "t", now=NOW)
        assert queries.last_run(session, "t").name == FAILS.name
        assert queries.timers(session)["t"].next_at == NOW + timedelta(minutes=9)
        with pytest.raises(TimerNotFound):
            actions.run_timer(session, someone(ACT), registry, "no", now=NOW)
    assert deeds(database) == [("operations.timer_run", "t", None, None)]


def test_whoever_may_only_look_changes_nothing(database, dead, someone):
    registry = jobs.Registry({}, {"t": jobs.Timer("t", FAILS, every="1h")})
    with database.write() as session:
        for deed in (
            lambda actor: actions.replay_job(session, actor, dead[0], now=NOW),
            lambda actor: actions.replay_jobs(session, actor, numbers=dead, name=None, now=NOW),
            lambda actor: actions.cancel_job(session, actor, dead[0], reason="x", now=NOW),
            lambda actor: actions.run_timer(session, actor, registry, "t", now=NOW),
        ):
            with pytest.raises(PermissionMissing):
                deed(someone())
    assert numbers(database, jobs.DEAD) == dead
    assert deeds(database) == []


def tell(database, at):
    with clock.fixed(at), database.write() as session:
        tell_of_dead_letters(session, now=at, chosen=CHOSEN)
    with database.read() as session:
        return [(row.subject_id, row.parameters) for row in session.scalars(select(notices.Notice))]


def test_administrators_are_told_of_dead_letters_once_each(database, administrators, dead):
    told = tell(database, NOW)
    assert {subject for subject, _ in told} == set(administrators)
    assert told[0][1] == {"count": 3, "name": "test.fails"}
    assert len(tell(database, NOW + timedelta(hours=5))) == 2


def test_new_dead_letters_are_told_again_but_not_at_once(database, administrators, dead):
    tell(database, NOW)
    with clock.fixed(NOW + timedelta(minutes=5)):
        with database.write() as session:
            jobs.enqueue(session, FAILS, to="y")
        run_all(database)
    assert len(tell(database, NOW + timedelta(minutes=10))) == 2
    assert len(tell(database, NOW + timedelta(minutes=70))) == 4


def test_nobody_is_told_when_nothing_is_dead(database, administrators):
    assert tell(database, NOW) == []
