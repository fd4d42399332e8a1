"""Reading files and what was kept of pushes: rows in order, on from any cursor, bad lines apart, nothing outside the folder."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import arriving, batching, folders
from zhengtong.data.intake.actions.reading.table_files import FileReader
from zhengtong.data.intake.rules import cursors, kinds, records
from zhengtong.engines import open_files
from zhengtong.engines.files import FilesSettings
from zhengtong.kernel.db import new_id

FILES = open_files(FilesSettings())
PEOPLE = [(f"99010119800101{n:04}", f"何{n}", "豆花店，老街") for n in range(250)]
HEAD = "证件号码,姓名,备注"


def csv_of(rows, head=HEAD):
    return "\r\n".join([head, *(f'{a},{b},"{c}"' for a, b, c in rows)]) + "\r\n"


WRITTEN = {
    "utf8.csv": lambda: csv_of(PEOPLE).encode(),
    "bom.csv": lambda: csv_of(PEOPLE).encode("utf-8-sig"),
    "gb18030.csv": lambda: csv_of(PEOPLE).encode("gb18030"),
    "tab.tsv": lambda: csv_of(PEOPLE).replace(",", "\t").encode(),
    "lines.jsonl": lambda: "\n".join(
        json.dumps(dict(zip(HEAD.split(","), row, strict=True))) for row in PEOPLE
    ).encode(),
    "list.json": lambda: json.dumps([dict(zip(HEAD.split(","), row, strict=True)) for row in PEOPLE]).encode(),
    "list.xml": lambda: (
        "<list>"
        + "".join(f"<p><证件号码>{a}</证件号码><姓名>{b}</姓名><备注>{c}</备注></p>" for a, b, c in PEOPLE)
        + "</list>"
    ).encode(),
}


def reader(path, chunk_rows=100, **shape):
    return FileReader(FILES, path, path.name, kinds.Shape(**shape), chunk_rows=chunk_rows)


def rows_of(chunks):
    return [tuple(row.values()) for chunk in chunks for row in chunk.rows.to_pylist()]


@pytest.fixture(params=WRITTEN)
def file(request, tmp_path):
    path = tmp_path / request.param
    path.write_bytes(WRITTEN[request.param]())
    return path


def test_every_kind_of_file_gives_the_same_rows(file):
    reading = reader(file)
    chunks = list(reading.chunks(None))
    assert rows_of(chunks) == PEOPLE
    assert [column.name for column in reading.columns()] == HEAD.split(",")
    assert chunks[0].first_row == 1


def test_reading_goes_on_after_any_cursor(file):
    for chunk in reader(file).chunks(None):
        rest = reader(file).chunks(chunk.cursor)
        assert rows_of(rest) == PEOPLE[chunk.first_row - 1 + chunk.rows.num_rows :]


def test_a_trial_reads_no_more_than_asked(file):
    assert len(rows_of(reader(file).chunks(None, limit=10))) == 10


def test_ragged_lines_wait_apart_with_their_line_and_the_rest_is_read(tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text(f"{HEAD}\r\n1,a,x\r\n2,b\r\n3,c,y,z\r\n4,d,w\r\n", newline="")
    chunks = list(reader(path).chunks(None))
    assert [row[0] for row in rows_of(chunks)] == ["1", "4"]
    assert [bad.line for chunk in chunks for bad in chunk.bad] == [3, 4]


HOSTILE = {
    "empty.csv": b"",
    "twice.csv": b"a,a\r\n1,2\r\n",
    "web.csv": b"<!doctype html><html>",
    "old.csv": b"\xd0\xcf\x11\xe0rest",
    "binary.csv": b"a,b\r\n\x00\x01\x02,\xff\xfe\r\n",
    "bomb.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x><y>&a;</y></x>',
    "outside.xml": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x><y>&a;</y></x>',
    "deep.json": b"[" * 100_000,
    "other.exe": b"MZ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_what_it_says_is_refused_with_the_remedy(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(errors.SourceRefused) as refused:
        list(reader(path).chunks(None))
    assert name in refused.value.say("zh")
    assert name in refused.value.say("en")


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(errors.FileGone):
        reader(tmp_path / "gone.csv").columns()


def test_only_plain_finished_files_of_the_folder_itself_are_seen(tmp_path):
    inside, outside = tmp_path / "drops", tmp_path / "elsewhere"
    inside.mkdir(), outside.mkdir()
    for name in ("a.csv", "b.csv.tmp", ".hidden.csv", "~$open.csv", "c.csv.part", "a.csv.done", "d.txt"):
        (inside / name).write_text("x")
    (outside / "secret.csv").write_text("x")
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    (inside / "folder.csv").mkdir()
    os.mkfifo(inside / "pipe.csv")
    assert [path.name for path in folders.dropped(inside, "*.csv")] == ["a.csv"]


@pytest.mark.parametrize("wanted", ["../elsewhere", "drops/../../elsewhere", "/etc", "relative"])
def test_only_allowed_folders_are_read(tmp_path, wanted):
    (tmp_path / "drops").mkdir()
    path = folders.Path(wanted) if wanted in ("/etc", "relative") else tmp_path / "drops" / wanted
    with pytest.raises(errors.FolderNotAllowed):
        folders.checked(path, [tmp_path / "drops"])


def test_what_was_pushed_is_read_as_it_was_kept_with_bad_records_in_place(tmp_path):
    rows = [{"id": f"{n}", "name": None if n % 3 else f"何{n}"} for n in range(40)]
    path = arriving.kept_path(tmp_path, new_id())
    arriving.keep_rows(path, [*rows, {"id": "x", "extra": "1"}])
    chunks = list(arriving.KeptReader([path], (), chunk_rows=15).chunks(None))
    assert sum(chunk.rows.num_rows for chunk in chunks) == 41
    for at, chunk in enumerate(chunks):
        rest = arriving.KeptReader([path], (), chunk_rows=15).chunks(chunk.cursor)
        read = [row["id"] for one in [*chunks[: at + 1], *rest] for row in one.rows.to_pylist()]
        assert read == [*(f"{n}" for n in range(40)), "x"]


TEXTS = st.one_of(st.none(), st.text(max_size=30))


@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=8), TEXTS, min_size=1, max_size=5), max_size=20))
def test_any_record_survives_being_kept(tmp_path_factory, rows):
    path = arriving.kept_path(tmp_path_factory.mktemp("kept"), new_id())
    arriving.keep_rows(path, rows)
    read = [row for chunk in arriving.KeptReader([path], ()).chunks(None) for row in chunk.rows.to_pylist()]
    wanted = [{name: _whole(value) for name, value in row.items()} for row in rows]
    assert [{n: v for n, v in row.items() if n in kept} for row, kept in zip(read, wanted, strict=True)] == wanted


def _whole(text):
    return text if text is None else text.encode("utf-8", "replace").decode()


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_a_row_or_is_told_why_not(value):
    row, why = read(json.dumps(value))
    assert (row is None) == bool(why)
    if row is not None:
        assert isinstance(value, dict)
        assert all(one is None or isinstance(one, str) for one in row.values())


def read(text):
    try:
        return records.flat(records.parsed(text)), ""
    except records.RecordWrong as wrong:
        return None, wrong.why.zh


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.integers(),
            st.floats(allow_nan=False),
            st.decimals(allow_nan=False, allow_infinity=False),
            st.text(),
        ),
        min_size=1,
    )
)
def test_a_column_of_anything_is_text_of_the_same_values(values):
    column = batching.batch(["x"], [(value,) for value in values]).column(0).to_pylist()
    assert len(column) == len(values)
    for before, after in zip(values, column, strict=True):
        assert (after is None) == (before is None)
        if isinstance(before, int):
            assert int(after) == before


@given(st.lists(st.binary(min_size=8, max_size=8)))
def test_digests_survive_packing(seen):
    assert cursors.unpacked(cursors.packed(frozenset(seen))) == frozenset(seen)
