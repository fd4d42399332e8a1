"""One spec of the serving copies, on every adapter."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zhengtong.engines.serving import (
    Column,
    Condition,
    Copy,
    CopyAbsent,
    Kind,
    QuestionTooSlow,
    Serving,
    ValueUnfit,
    fitted,
)
from zhengtong.engines.serving.sqlite import open_sqlite

POSTGRES = os.environ.get("ZT_TEST_POSTGRES_URL", "")
AT = datetime(2026, 3, 5, 1, tzinfo=UTC)
COLUMNS = (
    Column("code", Kind.TEXT),
    Column("staff", Kind.INTEGER),
    Column("paid", Kind.DECIMAL, 2),
    Column("since", Kind.DAY),
    Column("seen_at", Kind.MOMENT),
    Column("active", Kind.TRUTH),
)
NAMES = [one.name for one in COLUMNS]
ROWS: list[tuple[Any, ...]] = [
    ("A1", 12, Decimal("10.50"), date(2020, 1, 2), AT, True),
    ("A2", None, Decimal("-0.05"), date(2021, 5, 6), None, False),
    ("B1", 7, None, None, AT, None),
]
TOLD = [
    (1, "A1", 12, "10.50", "2020-01-02", "2026-03-05T01:00:00.000000Z", True),
    (2, "A2", None, "-0.05", "2021-05-06", None, False),
    (3, "B1", 7, None, None, "2026-03-05T01:00:00.000000Z", None),
]


@pytest.fixture(params=["sqlite", *(["postgres"] if POSTGRES else [])])
def serving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serving]:
    if request.param == "sqlite":
        opened: Serving = open_sqlite(tmp_path / "serving", longest_s=5)
    else:
        from zhengtong.engines.serving.postgres import open_postgres

        opened = open_postgres(request.getfixturevalue("postgres_url"), longest_s=5)
    yield opened
    for name in ("SJ-1", "SJ-2"):
        opened.drop(name)
    opened.close()


def copy(name: str = "SJ-1", version: str = "1.0", **facts: Any) -> Copy:
    return Copy(name, version, COLUMNS, ("code",), AT, AT, **facts)


def test_values_come_out_as_they_go_over_the_wire(serving: Serving) -> None:
    made = serving.put(copy(), ROWS)
    found = serving.find("SJ-1", columns=NAMES)
    assert (made.rows, found.copy, found.rows) == (3, made, TOLD)
    assert serving.copy_of("SJ-1") == made


@pytest.mark.parametrize(
    ("column", "op", "value", "rows"),
    [
        ("code", "eq", "A1", [1]),
        ("code", "ne", "A1", [2, 3]),
        ("code", "in", ["A1", "B1", "C9"], [1, 3]),
        ("code", "in", [], []),
        ("code", "prefix", "A", [1, 2]),
        ("code", "eq", "A1' OR '1'='1", []),
        ("code", "prefix", "%", []),
        ("staff", "gt", 7, [1]),
        ("staff", "ge", "7", [1, 3]),
        ("paid", "lt", "10.50", [2]),
        ("paid", "le", "10.5", [1, 2]),
        ("since", "ge", "2021-01-01", [2]),
        ("seen_at", "eq", "2026-03-05T09:00:00+08:00", [1, 3]),
        ("active", "eq", True, [1]),
        ("active", "ne", True, [2]),
    ],
)
def test_rows_are_found_by_conditions(serving: Serving, column: str, op: Any, value: Any, rows: list[int]) -> None:
    serving.put(copy(), ROWS)
    kind = next(one for one in COLUMNS if one.name == column)
    value = tuple(fitted(kind, one) for one in value) if isinstance(value, list) else fitted(kind, value)
    where = [Condition(column, op, value)]
    assert [row[0] for row in serving.find("SJ-1", columns=["code"], where=where).rows] == rows
    assert serving.count("SJ-1", where=where) == len(rows)


def test_pages_follow_one_another(serving: Serving) -> None:
    serving.put(copy(), [(f"C{number:03}", number, None, None, None, None) for number in range(25)])
    seen, after = [], 0
    while rows := serving.find("SJ-1", columns=["code"], after=after, limit=10).rows:
        seen += [row[1] for row in rows]
        after = rows[-1][0]
    assert seen == [f"C{number:03}" for number in range(25)]


def test_a_new_copy_takes_the_place_of_the_old_as_a_whole(serving: Serving) -> None:
    serving.put(copy(), ROWS)
    serving.put(copy(version="2.0"), ROWS[:1])
    found = serving.find("SJ-1", columns=["code"])
    assert (found.copy.version, found.copy.rows, len(found.rows)) == ("2.0", 1, 1)


def test_a_copy_that_fails_half_way_leaves_the_old_one(serving: Serving) -> None:
    def broken() -> Iterator[tuple[Any, ...]]:
        yield ROWS[0]
        raise OSError("the lake is away")

    serving.put(copy(), ROWS)
    with pytest.raises(OSError, match="away"):
        serving.put(copy(version="2.0"), broken())
    assert serving.find("SJ-1", columns=NAMES).rows == TOLD


def test_readers_see_one_copy_or_the_next_and_never_a_mixture(serving: Serving) -> None:
    def rows_of(version: int) -> list[tuple[Any, ...]]:
        return [(f"{version}", version, None, None, None, None)] * 50

    serving.put(copy(version="0"), rows_of(0))
    mixed, ended = [], threading.Event()

    def read() -> None:
        while not ended.is_set():
            found = serving.find("SJ-1", columns=["code"], limit=60)
            told = {row[1] for row in found.rows}
            if told != {found.copy.version} or len(found.rows) != 50:
                mixed.append((found.copy.version, told))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for one in readers:
        one.start()
    for version in range(1, 15):
        serving.put(copy(version=str(version)), rows_of(version))
    ended.set()
    for one in readers:
        one.join()
    assert mixed == []


def test_what_was_never_put_or_is_dropped_is_told_absent(serving: Serving) -> None:
    serving.put(copy("SJ-2"), ROWS)
    serving.drop("SJ-2")
    assert serving.copy_of("SJ-2") is None
    with pytest.raises(CopyAbsent, match="SJ-2"):
        serving.find("SJ-2", columns=["code"])
    with pytest.raises(CopyAbsent):
        serving.count("SJ-2")


def test_a_question_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    hasty = open_sqlite(tmp_path, longest_s=0.000001)
    hasty.put(copy(), [("A", number, None, None, None, None) for number in range(60_000)])
    with pytest.raises(QuestionTooSlow):
        hasty.count("SJ-1", where=[Condition("staff", "lt", 59_999)])
    hasty.close()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.TEXT, 5),
        (Kind.TEXT, "a\0b"),
        (Kind.TEXT, "x" * 2001),
        (Kind.INTEGER, "12a"),
        (Kind.INTEGER, True),
        (Kind.INTEGER, 2**70),
        (Kind.DECIMAL, "NaN"),
        (Kind.DECIMAL, "1.234"),
        (Kind.DECIMAL, "1e400000"),
        (Kind.DAY, "2026-02-30"),
        (Kind.MOMENT, "2026-03-05T01:00:00"),
        (Kind.TRUTH, "true"),
        (Kind.TEXT, {"a": 1}),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_refused(kind: Kind, value: Any) -> None:
    with pytest.raises(ValueUnfit):
        fitted(Column("x", kind, 2), value)
