"""The vectorised checks say of every text what the pure functions say, on DuckDB and on Spark."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.standards.test_rules import element
from zhengtong.data import standards
from zhengtong.data.standards import CHECKS, Definition, rules
from zhengtong.engines.compute import Compute
from zhengtong.office.identity.rules import code_check, id_check

DAY = date(2026, 3, 5)
EVERYTHING = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = [
    "",
    " ",
    "0",
    "x",
    "\n",
    "１２",
    "何小满",
    "'",
    '"',
    "\\",
    "%",
    "a\nb",
    "\u3000",
    "é",
    "😀",
    "-",
    "+",
    ".",
    "null",
]


def answers(compute: Compute, values: Sequence[str | None], *ask: Any) -> list[tuple[bool | None, ...]]:
    """What each of the expressions says of each value, in order."""
    with compute.session() as work:
        table = work.rows(pa.table({"at": range(len(values)), "text": pa.array(values, pa.string())}))
        asked = table.select(table.at, **{f"a{n}": one(table.text) for n, one in enumerate(ask)})
        rows = work.run(asked.order_by("at")).to_pylist()
    return [tuple(row[f"a{n}"] for n in range(len(ask))) for row in rows]


def credit_codes() -> st.SearchStrategy[str]:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = st.tuples(st.text(letters, min_size=2, max_size=2), st.text("0123456789", min_size=6, max_size=6))
    start = st.tuples(body, st.text(letters, min_size=9, max_size=9)).map(
        lambda told: told[0][0] + told[0][1] + told[1]
    )
    return start.map(lambda first: first + code_check(first))


def id_numbers() -> st.SearchStrategy[str]:
    areas = st.sampled_from(["11", "15", "16", "23", "37", "54", "65", "71", "81", "83", "84", "90", "99", "00"])
    days = st.dates(date(1890, 1, 1), date(2030, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
    odd_days = st.sampled_from(["20230229", "20240229", "19000229", "20000229", "20261301", "00000101", "20260431"])
    parts = st.tuples(areas, st.integers(0, 9999), days | odd_days, st.integers(0, 999))
    start = parts.map(lambda told: f"{told[0]}{told[1]:04d}{told[2]}{told[3]:03d}")
    return start.map(lambda first: first + id_check(first))


def spoilt(right: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A right text with one letter changed, dropped, added, in small letters, or with a line end."""

    def spoil(told: tuple[str, int, str, str]) -> str:
        text, at, letter, how = told
        at %= max(len(text), 1)
        return {
            "change": text[:at] + letter + text[at + 1 :],
            "drop": text[:at] + text[at + 1 :],
            "add": text[:at] + letter + text[at:],
            "small": text.lower(),
            "line": text + "\n",
        }[how]

    ways = st.sampled_from(["change", "drop", "add", "small", "line"])
    return st.tuples(right, st.integers(0, 40), st.sampled_from("0159AIOSVZXx-１ "), ways).map(spoil)


PHONES = st.from_regex(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[1-9][0-9]{6,7}", fullmatch=True, alphabet="0123456789-")
EMAILS = st.from_regex(r"[^@\s]{1,9}@[^@\s]{1,5}\.[A-Za-z]{2,4}", fullmatch=True)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat)
RIGHT = {
    "social_credit_code": credit_codes(),
    "id_number": id_numbers(),
    "phone": PHONES,
    "email": EMAILS,
    "past_day": DAYS,
}
CASES = {
    "social_credit_code": ["91350100M000100Y43", "91350100M000100Y4Z", "A1350100M000100Y48", "Y2350100M000100Y4G"],
    "id_number": [
        "11010519491231002X",
        "11010519491231002x",
        "110105194912310021",
        "11010520260306002X",
        "1101051949123100",
    ],
    "past_day": [
        "2026-03-05",
        "20260305",
        "2026-03-06",
        "2031-01-01",
        "2026-02-30",
        "2026-03-05T23:59",
        "2026-03-06 00:00",
    ],
    "phone": ["13800138000", "0571-88886666", "12345", "138 0013 8000"],
    "email": [
        "lin.wan@yunxi.example",
        "lin wan@yunxi",
        "林@云溪.例",
        "a@b.c",
        "x" * 250 + "@b.cc",
        "x" * 249 + "@b.cc",
    ],
}


@pytest.mark.parametrize("check", CHECKS)
def test_each_named_check_agrees_on_a_table_of_cases(compute: Compute, check: str) -> None:
    shared = [case for cases in CASES.values() for case in cases]
    values = [None, *ODD, *shared, *(case.lower() for case in shared), *(f"{case}\n" for case in shared)]
    found = answers(compute, values, lambda text: standards.expression(check, text, on=DAY))
    expected = [None if value is None else CHECKS[check].fits(value, DAY) for value in values]
    assert dict(zip(values, [one for (one,) in found], strict=True)) == dict(zip(values, expected, strict=True))
    assert {True, False, None} <= set(expected)


@pytest.mark.parametrize("check", CHECKS)
def test_each_named_check_agrees_on_whatever_is_written(compute: Compute, check: str) -> None:
    right = RIGHT[check]
    tried = settings(EVERYTHING, max_examples=3) if compute.features.engine == "spark" else EVERYTHING

    @tried
    @given(st.lists(right | spoilt(right) | st.text(max_size=20), min_size=60, max_size=60))
    def agrees(values: list[str]) -> None:
        found = answers(compute, values, lambda text: standards.expression(check, text, on=DAY))
        assert [one for (one,) in found] == [CHECKS[check].fits(value, DAY) for value in values]

    agrees()


def test_every_check_has_an_expression() -> None:
    assert set(CASES) == set(CHECKS)
    with pytest.raises(KeyError):
        standards.expression("unknown", None)


CODES = frozenset({"1", "2", "30", "31", "何", "a.b", "x|y"})
MANY = frozenset(f"{place:02d}{number:04d}" for place in range(11, 60) for number in range(0, 300, 7))
ELEMENTS = {
    "any text": element(length=4000),
    "short text": element(length=2),
    "number": element("N"),
    "amount": element("N", length=5, precision=2, least="-10.5", most="150"),
    "least only": element("N", least="0"),
    "fine bounds": element("N", least="-0.000000000000000001", most="99999999999999999999.999999999999999999"),
    "day": element("D"),
    "moment": element("T"),
    "truth": element("B"),
    "coded": element(code_list="x"),
    "coded number": element("N", code_list="x", precision=0),
    "formed": element(pattern=r"[0-9]{2,4}|何.?满|\w+\s\w*"),
    "formed text": element(pattern=r"[^a-c\-\]]{1,3}", length=5),
    "credit code": element(check="social_credit_code", length=18),
    "identity": element(check="id_number"),
}
NUMBERS = [
    "0",
    "-0",
    "+0",
    "00",
    "007",
    "12345",
    "123456",
    "123.45",
    "123.456",
    "1234.56",
    "12345.0",
    "-10.5",
    "-10.50",
    "-10.51",
    "-10.500000000000000000001",
    "150",
    "150.0",
    "150.00000000000000000000",
    "150.0000000000000000000000001",
    "151",
    "1e5",
    ".5",
    "5.",
    "+5",
    "-5",
    "--5",
    "1,000",
    "99999999999999999999.999999999999999999",
    "99999999999999999999.9999999999999999991",
    "100000000000000000000",
    "-100000000000000000000",
    "-0.000000000000000001",
    "-0.0000000000000000011",
    "0000000000000000000000000000000000000000",
    "9999999999999999999999999999999999999999",
    "-9999999999999999999999999999999999999999",
    "00000000000000000000000000000000000000000",
    "1.1e",
    "30",
    "31",
    "1",
    "2",
    "١٢",
]
DAYS = [
    "2026-03-05",
    "20260305",
    "2026-0305",
    "202603-05",
    "20260230",
    "2026-02-28",
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-12-32",
    "2026-3-5",
    "２０２６0305",
]
MOMENTS = [
    *(f"{day}T09:00:00" for day in DAYS),
    *(
        f"2026-03-05{rest}"
        for rest in ("T09:00", " 09:00", "T24:00", "T23:59:60", "T09:00:00.1", "T09:00:00.1234567", "T09:00.5")
    ),
    *(f"2026-03-05T09:00:00{zone}" for zone in ("Z", "+08:00", "-00:00", "+23:59", "+24:00", "+01:60", "+0800", "z")),
]
SHARED = [case for cases in CASES.values() for case in cases]
TEXTS = [
    *ODD,
    *NUMBERS,
    *DAYS,
    *MOMENTS,
    *CODES,
    "ab",
    "a\tb",
    "一二三四五",
    "x y",
    "何小满",
    "何满",
    "何\n满",
    *SHARED,
]
NAMES = {"codes": "code_list"}


def judged(one: Definition, value: str, codes: frozenset[str]) -> set[str]:
    found = rules.check_value(one, value, on=DAY, registry=CHECKS, is_code=lambda code: code in codes)
    return {failure.check for failure in found}


def failures(compute: Compute, one: Definition, values: Sequence[str], codes: frozenset[str]) -> list[set[str]]:
    ruled = standards.field_rules(one, codes=codes, on=DAY)
    found = answers(compute, values, *((lambda text, rule=rule: standards.passes(rule, text)) for rule in ruled))
    named = [one.check if rule.kind == "check" else NAMES.get(rule.kind, rule.kind) for rule in ruled]
    return [{name for name, passed in zip(named, row, strict=True) if not passed} for row in found]


@pytest.mark.parametrize("name", ELEMENTS)
def test_a_fields_rules_fail_exactly_what_one_value_fails(compute: Compute, name: str) -> None:
    one = ELEMENTS[name]
    assert not rules.definition_faults(one)
    found = failures(compute, one, TEXTS, CODES)
    expected = [judged(one, value, CODES) for value in TEXTS]
    assert dict(zip(TEXTS, found, strict=True)) == dict(zip(TEXTS, expected, strict=True))


def numbers(whole: int, part: int, signs: str) -> st.SearchStrategy[str]:
    """Numbers as text, with up to so many digits before and after the point."""

    def write(told: tuple[str, int, int, int]) -> str:
        sign, before, after, digits = told
        return f"{sign}{before}" + (f".{after % 10**digits:0{digits}d}" if digits else "")

    parts = st.sampled_from(signs), st.integers(0, 10**whole - 1), st.integers(0, 10**part - 1), st.integers(0, part)
    return st.tuples(*parts).map(lambda told: write((told[0].strip(), *told[1:])))


@EVERYTHING
@given(st.lists(numbers(24, 22, " +-"), min_size=20, max_size=20), numbers(20, 18, " -"), numbers(20, 18, " -"))
def test_numbers_are_judged_exactly_however_long(one_duckdb: Compute, values: list[str], one: str, other: str) -> None:
    least, most = sorted((one, other), key=Decimal)
    ruled = element("N", length=12, precision=0, least=least, most=most)
    near = [
        f"{bound}{'' if '.' in bound else '.'}{more}"
        for bound in (least, most)
        for more in ("0", "000000000000000000001")
    ]
    values = [*values, least, most, *near]
    assert failures(one_duckdb, ruled, values, CODES) == [judged(ruled, value, CODES) for value in values]


def test_many_codes_are_told_apart_as_well_as_few(compute: Compute) -> None:
    one = element(code_list="x")
    values = [
        *sorted(MANY)[::40],
        *(f"{code}0" for code in sorted(MANY)[::90]),
        *(f"{n:06d}" for n in range(0, 10**6, 7919)),
        *ODD,
    ]
    assert failures(compute, one, values, MANY) == [judged(one, value, MANY) for value in values]


def test_nothing_is_told_of_nothing_but_by_the_rule_that_asks_for_it(compute: Compute) -> None:
    ruled = standards.field_rules(ELEMENTS["amount"], codes=None, required=True)
    assert [rule.kind for rule in ruled] == ["required", "type", "length", "precision", "range"]
    found = answers(
        compute, [None, "", "12.5"], *((lambda text, rule=rule: standards.passes(rule, text)) for rule in ruled)
    )
    assert found == [(False, None, None, None, None), (False, True, True, True, True), (True,) * 5]


@pytest.mark.parametrize("pattern", [r"a{2,2000}", r"[\D5]", r"(?P<n>a)", r"a{3000}"])
def test_a_pattern_that_not_every_engine_knows_is_refused(pattern: str) -> None:
    assert standards.pattern_fault(pattern) is not None


PATTERNS = [
    r"\d{2}",
    r"\D",
    r"\w+\W?",
    r"\s*x",
    r"\S",
    r".x",
    r"[^一-龥]",
    r"a|bc|",
    r"x{0,3}?",
    r"^ab$",
    r"\.\-\[\]",
    r"[\w.-]+@x",
    r"[\]\\^-]",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_takes_the_same_texts_everywhere(compute: Compute, pattern: str) -> None:
    assert standards.pattern_fault(pattern) is None
    letters = [
        "",
        "a",
        "b",
        "x",
        "1",
        "12",
        "１",
        "_",
        "-",
        "]",
        "\\",
        "^",
        ".",
        " ",
        "\t",
        "\n",
        "\u3000",
        "何",
        "ab",
        "bc",
        ".-[]",
        "a.b@x",
    ]
    values = letters + [one + other for one in letters for other in letters]
    values += [f"{value}\n" for value in values]
    assert failures(compute, element(pattern=pattern), values, CODES) == [
        judged(element(pattern=pattern), value, CODES) for value in values
    ]
