"""The demo's clock: it goes on in steps, nobody is signed out by it, and a real city has none."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from zhengtong.insight import tour
from zhengtong.insight.tour import actions, errors, queries
from zhengtong.insight.tour.rules import Step
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines, identity
from zhengtong.office.deadlines.errors import YearUnknown
from zhengtong.office.identity.rules.codes import matching_counter
from zhengtong.office.identity.rules.signatures import is_fresh


@pytest.fixture(autouse=True)
def at_now():
    """A fixed clock, as far ahead as a test takes it; level again afterwards."""
    with clock.fixed(NOW):
        yield
    clock.be_ahead(timedelta())


def beijing(text):
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(("step", "at", "shown"), [
    (Step.HOUR, "2026-11-20T12:00", "2026-11-20T13:00"),
    (Step.WORKING_DAY, "2026-11-20T12:00", "2026-11-23T09:00"),
    (Step.WORKING_DAY, "2026-11-21T23:59", "2026-11-23T09:00"),
    (Step.WORKING_DAY, "2026-11-23T08:59", "2026-11-23T09:00"),
    (Step.WORKING_DAY, "2026-11-23T09:00", "2026-11-24T09:00"),
    (Step.LIMIT, "2026-11-20T12:00", "2026-11-25T00:01"),
], ids=["hour", "over the weekend", "late on a saturday", "early", "at nine", "limit"])  # fmt: skip
def test_a_step_goes_so_far(session, step, at, shown):
    assert queries.moved(step, beijing(at), deadlines.calendar(session), limit=beijing("2026-11-25T00:00")) == beijing(
        shown
    )


def test_without_a_running_limit_there_is_none_to_go_to(session):
    with pytest.raises(errors.NothingAhead):
        queries.moved(Step.LIMIT, NOW, deadlines.calendar(session), limit=None)


def test_a_year_whose_holidays_are_unknown_is_not_entered(session):
    with pytest.raises(YearUnknown):
        queries.moved(Step.WORKING_DAY, beijing("2026-12-31T12:00"), deadlines.calendar(session), limit=None)


def test_steps_add_up_and_are_found_again_by_the_next_process(database):
    actions.move(database, SYSTEM, Step.HOUR)
    actions.move(database, SYSTEM, Step.HOUR)
    assert clock.now() == NOW + timedelta(hours=2)
    clock.be_ahead(timedelta())
    tour.set_hands(database)
    assert clock.now() == NOW + timedelta(hours=2)
    assert clock.outside(clock.now()) == NOW


def test_whoever_is_signed_in_stays_so_with_the_same_time_left(database):
    ends, seen = NOW + timedelta(hours=8), NOW - timedelta(minutes=3)
    with database.write() as session:
        person = identity.Person(id=new_id(), name="林晚", login="linwan", created_at=NOW)
        session.add(person)
        session.flush()
        row = _login(person.id, ends_at=ends, last_seen_at=seen, second_factor_at=seen)
        over = _login(person.id, ends_at=NOW - timedelta(hours=1), last_seen_at=seen, second_factor_at=None)
        session.add_all([row, over])
    actions.move(database, SYSTEM, Step.HOUR)
    hour = timedelta(hours=1)
    with database.read() as session:
        found = session.get_one(type(row), row.id)
        gone = session.get_one(type(row), over.id)
    assert (found.ends_at, found.last_seen_at, found.second_factor_at) == (ends + hour, seen + hour, seen + hour)
    assert gone.ends_at == NOW - hour


def test_a_running_job_keeps_its_lease_and_what_waits_becomes_due(database):
    with database.write() as session:
        held, waits = (
            _job(jobs.RUNNING, NOW, lease_until=NOW + timedelta(seconds=30)),
            _job("waiting", NOW + timedelta(minutes=50)),
        )
        session.add_all([held, waits])
    actions.move(database, SYSTEM, Step.HOUR)
    with database.write() as session:
        claimed = jobs.queue.claim(session, now=clock.now(), limit=5)
        assert [one.seq for one in claimed] == [waits.seq]
        assert session.get_one(jobs.JobRow, held.seq).lease_until == NOW + timedelta(hours=1, seconds=30)


def test_codes_and_signed_calls_go_by_the_clocks_outside(database):
    actions.move(database, SYSTEM, Step.WORKING_DAY)
    totp = pyotp.TOTP(pyotp.random_base32())
    outside = clock.outside(clock.now())
    assert matching_counter(totp.generate_otp, totp.at(NOW), at=outside, after=0) is not None
    assert matching_counter(totp.generate_otp, totp.at(clock.now()), at=outside, after=0) is None
    assert is_fresh(NOW, outside)


def test_the_next_limit_is_the_one_that_next_does_something(session):
    assert queries.next_limit(session, now=NOW) is None


def test_the_step_is_in_the_audit_trail(database):
    from zhengtong.kernel.audit import Audit

    actions.move(database, SYSTEM, Step.HOUR)
    with database.read() as session:
        told = session.scalars(select(Audit).where(Audit.action == "tour.clock_moved")).one()
    assert told.after == {"step": "hour", "seconds": 3600.0}


@contextmanager
def asking(client_for, *, demo, actor=None):
    """The site as a demo shows it, or a real city."""
    client = client_for(actor or actor_with())
    givens = client.app.state.site.givens
    from zhengtong.kernel.settings import Settings

    chosen = givens[Settings]
    kernel = chosen.kernel.model_copy(update={"demo": demo})
    changed = Settings({**chosen._sections, "kernel": kernel}, chosen._sources)
    client.app.state.site = replace(client.app.state.site, givens={**givens, Settings: changed})
    yield client


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/api/v1/tour"), ("POST", "/api/v1/tour/clock"), ("GET", "/api/v1/tour/reset"), ("POST", "/api/v1/tour/reset"),
], ids=["read", "move", "foresee", "reset"])  # fmt: skip
def test_a_real_city_has_none_of_it(client_for, method, path):
    with asking(client_for, demo=False) as client:
        answer = client.request(method, path, json={"step": "hour"} if path.endswith("clock") else None)
    assert answer.status_code == 404
    assert clock.now() == NOW


def test_a_demo_moves_its_clock_for_whoever_is_signed_in(client_for):
    with asking(client_for, demo=True) as client:
        told = client.post("/api/v1/tour/clock", json={"step": "hour"}).json()
        shown = client.get("/api/v1/tour").json()
    assert told["ahead_s"] == shown["clock"]["ahead_s"] == 3600
    assert datetime.fromisoformat(told["now"]) == NOW + timedelta(hours=1)
    assert shown["may_reset"] is False


def test_nobody_else_than_the_administrator_begins_anew(client_for):
    with asking(client_for, demo=True) as client:
        assert client.post("/api/v1/tour/reset").status_code == 403
        assert {one["kind"] for one in client.get("/api/v1/tour/reset").json()["losses"]} >= {"calls", "entries"}


def test_where_nobody_serves_a_demo_it_is_begun_anew_by_hand():
    from zhengtong.office import operations

    administrator, curtain, fallen = actor_with(operations.ACT), tour.Curtain(), []
    with pytest.raises(errors.NotFromHere):
        actions.begin_anew(administrator, curtain)
    curtain.fall = lambda: fallen.append(True)
    actions.begin_anew(administrator, curtain)
    assert fallen


def _login(subject, **times):
    from zhengtong.office.identity.rules.sessions import Method, Stage
    from zhengtong.office.identity.tables.sign_in import LoginSession

    return LoginSession(
        id=new_id(), subject_id=subject, token_hash=new_id().bytes, stage=Stage.FULL, method=Method.PASSWORD,
        user_agent="", address="", created_at=NOW, **times,
    )  # fmt: skip


def _job(state, due_at, **more):
    return jobs.JobRow(
        name="a.job", args={}, state=state, due_at=due_at, attempts=0, kept={}, created_at=NOW, request_id="", **more
    )
