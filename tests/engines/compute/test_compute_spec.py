"""One spec for every engine that works through the lake: DuckDB always, Spark when `make engines` has fetched it.

What runs on both is compared row for row with DuckDB's answer.
"""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tests.computing import same_answer, sorted_rows
from zhengtong.engines.compute import Compute, Work
from zhengtong.engines.lake import Lake, TableAbsent, VersionGone

SHAPE = pa.schema(
    [
        ("code", pa.string()),
        ("name", pa.string()),
        ("number", pa.int64()),
        ("amount", pa.decimal128(38, 2)),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("open", pa.bool_()),
        ("_batch_id", pa.string()),
        ("_row", pa.int64()),
    ]
)
AT = datetime(2026, 3, 5, 1, 2, 3, 456789, tzinfo=UTC)
FIRMS = [
    ("a", "何记豆花店", 1, Decimal("12.30"), date(2026, 3, 5), AT, True),
    (
        "b",
        "云溪'市\"\\%",
        -5,
        Decimal("-99999999999999999999999999999999999.99"),
        date(1900, 1, 1),
        AT.replace(year=1970),
        False,
    ),
    ("b", "", 2**62, Decimal("0.01"), date(2100, 2, 28), AT.replace(hour=23), None),
    (None, None, None, None, None, None, None),
    ("0110", "\n\t", 0, Decimal(0), date(2024, 2, 29), AT.replace(microsecond=0), True),
]


def firms(batch: str = "b1", rows: list[tuple[Any, ...]] = FIRMS) -> pa.Table:
    told = [dict(zip(SHAPE.names, (*row, batch, at), strict=True)) for at, row in enumerate(rows, start=1)]
    return pa.Table.from_pylist(told, SHAPE)


@pytest.fixture
def filled(lake: Lake) -> Lake:
    lake.create("items/0198f", SHAPE)
    lake.append("items/0198f", firms())
    return lake


def rows_of(work: Work, expr: Any) -> list[tuple[Any, ...]]:
    return sorted_rows(work.run(expr))


def test_rows_come_back_with_their_types_from_the_lake_from_memory_and_as_a_stream(
    compute: Compute, filled: Lake
) -> None:
    expected = sorted_rows(firms())
    with compute.session() as work:
        table = work.table("items/0198f")
        read = work.run(table)
        assert read.schema.equals(SHAPE)
        assert sorted_rows(read) == expected
        assert rows_of(work, work.rows(firms(), name="given")) == expected
        assert rows_of(work, work.rows(firms().to_reader(max_chunksize=2))) == expected
        streamed = work.stream(table, chunk_rows=2)
        assert streamed.schema.equals(SHAPE)
        assert sorted_rows(streamed.read_all()) == expected
        assert work.run(table.count()).to_pydict().popitem()[1] == [5]


def test_a_table_without_rows_and_a_column_that_came_later_are_read(compute: Compute, lake: Lake) -> None:
    lake.create("items/0198f", SHAPE)
    wider = SHAPE.append(pa.field("phone", pa.string())).append(pa.field("size", pa.decimal128(38, 3)))
    with compute.session() as work:
        assert work.run(work.table("items/0198f")).schema.equals(SHAPE)
    lake.append("items/0198f", firms())
    lake.evolve("items/0198f", wider)
    with compute.session() as work:
        assert {row["phone"] for row in work.run(work.table("items/0198f")).to_pylist()} == {None}
    more = (
        firms("b2").append_column("phone", pa.array(["1"] * 5)).append_column("size", pa.nulls(5, pa.decimal128(38, 3)))
    )
    lake.append("items/0198f", more)
    with compute.session() as work:
        found = work.run(work.table("items/0198f"))
        assert found.schema.equals(wider)
        assert sorted(str(row["phone"]) for row in found.to_pylist()) == ["1"] * 5 + ["None"] * 5


def test_a_work_sees_one_version_from_its_first_look_and_older_ones_when_asked(compute: Compute, filled: Lake) -> None:
    first = filled.version("items/0198f")
    with compute.session() as work:
        assert len(rows_of(work, work.table("items/0198f"))) == 5
        filled.append("items/0198f", firms("b2"))
        assert len(rows_of(work, work.table("items/0198f"))) == 5
    with compute.session() as work:
        assert len(rows_of(work, work.table("items/0198f"))) == 10
        assert len(rows_of(work, work.table("items/0198f", version=first))) == 5
        old, new = work.table("items/0198f", version=first), work.table("items/0198f")
        assert work.run(new.anti_join(old, ["_batch_id", "_row"])).num_rows == 5


def test_an_absent_table_and_version_are_told(compute: Compute, filled: Lake) -> None:
    with compute.session() as work:
        with pytest.raises(TableAbsent):
            work.table("items/none")
        with pytest.raises(VersionGone):
            work.table("items/0198f", version=99)


def test_a_partitioned_table_keeps_its_values_whatever_they_look_like(compute: Compute, lake: Lake) -> None:
    lake.create("items/parts", SHAPE, partition_by=["code"])
    rows = [*FIRMS, ("何 小/满=%", "x", 1, Decimal(1), date(2026, 1, 1), AT, True)]
    lake.append("items/parts", firms(rows=rows))
    with compute.session() as work:
        assert sorted_rows(work.run(work.table("items/parts"))) == sorted_rows(firms(rows=rows))


def test_merged_and_removed_rows_are_seen_as_they_are_now(compute: Compute, lake: Lake) -> None:
    lake.create("items/0198f", SHAPE)
    lake.append("items/0198f", firms(rows=FIRMS[:2]))
    lake.merge("items/0198f", firms("b2", [("b", "新", 7, *FIRMS[0][3:])]), keys=["code"])
    lake.remove("items/0198f", firms(rows=FIRMS[:1]), keys=["code"])
    with compute.session() as work:
        table = work.table("items/0198f")
        assert rows_of(work, table.select("code", "name", "number")) == [("b", "新", 7)]


def test_works_do_not_see_each_others_tables_and_may_run_at_once(compute: Compute, filled: Lake) -> None:
    found: dict[int, list[tuple[Any, ...]]] = {}

    def turn(number: int) -> None:
        with compute.session() as work:
            mine = work.rows(pa.table({"code": ["a", "b"], "mine": [number, number]}).to_reader(), name="mine")
            joined = work.table("items/0198f").join(mine, "code")
            found[number] = rows_of(work, joined.group_by("code").agg(mine=joined.mine.sum()))

    threads = [threading.Thread(target=turn, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert found == {number: [("a", number), ("b", 2 * number)] for number in range(4)}


def _windowed(table: Any) -> Any:
    newest = ibis.window(group_by=table.code, order_by=[table.at.desc(), table._row])
    return (
        table.mutate(place=ibis.row_number().over(newest))
        .filter(lambda one: one.place == 0)
        .select("code", "_row", "place")
    )


EXPRESSIONS: dict[str, Callable[[Any], Any]] = {
    "count and sum": lambda t: t.aggregate(
        n=t.count(), named=t.name.count(), sum=t.amount.sum(), least=t.day.min(), most=t.at.max()
    ),
    "share": lambda t: t.aggregate(share=(t.name.length() > 0).ifelse(1, 0).mean(), open=t.open.sum()),
    "by group": lambda t: t.group_by("code").agg(
        n=t.count(), distinct=t.number.nunique(), total=t.number.cast("decimal(38, 0)").sum()
    ),
    "duplicates": lambda t: t.group_by("code").having(t.count() > 1).agg(n=t.count()),
    "first of each": _windowed,
    "text": lambda t: t.select(
        size=t.name.length(),
        part=t.name.substr(1, 2),
        up=t.code.upper(),
        found=t.name.find("豆"),
        joined=t.code + t.name,
    ),
    "patterns": lambda t: t.select(
        t._row, hit=t.name.re_search(r"^[^\n]+店\z"), cleaned=t.name.re_replace("[%'\"]", "_")
    ),
    "choice": lambda t: t.select(t._row, kind=ibis.cases((t.number > 0, "up"), (t.number < 0, "down"), else_="none")),
    "missing": lambda t: t.filter(t.name.isnull() | (t.name == "")).select("_row"),
    "numbers read": lambda t: t.select(
        t._row, number=t.code.try_cast("int64"), money=t.code.try_cast("decimal(38, 2)")
    ),
    "whole division": lambda t: t.select(t._row, tens=t.number // 10, rest=t.number.abs() % 7),
    "days": lambda t: t.select(t._row, year=t.day.year(), month=t.day.month(), after=t.day > ibis.date("2025-01-01")),
    "moments": lambda t: t.select(
        t._row, hour=t.at.hour(), late=t.at > ibis.timestamp("2026-03-05 02:00:00", timezone="UTC")
    ),
    "written": lambda t: t.select(
        t._row, number=t.number.cast("string"), day=t.day.cast("string"), open=t.open.cast("string")
    ),
    "anti join": lambda t: t.anti_join(t.filter(t.number > 0).select("code"), "code").select("_row"),
    "outer join": lambda t: t.left_join(t.filter(t.open).view(), "code").select("code", "_row", other="_row_right"),
    "union": lambda t: t.select("code").union(t.select("code"), distinct=True),
    "most frequent": lambda t: t.group_by("code").agg(n=t.count()).order_by(ibis.desc("n"), "code").limit(1),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_engine_answers_alike(compute: Compute, oracle: Compute, filled: Lake, name: str) -> None:
    found = same_answer(compute, oracle, lambda work: EXPRESSIONS[name](work.table("items/0198f")))
    assert found.num_rows
