"""A lake and an engine over it, for the tests of rooms that work through columns: DuckDB always, Spark when `make engines` has it.

    def test_a_rule_counts_the_same_everywhere(compute, lake): …

runs on each. One JVM serves the whole test process.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from zhengtong import engines
from zhengtong.engines.compute import Compute, ComputeSettings, Work
from zhengtong.engines.lake import Lake, LakeSettings

SPARK = os.environ.get("ZT_TEST_SPARK", "")
SLOW_START = pytest.mark.timeout(600)  # a JVM on a machine that others keep busy
ENGINES = ["duckdb", *([pytest.param("spark", marks=SLOW_START)] if SPARK else [])]
QUICK = {"spark.sql.codegen.wholeStage": "false"}  # few rows: compiling costs more than it saves


def compute_settings(engine: str) -> ComputeSettings:
    """Small enough to run beside other tests."""
    if engine == "spark":
        os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        return ComputeSettings(
            engine="spark", master="local[2]", memory_mb=1024, shuffle_partitions=1, jars=Path(SPARK), options=QUICK
        )
    return ComputeSettings(memory_mb=1024)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake in the test's folder."""
    return engines.open_lake(LakeSettings(), tmp_path)


@pytest.fixture(scope="session")
def one_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Holds Spark's JVM up between tests."""
    data = tmp_path_factory.mktemp("spark")
    held = engines.open_compute(compute_settings("spark"), engines.open_lake(LakeSettings(), data), data)
    yield
    held.close()


@pytest.fixture(params=ENGINES)
def compute(request: pytest.FixtureRequest, lake: Lake, tmp_path: Path) -> Iterator[Compute]:
    """Each engine in turn, over the test's lake."""
    if request.param == "spark":
        request.getfixturevalue("one_spark")
    opened = engines.open_compute(compute_settings(request.param), lake, tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def one_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compute]:
    """DuckDB over an empty lake, for what needs one engine and many examples."""
    data = tmp_path_factory.mktemp("duckdb")
    opened = engines.open_compute(compute_settings("duckdb"), engines.open_lake(LakeSettings(), data), data)
    yield opened
    opened.close()


@pytest.fixture
def oracle(lake: Lake, tmp_path: Path) -> Iterator[Compute]:
    """DuckDB over the test's lake: what every other engine must agree with."""
    opened = engines.open_compute(compute_settings("duckdb"), lake, tmp_path)
    yield opened
    opened.close()


def same_answer(compute: Compute, oracle: Compute, ask: Callable[[Work], Any]) -> pa.Table:
    """This will ask both engines, and hold that they answer with the same types and rows, in whatever order; the rows."""
    with oracle.session() as work:
        expected = work.run(ask(work))
    with compute.session() as work:
        found = work.run(ask(work))
    assert found.schema.types == expected.schema.types
    assert sorted_rows(found) == sorted_rows(expected)
    return found


def sorted_rows(rows: pa.Table) -> list[tuple[Any, ...]]:
    """The rows in an order of their own; numbers with a floating point rounded to twelve digits."""
    told = [tuple(float(f"{v:.12g}") if isinstance(v, float) else v for v in row.values()) for row in rows.to_pylist()]
    return sorted(told, key=lambda row: [(value is not None, str(value)) for value in row])
