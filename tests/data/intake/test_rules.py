"""Mendings, masks, drift, mapping, pace: each rule by a table of cases."""

import doctest
import importlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.intake import place
from zhengtong.data import standards
from zhengtong.data.intake.rules import ColumnSeen, drift, masking, mending, merkle, schedules
from zhengtong.data.intake.rules.mending import Broken
from zhengtong.data.intake.rules.words import Confidence

SURE, LOOK, ASK, UNKNOWABLE = Confidence.SURE, Confidence.LOOK, Confidence.ASK, Confidence.UNKNOWABLE
ON = place.NOW.date()
CODE = place.code(10)
ID = "11010519491231002X"
SEX = {"男": "1", "女": "2"}
CASES = [
    ("C", "social_credit_code", CODE.replace("0", "O", 1), CODE, SURE),
    ("C", "social_credit_code", f" {CODE.lower()}　", CODE, SURE),
    ("C", "id_number", "1101O519491231OO2X", ID, SURE),
    ("C", "id_number", "１１０１０５１９４９１２３１００２ｘ", ID, SURE),
    ("C", "id_number", "110105491231002", ID, LOOK),
    ("C", "id_number", "110105194912310021", None, ASK),
    ("D", "", "2026年3月5日", "2026-03-05", SURE),
    ("D", "", "2026/3/5", "2026-03-05", SURE),
    ("D", "", "03/05/2026", "2026-03-05", LOOK),
    ("D", "", "46086", "2026-03-05", LOOK),
    ("D", "", "2026-02-30", None, ASK),
    ("N", "", "¥1,234.50", "1234.50", SURE),
    ("N", "", "１２３", "123", SURE),
    ("N", "", "3.5万元", "35000", LOOK),
    ("N", "", "many", None, ASK),
    ("B", "", "是", "1", SURE),
    ("T", "", "2026/3/5 9:30", "2026-03-05 09:30", SURE),
    ("C", "", "3509.0", "3509", LOOK),
    ("C", "", "", None, UNKNOWABLE),
    ("C", "", None, None, UNKNOWABLE),
]


def broken(kind: str, check: str, value: str | None) -> Broken:
    from zhengtong.data.standards.rules.checks import has_type

    def passes(text: str) -> bool:
        return has_type(standards.Type(kind), text) and (not check or standards.CHECKS[check].fits(text, ON))

    return Broken(value, kind, ["check" if check else "type"], passes, check)


@pytest.mark.parametrize(("kind", "check", "value", "after", "confidence"), CASES)
def test_a_mending_is_as_sure_as_its_proof(
    kind: str, check: str, value: str | None, after: str | None, confidence: Confidence
) -> None:
    found = mending.propose(broken(kind, check, value))
    assert (found.value, found.confidence) == (after, confidence)


def test_the_name_of_a_code_stands_for_the_code() -> None:
    found = mending.propose(Broken("男", "C", ["codes"], lambda text: text in ("1", "2"), "", SEX))
    assert (found.value, found.confidence) == ("1", SURE)


@settings(deadline=None)
@given(st.text(max_size=20), st.sampled_from(["C", "N", "D", "T", "B"]), st.sampled_from(["", "id_number"]))
def test_what_is_proposed_always_passes_the_rules(value: str, kind: str, check: str) -> None:
    one = broken(kind, check, value)
    found = mending.propose(one)
    assert found.value is None or one.passes(found.value)


@given(st.text(min_size=3, max_size=40))
def test_a_mask_never_shows_the_whole(value: str) -> None:
    shown = masking.mask(value)
    assert shown is not None
    assert sum(letter != masking.MASK for letter in shown) <= 4
    assert value.replace(masking.MASK, "") == "" or shown != value


@given(st.lists(st.binary(max_size=5), max_size=20))
def test_a_root_changes_with_any_chunk_and_their_order(chunks: list[bytes]) -> None:
    import hashlib

    def digest(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    def root(some: list[bytes]) -> bytes:
        return merkle.root([merkle.leaf(chunk, digest) for chunk in some], digest)

    assert root([*chunks, b"x"]) != root(chunks)
    if chunks and chunks != chunks[::-1]:
        assert root(chunks) != root(chunks[::-1])


@pytest.mark.parametrize(
    ("before", "after", "pauses", "stops"),
    [
        (["a", "b"], ["a", "b"], True, False),
        (["a", "b"], ["a", "b", "c"], True, True),
        (["a", "b"], ["a", "b", "c"], False, False),
        (["a", "b"], ["a"], False, True),
        (["a", "z"], ["a"], False, False),
    ],
)
def test_drift_stops_a_run_by_policy_or_where_a_needed_field_has_lost_its_column(
    before: list[str], after: list[str], pauses: bool, stops: bool
) -> None:
    mapping = {"one": "a", "two": "b"}
    found = drift.drift([ColumnSeen(one) for one in before], [ColumnSeen(one) for one in after], mapping)
    assert drift.stops(found, pauses=pauses, needed={"one": True, "two": True}) is stops


def test_a_malformed_schedule_is_told() -> None:
    for wrong in ("every day", "* * * *", "61 * * * *"):
        with pytest.raises(ValueError, match=r"."):
            schedules.next_time(wrong, place.NOW)


@pytest.mark.parametrize(
    "name", ["casting", "drift", "mapping", "marking", "masking", "mending", "merkle", "pace", "proving", "schedules"]
)
def test_examples_in_the_rules_hold(name: str) -> None:
    module = importlib.import_module(f"zhengtong.data.intake.rules.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
