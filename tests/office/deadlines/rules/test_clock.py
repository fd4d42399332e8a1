"""One clock: stop, resume, extend, warn, expire, escalate, meet; and what holds for every history."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.kernel.errors import Problem
from zhengtong.office.deadlines import errors, rules
from zhengtong.office.deadlines.rules import LAW_ZONE, Clock, Due, EntryKind, Rule, Status, Unit, Unknown, WorkCalendar

RULES = assets.path("rules")
CALENDAR = WorkCalendar(
    tuple(rules.read_year(file.read_text("utf-8")) for file in sorted((RULES / "calendar").glob("*.json")))
)
BOOK = rules.RuleBook((rules.read_pack((RULES / "deadlines" / "cn-national-2025.yaml").read_text("utf-8")),))
MOMENTS = st.datetimes(datetime(2025, 9, 1), datetime(2026, 3, 1), timezones=st.just(LAW_ZONE))  # noqa: DTZ001 - the bounds are naive by contract


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE)


def rule(rule_id: str = "licence.decide") -> Rule:
    return BOOK.rule(rule_id).rule


def started(when: str | datetime, rule_id: str = "licence.decide", limit: int | None = None) -> Clock:
    moment = at(when) if isinstance(when, str) else when
    return rules.start(rule(rule_id), CALENDAR, started_at=moment, now=moment, limit=limit).clock


def stopped(clock: Clock, when: datetime) -> Clock:
    return rules.stop(clock, CALENDAR, at=when, ground="hearing", reason="依申请听证").clock


def resumed(clock: Clock, when: datetime) -> Clock:
    return rules.resume(clock, CALENDAR, at=when).clock


def test_a_stop_of_three_working_days_moves_the_end_by_three() -> None:
    clock = started("2026-11-02 10:00")
    assert clock.due(CALENDAR) == Due(at("2026-12-01 00:00"), at("2026-11-30").date())
    held = stopped(clock, at("2026-11-05 09:00"))
    assert held.due(CALENDAR) is None
    again = resumed(held, at("2026-11-10 17:00"))
    assert again.due(CALENDAR) == Due(at("2026-12-04 00:00"), at("2026-12-03").date())


def test_stop_and_resume_within_a_day_move_nothing() -> None:
    clock = started("2026-11-02 10:00")
    again = resumed(stopped(clock, at("2026-11-05 09:00")), at("2026-11-05 18:00"))
    assert again.due(CALENDAR) == clock.due(CALENDAR)


@given(MOMENTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 500)), max_size=4))
def test_stops_add_exactly_the_stopped_working_days(start: datetime, breaks: list[tuple[int, int]]) -> None:
    clock = started(start)
    before, moment, added = clock.due(CALENDAR), start, 0
    for wait, length in breaks:
        stop_at, resume_at = moment + timedelta(hours=wait), moment + timedelta(hours=wait + length)
        end = clock.due(CALENDAR)
        if not isinstance(end, Due) or stop_at >= end.at or resume_at >= at("2026-12-31"):
            break
        clock = resumed(stopped(clock, stop_at), resume_at)
        added += CALENDAR.between(rules.law_day(stop_at), rules.law_day(resume_at))
        moment = resume_at
    after = clock.due(CALENDAR)
    assert isinstance(before, Due)
    if isinstance(after, Due):
        assert CALENDAR.between(before.on, after.on) == added
        assert CALENDAR.is_working(after.on)


def _hours_rule() -> Rule:
    return replace_rule(rule("security.report_flaw"), stops=rule().stops)


def replace_rule(one: Rule, **changes: object) -> Rule:
    return one.model_copy(update=changes)


@given(MOMENTS, st.integers(0, 1439), st.integers(0, 5000))
def test_a_stop_of_a_clock_in_hours_adds_exactly_the_time_stopped(start: datetime, wait: int, length: int) -> None:
    clock = rules.start(_hours_rule(), CALENDAR, started_at=start, now=start).clock
    stop_at = start + timedelta(minutes=wait)
    after = resumed(stopped(clock, stop_at), stop_at + timedelta(minutes=length)).due(CALENDAR)
    assert isinstance(after, Due)
    assert after.at == start + timedelta(hours=24, minutes=length)


def test_an_extension_moves_the_end_and_keeps_reason_and_consent() -> None:
    change = rules.extend(
        started("2026-11-02 10:00"),
        CALENDAR,
        at=at("2026-11-10 09:00"),
        by=10,
        reason="需补充检测",
        approval="局长 李明，云审〔2026〕7号",
    )
    (entry,) = change.entries
    assert isinstance(entry.after, Due)
    assert entry.after.on.isoformat() == "2026-12-14"
    assert (entry.amount, entry.reason, entry.approval) == (10, "需补充检测", "局长 李明，云审〔2026〕7号")
    assert rules.extension_left(change.clock) == 0


REFUSALS = [
    ("licence.decide", "extend", {"by": 11}, errors.ExtensionTooFar),
    ("licence.decide", "extend", {"by": 0}, errors.ExtensionTooFar),
    ("licence.decide", "extend", {"reason": " "}, errors.ReasonMissing),
    ("licence.decide", "extend", {"approval": ""}, errors.ApprovalMissing),
    ("licence.decide", "extend", {"at": at("2026-12-01 00:00")}, errors.ClockOverdue),
    ("licence.decide", "extend", {"at": at("2026-11-02 09:59")}, errors.OutOfOrder),
    ("licence.deliver", "extend", {}, errors.NotExtendable),
    ("licence.decide", "stop", {"ground": "holiday"}, errors.GroundNotAllowed),
    ("licence.deliver", "stop", {}, errors.GroundNotAllowed),
    ("licence.decide", "stop", {"reason": ""}, errors.ReasonMissing),
    ("licence.decide", "stop", {"at": at("2026-12-01 00:00")}, errors.ClockOverdue),
    ("licence.decide", "resume", {}, errors.ClockNotStopped),
    ("licence.decide", "withdraw", {"reason": ""}, errors.ReasonMissing),
]


@pytest.mark.parametrize(("rule_id", "action", "changes", "refusal"), REFUSALS)
def test_what_the_rule_does_not_allow_is_refused(
    rule_id: str, action: str, changes: dict[str, object], refusal: type[Problem]
) -> None:
    given_: dict[str, object] = {"at": at("2026-11-10 09:00")}
    given_ |= {
        "extend": {"by": 1, "reason": "因", "approval": "批"},
        "stop": {"ground": "hearing", "reason": "因"},
    }.get(action, {})
    with pytest.raises(refusal) as refused:
        getattr(rules, action)(started("2026-11-02 10:00", rule_id), CALENDAR, **(given_ | changes))
    assert refused.value.say("zh") != refused.value.say("en")


def test_a_second_extension_is_refused_and_an_unbounded_one_goes_as_far_as_the_consent() -> None:
    clock = started("2026-11-02 10:00", "sharing.correction")
    longer = rules.extend(
        clock, CALENDAR, at=at("2026-11-03 09:00"), by=17, reason="数据量大", approval="数据局 3 号"
    ).clock
    assert longer.total == 27
    with pytest.raises(errors.NotExtendable):
        rules.extend(longer, CALENDAR, at=at("2026-11-04 09:00"), by=1, reason="因", approval="批")


@pytest.mark.parametrize("action", ["stop", "resume", "extend", "meet", "withdraw"])
def test_an_ended_clock_cannot_be_changed(action: str) -> None:
    ended = rules.meet(started("2026-11-02 10:00"), CALENDAR, at=at("2026-11-04 10:00")).clock
    more = {
        "stop": {"ground": "hearing", "reason": "因"},
        "extend": {"by": 1, "reason": "因", "approval": "批"},
        "withdraw": {"reason": "因"},
    }.get(action, {})
    with pytest.raises(errors.ClockEnded):
        getattr(rules, action)(ended, CALENDAR, at=at("2026-11-05 10:00"), **more)


def test_a_stopped_clock_cannot_be_stopped_again_but_can_be_met() -> None:
    held = stopped(started("2026-11-02 10:00"), at("2026-11-05 09:00"))
    with pytest.raises(errors.ClockStoppedAlready):
        stopped(held, at("2026-11-06 09:00"))
    assert rules.meet(held, CALENDAR, at=at("2027-11-05 09:00")).clock.status is Status.MET


@pytest.mark.parametrize(
    ("moment", "status"),
    [("2026-11-30 23:59", Status.MET), ("2026-12-01 00:00", Status.MET_LATE), ("2026-12-09 10:00", Status.MET_LATE)],
)
def test_met_up_to_the_last_minute_of_the_last_day_is_in_time(moment: str, status: Status) -> None:
    assert rules.meet(started("2026-11-02 10:00"), CALENDAR, at=at(moment)).clock.status is status


@pytest.mark.parametrize(
    ("rule_id", "limit", "result"),
    [
        ("licence.decide", 5, 5),
        ("licence.decide", None, 20),
        ("licence.decide", 21, errors.LimitWrong),
        ("licence.decide", 0, errors.LimitWrong),
        ("hall.promise", 3, 3),
        ("hall.promise", None, errors.LimitMissing),
    ],
)
def test_a_promise_may_be_shorter_than_the_law_never_longer(
    rule_id: str, limit: int | None, result: int | type[Problem]
) -> None:
    if isinstance(result, int):
        assert started("2026-11-02 10:00", rule_id, limit).limit == result
    else:
        with pytest.raises(result):
            started("2026-11-02 10:00", rule_id, limit)


def test_a_start_in_the_future_or_before_the_rule_is_refused() -> None:
    with pytest.raises(errors.OutOfOrder):
        rules.start(rule(), CALENDAR, started_at=at("2026-11-03 10:00"), now=at("2026-11-02 10:00"))
    with pytest.raises(errors.RuleNotInForce):
        started("2025-07-31 10:00", "sharing.correction")


def kinds(change: rules.Change) -> list[EntryKind]:
    return [entry.kind for entry in change.entries]


def test_time_alone_warns_then_expires_then_climbs_the_ladder_each_once() -> None:
    clock, told = started("2026-11-02 10:00"), []
    for day in range(60):
        change = rules.settle(clock, CALENDAR, now=at("2026-11-02 12:00") + timedelta(days=day))
        clock = change.clock
        told += [(entry.kind, f"{entry.at:%m-%d}", entry.step_to) for entry in change.entries]
    assert told == [
        (EntryKind.WARNED, "11-25", ""),
        (EntryKind.EXPIRED, "12-01", ""),
        (EntryKind.ESCALATED, "12-01", "department_cdo"),
        (EntryKind.ESCALATED, "12-08", "leader"),
    ]
    assert clock.status is Status.OVERDUE


def test_a_sweep_that_comes_late_fires_each_once_and_leaves_the_stale_warning_out() -> None:
    change = rules.settle(started("2026-11-02 10:00"), CALENDAR, now=at("2026-12-30 10:00"))
    assert kinds(change) == [EntryKind.EXPIRED, EntryKind.ESCALATED, EntryKind.ESCALATED]
    assert change.entries[0].at == at("2026-12-01 00:00")
    assert kinds(rules.settle(change.clock, CALENDAR, now=at("2026-12-30 10:00"))) == []


@given(MOMENTS, st.lists(st.integers(0, 90), min_size=1, max_size=8))
def test_however_often_and_late_one_looks_the_clock_ends_up_the_same(start: datetime, days: list[int]) -> None:
    looks = sorted(start + timedelta(days=day) for day in days)
    clock, told = started(start), []
    for now in looks:
        change = rules.settle(clock, CALENDAR, now=now)
        clock = change.clock
        told += [(entry.kind, entry.step_to) for entry in change.entries]
    once = rules.settle(started(start), CALENDAR, now=looks[-1]).clock
    assert clock == once
    assert len(told) == len(set(told))


@given(MOMENTS, st.integers(0, 60))
def test_the_next_moment_is_when_something_happens_and_not_before(start: datetime, days: int) -> None:
    clock = rules.settle(started(start), CALENDAR, now=start + timedelta(days=days)).clock
    moment = rules.next_moment(clock, CALENDAR)
    if moment:
        assert kinds(rules.settle(clock, CALENDAR, now=moment - timedelta(microseconds=1))) == []
        assert kinds(rules.settle(clock, CALENDAR, now=moment)) != []


def test_expiry_settles_what_the_law_deems_done() -> None:
    change = rules.settle(started("2026-11-02 10:00", "licence.tell_incomplete"), CALENDAR, now=at("2026-11-20 10:00"))
    assert change.clock.status is Status.LAPSED
    assert change.clock.ended_at == at("2026-11-10 00:00")
    assert kinds(change) == [EntryKind.EXPIRED]


def test_a_call_that_nobody_answers_warns_at_three_minutes_expires_at_five_and_reaches_the_leader_at_ten() -> None:
    change = rules.settle(started("2026-11-02 10:00", "emergency.acknowledge"), CALENDAR, now=at("2026-11-02 10:03"))
    assert kinds(change) == [EntryKind.WARNED]
    change = rules.settle(change.clock, CALENDAR, now=at("2026-11-02 10:10"))
    assert [(e.kind, e.step_to, f"{e.at:%H:%M}") for e in change.entries] == [
        (EntryKind.EXPIRED, "", "10:05"),
        (EntryKind.ESCALATED, "officer", "10:05"),
        (EntryKind.ESCALATED, "leader", "10:10"),
    ]


def test_after_an_extension_there_is_a_warning_anew() -> None:
    clock = rules.settle(started("2026-11-02 10:00"), CALENDAR, now=at("2026-11-26 10:00")).clock
    assert clock.warned
    longer = rules.extend(clock, CALENDAR, at=at("2026-11-26 11:00"), by=10, reason="因", approval="批").clock
    assert kinds(rules.settle(longer, CALENDAR, now=at("2026-12-10 10:00"))) == [EntryKind.WARNED]


def test_a_stopped_clock_is_left_alone_by_time() -> None:
    held = stopped(started("2026-11-02 10:00"), at("2026-11-05 09:00"))
    assert rules.next_moment(held, CALENDAR) is None
    assert kinds(rules.settle(held, CALENDAR, now=at("2027-11-05 09:00"))) == []


YEAR_2027 = rules.YearPlan(
    year=2027,
    papers=("2027 年放假通知（试验用）",),
    days=(rules.NamedDay(date=at("2027-01-01").date(), name="元旦", working=False),),
)


def test_an_unknown_end_is_computed_once_its_year_is_known() -> None:
    clock = started("2026-12-25 10:00")
    before = clock.due(CALENDAR)
    assert before == Unknown(2027)
    assert rules.next_moment(clock, CALENDAR) is None
    grown = WorkCalendar((*CALENDAR.plans, YEAR_2027))
    change = rules.recompute(clock, grown, before=before, now=at("2026-12-28 10:00"))
    (entry,) = change.entries
    assert (entry.before, entry.kind) == (Unknown(2027), EntryKind.RECOMPUTED)
    assert isinstance(entry.after, Due)
    assert entry.after.on.isoformat() == "2027-01-25"


def test_a_clock_resumed_in_an_unknown_year_waits_for_its_calendar() -> None:
    again = resumed(stopped(started("2026-12-01 10:00"), at("2026-12-15 09:00")), at("2027-01-06 09:00"))
    assert again.due(CALENDAR) == Unknown(2027)


def test_a_corrected_calendar_sets_a_wrongly_overdue_clock_running_again() -> None:
    clock = rules.settle(started("2026-08-03 10:00", "licence.deliver"), CALENDAR, now=at("2026-08-18 09:00")).clock
    assert clock.status is Status.OVERDUE
    storm = rules.YearPlan(
        year=2026,
        papers=("停工通告",),
        days=tuple(
            rules.NamedDay(date=at(f"2026-08-{d}").date(), name="台风停工", working=False) for d in (12, 13, 14)
        ),
    )
    change = rules.recompute(
        clock, WorkCalendar((*CALENDAR.plans, storm)), before=clock.due(CALENDAR), now=at("2026-08-18 10:00")
    )
    assert (change.clock.status, change.clock.step) == (Status.RUNNING, 0)
    assert rules.recompute(clock, CALENDAR, before=clock.due(CALENDAR), now=at("2026-08-18 10:00")).entries == ()


def test_a_renewal_is_warned_of_before_its_last_day() -> None:
    expires = at("2026-11-20 00:00")
    one = rule("licence.renewal_request")
    change = rules.start(one, CALENDAR, started_at=expires, now=at("2026-06-01 09:00"))
    end = change.clock.due(CALENDAR)
    assert isinstance(end, Due)
    assert CALENDAR.between(end.on, expires.date()) == 30
    assert kinds(rules.settle(change.clock, CALENDAR, now=end.at - timedelta(days=7))) == [EntryKind.WARNED]
    lapsed = rules.settle(change.clock, CALENDAR, now=end.at)
    assert lapsed.clock.status is Status.LAPSED


def test_the_unit_says_itself_in_both_languages() -> None:
    assert (Unit.WORKING_DAYS.zh(2), Unit.WORKING_DAYS.en(2), Unit.HOURS.en(1)) == (
        "2 个工作日",
        "2 working days",
        "1 hour",
    )
    assert replace(started("2026-11-02 10:00"), extended=3).total == 23
