"""A lake and an engine over it, for the tests of rooms that work through columns: DuckDB always, Spark when `make engines` has it.

    def test_a_rule_counts_the_same_everywhere(compute, lake): …

runs on each. One JVM serves the whole test process.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhengtong import engines
from zhengtong.engines.compute import Compute, ComputeSettings
from zhengtong.engines.lake import Lake, LakeSettings

SPARK = os.environ.get("ZT_TEST_SPARK", "")
ENGINES = ["duckdb", *(["spark"] if SPARK else [])]


def compute_settings(engine: str) -> ComputeSettings:
    """Small enough to run beside other tests."""
    if engine == "spark":
        return ComputeSettings(
            engine="spark", master="local[2]", memory_mb=1024, shuffle_partitions=2, jars=Path(SPARK)
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
