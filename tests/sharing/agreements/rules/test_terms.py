"""Terms: their fingerprint, their level, what is wrong with them, what a partial consent may do; and the table of states."""

import dataclasses
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.sharing.agreements import queries, rules
from zhengtong.sharing.agreements.rules import Known, RowRule, State, Terms

ITEM, SYSTEM = "a1" * 16, "d4" * 16
TERMS = Terms(
    item_ids=(ITEM,),
    fields={ITEM: {"uscc": "full", "income": "general:100000"}},
    purposes=("job_subsidy",),
    valid_from="2026-03-01",
    valid_to="2027-03-01",
    systems=(SYSTEM,),
    rows=(RowRule("region", "in", ("990105", "990106")),),
)
KNOWN = Known(
    fields={ITEM: {"uscc": "general_1", "income": "general_3", "region": "general_1"}},
    purposes={"job_subsidy": True, "audit": False},
    systems=frozenset({SYSTEM}),
    today="2026-03-05",
)


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


masks = st.sampled_from(["full", "partial", "general", "general:5", "general:yes_no", "pseudonym", "omit"])


@given(
    fields=st.dictionaries(st.text("abc", min_size=1, max_size=3), masks, max_size=4),
    rows=st.lists(st.tuples(st.sampled_from(["eq", "in"]), st.text(max_size=3))),
    quota=st.integers(1, 10**6),
)
def test_terms_are_read_back_as_they_were_and_keep_their_fingerprint(
    fields: dict[str, str], rows: list[tuple[Any, str]], quota: int
) -> None:
    told = tuple(RowRule("f", op, (value,) if op == "in" else value) for op, value in rows)
    terms = dataclasses.replace(TERMS, fields={ITEM: fields}, rows=told, daily_quota=quota)
    back = Terms.of(terms.told())
    assert back == terms
    assert rules.terms_digest(back, sm3) == rules.terms_digest(terms, sm3)


@pytest.mark.parametrize(
    "changed", [{"daily_quota": 501}, {"case_required": False}, {"fields": {ITEM: {"uscc": "full"}}}]
)
def test_any_change_changes_the_fingerprint(changed: dict[str, Any]) -> None:
    assert rules.terms_digest(dataclasses.replace(TERMS, **changed), sm3) != rules.terms_digest(TERMS, sm3)


def test_bands_lower_the_level_by_one_and_the_strictest_field_counts() -> None:
    levels = {ITEM: {"uscc": "general_1", "income": "general_3"}}
    assert rules.level_of(TERMS, levels) == "general_2"
    whole = dataclasses.replace(TERMS, fields={ITEM: {"uscc": "full", "income": "full"}})
    assert rules.level_of(whole, levels) == "general_3"


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("fields", {"fields": {ITEM: {"nothing": "full"}}}),
        ("fields", {"fields": {ITEM: {"uscc": "general:x"}}}),
        ("fields", {"fields": {}, "item_ids": ()}),
        ("rows", {"rows": (RowRule("nowhere", "eq", 1),)}),
        ("rows", {"rows": (RowRule("region", "in", "990105"),)}),
        ("purposes", {"purposes": ("hobby",)}),
        ("purposes", {"purposes": ()}),
        ("case_required", {"case_required": False}),
        ("systems", {"systems": ()}),
        ("systems", {"systems": ("0" * 32,)}),
        ("ways", {"ways": ("pigeon",)}),
        ("valid_to", {"valid_to": "2026-02-28"}),
        ("valid_to", {"valid_to": "2026-03-04"}),
        ("valid_to", {"valid_to": "2040-01-01"}),
        ("valid_to", {"valid_to": "soon"}),
        ("daily_quota", {"daily_quota": 0}),
        ("opens", {"opens": 600, "closes": 600}),
        ("level", {"level": "secret"}),
        ("exception", {"level": "core"}),
    ],
)
def test_what_is_wrong_is_told_at_its_field_with_the_remedy(field: str, changed: dict[str, Any]) -> None:
    faults = rules.terms_faults(dataclasses.replace(TERMS, **changed), KNOWN)
    assert field in {one.name for one in faults}
    assert all(one.zh and one.en for one in faults)


def test_terms_in_order_have_no_fault() -> None:
    assert rules.terms_faults(TERMS, KNOWN) == []


@pytest.mark.parametrize(
    ("narrower", "changed"),
    [
        (True, {}),
        (True, {"fields": {ITEM: {"uscc": "full"}}}),
        (True, {"fields": {ITEM: {"uscc": "partial", "income": "omit"}}}),
        (True, {"daily_quota": 10}),
        (False, {"fields": {ITEM: {"uscc": "full", "income": "full"}}}),
        (False, {"fields": {ITEM: {"uscc": "full", "region": "full"}}}),
        (False, {"daily_quota": 501}),
        (False, {"valid_to": "2027-03-02"}),
        (False, {"purposes": ("audit",)}),
        (False, {"ways": ("file",)}),
    ],
)
def test_a_partial_consent_only_takes_away(narrower: bool, changed: dict[str, Any]) -> None:
    assert rules.narrower(TERMS, dataclasses.replace(TERMS, **changed)) is narrower


def test_the_states_carry_the_codes_that_operators_know() -> None:
    codes = {one.code for one in queries.course().states.values()}
    assert codes == {"created", "unAudit", "auditReject", "unSubscrib", "unSend", "finished", "invalid", "handOver"}


@pytest.mark.parametrize(
    ("state", "deed", "after"),
    [
        (State.CREATED, "submit", State.CHECKING),
        (State.CHECKING, "pass", State.ANSWERING),
        (State.ANSWERING, "agree_in_part", State.AGREED),
        (State.ANSWERING, "refuse", State.REFUSED),
        (State.SUPPLEMENTING, "supplement", State.ANSWERING),
        (State.CREATED, "agree", None),
        (State.FINISHED, "withdraw", None),
        (State.INVALID, "submit", None),
    ],
)
def test_deeds_lead_only_where_the_table_says(state: State, deed: str, after: State | None) -> None:
    assert rules.step(queries.course(), state, deed) == after


def test_supplements_are_asked_for_once() -> None:
    course = queries.course()
    assert rules.step(course, State.ANSWERING, "ask_supplement") is State.SUPPLEMENTING
    assert rules.step(course, State.ANSWERING, "ask_supplement", done={"ask_supplement"}) is None


def test_a_table_with_a_state_that_nothing_leads_to_is_refused() -> None:
    told = queries.pack("applications")
    broken = {**told, "deeds": {name: one for name, one in told["deeds"].items() if one["to"] != "refused"}}
    with pytest.raises(rules.CourseWrong, match="refused"):
        rules.read_course(broken)
