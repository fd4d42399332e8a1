"""Scores, grades, when a correction is asked for; what a rule and a pack must say."""

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.data.quality import rules
from zhengtong.data.quality.rules import Column, Dimension, Form, Outcome, Pack, Rule, Severity
from zhengtong.kernel import assets

PACK = Pack.of(yaml.safe_load((assets.path("rules") / "quality" / "cn-national.yaml").read_text("utf-8")))


def rule(form: Form = Form.COMPLETENESS, *fields: str, **facts: Any) -> Rule:
    told: dict[str, Any] = {"dimension": Dimension.ACCURACY, "severity": Severity.MAJOR, "weight": 1, "name_zh": "规则"}
    return Rule(form, fields, **{**told, **facts})


def test_rules_weigh_within_their_dimension_and_dimensions_within_the_whole() -> None:
    found = rules.score(
        [
            Outcome(rule(weight=3), 100, 100),
            Outcome(rule(weight=1), 100, 60),
            Outcome(rule(dimension=Dimension.COMPLETENESS), 50, 25),
            Outcome(rule(dimension=Dimension.TIMELINESS), 0, 0),
        ],
        PACK,
    )
    assert found.dimensions[Dimension.ACCURACY].score == Decimal("90.00")
    assert found.dimensions[Dimension.COMPLETENESS].score == Decimal("50.00")
    assert Dimension.TIMELINESS not in found.dimensions
    assert found.whole == Decimal("72.22")  # (25 × 90 + 20 × 50) / 45
    assert (found.judged, found.passed) == (250, 185)


def test_what_was_not_judged_has_no_score() -> None:
    found = rules.score([Outcome(rule(), 0, 0)], PACK)
    assert (found.whole, found.grade, found.dimensions) == (None, None, {})


@pytest.mark.parametrize(
    ("points", "grade"),
    [
        ("100", "excellent"),
        ("95", "excellent"),
        ("94.99", "good"),
        ("85", "good"),
        ("75", "fair"),
        ("60", "poor"),
        ("0", "failing"),
    ],
)
def test_a_grade_begins_at_its_bound(points: str, grade: str) -> None:
    assert rules.grade_of(Decimal(points), PACK).key == grade


@pytest.mark.parametrize(
    ("severity", "threshold", "passed", "asks"),
    [
        ("critical", "", 999, True),
        ("critical", "", 1000, False),
        ("major", "", 990, False),
        ("major", "", 989, True),
        ("minor", "", 900, False),
        ("minor", "0.95", 940, True),
        ("critical", "0", 0, False),
    ],
)
def test_a_correction_is_asked_for_below_what_the_rule_bears(
    severity: str, threshold: str, passed: int, asks: bool
) -> None:
    one = rule(severity=Severity(severity), threshold=threshold)
    assert rules.asks_correction(Outcome(one, 1000, passed), PACK) is asks


OUTCOMES = st.builds(
    lambda dimension, weight, judged, share: Outcome(
        rule(dimension=dimension, weight=weight), judged, int(judged * share)
    ),
    st.sampled_from(list(Dimension)),
    st.integers(1, 10),
    st.integers(0, 10**9),
    st.floats(0, 1),
)


@given(st.lists(OUTCOMES, max_size=12))
def test_a_score_lies_within_its_dimensions_and_these_within_their_rules(outcomes: list[Outcome]) -> None:
    found = rules.score(outcomes, PACK)
    scores = [one.score for one in found.dimensions.values()]
    if found.whole is None:
        assert not any(one.judged for one in outcomes)
        return
    assert min(scores) - 1 <= found.whole <= max(scores) + 1
    assert 0 <= found.whole <= 100
    assert found.grade is not None


@given(st.lists(OUTCOMES, min_size=1, max_size=6), st.integers(0, 5))
def test_mending_values_never_lowers_the_score(outcomes: list[Outcome], place: int) -> None:
    one = outcomes[place % len(outcomes)]
    mended = [Outcome(one.rule, one.judged, one.judged) if each is one else each for each in outcomes]
    before, after = rules.score(outcomes, PACK).whole, rules.score(mended, PACK).whole
    assert (before is None and after is None) or (before is not None and after is not None and after >= before)


COLUMNS = {
    one.name: one
    for one in (
        Column("uscc", "代码", "C"),
        Column("fen", "金额", "N"),
        Column("on_day", "日期", "D"),
        Column("at", "时刻", "T"),
    )
}


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (rule(Form.COMPLETENESS), "fields"),
        (rule(Form.COMPLETENESS, "nothing"), "fields"),
        (rule(Form.RANGE, "uscc", least="1"), "fields"),
        (rule(Form.RANGE, "fen"), "least"),
        (rule(Form.RANGE, "fen", least="2", most="1"), "most"),
        (rule(Form.RANGE, "on_day", least="3"), "least"),
        (rule(Form.RANGE, "fen", "uscc", least="3"), "fields"),
        (rule(Form.PATTERN, "uscc"), "pattern"),
        (rule(Form.CODES, "uscc"), "code_list"),
        (rule(Form.FRESHNESS, "uscc", days=3), "fields"),
        (rule(Form.FRESHNESS, "at"), "days"),
        (rule(Form.EXISTS, "uscc"), "item"),
        (rule(Form.UNIQUE, "uscc", "uscc"), "fields"),
        (rule(Form.UNIQUE, "uscc", threshold="99"), "threshold"),
        (rule(Form.UNIQUE, "uscc", weight=0), "weight"),
    ],
)
def test_a_wrong_rule_is_told_at_its_field(one: Rule, where: str) -> None:
    assert [fault.name for fault in rules.rule_faults(one, COLUMNS, None)] == [where]


def test_a_rule_across_items_needs_its_pairs_and_what_to_compare() -> None:
    other = {"id": Column("id", "号", "C"), "name": Column("name", "名", "C")}
    exists = rule(Form.EXISTS, "uscc", item="x", item_fields=("id",))
    equal = rule(Form.EQUAL, "uscc", item="x", item_fields=("id",), value="fen", item_value="name")
    assert rules.rule_faults(exists, COLUMNS, other) == []
    assert rules.rule_faults(equal, COLUMNS, other) == []
    unpaired = rule(Form.EXISTS, "uscc", item="x", item_fields=("id", "name"))
    unknown = rule(Form.EQUAL, "uscc", item="x", item_fields=("id",), value="no", item_value="no")
    assert [one.name for one in rules.rule_faults(unpaired, COLUMNS, other)] == ["item_fields"]
    assert [one.name for one in rules.rule_faults(unknown, COLUMNS, other)] == ["value", "item_value"]


@given(
    st.builds(
        Rule,
        st.sampled_from(list(Form)),
        st.lists(st.sampled_from("abc"), max_size=3).map(tuple),
        st.sampled_from(list(Dimension)),
        st.sampled_from(list(Severity)),
        st.integers(1, 9),
        st.text(max_size=5),
        expression=st.text(max_size=9),
        days=st.one_of(st.none(), st.integers(1, 9)),
        every=st.booleans(),
        item_fields=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    )
)
def test_a_rule_is_read_as_it_was_kept(one: Rule) -> None:
    assert Rule.of(one.told()) == one


@pytest.mark.parametrize("broken", ["grades", "dimensions", "forms", "severities"])
def test_a_pack_that_lacks_something_is_refused(broken: str) -> None:
    told = PACK.model_dump(mode="json")
    told[broken] = dict(list(told[broken].items())[1:]) if isinstance(told[broken], dict) else told[broken][1:]
    with pytest.raises(ValueError, match="must stand in the pack"):
        Pack.of(told)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        ("", ""),
        ("甲", "*"),
        ("何记", "何*"),
        ("何记店", "何*店"),
        ("500", "***"),
        ("-8500.00", "********"),
        ("1250000", "*******"),
        ("13800138000", "13*******00"),
        ("91350100M000100Y43", "91**************43"),
    ],
)
def test_masking_keeps_the_length_and_the_ends_but_of_short_numbers(value: str | None, shown: str | None) -> None:
    assert rules.masked(value) == shown
