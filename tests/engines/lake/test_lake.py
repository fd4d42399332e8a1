"""One spec for every lake: a local folder always, an object store when one answers."""

import hashlib
import multiprocessing
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from zhengtong.engines import lake as port
from zhengtong.engines.lake import Mark, delta

SHAPE = pa.schema(
    [("code", pa.string()), ("name", pa.string()), ("amount", pa.decimal128(18, 2)), ("batch_id", pa.string())]
)


def rows(*codes: str, name: str = "何记豆花店", batch: str = "b1") -> pa.Table:
    from decimal import Decimal

    facts = [{"code": code, "name": name, "amount": Decimal("12.30"), "batch_id": batch} for code in codes]
    return pa.Table.from_pylist(facts, SHAPE)


def codes(lake, table="market/firm", **options):
    return sorted(lake.read(table, **options)["code"].to_pylist())


def settings_of(kind: str, folder) -> port.LakeSettings:
    if kind == "folder":
        return port.LakeSettings(url=str(folder / "lake"))
    return port.LakeSettings(
        url=f"s3://{os.environ['ZT_TEST_S3_BUCKET']}/{folder.name}",
        endpoint=os.environ["ZT_TEST_S3"],
        access_key=os.environ["ZT_TEST_S3_KEY"],
        secret_key=os.environ["ZT_TEST_S3_SECRET"],
    )


@pytest.fixture(params=["folder", "s3"] if os.environ.get("ZT_TEST_S3") else ["folder"])
def chosen(request, tmp_path):
    return settings_of(request.param, tmp_path)


@pytest.fixture
def lake(chosen, tmp_path):
    return delta.open_delta(chosen, tmp_path)


@pytest.fixture
def filled(lake):
    lake.create("market/firm", SHAPE)
    lake.append("market/firm", rows("a", "b"), mark=Mark("run-1", 1))
    return lake


def test_what_is_appended_is_read_again_with_its_types(filled):
    read = filled.read("market/firm")
    assert read.schema.equals(SHAPE)
    assert read.sort_by("code").to_pylist() == rows("a", "b").to_pylist()


def test_columns_of_values_that_hardly_come_twice_are_written_without_a_dictionary(lake):
    from pyarrow import parquet

    lake.create("market/many", SHAPE)
    many = [f"91350100M{number:09d}" for number in range(delta.SAMPLE)]
    told = pa.table({"code": many, "name": ["何记"] * len(many), "amount": [None] * len(many), "batch_id": many}).cast(
        SHAPE
    )
    lake.append("market/many", told)
    with lake.store().open_input_file(f"market/many/{lake.files('market/many')[0].path}") as file:
        kept = parquet.read_metadata(file).row_group(0)
    found = {kept.column(at).path_in_schema: kept.column(at).encodings for at in range(kept.num_columns)}
    assert {name for name, how in found.items() if "RLE_DICTIONARY" in how} == {"name", "amount"}
    assert lake.read("market/many").sort_by("code").equals(told)


def test_a_write_of_one_mark_lands_once(filled):
    before = filled.version("market/firm")
    assert filled.append("market/firm", rows("a", "b"), mark=Mark("run-1", 1)) == before
    assert codes(filled) == ["a", "b"]
    filled.append("market/firm", rows("c"), mark=Mark("run-1", 2))
    filled.append("market/firm", rows("d"), mark=Mark("run-2", 1))
    assert codes(filled) == ["a", "b", "c", "d"]
    assert filled.mark_of("market/firm", "run-1") == 2
    assert filled.mark_of("market/firm", "run-9") is None


def test_what_another_wrote_meanwhile_or_made_anew_is_written_to_as_it_is(filled, chosen, tmp_path):
    other = delta.open_delta(chosen, tmp_path)
    other.append("market/firm", rows("c"), mark=Mark("run-2", 1))
    assert filled.append("market/firm", rows("c"), mark=Mark("run-2", 1)) == other.version("market/firm")
    filled.append("market/firm", rows("d"), mark=Mark("run-1", 2))
    assert codes(other) == ["a", "b", "c", "d"]
    if "://" not in filled.uri("market/firm"):
        shutil.rmtree(filled.uri("market/firm"))
        other.create("market/firm", SHAPE)
        filled.append("market/firm", rows("z"), mark=Mark("run-1", 1))
        assert codes(filled) == ["z"]


def test_merge_puts_rows_in_the_place_of_those_with_the_same_key(filled):
    filled.merge("market/firm", rows("b", "c", name="新"), keys=["code"])
    names = {row["code"]: row["name"] for row in filled.read("market/firm").to_pylist()}
    assert names == {"a": "何记豆花店", "b": "新", "c": "新"}


def test_remove_takes_out_the_named_rows_only(filled):
    filled.remove("market/firm", rows("b", "z"), keys=["code"])
    assert codes(filled) == ["a"]


def test_an_older_version_can_be_read_and_an_unknown_one_is_told(filled):
    then = filled.version("market/firm")
    filled.append("market/firm", rows("c"))
    assert codes(filled, version=then) == ["a", "b"]
    with pytest.raises(port.VersionGone):
        filled.read("market/firm", version=99)


def test_another_shape_is_refused_and_a_new_column_is_taken_on_purpose(filled):
    wider = rows("c").append_column("phone", pa.array(["1"]))
    with pytest.raises(port.ShapeChanged):
        filled.append("market/firm", wider)
    filled.evolve("market/firm", wider.schema)
    filled.append("market/firm", wider)
    assert {row["code"]: row["phone"] for row in filled.read("market/firm").to_pylist()} == {
        "a": None,
        "b": None,
        "c": "1",
    }


@pytest.mark.parametrize(
    "schema", [SHAPE.remove(0), SHAPE.set(2, pa.field("amount", pa.string()))], ids=["gone", "another type"]
)
def test_a_column_cannot_vanish_or_change_its_type(filled, schema):
    with pytest.raises(port.ShapeChanged):
        filled.evolve("market/firm", schema)


def test_an_absent_table_a_second_creation_and_a_bad_name_are_told(filled):
    with pytest.raises(port.TableAbsent):
        filled.read("market/none")
    with pytest.raises(port.TableThere):
        filled.create("market/firm", SHAPE)
    for name in ("../secret", "Market", "a b", "/etc", "a//b", ""):
        with pytest.raises(port.TableName):
            filled.exists(name)


def test_the_fingerprints_of_a_version_change_with_one_byte_and_only_then(filled, chosen):
    prints = filled.fingerprints("market/firm", lambda content: hashlib.sha256(content).digest())
    assert prints == filled.fingerprints("market/firm", lambda content: hashlib.sha256(content).digest())
    assert set(prints) == {file.path for file in filled.files("market/firm")}
    if "://" not in chosen.url:
        file = filled.files("market/firm")[0]
        content = bytearray(Path(file.uri).read_bytes())
        content[10] ^= 1
        Path(file.uri).write_bytes(content)
        assert filled.fingerprints("market/firm", lambda content: hashlib.sha256(content).digest()) != prints


def test_compaction_keeps_the_rows_and_lessens_the_files(filled):
    for code in "cdefgh":
        filled.append("market/firm", rows(code))
    before = len(filled.files("market/firm"))
    filled.compact("market/firm")
    assert len(filled.files("market/firm")) < before
    assert codes(filled) == list("abcdefgh")
    assert sum(file.rows for file in filled.files("market/firm")) == 8


def test_old_versions_are_kept_for_seven_days(filled):
    with pytest.raises(port.KeepsTooShort):
        filled.vacuum("market/firm", keep=timedelta(days=1))
    assert filled.vacuum("market/firm") == 0


def test_history_tells_each_version(filled):
    operations = [change.operation for change in filled.history("market/firm")]
    assert operations == ["WRITE", "CREATE TABLE"]


def test_deletion_vectors_are_off_in_our_tables_and_refused_in_others(filled, monkeypatch):
    table = filled._open("market/firm")
    assert table.metadata().configuration["delta.enableDeletionVectors"] == "false"

    class Protocol:
        reader_features, min_reader_version = ("deletionVectors",), 3

    monkeypatch.setattr(delta.DeltaTable, "protocol", lambda _: Protocol)
    with pytest.raises(port.TableUnsupported, match="deletionVectors"):
        filled.read("market/firm")


def _merge_often(chosen, folder, name, count):
    lake = delta.open_delta(chosen, folder)
    for n in range(count):
        lake.merge("market/firm", rows(f"{name}{n}", "shared", name=name), keys=["code"], mark=Mark(name, n + 1))


def test_four_processes_that_merge_at_once_all_succeed(filled, chosen, tmp_path):
    fork = multiprocessing.get_context("spawn")
    writers = [fork.Process(target=_merge_often, args=(chosen, tmp_path, name, 5)) for name in "wxyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert codes(filled) == sorted(["a", "b", "shared"] + [f"{name}{n}" for name in "wxyz" for n in range(5)])


def _append_forever(chosen, folder, ready):
    lake = delta.open_delta(chosen, folder)
    ready.set()
    for n in range(2, 10_000):
        lake.append("market/firm", rows(*[f"{n}-{i}" for i in range(100)]), mark=Mark("run-1", n))


def test_a_writer_killed_in_the_middle_leaves_whole_batches_only(filled, chosen, tmp_path):
    fork = multiprocessing.get_context("spawn")
    for pause in (0.05, 0.2, 0.33):
        ready = fork.Event()
        writer = fork.Process(target=_append_forever, args=(chosen, tmp_path, ready))
        writer.start()
        assert ready.wait(60)
        writer.join(pause)
        writer.kill()
        writer.join()
    landed = [code.split("-")[0] for code in codes(filled) if "-" in code]
    last = filled.mark_of("market/firm", "run-1")
    assert len(landed) == (last - 1) * 100
    assert {landed.count(number) for number in set(landed)} <= {100}


def test_an_hdfs_that_does_not_answer_is_told_as_unavailable(tmp_path):
    lake = delta.open_delta(port.LakeSettings(url="hdfs://127.0.0.1:1/lake", tries=1), tmp_path)
    with pytest.raises((port.LakeAway, port.TableAbsent)):
        lake.read("market/firm")


def test_files_of_a_partitioned_table_are_named_as_they_lie_there(lake):
    lake.create("market/parts", SHAPE, partition_by=["name"])
    lake.append("market/parts", pa.concat_tables([rows("a", name="何 小/满=%"), rows("b", name="x")]))
    prints = lake.fingerprints("market/parts", lambda content: hashlib.sha256(content).digest())
    assert len(prints) == 2
    assert lake.read("market/parts").num_rows == lake.dataset("market/parts").count_rows() == 2
