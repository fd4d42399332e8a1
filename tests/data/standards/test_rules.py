"""The rules of standards: types, checks, patterns, code lists."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.data.standards import CHECKS, rules
from zhengtong.data.standards.rules import CodeRow, Definition, Level, Type

DAY = date(2026, 3, 5)


def element(kind: str = "C", **facts: object) -> Definition:
    told = {
        "name_zh": "数",
        "name_en": "",
        "definition": "一个数",
        "type": Type(kind),
        "level": Level.GENERAL_1,
        **facts,
    }
    return Definition(**told)  # type: ignore[arg-type]


def failed(one: Definition, value: str) -> list[str]:
    codes = {"1", "2"}
    found = rules.check_value(one, value, on=DAY, registry=CHECKS, is_code=lambda code: code in codes)
    return [failure.check for failure in found]


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (element(), "", []),
        (element(length=2), "三个字", ["length"]),
        (element("N", length=5, precision=2), "123.45", []),
        (element("N", length=5, precision=2), "1234.567", ["length", "precision"]),
        (element("N"), "1e5", ["type"]),
        (element("N"), "１２", ["type"]),
        (element("N", least="0", most="150"), "-1", ["range"]),
        (element("N", least="0", most="150"), "151", ["range"]),
        (element("N", least="0", most="150"), "150", []),
        (element("D"), "20260230", ["type"]),
        (element("D"), "2026-02-28", []),
        (element("D"), "2026-0228", ["type"]),
        (element("T"), "2026-03-05T09:00:00+08:00", []),
        (element("T"), "2026-03-05", ["type"]),
        (element("B"), "1", []),
        (element("B"), "是", ["type"]),
        (element(code_list="x"), "2", []),
        (element(code_list="x"), "3", ["code_list"]),
        (element(pattern="[0-9]{6}"), "1234567", ["pattern"]),
        (element(check="social_credit_code"), "91350100M000100Y43", []),
        (element(check="social_credit_code"), "91350100M000100Y4Z", ["social_credit_code"]),
        (element(check="id_number"), "11010519491231002X", []),
        (element(check="id_number"), "110105194912310021", ["id_number"]),
        (element(check="phone"), "13800138000", []),
        (element("D", check="past_day"), "2026-03-05", []),
        (element("D", check="past_day"), "20260306", ["past_day"]),
        (element("T", check="past_day"), "2026-03-05T23:59:59+08:00", []),
        (element("T", check="past_day"), "2026-03-06 00:00:00", ["past_day"]),
    ],
)
def test_a_value_fails_exactly_the_checks_it_does_not_fit(one: Definition, value: str, expected: list[str]) -> None:
    assert failed(one, value) == expected


def test_a_day_in_the_future_is_told_as_such() -> None:
    failures = rules.check_value(element("D", check="past_day"), "2031-01-01", on=DAY, registry=CHECKS)
    assert [(one.zh, one.en) for one in failures] == [("不能晚于当日", "must not be in the future")]


def test_an_identity_number_of_the_day_after_tomorrow_is_refused_on_its_day() -> None:
    one = element(check="id_number")
    assert rules.check_value(one, "11010519491231002X", on=date(1949, 12, 30), registry=CHECKS)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_a_number_within_its_bounds_fails_nothing_and_outside_fails_the_range(value: object) -> None:
    inside = element("N", least=f"{value}", most=f"{value}")
    assert failed(inside, f"{value}") == []
    assert failed(inside, "1000000001") == ["range"]


@pytest.mark.parametrize("pattern", ["(a+)+b", "(?=a)", r"(a)\1", "a*b*c*", "[", "(ab){2}"])
def test_a_pattern_that_could_run_for_ever_or_elsewhere_is_refused(pattern: str) -> None:
    assert [fault.name for fault in rules.definition_faults(element(pattern=pattern))] == ["pattern"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"length": 0}, "length"),
        ({"precision": 2}, "precision"),
        ({"least": "1"}, "least"),
        ({"kind": "N", "least": "3", "most": "2"}, "most"),
        ({"kind": "N", "least": "much"}, "least"),
    ],
)
def test_a_definition_that_contradicts_itself_is_told_at_its_field(facts: dict[str, object], field: str) -> None:
    assert [fault.name for fault in rules.definition_faults(element(**facts))] == [field]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([CodeRow("", "甲")], "rows.1"),
        ([CodeRow("1", "甲"), CodeRow("1", "乙")], "rows.2"),
        ([CodeRow("1", "甲", valid_from=DAY, valid_to=date(2026, 1, 1))], "rows.1"),
        ([CodeRow("1", "甲", parent="9")], "rows.1"),
        ([CodeRow("1", "甲", parent="2"), CodeRow("2", "乙", parent="1")], "rows.1"),
    ],
)
def test_a_wrong_code_is_told_by_its_row(rows: list[CodeRow], place: str) -> None:
    assert rules.code_faults(rows)[0].name == place


def test_a_code_may_come_back_with_another_meaning_once_the_first_has_ended() -> None:
    rows = [CodeRow("1", "甲", valid_to=date(2025, 12, 31)), CodeRow("1", "乙", valid_from=date(2026, 1, 1))]
    assert rules.code_faults(rows) == []


ROWS = st.lists(
    st.builds(CodeRow, st.sampled_from("12345"), st.sampled_from(["甲", "乙"])), unique_by=lambda row: row.code
)


@given(ROWS, ROWS)
def test_a_difference_applied_to_the_old_list_gives_the_new_one(old: list[CodeRow], new: list[CodeRow]) -> None:
    before, after = {row.key: row for row in old}, {row.key: row for row in new}
    change = rules.compare(before, after)
    result = {key: row for key, row in before.items() if row not in change.ended}
    result |= {row.key: row for row in (*change.added, *(new for _, new in change.changed))}
    assert result == after
    assert not rules.compare(after, after)


def test_an_element_written_to_a_row_reads_back_the_same() -> None:
    one = element("N", length=5, precision=2, least="0", most="9", source="GB/T 1")
    cells = dict(zip(rules.ELEMENT_COLUMNS.values(), rules.element_cells("DE-0001", one), strict=True))
    assert rules.definition_of(cells, place="rows.2") == (one, [])
