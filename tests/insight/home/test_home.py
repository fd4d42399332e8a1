"""The home page: what is heard becomes sums and lines, and each sees those of their own departments."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from zhengtong.data import entities
from zhengtong.insight import home
from zhengtong.insight.home import jobs, queries, rules
from zhengtong.insight.home.permissions import FIGURES
from zhengtong.insight.home.rules import Figure, Kind
from zhengtong.kernel.actor import SYSTEM, Scope
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines, identity
from zhengtong.sharing import agreements, gateway, ledger

DAY = timedelta(days=1)


@pytest.fixture
def bureaus(session):
    made = [
        identity.Department(
            id=new_id(), name_zh=name, level=identity.Level.CITY, kind=identity.Kind.BUREAU, created_at=NOW
        )
        for name in ("税务局", "市场监督管理局")
    ]
    session.add_all(made)
    session.flush()
    return made


def met(bureau, *, late=False, at=NOW):
    clock = new_id()
    return deadlines.ClockMet(clock, "a.rule", "agreements.application", "1", bureau.id, None, at, late=late)


def served(bureau, calls, rows, at=NOW):
    return gateway.DataServed(new_id(), "XY-2026-0001", bureau.id, bureau.id, "p", calls, rows, at.date(), at)


def answered(bureau, deed, at=NOW):
    return agreements.ApplicationMoved(new_id(), "SQ-1", new_id(), bureau.id, bureau.id, deed, "agreed", at)


def figure(told, which):
    return next(one for one in told.figures if one.figure is which)


def seen(session, *departments, days=30):
    scope = Scope(departments=frozenset(departments)) if departments else Scope(everywhere=True)
    return queries.city(session, actor_with(FIGURES, scope=scope), days=days, now=NOW)


def test_what_is_heard_becomes_a_share_of_its_denominator(session, bureaus):
    tax, _ = bureaus
    for event in (met(tax), met(tax), met(tax, late=True)):
        jobs.hear_met(session, event, now=NOW)
    for deed in ("agree", "agree_in_part", "refuse", "withdraw"):
        jobs.hear_application(session, answered(tax, deed), now=NOW)
    jobs.hear_served(session, served(tax, 40, 90), now=NOW)
    told = seen(session)
    on_time, agreed, calls = (figure(told, one) for one in (Figure.ON_TIME, Figure.AGREED, Figure.SERVED))
    assert (on_time.good, on_time.whole, on_time.share) == (2, 3, pytest.approx(2 / 3))
    assert (agreed.good, agreed.whole) == (2, 3), "what the applicant takes back is no answer"
    assert (calls.whole, calls.good, calls.share) == (40, 90, None)
    assert on_time.parts.zh == "办结 3 件 · 按时 2"
    assert figure(told, Figure.CLEAN).share is None, "nothing heard is nothing known, not nought"


def test_a_period_is_told_beside_the_one_before(session, bureaus):
    tax, _ = bureaus
    for at, calls in ((NOW, 30), (NOW - 6 * DAY, 12), (NOW - 7 * DAY, 20), (NOW - 13 * DAY, 4), (NOW - 14 * DAY, 99)):
        jobs.hear_served(session, served(tax, calls, 1, at), now=NOW)
    told = figure(seen(session, days=7), Figure.SERVED)
    assert (told.whole, told.change) == (42, 18)
    assert sum(told.trend) == 42


def test_each_sees_their_own_departments_and_the_city_is_for_who_sees_all(session, bureaus):
    tax, market = bureaus
    jobs.hear_served(session, served(tax, 5, 5), now=NOW)
    jobs.hear_served(session, served(market, 7, 7), now=NOW)
    jobs.hear_alarm(session, ledger.AlarmRaised(new_id(), "fork", "…", NOW), now=NOW)
    jobs.hear_doubt(session, gateway.DoubtRaised(new_id(), "YW-1", "question", tax.id, new_id(), NOW), now=NOW)
    own, all_of_it = seen(session, market.id), seen(session)
    assert (figure(own, Figure.SERVED).whole, own.everywhere) == (7, False)
    assert (figure(all_of_it, Figure.SERVED).whole, all_of_it.everywhere) == (12, True)
    session.flush()
    lines = {
        who: {one.kind for one in session.scalars(queries.happenings(session, actor_with(FIGURES, scope=scope)))}
        for who, scope in (
            ("market", Scope(departments=frozenset({market.id}))),
            ("tax", Scope(departments=frozenset({tax.id}))),
            ("city", Scope(everywhere=True)),
        )
    }
    assert lines == {
        "market": {Kind.SERVED},
        "tax": {Kind.SERVED, Kind.DOUBT},
        "city": {Kind.SERVED, Kind.DOUBT, Kind.ALARM},
    }


def test_a_section_sees_its_bureau_and_the_governments_office_sees_the_city(session, bureaus):
    tax, _ = bureaus
    more = [
        identity.Department(id=new_id(), parent_id=parent, name_zh=name, level=level, kind=kind, created_at=NOW)
        for name, kind, level, parent in (
            ("税务局数据科", identity.Kind.SECTION, identity.Level.CITY, tax.id),
            ("市政府办公室", identity.Kind.GOVERNMENT, identity.Level.CITY, None),
            ("溪口镇人民政府", identity.Kind.GOVERNMENT, identity.Level.TOWN, None),
        )
    ]
    session.add_all(more)
    session.flush()
    jobs.hear_served(session, served(tax, 5, 5), now=NOW)
    section, office, town = (seen(session, one.id) for one in more)
    assert (figure(section, Figure.SERVED).whole, section.everywhere) == (5, False)
    assert (figure(office, Figure.SERVED).whole, office.everywhere) == (5, True)
    assert (figure(town, Figure.SERVED).whole, town.everywhere) == (0, False)


def test_many_of_a_kind_are_one_line(session, bureaus):
    tax, market = bureaus
    for bureau, minutes in ((tax, 0), (tax, 1), (tax, 2), (market, 2), (tax, 30)):
        at = NOW + timedelta(minutes=minutes)
        lead = entities.LeadFound(new_id(), f"XS-{minutes}", "a.rule", "firm", bureau.id)
        jobs.hear_lead(session, lead, now=at)
    everybody = actor_with(FIGURES)
    lines = queries.told(session, session.scalars(queries.happenings(session, everybody).order_by(home.Happening.at)))
    assert [one.words.zh for one in lines] == [
        "发现线索 3 条：XS-0 等",
        "发现线索 XS-2",
        "发现线索 XS-30",
    ]
    assert [one.link == "/leads" for one in lines] == [True, False, False]


def test_calls_that_come_close_together_are_counted_on_one_line(session, bureaus):
    tax, _ = bureaus
    for calls in (1, 40):
        jobs.hear_served(session, served(tax, calls, calls), now=NOW)
    everybody = actor_with(FIGURES)
    lines = queries.told(session, session.scalars(queries.happenings(session, everybody)))
    assert [(one.words.zh, one.link) for one in lines] == [("供数 41 次：XY-2026-0001 等协议", "/sharing/calls")]


@pytest.mark.parametrize(("deed", "kinds"), [
    ("submit", set()), ("pass", {Kind.ASKED}), ("agree_in_part", {Kind.AGREED}), ("refuse", {Kind.REFUSED}),
])  # fmt: skip
def test_a_request_is_told_of_when_it_comes_and_when_it_is_answered(session, bureaus, deed, kinds):
    tax, _ = bureaus
    jobs.hear_application(session, answered(tax, deed), now=NOW)
    lines = session.scalars(queries.happenings(session, actor_with(FIGURES))).all()
    assert {one.kind for one in lines} == kinds
    assert {one.department_id for one in lines} <= {tax.id}


def test_departments_stand_in_the_order_of_their_worry(session, bureaus):
    tax, market = bureaus
    for bureau, back in ((tax, 1), (market, 200), (market, 1)):
        duty = deadlines.Duty(about=("test", str(new_id())), name=f"{bureau.name_zh} {back}", department_id=bureau.id)
        deadlines.start_clock(
            session,
            SYSTEM,
            rule="sharing.answer_conditional",
            duty=duty,
            now=NOW,
            started_at=NOW - back * DAY,
        )
    told = seen(session).departments
    assert [(one.name.zh, one.live, one.overdue) for one in told] == [("市场监督管理局", 2, 1), ("税务局", 1, 0)]
    assert told[0].urgent == "市场监督管理局 200"
    assert [one.name.zh for one in seen(session, tax.id).departments] == ["税务局"]


def test_old_lines_go_and_the_sums_stay(session, bureaus):
    tax, _ = bureaus
    for back in (0, 89, 91):
        event = gateway.DoubtRaised(new_id(), f"YW-{back}", "question", tax.id, new_id(), NOW - back * DAY)
        jobs.hear_doubt(session, event, now=NOW)
    jobs.hear_served(session, served(tax, 1, 1, NOW - 300 * DAY), now=NOW)
    session.flush()
    jobs.forget(session, now=NOW)
    assert set(session.scalars(select(home.Happening.name))) == {"YW-0", "YW-89"}
    assert figure(seen(session, days=366), Figure.SERVED).whole == 1


def test_the_page_is_for_who_holds_the_permission(client_for):
    allowed, refused = client_for(actor_with(FIGURES)), client_for(actor_with())
    for path in ("/api/v1/home/city", "/api/v1/home/happenings"):
        assert allowed.get(path).status_code == 200
        assert refused.get(path).status_code == 403
    assert allowed.get("/api/v1/home/city?days=3").status_code == 422


@pytest.mark.parametrize(("days", "slices"), [(7, 7), (30, 10), (365, 12)])
def test_a_period_is_cut_into_at_most_twelve(days, slices):
    period = rules.Period.of(days, date(2026, 11, 20))
    assert len(rules.trend({}, period, count=True)) == slices
    assert (period.last - period.first).days == days - 1
    assert period.first - period.before == timedelta(days=days)
