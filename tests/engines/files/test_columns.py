"""Columns say what rows say, of any text, in whatever blocks it is read; and memory does not grow with the file."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengtong.engines import files
from zhengtong.engines.files import FilesSettings, local
from zhengtong.engines.files.local import columns

PARTS = st.sampled_from(
    ["a", "何记", "1", " ", ",", ";", '"', '""', "\n", "\r\n", "\r", "\t", "x,y", '"q"', '"a,b"', '"a\nb"', "é"]
)
ROWS = st.lists(
    st.lists(st.sampled_from(["", "a", "何", 'q"q', "x,y", "two\nlines", "12.5"]), min_size=3, max_size=3), max_size=12
)


def by_rows(reader: files.Files, content: bytes, name: str) -> object:
    wrong: list[str] = []
    try:
        with reader.open_table(content, name=name, bad_row=lambda one: wrong.append(one.say("zh"))) as found:
            rows = [(row.number, *row.values) for row in found.rows]
            return found.columns, found.encoding, rows, wrong
    except files.FileWrong as failure:
        return failure.say("zh")


def by_columns(reader: files.Files, content: bytes, name: str, chunk_rows: int = 3) -> object:
    wrong: list[str] = []
    try:
        how = {"bad_row": lambda one: wrong.append(one.say("zh")), "chunk_rows": chunk_rows}
        with reader.open_columns(content, name=name, **how) as found:
            batches = list(found.batches)
            assert all(batch.num_rows == chunk_rows for batch in batches[:-1])
            rows = [(row.pop(files.LINE), *row.values()) for batch in batches for row in batch.to_pylist()]
            return found.columns, found.encoding, rows, wrong
    except files.FileWrong as failure:
        return failure.say("zh")


@pytest.fixture(params=[4, 60, columns.BLOCK_BYTES], ids=["tiny blocks", "small blocks", "one block"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> files.Files:
    monkeypatch.setattr(columns, "BLOCK_BYTES", request.param)
    return local.open_local(FilesSettings(max_cell_chars=30))


MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(st.lists(PARTS, max_size=40).map("".join))
def test_any_text_gives_the_same_rows_numbers_and_complaints(reader: files.Files, body: str) -> None:
    content = ("a,b,c\n" + body).encode()
    assert by_columns(reader, content, "x.csv") == by_rows(reader, content, "x.csv")


@MANY
@given(
    ROWS,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8-sig", "gb18030"]),
)
def test_what_a_program_exports_is_read_the_same(
    reader: files.Files, rows: list[list[str]], quoting: int, end: str, encoding: str
) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=end).writerows([["编码", "名称", "数"], *rows])
    content = out.getvalue().encode(encoding)
    assert by_columns(reader, content, "x.csv") == by_rows(reader, content, "x.csv")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b"a,b\n1,2\n3\n4,5,6\n7,8\n"),
        ("x.csv", b'a,b\n1,2\n"3,4\n5,6\n'),
        ("x.csv", b'a,b\n1,2\n"3"x,4\n5,6\n'),
        ("x.csv", b"a,b\n1,2\n\n ,\n,\n5,6"),
        ("x.csv", b"a,b\n" + b"1,2\n" * 50 + b"x" * 31 + b",4\n"),
        ("x.csv", b"\n\na,b\n1,2\n"),
        ("x.tsv", "编码\t名称\n1\t何,记\n".encode("gb18030")),
        ("x.csv", b"a;b\n1;2,3\n"),
        ("x.csv", "a,b\n1,何\n".encode("utf-16")),
        ("x.csv", b"a,b\n"),
        ("x.csv", b"a,a\n1,2\n"),
        ("x.jsonl", '{"a": "1", "b": "何"}\n{"a": 2, "c": 1}\n{"a": "3"}\n'.encode()),
        ("x.json", b'[{"a": 1, "b": null}, {"a": 2}]'),
        ("x.xml", "<l><p><a>1</a><b>何</b></p><p><a>2</a></p></l>".encode()),
    ],
)
def test_each_form_gives_the_same_rows_numbers_and_complaints(reader: files.Files, name: str, content: bytes) -> None:
    assert by_columns(reader, content, name) == by_rows(reader, content, name)


def test_more_rows_than_allowed_are_refused_and_a_reserved_name_too() -> None:
    few = local.open_local(FilesSettings(max_rows=5))
    with pytest.raises(files.TooManyRows), few.open_columns(b"a\n" + b"1\n" * 6, name="x.csv") as found:
        list(found.batches)
    with pytest.raises(files.HeaderReserved), few.open_columns(b"_line\n1\n", name="x.csv"):
        pass


def test_a_gb18030_file_of_many_blocks_is_read_within_bounded_memory(tmp_path: Path) -> None:
    """Forty megabytes of text in a process that may not hold as much more than it held at its start."""
    file = tmp_path / "x.csv"
    line = "91990100MA00000100,何记豆花店,云溪市临水区豆花巷一号,12.30\n"
    file.write_bytes(("code,name,address,amount\n" + line * 600_000).encode("gb18030"))
    program = f"""
import resource, pathlib, pyarrow, pyarrow.csv, pyarrow.compute
from zhengtong.engines import files
from zhengtong.engines.files import local
reader, rows = local.open_local(files.FilesSettings()), 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with reader.open_columns(pathlib.Path({str(file)!r}), name="x.csv") as found:
    for batch in found.batches:
        rows += batch.num_rows
print(rows, found.encoding, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert shown[:2] == ["600000", "gb18030"]
    assert int(shown[2]) < 200
