"""Rule packs of the city: put in force, replaced, retired; and what they may not do."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor, PermissionMissing, StepUpNeeded
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.errors import Problem
from zhengtong.kernel.events import EventRow
from zhengtong.office import deadlines
from zhengtong.office.deadlines import actions, errors, queries
from zhengtong.office.deadlines.permissions import CHANGE_PACKS

Someone = Callable[..., Actor]
NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
GAOPING = queries.bundled_pack("cn-gaoping-2024")


def limit(session: Session, rule: str) -> tuple[int | None, str]:
    standing = deadlines.rulebook(session).rule(rule)
    return standing.rule.limit, standing.pack


def test_without_any_pack_put_the_national_one_holds(session: Session) -> None:
    assert [pack.pack for pack in deadlines.rulebook(session).packs] == [queries.NATIONAL]


def test_a_pack_put_in_force_overrides_and_retired_gives_way_again(session: Session, someone: Someone) -> None:
    actor, rule = someone(CHANGE_PACKS), "sharing.answer_conditional"
    assert limit(session, rule) == (10, "cn-national-2025")
    changes = actions.preview_pack(session, actor, text=GAOPING, now=NOW)
    assert [(one.id, one.before is None) for one in changes] == [
        ("sharing.answer_conditional", False),
        ("sharing.answer_unconditional", False),
        ("sharing.compliance_check", True),
        ("sharing.publish_and_answer", True),
    ]
    deadlines.put_pack(session, actor, text=GAOPING, now=NOW)
    assert limit(session, rule) == (5, "cn-gaoping-2024")
    actions.retire_pack(session, actor, "cn-gaoping-2024", reason="国家条例施行后废止", now=NOW)
    assert limit(session, rule) == (10, "cn-national-2025")
    told = session.scalars(select(EventRow.type).order_by(EventRow.seq)).all()
    assert told == ["deadlines.rule_pack_put@1", "deadlines.rule_pack_retired@1"]
    deeds = session.scalars(select(Audit.action).order_by(Audit.seq)).all()
    assert deeds == ["deadlines.pack_put", "deadlines.pack_retired"]


def test_a_later_edition_takes_the_place_of_the_former(session: Session, someone: Someone) -> None:
    actor = someone(CHANGE_PACKS)
    deadlines.put_pack(session, actor, text=GAOPING, now=NOW)
    deadlines.put_bundled_pack(session, actor, "yunxi-sample", now=NOW)
    deadlines.put_pack(session, actor, text=GAOPING.replace("limit: 5", "limit: 4"), now=NOW)
    session.flush()
    assert [row.pack for row in queries.packs_in_force(session)] == ["cn-gaoping-2024", "yunxi-sample"]
    assert limit(session, "sharing.answer_conditional") == (4, "cn-gaoping-2024")


def test_the_national_pack_can_be_mended_but_never_lies_on_top_of_the_citys(session: Session, someone: Someone) -> None:
    actor = someone(CHANGE_PACKS)
    deadlines.put_pack(session, actor, text=GAOPING, now=NOW)
    mended = queries.bundled_pack(queries.NATIONAL).replace("limit: 45", "limit: 44")
    deadlines.put_pack(session, actor, text=mended, now=NOW)
    assert limit(session, "licence.decide_joint") == (44, "cn-national-2025")
    assert limit(session, "sharing.answer_conditional") == (5, "cn-gaoping-2024")


@pytest.mark.parametrize(
    ("do", "refusal"),
    [
        (lambda s, a: deadlines.put_pack(s, a, text="rules: [", now=NOW), errors.PackWrong),
        (lambda s, a: deadlines.put_bundled_pack(s, a, "cn-atlantis", now=NOW), errors.PackNotFound),
        (lambda s, a: actions.retire_pack(s, a, "cn-gaoping-2024", reason="因", now=NOW), errors.PackNotFound),
        (lambda s, a: [deadlines.put_pack(s, a, text=GAOPING, now=NOW) for _ in range(2)], errors.PackInForce),
        (
            lambda s, a: (
                deadlines.put_pack(s, a, text=GAOPING, now=NOW),
                actions.retire_pack(s, a, "cn-gaoping-2024", reason=" ", now=NOW),
            ),
            errors.ReasonMissing,
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    session: Session, someone: Someone, do: Callable[[Session, Actor], Any], refusal: type[Problem]
) -> None:
    with pytest.raises(refusal):
        do(session, someone(CHANGE_PACKS))


def test_only_who_may_and_has_just_shown_the_second_factor_changes_the_rules(
    session: Session, someone: Someone
) -> None:
    for actor, refusal in (
        (someone(), PermissionMissing),
        (someone(CHANGE_PACKS, second_factor_at=None), StepUpNeeded),
    ):
        with pytest.raises(refusal):
            deadlines.put_pack(session, actor, text=GAOPING, now=NOW)
