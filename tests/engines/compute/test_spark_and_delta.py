"""Spark and delta-rs write the same tables: each reads what the other wrote, and what cannot be read safely is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.computing import SLOW_START, SPARK, compute_settings, sorted_rows
from tests.engines.compute.test_compute_spec import FIRMS, SHAPE, firms
from zhengtong import engines
from zhengtong.engines.compute import Compute
from zhengtong.engines.lake import Lake, Mark, TableUnsupported

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not SPARK, reason="Spark is not here: run `make engines`"),
    SLOW_START,
]


@pytest.fixture
def spark(one_spark: None, lake: Lake, tmp_path: Path) -> Iterator[Compute]:
    opened = engines.open_compute(compute_settings("spark"), lake, tmp_path)
    yield opened
    opened.close()


def sql(work: Any, statement: str) -> Any:
    """The statement put to Spark as it is: what other programs of a city do to the same tables."""
    return work._session.sql(statement)


def test_a_table_written_here_is_merged_by_spark_and_read_here_again(spark: Compute, lake: Lake) -> None:
    lake.create("items/0198f", SHAPE)
    lake.append("items/0198f", firms(rows=FIRMS[:2]), mark=Mark("run-1", 1))
    before = lake.version("items/0198f")
    where = lake.uri("items/0198f")
    with spark.session() as work:
        work.rows(firms("spark", [("b", "新名", 7, *FIRMS[0][3:]), ("c", "何小满", 8, *FIRMS[0][3:])]), name="arriving")
        sql(work, f"MERGE INTO delta.`{where}` old USING arriving new ON old.code = new.code "
                  "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")  # fmt: skip
    read = lake.read("items/0198f")
    assert read.schema.equals(SHAPE)
    assert {row["code"]: row["name"] for row in read.to_pylist()} == {"a": "何记豆花店", "b": "新名", "c": "何小满"}
    assert lake.mark_of("items/0198f", "run-1") == 1
    lake.merge("items/0198f", firms("b3", [("c", "再改", 9, *FIRMS[0][3:])]), keys=["code"], mark=Mark("run-1", 2))
    with spark.session() as work:
        now, then = work.table("items/0198f"), work.table("items/0198f", version=before)
        assert sorted_rows(work.run(now.select("code", "name"))) == [("a", "何记豆花店"), ("b", "新名"), ("c", "再改")]
        assert sorted_rows(work.run(then)) == sorted_rows(firms(rows=FIRMS[:2]))
    assert [change.operation for change in lake.history("items/0198f")] == ["MERGE", "MERGE", "WRITE", "CREATE TABLE"]


def test_a_table_made_by_spark_is_read_appended_and_travelled_here(spark: Compute, oracle: Compute, lake: Lake) -> None:
    where = lake.uri("items/theirs")
    with spark.session() as work:
        work.rows(firms(), name="arriving")
        sql(work, f"CREATE TABLE delta.`{where}` USING delta PARTITIONED BY (code) AS SELECT * FROM arriving")
    assert sorted_rows(lake.read("items/theirs")) == sorted_rows(firms())
    lake.append("items/theirs", firms("b2"))
    lake.compact("items/theirs")
    for engine in (spark, oracle):
        with engine.session() as work:
            assert sorted_rows(work.run(work.table("items/theirs", version=0))) == sorted_rows(firms())
            assert sorted_rows(work.run(work.table("items/theirs"))) == sorted_rows(
                pa.concat_tables([firms(), firms("b2")])
            )


def test_deletion_vectors_that_spark_wrote_are_refused_until_they_are_purged(
    spark: Compute, oracle: Compute, lake: Lake
) -> None:
    where = lake.uri("items/theirs")
    with spark.session() as work:
        work.rows(firms(), name="arriving")
        turned_on = "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')"
        sql(work, f"CREATE TABLE delta.`{where}` USING delta {turned_on} AS SELECT * FROM arriving")
        sql(work, f"DELETE FROM delta.`{where}` WHERE code = 'a'")
    for read in (lake.read, lake.files, lake.schema):
        with pytest.raises(TableUnsupported, match="deletionVectors"):
            read("items/theirs")
    for engine in (spark, oracle):
        with engine.session() as work, pytest.raises(TableUnsupported):
            work.table("items/theirs")
    with spark.session() as work:
        sql(work, f"REORG TABLE delta.`{where}` APPLY (PURGE)")
        sql(work, f"ALTER TABLE delta.`{where}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')")
        sql(work, f"ALTER TABLE delta.`{where}` DROP FEATURE deletionVectors")
    assert sorted_rows(lake.read("items/theirs")) == sorted_rows(firms(rows=FIRMS).slice(1))
