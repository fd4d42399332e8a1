"""The language of row rules: what it reads, what it answers on every row, and how it says what is wrong."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.data.quality.rules import language
from zhengtong.data.quality.rules.language import Kind

KINDS = {
    "status": Kind.TEXT,
    "amount": Kind.NUMBER,
    "fen": Kind.NUMBER,
    "from_on": Kind.DAY,
    "at": Kind.MOMENT,
    "ok": Kind.TRUTH,
}
TODAY = date(2026, 3, 5)
ROWS = [
    {
        "status": "注销",
        "amount": 5,
        "fen": "12.50",
        "from_on": date(2026, 1, 31),
        "at": "2026-03-05T23:59:00",
        "ok": True,
    },
    {"status": "", "amount": -3, "fen": "0.00", "from_on": date(2024, 2, 29), "at": "2026-03-04T00:00:00", "ok": False},
    {"status": None, "amount": None, "fen": None, "from_on": None, "at": None, "ok": None},
]


CONDITIONS: list[tuple[str, list[bool | None]]] = [
    ("amount > 0", [True, False, None]),
    ("amount >= -3 and fen <= 12.50", [True, True, None]),
    ("amount = 5 or status is null", [True, False, True]),
    ("status is not null", [True, True, False]),
    ("not ok", [False, True, None]),
    ("status in ('注销', '吊销')", [True, False, None]),
    ("status not in ('注销')", [False, True, None]),
    ("amount between -3 and 4", [False, True, None]),
    ("from_on between '2026-01-01' and '2026-02-01'", [True, False, None]),
    ("from_on <= today()", [True, True, None]),
    ("at >= '2026-03-05'", [True, False, None]),
    ("at = today()", [True, False, None]),
    ("if status = '注销' then amount > 100", [False, True, None]),
    ("若 status = '注销' 则 amount = 5 且 ok", [True, True, None]),
    ("status = '注销' implies ok", [True, True, None]),
    ("amount + 1 = 6 or amount * 2 = -6", [True, True, None]),
    ("fen * 100 = 1250 or amount % 2 = -1", [True, True, None]),
    ("amount / 0 = 1", [None, None, None]),
    ("length(status) = 2", [True, False, None]),
    ("starts_with(status, '注') or contains(status, 'x')", [True, False, None]),
    ("part(status, 2, 1) = '销'", [True, False, None]),
    ("year(from_on) = 2026 and month(at) = 3", [True, False, None]),
    ("days_between('2026-01-01', from_on) = 30", [True, False, None]),
    ("days_between(from_on, day('2026-02-01')) = 1", [True, False, None]),
    ("round(fen / 3, 2) = 4.17", [True, False, None]),
    ("number(status) is null", [True, True, True]),
    ("abs(-amount) = 3", [False, True, None]),
    ("trim(lower(upper(status))) = ''", [False, True, None]),
    ("（amount > 0） and ok = true", [True, False, None]),
    ('status != "O\'Neil"', [True, True, None]),
    ("status = 'O''Neil'", [False, False, None]),
]


@pytest.fixture(scope="module")
def answers() -> Any:
    """`answers(text)`: what the condition says of the three rows, on DuckDB."""
    import duckdb
    import ibis
    import pyarrow as pa

    schema = pa.schema(
        [
            ("status", pa.string()),
            ("amount", pa.int64()),
            ("fen", pa.decimal128(38, 2)),
            ("from_on", pa.date32()),
            ("at", pa.timestamp("us", tz="UTC")),
            ("ok", pa.bool_()),
        ]
    )
    from datetime import datetime
    from decimal import Decimal

    rows = [
        {
            **row,
            "fen": None if row["fen"] is None else Decimal(str(row["fen"])),
            "at": None if row["at"] is None else datetime.fromisoformat(f"{row['at']}+00:00"),
        }
        for row in ROWS
    ]
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    connection.register("t", pa.Table.from_pylist(rows, schema=schema))
    table = ibis.table(ibis.schema(schema), name="t")

    def ask(text: str) -> list[bool | None]:
        built = language.build(language.check(text, KINDS), table, KINDS, today=TODAY)
        query = ibis.to_sql(table.select(answer=built), dialect="duckdb")
        return [row[0] for row in connection.execute(str(query)).fetchall()]

    return ask


@pytest.mark.parametrize(("text", "said"), CONDITIONS)
def test_a_condition_answers_for_each_row(text: str, said: list[bool | None], answers: Any) -> None:
    assert answers(text) == said


@pytest.mark.parametrize(
    ("text", "at", "zh"),
    [
        ("amount >", 8, "没有写完"),
        ("amount > 'x'", 9, "不能和文字比较"),
        ("status = 1", 9, "文字不能和数比较"),
        ("nothing = 1", 0, "没有字段“nothing”"),
        ("frobnicate(amount) > 0", 0, "没有函数 frobnicate"),
        ("length(status, 1) > 0", 0, "需要 1 个参数"),
        ("amount", 0, "整句应是一个条件"),
        ("amount > 0 amount", 11, "不该是“amount”"),
        ("amount > 0; drop table t", 10, "看不懂“;”"),
        ("from_on > '2026-13-40'", 10, "日期不能和文字比较"),
        ("day('yesterday') = from_on", 0, "day('2026-03-05')"),
        ("ok > true", 0, "= 或 !="),
        ("not amount", 4, "这里应是条件，不是数"),
        ("part(status, 0, 1) = 'x'", 13, "第一个字的位置是 1"),
        ("amount + status > 0", 9, "这里应是数，不是文字"),
        ("(((", 3, "没有写完"),
        ("(" * 40 + "ok", 30, "套得太深"),
        (" and ".join(["ok"] * 150), 0, "拆成几条"),
        ("ok" + " " * 1200, 1000, "最多 1000 个字"),
        ("", 0, "没有写完"),
        ("__import__('os')", 0, "没有函数"),
    ],
)
def test_a_fault_names_its_place_and_remedy(text: str, at: int, zh: str) -> None:
    with pytest.raises(language.Fault) as wrong:
        language.check(text, KINDS)
    assert zh in wrong.value.zh
    assert wrong.value.en
    if at:
        assert wrong.value.at == at


WORDS = st.sampled_from(
    [
        "amount",
        "status",
        "ok",
        "and",
        "or",
        "not",
        "(",
        ")",
        "1",
        "'x'",
        "=",
        ">",
        "in",
        ",",
        "between",
        "is",
        "null",
        "length(",
        "-",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=40)))
def test_any_text_is_read_or_refused_with_a_place_and_never_anything_else(text: str) -> None:
    tree, at = None, 0
    try:
        tree = language.check(text, KINDS)
    except language.Fault as wrong:
        at = wrong.at
    assert 0 <= at <= max(len(text), language.parsing.LONGEST)
    if tree is not None:
        assert language.kind_of(tree, KINDS) is Kind.TRUTH
        assert language.names_in(tree) <= set(KINDS)
