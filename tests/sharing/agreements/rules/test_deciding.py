"""The contract decides: each condition refuses by itself, with words; errors are refusals; inputs decide again."""

import dataclasses
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.sharing.agreements import queries, rules
from zhengtong.sharing.agreements.rules import CallRequest, Contract, Policy, Snapshot, Status, Terms

AT = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)  # a Thursday, 09:00 in the city
ITEM, OTHER, DEPARTMENT, SYSTEM = "a1" * 16, "b2" * 16, "c3" * 16, "d4" * 16
LEVELS = {ITEM: {"uscc": "general_1", "income": "general_3", "name": "general_2", "plan": "important"}}
TERMS = Terms(
    item_ids=(ITEM,),
    fields={ITEM: {"uscc": "full", "income": "general:100000"}},
    purposes=("job_subsidy",),
    valid_from="2026-03-01",
    valid_to="2027-03-01",
    systems=(SYSTEM,),
    persons=("e5" * 16,),
    posts=("f6" * 16,),
    second_factor=True,
    workdays_only=True,
    opens=480,
    closes=1080,
    daily_quota=500,
    total_quota=10_000,
    max_rows=3,
)
CALL = CallRequest(
    agreement="XY-2026-0391",
    item_id=ITEM,
    operation="lookup",
    fields=("uscc", "income"),
    purpose="job_subsidy",
    department_id=DEPARTMENT,
    at=AT,
    case_number="SL-1120-0316",
    system_id=SYSTEM,
    person_id="e5" * 16,
    post="f6" * 16,
    second_factor_at=AT - timedelta(minutes=3),
)


def snapshot(policy: Policy | None = None, status: Status = Status.IN_FORCE, **changed: Any) -> Snapshot:
    terms = dataclasses.replace(TERMS, **changed)
    one = Contract.of(
        id="9" * 32,
        number="XY-2026-0391",
        version=3,
        status=status,
        parties=("1" * 32, (DEPARTMENT,)),
        terms=terms,
        terms_digest="ab" * 32,
    )
    known = policy or queries.policy()
    return Snapshot.of(7, known, [one], levels=LEVELS, works=lambda day: day.weekday() < 5)


def decide(known: Snapshot, *, used_today: int = 236, used_total: int = 5_217, **changed: Any) -> rules.Decision:
    return rules.decide(known, CALL._replace(**changed), used_today=used_today, used_total=used_total)


def test_a_call_that_meets_every_condition_is_allowed_with_its_masks() -> None:
    told = decide(snapshot())
    assert (told.allowed, told.outcome, told.failed) == (True, "allow", ())
    assert told.fields == {"uscc": "full", "income": "general"}
    assert told.bands == {"income": "100000"}


@pytest.mark.parametrize(
    ("failed", "changed"),
    [
        ("party", {"department_id": "0" * 32}),
        ("term", {"at": datetime(2027, 3, 1, 16, 0, tzinfo=UTC)}),
        ("term", {"at": datetime(2026, 2, 27, 1, 0, tzinfo=UTC)}),
        ("system", {"system_id": "0" * 32}),
        ("person", {"person_id": ""}),
        ("post", {"post": "0" * 32}),
        ("purpose", {"purpose": "audit"}),
        ("case", {"case_number": "  "}),
        ("way", {"operation": "file"}),
        ("way", {"operation": "delete"}),
        ("item", {"item_id": OTHER, "fields": ()}),
        ("fields", {"fields": ("uscc", "name")}),
        ("second_factor", {"second_factor_at": None}),
        ("second_factor", {"second_factor_at": AT - timedelta(minutes=11)}),
        ("second_factor", {"second_factor_at": AT + timedelta(minutes=1)}),
        (
            "hours",
            {
                "at": datetime(2026, 3, 5, 10, 0, tzinfo=UTC),
                "second_factor_at": datetime(2026, 3, 5, 10, 0, tzinfo=UTC),
            },
        ),
        (
            "workday",
            {"at": datetime(2026, 3, 7, 1, 0, tzinfo=UTC), "second_factor_at": datetime(2026, 3, 7, 1, 0, tzinfo=UTC)},
        ),
        ("rows", {"keys": 4}),
    ],
)
def test_each_condition_refuses_and_says_why_and_what_to_do(failed: str, changed: dict[str, Any]) -> None:
    if "at" in changed:
        changed = {"second_factor_at": changed["at"], **changed}
    told = decide(snapshot(), **changed)
    assert not told.allowed
    assert failed in told.failed
    assert told.fields == {}
    assert told.zh
    assert told.en
    assert told.remedy_zh
    assert told.remedy_en


@pytest.mark.parametrize("status", [Status.PROPOSED, Status.SUSPENDED, Status.ENDED])
def test_only_an_agreement_in_force_allows(status: Status) -> None:
    assert decide(snapshot(status=status)).failed == ("status",)


@pytest.mark.parametrize(
    ("today", "total", "keys", "failed"),
    [
        (499, 0, 1, ()),
        (500, 0, 1, ("daily_quota",)),
        (498, 0, 3, ("daily_quota",)),
        (0, 9_999, 1, ()),
        (0, 10_000, 1, ("total_quota",)),
    ],
)
def test_quotas_count_to_the_last_unit(today: int, total: int, keys: int, failed: tuple[str, ...]) -> None:
    assert decide(snapshot(), used_today=today, used_total=total, keys=keys).failed == failed


def test_a_field_whose_level_the_catalogue_has_raised_is_refused() -> None:
    known = snapshot()
    raised = dataclasses.replace(known, levels={ITEM: {"uscc": "general_4", "income": "general_3"}}, forms={})
    assert decide(raised).failed == ("level",)


def test_a_field_the_catalogue_no_longer_has_counts_as_the_strictest() -> None:
    gone = dataclasses.replace(snapshot(), levels={ITEM: {"uscc": "general_1"}}, forms={})
    assert set(decide(gone).failed) == {"level", "exception"}


def test_important_data_need_a_named_approval() -> None:
    given_field = {"fields": {ITEM: {"plan": "full"}}, "level": "important"}
    assert decide(snapshot(**given_field), fields=("plan",)).failed == ("exception",)
    assert decide(snapshot(**given_field, exception="政办〔2026〕3 号"), fields=("plan",)).allowed


def test_an_agreement_that_is_not_there_is_a_refusal() -> None:
    told = decide(snapshot(), agreement="XY-0000-0000")
    assert (told.allowed, told.outcome) == (False, "deny:unknown")
    assert rules.redecide(queries.policy(), told.inputs) == told.outcome


@pytest.mark.parametrize(
    "broken",
    [
        '@id("permit") permit (principal, action, resource); @id("system") forbid (principal, action, resource) when { context.nothing > 1 };',
        '@id("permit") permit (principal, action, resource) when { resource.daily_quota + 9223372036854775807 > 0 };',
        '@id("permit") permit (principal, action, resource); forbid (principal, action, resource);',
    ],
    ids=["a forbid that errs would be skipped", "an overflow", "a policy without a name"],
)
def test_an_error_in_evaluation_is_a_refusal(broken: str) -> None:
    policy = dataclasses.replace(queries.policy(), parsed=cedarpy.PolicySet.from_str(broken))
    told = decide(snapshot(policy))
    assert (told.allowed, told.failed) == (False, ("error",))
    assert told.zh


def test_what_cannot_be_asked_of_cedar_is_a_refusal() -> None:
    assert decide(snapshot(), department_id='x"y\\').failed == ("error",)


def test_an_error_is_not_remembered() -> None:
    known = snapshot()
    decide(known, department_id='x"y\\')
    assert [one.known for one in known.forms.values()] == [{}]


def test_the_policies_fit_their_schema_and_every_one_has_words() -> None:
    place = assets.path("rules") / "agreements" / "policy-1"
    text = (place / "contract.cedar").read_text("utf-8")
    found = cedarpy.validate_policies(text, (place / "schema.cedarschema").read_text("utf-8"))
    assert [str(one) for one in found.errors] == []
    told = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    named = {one["annotations"]["id"] for one in told} - {"permit"}
    assert named == set(queries.policy().conditions) - {"unknown", "error"}


def test_what_cedar_sees_fits_the_schema_too() -> None:
    place = assets.path("rules") / "agreements" / "policy-1"
    schema = (place / "schema.cedarschema").read_text("utf-8")
    entity = snapshot().find("XY-2026-0391").entity()  # type: ignore[union-attr]
    cedarpy.Entities.from_json_str(json.dumps([entity]), schema=schema)


changes = st.fixed_dictionaries(
    {},
    optional={
        "department_id": st.sampled_from([DEPARTMENT, "0" * 32]),
        "system_id": st.sampled_from([SYSTEM, ""]),
        "purpose": st.sampled_from(["job_subsidy", "audit", ""]),
        "case_number": st.sampled_from(["SL-1", ""]),
        "operation": st.sampled_from(["lookup", "batch", "relay", "file", "?"]),
        "fields": st.lists(st.sampled_from(["uscc", "income", "name", "plan", "none"]), unique=True).map(tuple),
        "keys": st.integers(0, 10),
        "at": st.integers(0, 700).map(lambda days: AT + timedelta(days=days, hours=days % 24)),
    },
)


@settings(max_examples=150, deadline=None)
@given(changed=changes, today=st.integers(0, 1_000), total=st.integers(0, 20_000), status=st.sampled_from(Status))
def test_every_decision_is_decided_again_from_its_inputs_alone(
    changed: dict[str, Any], today: int, total: int, status: Status
) -> None:
    known = snapshot(status=status)
    told = decide(known, used_today=today, used_total=total, **changed)
    assert rules.redecide(queries.policy(), told.inputs) == told.outcome
    assert decide(known, used_today=today, used_total=total, **changed) == told
    assert told.allowed == (told.outcome == "allow") == (not told.failed)
    assert set(told.fields) <= set(TERMS.fields[ITEM])


def test_inputs_hold_no_case_number_address_or_name() -> None:
    told = decide(snapshot(), address="10.1.2.3").inputs.decode()
    assert "SL-1120" not in told
    assert "10.1.2.3" not in told


def test_days_are_those_of_the_city() -> None:
    last = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)  # 16:00 on the last day, a Monday
    assert decide(snapshot(), at=last, second_factor_at=last).allowed
    assert date.fromisoformat(TERMS.valid_to).weekday() == 0
