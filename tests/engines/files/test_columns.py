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
from zhengtong.engines.files.local import clear, columns, source

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


def by_columns(reader: files.Files, content: bytes | Path, name: str, chunk_rows: int = 3) -> object:
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


WIDE = "何" * 29
NASTY = {
    "quotes doubled": b'a,b,c\n"x ""y""","1, 2",3\n"""","",""\n4,"5",6\n',
    "lines within quotes": b'a,b,c\n1,"two\nlines",3\n4,"crlf\r\nwithin",6\n7,8,9\n',
    "a mark and CRLF": b"\xef\xbb\xbfa,b,c\r\n1,2,3\r\n4,5,6\r\n",
    "ends of lines of all kinds": b"a,b,c\r1,2,3\n4,5,6\r\n7,8,9\r10,11,12",
    "only CR": b"a,b,c\r1,2,3\r4,5,6\r",
    "ragged": b"a,b,c\n1,2\n1,2,3,4\n1,2,3,\n1,2,3\n",
    "empty lines": b"a,b,c\n\n1,2,3\n\n\n4,5,6\n,,\n \n7,8,9\n\n",
    "a quote never closed": b'a,b,c\n1,2,3\n4,"5,6\n7,8,9\n',
    "text after a quote": b'a,b,c\n1,2,3\n4,"5"x,6\n7,8,9\n',
    "a quote within a plain value": b'a,b,c\n1,x"y,3\n4,5,6\n',
    "two quotes within a plain value": b'a,b,c\n1,x"y"z,3\n4,x""y,6\n',
    "values next to each other in quotes": b'a,b,c\n"1""2",3,4\n"1"",2",3\n',
    "a value too long": f"a,b,c\n1,{WIDE},3\n1,{WIDE}何何,3\n4,5,6\n".encode(),
    "GB18030": "a,b,c\n何记,豆花,店\n一,二,三\n".encode("gb18030"),
    "a tail without an end": b"a,b,c\n1,2,3\n4,5,6",
    "nothing between delimiters": b'a,b,c\n,,3\n"",,\n,"",1\n',
    "a zero byte": b"a,b,c\n1,\x00,3\n",
}


@pytest.mark.parametrize("name", NASTY)
def test_odd_files_are_read_the_same_by_blocks_and_by_rows(reader: files.Files, name: str) -> None:
    assert by_columns(reader, NASTY[name], "x.csv") == by_rows(reader, NASTY[name], "x.csv")


@pytest.mark.parametrize(
    ("block", "is_clear"),
    [
        (b"1,2\n3,4\n", True),
        (b"1,2\r\n3,4", True),
        (b'"1","2"\n"a ""b""",""\n', True),
        (b'"""","a,b"\n', True),
        (b'1,"two\nlines"\n', False),
        (b'1,x"y"\n', False),
        (b'"1"x,2\n', False),
        (b'"1"",2\n', False),
        (b"1,2\n3\n", False),
        (b"1,2\n\n3,4\n", False),
        (b"1,2\r3,4\n", False),
        (b"1,2\n,\n", False),
        (b"1," + b"x" * 31 + b"\n", False),
    ],
)
def test_only_blocks_that_can_be_read_one_way_are_read_whole(block: bytes, is_clear: bool) -> None:
    try:
        clear.rows_of(block, ("a", "b"), ",", longest=30)
    except clear.Unclear:
        assert not is_clear
    else:
        assert is_clear


def test_a_file_that_has_changed_is_looked_at_anew(tmp_path: Path) -> None:
    reader, file = local.open_local(FilesSettings()), tmp_path / "x.csv"
    file.write_bytes("a,b\n何,1\n".encode())
    assert by_columns(reader, file, "x.csv")[1] == "utf-8"  # type: ignore[index]
    file.write_bytes("a,b\n何记,1\n".encode("gb18030"))
    assert by_columns(reader, file, "x.csv")[1] == "gb18030"  # type: ignore[index]


def told_from(
    reader: files.Files, file: Path, after: files.Place | None = None, rows: int = 10**9
) -> tuple[list[tuple[object, ...]], list[int], files.Place | None]:
    """Rows with their lines, the lines that were wrong, and the place after at most so many rows of the file, in batches of three."""
    wrong: list[int] = []
    how = {"bad_row": lambda one: wrong.append(int(one.facts["row"])), "chunk_rows": 3}
    with reader.open_columns(file, name="x.csv", after=after, **how) as found:
        given_, count = [], found.before
        for batch in found.batches:
            given_ += [tuple(row.values()) for row in batch.to_pylist()]
            count += batch.num_rows
            if count >= rows:
                break
        return given_, wrong, found.place_of(count)


@MANY
@given(
    st.lists(PARTS, max_size=40).map("".join), st.integers(1, 12), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"])
)
def test_reading_goes_on_from_a_place_with_the_rows_and_the_wrong_lines_that_are_left(
    reader: files.Files, tmp_path_factory: pytest.TempPathFactory, body: str, rows: int, encoding: str
) -> None:
    file = tmp_path_factory.mktemp("places") / "x.csv"
    file.write_bytes(f"a,b,c\n1,2,3\n{body}\n何记,5,6\n".encode(encoding))
    try:
        every, wrong, _ = told_from(reader, file)
    except files.FileWrong:
        return
    given_, told, place = told_from(reader, file, rows=rows)
    if place is None:
        return
    rest, left, _ = told_from(reader, file, place)
    assert [*every[: place.rows], *rest] == every
    assert place.rows <= len(given_)
    assert sorted([*told, *left]) == sorted(wrong)


def test_what_lies_before_a_place_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK_BYTES", 60)
    reader, file = local.open_local(FilesSettings()), tmp_path / "x.csv"
    file.write_bytes(b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(100)))
    every, _, _ = told_from(reader, file)
    given_, _, place = told_from(reader, file, rows=60)
    assert place
    assert len(given_) - place.rows < 20
    file.write_bytes(file.read_bytes().replace(b"3,x\n4,x\n", b"3,x,4,x\n", 1))
    assert told_from(reader, file, place)[0] == every[place.rows :]


def test_a_place_of_another_file_is_not_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK_BYTES", 60)
    reader, file = local.open_local(FilesSettings()), tmp_path / "x.csv"
    file.write_bytes(b"a,b\n" + b"1,x\n" * 100)
    _, _, place = told_from(reader, file, rows=60)
    file.write_bytes(b"a,b\n" + b"1,x\n" * 90)
    assert place
    assert len(told_from(reader, file, place)[0]) == 90


@settings(deadline=None)
@given(st.binary(max_size=30) | st.text(max_size=12).map(str.encode), st.integers(1, 7))
def test_utf8_is_known_as_python_knows_it_wherever_the_pieces_are_cut(content: bytes, size: int) -> None:
    try:
        content.decode()
        known = b"\0" not in content
    except UnicodeDecodeError:
        known = False
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    assert source.is_utf8(pieces) == known
