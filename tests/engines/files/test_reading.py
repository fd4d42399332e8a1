"""Files as people send them."""

import codecs
import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.engines import files
from zhengtong.engines.files import local

LIMITS = files.FilesSettings()
READ = local.open_local(LIMITS)
TEXT = "姓名,部门\n李明,住房和城乡建设局\n王芳,卫生健康委员会\n"
ROWS = [("李明", "住房和城乡建设局"), ("王芳", "卫生健康委员会")]


def values(table: files.Table) -> list[tuple[str, ...]]:
    return [row.values for row in table.rows]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.replace("\n", "\r\n").encode("gbk"), "gb18030"),
        (TEXT.replace("\n", "\r").encode(), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.replace(",", "\t").encode("utf-16"), "utf-16"),
    ],
)
def test_the_encoding_is_found_and_told(data: bytes, encoding: str) -> None:
    table = READ.read_table(data, name="人员.csv")
    assert table.columns == ("姓名", "部门")
    assert values(table) == ROWS
    assert table.encoding == encoding
    assert table.warnings == ()


def test_every_hanzi_of_gb18030_reads_back() -> None:
    hanzi = [chr(code) for code in range(0x4E00, 0x9FA6)] + ["𠮷", "㐂", "€"]
    data = "字\n" + "\n".join(hanzi) + "\n"
    table = READ.read_table(data.encode("gb18030"), name="字.csv")
    assert [row.values[0] for row in table.rows] == hanzi


@pytest.mark.parametrize("word", ["联通", "一", "路", "目录", "电话", "中国移动"])
def test_gb18030_that_looks_like_utf8_is_not_read_in_silence(word: str) -> None:
    """«联通» alone is the famous case; «路» is a valid UTF-8 «·»."""
    table = READ.read_table(f"{word}\n{word}\n".encode("gb18030"), name="短.csv")
    assert table.columns == (word,) or table.warnings
    named = READ.read_table(f"{word}\n1\n".encode("gb18030"), name="短.csv", how=files.Reading(encoding="gb18030"))
    assert named.columns == (word,)


def test_utf8_with_a_damaged_byte_is_told_by_line_and_not_read_as_gb18030() -> None:
    data = bytearray(TEXT.encode())
    data[TEXT.encode().index("王".encode())] = 0x80
    with pytest.raises(files.EncodingDamaged) as caught:
        READ.read_table(bytes(data), name="人员.csv")
    assert caught.value.facts["line"] == 3


def test_text_of_a_foreign_encoding_is_refused_or_doubted() -> None:
    big5 = "姓名,部門\n李明,住房和城鄉建設局\n".encode("big5")
    with contextlib.suppress(files.EncodingUnknown):
        assert READ.read_table(big5, name="x.csv").warnings
    assert READ.read_table(big5, name="x.csv", how=files.Reading(encoding="big5")).columns == ("姓名", "部門")
    with pytest.raises(files.EncodingUnknown, match="第 2 行"):
        READ.read_table(b"a,b\n\xff\xff,1\n", name="x.csv")


def test_an_encoding_outside_the_list_is_refused() -> None:
    with pytest.raises(files.EncodingNotOffered, match="gb18030"):
        READ.read_table(b"a\n1\n", name="x.csv", how=files.Reading(encoding="base64"))


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_found(delimiter: str) -> None:
    other = "；，" if delimiter != "," else ";|"
    text = (
        delimiter.join(["编号", "名称", "备注"])
        + "\n"
        + delimiter.join(["1", f'"甲{delimiter}乙"', f"说{other}明"])
        + "\n"
    )
    table = READ.read_table(text.encode(), name="x.txt")
    assert table.columns == ("编号", "名称", "备注")
    assert values(table) == [("1", f"甲{delimiter}乙", f"说{other}明")]


cell = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=12), bom=st.booleans())
def test_what_is_written_as_csv_reads_back(rows: list[tuple[str, str, str]], bom: bool) -> None:
    out = io.BytesIO()
    assert READ.write_csv(out, ["甲", "乙", "丙"], rows, bom=bom) == len(rows)
    table = READ.read_table(out.getvalue(), name="x.csv", how=files.Reading(delimiter=","))
    assert table.columns == ("甲", "乙", "丙")
    assert [tuple(v.removeprefix("'") for v in row) for row in values(table)] == [
        tuple(v.removeprefix("'") for v in row) for row in rows if any(row)
    ]


def test_quoted_commas_quotes_and_line_ends_stay_as_typed() -> None:
    table = READ.read_table(b'a,b\n"x, ""y""","one\r\ntwo"\n', name="x.csv")
    assert values(table) == [('x, "y"', "one\r\ntwo")]


def test_a_row_carries_its_line_in_the_file() -> None:
    table = READ.read_table(b'a,b\n\n"1\n1",2\n,\n3,4\n', name="x.csv")
    assert [row.number for row in table.rows] == [3, 6]


def test_wrong_rows_are_told_all_at_once_with_their_lines() -> None:
    with pytest.raises(files.RowsWrong) as caught:
        READ.read_table("甲,乙\n1,2\n3\n4,5,6\n7,8,\n".encode(), name="x.csv")
    assert [field.name for field in caught.value.fields] == ["rows.3", "rows.4"]
    assert caught.value.facts["count"] == 2
    assert "有 1 个值，应为 2 个" in caught.value.fields[0].zh


def test_a_stream_leaves_out_wrong_rows_and_hands_them_over() -> None:
    bad: list[files.RowWrong] = []
    with READ.open_table(b"a,b\n1,2\n3\n5,6\n", name="x.csv", bad_row=bad.append) as stream:
        assert [row.values for row in stream.rows] == [("1", "2"), ("5", "6")]
    assert [one.facts["row"] for one in bad] == [3]
    with READ.open_table(b"a,b\n1\n", name="x.csv") as stream, pytest.raises(files.RowRagged):
        list(stream.rows)


REFUSED = [
    (b"", "x.csv", files.FileEmpty),
    (b" \n\n", "x.csv", files.FileEmpty),
    (codecs.BOM_UTF8, "x.csv", files.FileEmpty),
    (b",,\n1,2,3\n", "x.csv", files.HeaderBlank),
    (b"a,,c\n1,2,3\n", "x.csv", files.HeaderBlank),
    (b"a,b,a\n1,2,3\n", "x.csv", files.HeaderDuplicate),
    (b"a, a \n1,2\n", "x.csv", files.HeaderDuplicate),
    (b'a,b\n"1,2\n3,4\n', "x.csv", files.TextMalformed),
    (b'a,b\n"1"x,2\n', "x.csv", files.TextMalformed),
    (b"a,b\n1\x00,2\n", "x.csv", files.FormatRefused),
    (b"%PDF-1.7 ...", "x.csv", files.FormatRefused),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "x.xlsx", files.FormatRefused),
    (b"PK\x03\x04....", "x.csv", files.FormatRefused),
    (b"PK\x03\x04....", "x.xlsx", files.FormatRefused),
    (b"a,b\n1,2\n", "x.xlsx", files.FormatRefused),
    (b"<html><table></table></html>", "x.xlsx", files.FormatRefused),
    (b"<table><tr></tr></table>", "x.csv", files.FormatRefused),
    (b"a\n1\n", "x.docx", files.FormatUnknown),
    (b"a\n1\n", "x", files.FormatUnknown),
    (b"{", "x.json", files.TextMalformed),
    (b"[]", "x.json", files.FileEmpty),
    (b"3", "x.json", files.RowsNotFound),
    (b'{"a":[{}],"b":[{}]}', "x.json", files.RowsNotFound),
    (b'[{"a":1,"a":2}]', "x.json", files.TextMalformed),
    (b'[{"a":NaN}]', "x.json", files.TextMalformed),
    (b"[" * 100_000, "x.json", files.TextMalformed),
    (b'{"a":1}\n{"a":\n', "x.jsonl", files.TextMalformed),
    (b"<a><b></a>", "x.xml", files.TextMalformed),
    (b"<a/>", "x.xml", files.RowsNotFound),
    (b"not xml", "x.xml", files.TextMalformed),
]


@pytest.mark.parametrize(("data", "name", "wrong"), REFUSED)
def test_what_cannot_be_read_is_told_in_both_languages(data: bytes, name: str, wrong: type[files.FileWrong]) -> None:
    with pytest.raises(wrong) as caught:
        READ.read_table(data, name=name)
    assert "{" not in caught.value.say("zh") + caught.value.say("en")
    assert caught.value.status == 422


def test_an_unclosed_quote_names_the_line_where_it_opens() -> None:
    with pytest.raises(files.TextMalformed, match="第 3 行起的引号没有合上"):
        READ.read_table(b'a,b\n1,2\n"3,4\n5,6\n7,8\n', name="x.csv")


@pytest.mark.parametrize(
    ("limits", "data", "name", "wrong"),
    [
        ({"max_bytes": 10}, b"a,b\n1,2\n3,4\n", "x.csv", files.FileTooLarge),
        ({"max_rows": 2}, b"a\n1\n2\n3\n", "x.csv", files.TooManyRows),
        ({"max_columns": 2}, b"a,b,c\n", "x.csv", files.TooManyColumns),
        ({"max_cell_chars": 3}, b"a\nabcd\n", "x.csv", files.RowsWrong),
        ({"max_whole_bytes": 5}, b'[{"a": 1}]', "x.json", files.FileTooLarge),
        ({"max_columns": 2, "max_cell_chars": 10}, b"a\n" + b"x" * 50, "x.csv", files.TextMalformed),
    ],
)
def test_a_limit_passed_is_refused(
    limits: dict[str, int], data: bytes, name: str, wrong: type[files.FileWrong], tmp_path: Path
) -> None:
    reader = local.open_local(files.FilesSettings(**limits))
    with pytest.raises(wrong):
        reader.read_table(data, name=name)
    (tmp_path / "sent").write_bytes(data)
    with pytest.raises(wrong):
        reader.read_table(tmp_path / "sent", name=name)


def test_json_keeps_digits_and_nested_text() -> None:
    rows = '[{"号":110101199003070012345,"额":1.10,"真":true,"无":null,"址":{"市":"云溪","n":1.50}},{"号":"2","新":[1,"二"]}]'
    table = READ.read_table(rows.encode(), name="x.json")
    assert table.columns == ("号", "额", "真", "无", "址", "新")
    assert values(table) == [
        ("110101199003070012345", "1.10", "true", "", '{"市": "云溪", "n": 1.50}', ""),
        ("2", "", "", "", "", '[1, "二"]'),
    ]


def test_json_rows_are_found_in_the_only_list_or_by_path() -> None:
    data = json.dumps({"code": 0, "data": {"items": [{"a": "1"}]}}).encode()
    assert values(READ.read_table(data, name="x.json", how=files.Reading(row_path="data.items"))) == [("1",)]
    assert values(READ.read_table(b'{"n": 1, "rows": [{"a": "1"}]}', name="x.json")) == [("1",)]


def test_a_deeply_nested_value_is_a_wrong_row_or_file_and_no_crash() -> None:
    for depth in (300, 500, 900, 990, 5000):
        data = b'{"a":' + b"[" * depth + b"]" * depth + b"}\n"
        with contextlib.suppress(files.RowsWrong, files.TextMalformed):
            assert READ.read_table(data, name="x.jsonl").rows[0].values == ("[" * depth + "]" * depth,)


def test_json_lines_stream_and_name_the_strange_row() -> None:
    lines = [json.dumps({"a": number}) for number in range(1500)] + ['{"b": 1}', "[1]"]
    bad: list[files.RowWrong] = []
    data = "\n".join(lines).encode()
    with READ.open_table(data, name="x.jsonl", bad_row=bad.append) as stream:
        assert sum(1 for _ in stream.rows) == 1500
    assert [(type(one), one.facts["row"]) for one in bad] == [(files.RowStrange, 1501), (files.RowMalformed, 1502)]


XML = """<?xml version="1.0" encoding="{0}"?>
<名单 xmlns="urn:x"><人 id="1"><姓名>李明</姓名><址><市>云溪</市></址></人>
<人 id="2"><姓名><![CDATA[王<芳]]></姓名></人></名单>"""


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
def test_xml_rows_come_by_path(encoding: str) -> None:
    data = XML.format(encoding).encode(encoding)
    for how in (files.FOUND, files.Reading(row_path="/名单/人")):
        table = READ.read_table(data, name="x.xml", how=how)
        assert table.columns == ("@id", "姓名", "址/市")
        assert values(table) == [("1", "李明", "云溪"), ("2", "王<芳", "")]
        assert table.encoding == encoding.lower()
    with pytest.raises(files.RowsNotFound):
        READ.read_table(data, name="x.xml", how=files.Reading(row_path="/名单/单位"))


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">]>',
    ],
)
def test_xml_with_a_document_type_is_refused(declared: str) -> None:
    with pytest.raises(files.TextMalformed, match="DOCTYPE"):
        READ.read_table(f"<?xml version='1.0'?>{declared}<a><b><c>&x;</c></b></a>".encode(), name="x.xml")


def test_a_large_xml_streams_in_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "x.xml"
    with path.open("w") as file:
        file.write("<a>")
        for number in range(60_000):
            file.write(f"<b><c>{number}</c><d>{'x' * 50}</d></b>")
        file.write("</a>")
    tracemalloc.start()
    with READ.open_table(path, name="x.xml") as stream:
        assert sum(1 for _ in stream.rows) == 60_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_large_csv_streams_in_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "x.csv"
    with path.open("w", encoding="gb18030") as file:
        file.write("编号,名称\n")
        file.writelines(f"{number},云溪市第{number}号\n" for number in range(200_000))
    tracemalloc.start()
    with READ.open_table(path, name="x.csv") as stream:
        assert stream.encoding == "gb18030"
        assert sum(1 for _ in stream.rows) == 200_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


@given(data=st.binary(max_size=400), ending=st.sampled_from([".csv", ".json", ".jsonl", ".xml", ".xlsx"]))
def test_any_bytes_are_read_or_refused_and_never_crash(data: bytes, ending: str) -> None:
    with contextlib.suppress(files.FileWrong):
        assert READ.read_table(data, name="x" + ending).columns


@given(
    text=st.text("{}[]\",:\n a1<>/=;|\t'\\&", max_size=80), ending=st.sampled_from([".csv", ".json", ".jsonl", ".xml"])
)
def test_any_text_is_read_or_refused_and_never_crashes(text: str, ending: str) -> None:
    with contextlib.suppress(files.FileWrong):
        assert READ.read_table(text.encode(), name="x" + ending).columns
