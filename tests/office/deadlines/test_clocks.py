"""Clocks as they are kept: the row, the evidence, the events, the audit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Problem
from zhengtong.kernel.events import EventRow
from zhengtong.office import deadlines, identity
from zhengtong.office.deadlines import errors, queries, rules
from zhengtong.office.deadlines.rules import EntryKind, Status
from zhengtong.office.deadlines.tables import ClockEntry, Terms

Start = Callable[..., deadlines.Clock]
Someone = Callable[..., Actor]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def told(session: Session, clock: deadlines.Clock) -> list[str]:
    rows = session.scalars(select(EventRow).where(EventRow.key == str(clock.id)).order_by(EventRow.seq))
    return [row.type for row in rows]


def test_a_started_clock_keeps_its_end_its_terms_its_evidence_and_is_announced(session: Session, start: Start) -> None:
    clock = start("licence.decide", "2026-03-05T09:00+08:00")
    assert (clock.due_at, str(clock.due_on), clock.status) == (at("2026-04-03T00:00"), "2026-04-02", Status.RUNNING)
    assert clock.next_at == at("2026-03-30T00:00")
    assert clock.terms.content["article"].startswith("第四十二条")
    (entry,) = queries.entries_of(session, clock.id)
    assert (entry.kind, entry.due_after, entry.amount) == (EntryKind.STARTED, clock.due_at, 20)
    assert told(session, clock) == ["deadlines.clock_started@1"]


def test_clocks_of_one_rule_share_their_terms(session: Session, start: Start) -> None:
    first, second = (start("licence.decide", "2026-03-05T09:00+08:00") for _ in range(2))
    other = start("licence.deliver", "2026-03-05T09:00+08:00")
    assert first.terms_id == second.terms_id != other.terms_id
    assert len(session.scalars(select(Terms)).all()) == 2


def test_a_clock_read_again_is_the_clock_that_was_kept(session: Session, start: Start, someone: Someone) -> None:
    clock = start("licence.decide", "2026-03-05T09:00+08:00")
    deadlines.stop_clock(session, someone(), clock.id, ground="hearing", reason="依申请", now=at("2026-03-09T09:00"))
    session.flush()
    state = queries.state_of(clock)
    session.expire_all()
    assert queries.state_of(session.get_one(deadlines.Clock, clock.id)) == state


def test_a_whole_life_leaves_a_whole_trail(session: Session, start: Start, someone: Someone) -> None:
    actor = someone(name="林晚")
    clock = start("licence.decide", "2026-03-05T09:00+08:00")
    deadlines.stop_clock(session, actor, clock.id, ground="hearing", reason="依申请听证", now=at("2026-03-09T09:00"))
    assert (clock.due_at, clock.next_at, clock.status) == (None, None, Status.STOPPED)
    deadlines.resume_clock(session, actor, clock.id, now=at("2026-03-12T09:00"))
    assert str(clock.due_on) == "2026-04-08"
    deadlines.extend_clock(
        session, actor, clock.id, by=5, reason="案情复杂", approval="局长批示 12 号", now=at("2026-03-20T09:00")
    )
    assert str(clock.due_on) == "2026-04-15"
    deadlines.meet_clock(session, actor, clock.id, now=at("2026-04-15T23:00"))
    session.flush()
    assert (clock.status, clock.next_at) == (Status.MET, None)
    trail = [(entry.kind.value, entry.actor_name, entry.ground) for entry in queries.entries_of(session, clock.id)]
    assert trail == [
        ("started", "system", ""),
        ("stopped", "林晚", "hearing"),
        ("resumed", "林晚", "hearing"),
        ("extended", "林晚", ""),
        ("warned", "system", ""),
        ("met", "林晚", ""),
    ]
    assert [kind.split("clock_")[1] for kind in told(session, clock)] == [f"{kind}@1" for kind, *_ in trail]
    deeds = session.scalars(select(Audit.action).where(Audit.thing_id == str(clock.id)).order_by(Audit.seq)).all()
    assert deeds == ["deadlines.clock_stopped", "deadlines.clock_resumed", "deadlines.clock_extended"]


def test_whoever_acts_after_the_end_finds_it_expired_though_no_sweep_ran(
    session: Session, start: Start, someone: Someone
) -> None:
    clock = start("licence.deliver", "2026-03-05T09:00+08:00")
    deadlines.meet_clock(session, someone(), clock.id, now=at("2026-03-23T09:00"))
    assert clock.status is Status.MET_LATE
    kinds = [kind.split("clock_")[1] for kind in told(session, clock)]
    assert kinds == ["started@1", "expired@1", "escalated@1", "met@1"]


def test_an_overdue_clock_is_neither_stopped_nor_extended(session: Session, start: Start, someone: Someone) -> None:
    clock, late = start("licence.decide", "2026-03-05T09:00+08:00"), at("2026-04-03T00:00")
    with pytest.raises(errors.ClockOverdue):
        deadlines.extend_clock(session, someone(), clock.id, by=1, reason="因", approval="批", now=late)
    with pytest.raises(errors.ClockOverdue):
        deadlines.stop_clock(session, someone(), clock.id, ground="hearing", reason="因", now=late)


@pytest.mark.both_databases
@pytest.mark.parametrize("statement", [update(ClockEntry).values(reason="改写"), delete(ClockEntry)])
def test_evidence_cannot_be_altered_or_removed(session: Session, start: Start, statement: Any) -> None:
    start("licence.decide", "2026-03-05T09:00+08:00")
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(statement)


def test_a_promise_shorter_than_the_law_is_kept_as_the_limit(start: Start) -> None:
    clock = start("licence.decide", "2026-03-05T09:00+08:00", limit=5)
    assert (clock.limit, str(clock.due_on)) == (5, "2026-03-12")


@pytest.mark.parametrize(
    ("rule", "limit", "refusal"),
    [
        ("licence.never", None, errors.RuleNotFound),
        ("licence.decide", 21, errors.LimitWrong),
        ("hall.promise", None, errors.LimitMissing),
    ],
)
def test_what_cannot_be_started_is_refused(start: Start, rule: str, limit: int | None, refusal: type[Problem]) -> None:
    with pytest.raises(refusal):
        start(rule, "2026-03-05T09:00+08:00", limit=limit)


def test_a_clock_that_is_not_there_is_not_found(session: Session, someone: Someone) -> None:
    with pytest.raises(errors.ClockNotFound):
        deadlines.meet_clock(session, someone(), new_id(), now=at("2026-03-05T09:00"))


def test_a_changed_rule_leaves_running_clocks_their_terms(session: Session, start: Start, someone: Someone) -> None:
    from zhengtong.office.deadlines.permissions import CHANGE_PACKS

    before = start("sharing.answer_conditional", "2026-03-05T09:00+08:00")
    deadlines.put_bundled_pack(session, someone(CHANGE_PACKS), "cn-gaoping-2024", now=at("2026-03-05T09:00"))
    session.flush()
    after = start("sharing.answer_conditional", "2026-03-05T09:00+08:00")
    assert (before.limit, after.limit) == (10, 5)
    assert (before.terms.pack, after.terms.pack) == ("cn-national-2025", "cn-gaoping-2024")
    assert queries.state_of(before).rule.limit == 10


def test_clocks_about_a_thing_are_found_live_ones_first_to_end_first(
    session: Session, start: Start, someone: Someone
) -> None:
    about = ("application", str(new_id()))
    duty = deadlines.Duty(about=about, name="SQ-2026-0874")
    now = at("2026-03-05T09:00")
    slow = deadlines.start_clock(session, someone(), rule="sharing.provide_data", duty=duty, now=now)
    quick = deadlines.start_clock(session, someone(), rule="sharing.answer_conditional", duty=duty, now=now)
    done = deadlines.start_clock(session, someone(), rule="sharing.correction", duty=duty, now=now)
    session.flush()
    deadlines.meet_clock(session, someone(), done.id, now=now)
    session.flush()
    assert [clock.id for clock in deadlines.clocks_about(session, about)] == [quick.id, slow.id]


def test_who_sees_which_clocks(session: Session, start: Start, city: Any, someone: Someone) -> None:
    from zhengtong.kernel.actor import Scope
    from zhengtong.office.deadlines.permissions import READ

    own = start("licence.decide", "2026-03-05T09:00+08:00")
    other = start("licence.decide", "2026-03-05T09:00+08:00", department_id=city.bureau, person_id=None)

    def seen(actor: Actor) -> set[Any]:
        return {clock.id for clock in session.scalars(queries.visible_clocks(actor))}

    assert seen(someone()) == set()
    assert seen(someone(subject=city.officer)) == {own.id}
    assert seen(someone(READ, scope=Scope(departments=frozenset({city.bureau})))) == {other.id}
    assert seen(someone(READ)) == {own.id, other.id}
    section = identity.Department(
        id=new_id(),
        parent_id=city.bureau,
        name_zh="数据科",
        level=identity.Level.CITY,
        kind=identity.Kind.SECTION,
        created_at=own.started_at,
    )
    session.add(section)
    session.flush()
    clerk = someone(READ, department=section.id, scope=Scope(departments=frozenset({section.id})))
    assert seen(clerk) == {other.id}, "a section's people see their bureau's duties"
    ours = queries.find_clocks(someone(READ, department=section.id), now=own.started_at, whose="ours")
    assert {clock.id for clock in session.scalars(ours)} == {other.id}, "and these alone where only ours are asked for"
    with pytest.raises(errors.ClockNotFound):
        queries.get_clock(session, someone(), own.id)


def test_a_clock_of_no_department_is_the_data_authoritys(session: Session, start: Start, someone: Someone) -> None:
    from zhengtong.kernel.actor import Scope
    from zhengtong.office.deadlines.permissions import READ, RUN

    nobodys = start("licence.decide", "2026-03-05T09:00+08:00", department_id=None, person_id=None)

    def ours(*permissions: Any, **facts: Any) -> set[Any]:
        asked = queries.find_clocks(someone(*permissions, **facts), now=nobodys.started_at, whose="ours")
        return {clock.id for clock in session.scalars(asked)}

    assert ours(READ, RUN) == {nobodys.id}
    assert ours(READ) == set(), "who only looks has no duty by it"
    assert ours(READ, RUN, scope=Scope(departments=frozenset({new_id()}))) == set()


def test_the_summary_counts_what_one_sees(session: Session, start: Start, someone: Someone) -> None:
    from zhengtong.office.deadlines.permissions import READ

    start("licence.decide", "2026-03-05T09:00+08:00")
    start("licence.deliver", "2026-02-02T09:00+08:00")
    start("rating.contact_bad", "2026-03-06T09:00+08:00")
    held = start("licence.decide", "2026-03-05T09:00+08:00")
    deadlines.stop_clock(session, someone(), held.id, ground="hearing", reason="因", now=at("2026-03-06T09:00"))
    session.flush()
    found = queries.summary(session, someone(READ), now=at("2026-03-06T10:00"))
    assert (found.running, found.overdue, found.soon, found.stopped, found.unknown) == (2, 1, 0, 1, 0)
    assert [str(day) for day, _ in found.days[:3]] == ["2026-03-06", "2026-03-09", "2026-03-10"]
    assert [count for _, count in found.days] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_the_kept_end_is_always_the_computed_one(session: Session, start: Start) -> None:
    for rule in rules.RuleBook(queries.rulebook(session).packs).standing:
        try:
            clock = start(rule, "2026-03-05T09:00+08:00", limit=None)
        except (errors.LimitMissing, errors.OutOfOrder):
            continue
        assert queries.end_of(clock) == queries.state_of(clock).due(queries.calendar(session))
