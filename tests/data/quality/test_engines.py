"""The same rules give the same counts, the same failing rows and the same verdicts on every engine."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tests.computing import same_answer
from tests.data.quality.rules.test_language import CONDITIONS, KINDS, TODAY
from zhengtong.data import standards
from zhengtong.data.quality import rules
from zhengtong.data.quality.rules import Column, Dimension, Form, Given, Rule, Severity, language
from zhengtong.engines.compute import Compute, Work
from zhengtong.engines.lake import Lake

SHAPE = pa.schema(
    [
        ("code", pa.string()),
        ("kind", pa.string()),
        ("whole", pa.int64()),
        ("amount", pa.decimal128(38, 2)),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("_batch_id", pa.string()),
        ("_row", pa.int64()),
    ]
)
COLUMNS = {
    one.name: one
    for one in (
        Column("code", "代码", "C", True),
        Column("kind", "类别", "C"),
        Column("whole", "数", "N"),
        Column("amount", "金额", "N", precision=2),
        Column("day", "日期", "D"),
        Column("at", "时刻", "T"),
    )
}
AT = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)
ROWS: list[tuple[Any, ...]] = [
    ("91350100M000100Y43", "1", 1, Decimal("12.30"), date(2026, 3, 5), AT),
    ("91350100M000100Y43", "2", -5, Decimal("-0.01"), date(2024, 2, 29), AT.replace(year=2020)),
    ("91350100M000100Y44", "", 2**40, Decimal("99999999999999.99"), date(1900, 1, 1), None),
    ("", "x\n", 0, Decimal(0), None, AT.replace(hour=0)),
    (None, None, None, None, None, None),
    ("云溪'市\"\\%", "19", 12, Decimal("1.75"), date(2100, 2, 28), AT),
    ("91512081MA62K0260E", "1", 7, Decimal("1.76"), date(2026, 3, 1), AT.replace(month=1)),
]


def rule(form: Form, *fields: str, **facts: Any) -> Rule:
    return Rule(form, fields, Dimension.ACCURACY, Severity.MAJOR, 1, form.value, **facts)


ACROSS: dict[str, Any] = {"item": "other", "item_fields": ("id",)}
RULES = [
    rule(Form.COMPLETENESS, "code"),
    rule(Form.COMPLETENESS, "code", "amount"),
    rule(Form.UNIQUE, "code"),
    rule(Form.UNIQUE, "code", "kind"),
    rule(Form.RANGE, "whole", least="0", most="12"),
    rule(Form.RANGE, "amount", least="0.005", most="1.755"),
    rule(Form.RANGE, "day", least="2000-01-01"),
    rule(Form.PATTERN, "code", pattern="[0-9A-Z]{18}"),
    rule(Form.PATTERN, "kind", pattern="[0-9]|x"),
    rule(Form.CODES, "kind", code_list="few"),
    rule(Form.CODES, "kind", code_list="many"),
    rule(Form.FRESHNESS, "day", days=30, every=True),
    rule(Form.FRESHNESS, "at", days=30, every=True),
    rule(Form.FRESHNESS, "at", days=1),
    rule(Form.EXISTS, "code", **ACROSS),
    rule(Form.EQUAL, "code", **ACROSS, value="kind", item_value="kind"),
    rule(Form.EXPRESSION, expression="if kind = '1' then amount * 2 > whole"),
    rule(Form.LENGTH, "code", length=17),
    rule(Form.LENGTH, "whole", length=2),
    rule(Form.CHECK, "code", check="social_credit_code"),
]
NAMES = [f"{place}-{one.form}" for place, one in enumerate(RULES)]


@pytest.fixture
def filled(lake: Lake) -> Lake:
    lake.create("items/a", SHAPE)
    for batch, part in (("b1", ROWS[:4]), ("b2", ROWS[4:])):
        told = [dict(zip(SHAPE.names, (*row, batch, at), strict=True)) for at, row in enumerate(part, start=1)]
        lake.append("items/a", pa.Table.from_pylist(told, SHAPE))
    return lake


def fits(pattern: str, column: Any) -> Any:
    return standards.passes(
        standards.FieldRule("pattern", {"pattern": pattern, "type": standards.Type.TEXT}, "", ""), column
    )


def given(work: Work) -> Given:
    other = pa.table(
        {"id": ["91350100M000100Y43", "91350100M000100Y43", "91512081MA62K0260E"], "kind": ["1", "2", "1"]}
    )
    return Given(
        COLUMNS,
        TODAY,
        lambda name, column: standards.expression(name, column, on=TODAY),
        fits,
        codes={"few": ["1", "2"]},
        code_tables={"many": work.rows(pa.table({"code": ["1", "19", "19"]}))},
        items={"other": work.rows(other)},
    )


def test_all_rules_in_one_scan_count_the_same_on_every_engine(compute: Compute, oracle: Compute, filled: Lake) -> None:
    def ask(work: Work) -> Any:
        return rules.plan(work.table("items/a"), RULES, given(work), batch="b2")

    found = same_answer(compute, oracle, ask).to_pylist()[0]
    counts = rules.counts_of(found, RULES, Given(COLUMNS, TODAY, fits, fits))
    assert (counts.rows, counts.batch_rows) == (7, 3)
    told = {name: (one.judged, one.passed) for name, one in zip(NAMES, counts.rules, strict=True)}
    assert told["2-unique"] == (5, 4)
    assert told["10-codes"] == (5, 3)
    assert told["14-exists"] == (5, 3)
    assert told["15-equal"] == (3, 1)
    assert told["19-check"] == (5, 3)


def test_without_a_batch_the_whole_is_counted_alone(compute: Compute, oracle: Compute, filled: Lake) -> None:
    def ask(named: str) -> Any:
        def counted(work: Work) -> Any:
            return rules.plan(work.table("items/a"), RULES, given(work), batch=named)

        row = same_answer(compute, oracle, counted).to_pylist()[0]
        return rules.counts_of(row, RULES, Given(COLUMNS, TODAY, fits, fits))

    whole, with_batch = ask(""), ask("b1")
    assert (whole.rows, whole.batch_rows) == (7, 0)
    assert [(one.judged, one.passed) for one in whole.rules] == [(one.judged, one.passed) for one in with_batch.rules]
    assert {(one.batch_judged, one.batch_passed) for one in whole.rules} == {(0, 0)}


FILLED = [
    None,
    "",
    " ",
    "\t\r\n\x0b\x0c ",
    "!",
    "0",
    " x",
    "\n市",
    "\x01",
    " \x1f",
    "\u3000",
    "云溪",
    "\U00020000",
    " \t。",
]


def test_a_text_is_filled_when_more_than_white_space_stands_in_it(compute: Compute, oracle: Compute) -> None:
    rows = pa.table({"n": list(range(len(FILLED))), "code": pa.array(FILLED, pa.string())})

    def passing(work: Work) -> Any:
        table = work.rows(rows)
        unfilled = rules.failing(table, rule(Form.COMPLETENESS, "code"), given(work))
        return table.anti_join(unfilled, "n").select("n")

    found = {row["n"] for row in same_answer(compute, oracle, passing).to_pylist()}
    assert [text for n, text in enumerate(FILLED) if n in found] == [
        t for t in FILLED if t and t.strip(" \t\r\n\x0b\x0c")
    ]


def test_failing_rows_and_verdicts_are_the_same_on_every_engine(
    compute: Compute, oracle: Compute, filled: Lake
) -> None:
    chosen = [one for one in RULES if rules.has_rows(one)]

    def verdicts(work: Work) -> Any:
        return rules.verdicts(work.table("items/a"), chosen, given(work))

    same_answer(compute, oracle, verdicts)
    for one in chosen:

        def failing(work: Work, one: Rule = one) -> Any:
            return rules.failing(work.table("items/a"), one, given(work)).select("code", "kind", "_batch_id", "_row")

        same_answer(compute, oracle, failing)


def test_every_condition_answers_the_same_on_every_engine(compute: Compute, oracle: Compute) -> None:
    rows = pa.Table.from_pylist(
        [
            {
                "status": "注销",
                "amount": 5,
                "fen": Decimal("12.50"),
                "from_on": date(2026, 1, 31),
                "at": AT,
                "ok": True,
            },
            {
                "status": "",
                "amount": -3,
                "fen": Decimal(0),
                "from_on": date(2024, 2, 29),
                "at": AT.replace(day=4),
                "ok": False,
            },
            {"status": None, "amount": None, "fen": None, "from_on": None, "at": None, "ok": None},
        ],
        pa.schema(
            [
                ("status", pa.string()),
                ("amount", pa.int64()),
                ("fen", pa.decimal128(38, 2)),
                ("from_on", pa.date32()),
                ("at", pa.timestamp("us", tz="UTC")),
                ("ok", pa.bool_()),
            ]
        ),
    )

    def ask(work: Work) -> Any:
        table = work.rows(rows)
        built = {
            f"c{place}": language.build(language.check(text, KINDS), table, KINDS, today=TODAY)
            for place, (text, _) in enumerate(CONDITIONS)
        }
        return table.select(n=ibis.ifelse(table["ok"].isnull(), 2, ibis.ifelse(table["ok"], 0, 1)), **built)

    found = sorted(same_answer(compute, oracle, ask).to_pylist(), key=lambda row: row["n"])
    for place, (text, said) in enumerate(CONDITIONS):
        assert (text, [row[f"c{place}"] for row in found]) == (text, said)
