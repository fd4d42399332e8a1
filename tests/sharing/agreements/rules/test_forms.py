"""What a snapshot remembers changes no decision: remembered and new give the same outcome, the same inputs, the same rows and masks."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sharing.agreements.rules.test_deciding import AT, CALL, DEPARTMENT, ITEM, OTHER, SYSTEM, snapshot
from zhengtong.sharing.agreements import queries, rules
from zhengtong.sharing.agreements.rules import forms

calls = st.fixed_dictionaries(
    {
        "at": st.sampled_from([AT, AT + timedelta(seconds=59), AT + timedelta(minutes=1)])
        | st.integers(-6 * 86_400, 364 * 86_400).map(lambda seconds: AT + timedelta(seconds=seconds, microseconds=7)),
        "second_factor_at": st.none() | st.integers(-1, 12).map(lambda minutes: AT - timedelta(minutes=minutes)),
        "case_number": st.sampled_from(["SL-1", "SL-2", " ", ""]),
        "fields": st.sampled_from([("uscc", "income"), ("income",), ("uscc", "plan"), ("none",), ()]),
        "operation": st.sampled_from(["lookup", "batch", "relay", "?"]),
        "purpose": st.sampled_from(["job_subsidy", "审计", '"\\', ""]),
        "keys": st.integers(1, 3),
        "department_id": st.sampled_from([DEPARTMENT, UUID(hex=DEPARTMENT), "0" * 32]),
        "system_id": st.sampled_from([SYSTEM, UUID(hex=SYSTEM), ""]),
        "item_id": st.sampled_from([ITEM, UUID(hex=ITEM), OTHER, ""]),
        "agreement": st.sampled_from([CALL.agreement, CALL.agreement, "XY-0"]),
    }
)
asked = st.tuples(calls, st.sampled_from([0, 497, 498, 499, 500, 1_000]), st.sampled_from([0, 9_997, 9_999, 10_000]))


@settings(max_examples=60, deadline=None)
@given(line=st.lists(asked, min_size=2, max_size=8))
def test_what_is_remembered_decides_as_what_is_new(line: list[tuple[dict[str, Any], int, int]]) -> None:
    remembering = snapshot()
    for changed, today, total in [*line, *line]:
        request = CALL._replace(**changed)
        told = rules.decide(remembering, request, used_today=today, used_total=total)
        assert told == rules.decide(snapshot(), request, used_today=today, used_total=total)
        assert rules.redecide(queries.policy(), told.inputs) == told.outcome


@settings(max_examples=100, deadline=None)
@given(changed=calls, today=st.integers(0, 10**12), total=st.integers(0, 10**12))
def test_the_inputs_are_canonical_and_hold_the_call(changed: dict[str, Any], today: int, total: int) -> None:
    request = CALL._replace(**{**changed, "agreement": CALL.agreement})
    inputs = rules.decide(snapshot(), request, used_today=today, used_total=total).inputs
    told = json.loads(inputs)
    local = request.at + timedelta(hours=8)
    assert rules.canonical(told) == inputs
    assert told["call"] == {
        **told["call"],
        "at": int(request.at.timestamp()),
        "day": local.toordinal(),
        "minute": local.hour * 60 + local.minute,
        "workday": local.weekday() < 5,
        "has_case": bool(request.case_number.strip()),
        "purpose": request.purpose,
        "fields": [f"{forms.as_hex(request.item_id)}/{name}" for name in request.fields],
        "second_factor": forms.is_fresh(request, request.at),
        "used_today": today,
        "used_total": total,
    }


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({"at": AT + timedelta(hours=10)}, ("hours",)),
        ({"at": AT + timedelta(minutes=8)}, ("second_factor",)),
        ({"at": AT + timedelta(days=700)}, ("term",)),
    ],
    ids=["the hours are over", "the second factor is old", "the term is over"],
)
def test_what_was_allowed_is_refused_once_its_moment_has_passed(
    changed: dict[str, Any], failed: tuple[str, ...]
) -> None:
    known = snapshot()
    assert rules.decide(known, CALL, used_today=0, used_total=0).allowed
    later = rules.decide(known, CALL, used_today=0, used_total=0, **changed)
    assert not later.allowed
    assert set(failed) <= set(later.failed)


def test_the_last_unit_of_the_quota_is_the_last() -> None:
    known = snapshot()
    outcomes = [rules.decide(known, CALL, used_today=used, used_total=used).allowed for used in (498, 499, 500, 499)]
    assert outcomes == [True, True, False, True]


def test_forms_do_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "REMEMBERED", 5)
    known = snapshot()
    for number in range(40):
        request = CALL._replace(purpose=f"p{number}", at=AT + timedelta(minutes=number))
        rules.decide(known, request, used_today=0, used_total=0)
    assert len(known.forms) <= 5
    assert len(known.moments) <= forms.MINUTES_KEPT
