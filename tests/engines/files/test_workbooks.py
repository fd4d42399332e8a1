"""xlsx: read as text, written as text, and never unpacked past its limits."""

import contextlib
import datetime
import io
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from zhengtong.engines import files
from zhengtong.engines.files import local

MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 — a sheet's times have no zone
READ = local.open_local(files.FilesSettings())


def book(*rows: list[Any], sheets: tuple[str, ...] = ("表一",), at: int = 1) -> bytes:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = sheets[0]
    for number, row in enumerate(rows, at):
        for column, value in enumerate(row, 1):
            made.active.cell(number, column, value)
    for name in sheets[1:]:
        made.create_sheet(name).append([name])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def values(table: files.Table) -> list[tuple[str, ...]]:
    return [row.values for row in table.rows]


def test_values_of_every_kind_become_text() -> None:
    data = book(
        ["名称", "数", "日期", "时刻", "真", "号"],
        ["甲", 1, datetime.date(2024, 1, 2), MOMENT, True, "110101199003070012"],
        ["乙", 1.5, None, datetime.time(3, 4), False, "001"],
    )
    table = READ.read_table(data, name="x.xlsx")
    assert values(table) == [
        ("甲", "1", "2024-01-02", "2024-01-02 03:04:05", "true", "110101199003070012"),
        ("乙", "1.5", "", "03:04:00", "false", "001"),
    ]
    assert table.warnings == ()


@pytest.mark.parametrize("at", [1, 4])
def test_a_row_carries_its_number_in_the_sheet(at: int) -> None:
    table = READ.read_table(book(["a", "b"], ["1", "2"], [None, None], ["3", "4"], at=at), name="x.xlsx")
    assert [row.number for row in table.rows] == [at + 1, at + 3]


def test_a_sheet_is_chosen_by_name() -> None:
    data = book(["a"], ["1"], sheets=("一", "二"))
    assert READ.read_table(data, name="x.xlsx", how=files.Reading(sheet="二")).columns == ("二",)
    with pytest.raises(files.SheetNotFound, match="一、二"):
        READ.read_table(data, name="x.xlsx", how=files.Reading(sheet="三"))


def test_an_empty_sheet_is_told_as_empty() -> None:
    with pytest.raises(files.FileEmpty):
        READ.read_table(book(), name="x.xlsx")


def test_a_number_that_excel_rounded_is_warned_of() -> None:
    table = READ.read_table(book(["证件号"], [110101199003070000]), name="x.xlsx")
    assert "证件号" in table.warnings[0].zh


def test_error_values_read_as_empty_are_warned_of() -> None:
    table = READ.read_table(book(["甲", "乙"], ["1", "#DIV/0!"]), name="x.xlsx")
    assert values(table) == [("1", "")]
    assert "#DIV/0!" in table.warnings[0].en


def test_one_far_off_cell_is_refused_before_it_costs_memory() -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active["A1"] = "a"
    made.active["XFD1048576"] = "far"
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(files.TooManyCells) as caught:
        READ.read_table(out.getvalue(), name="x.xlsx")
    assert caught.value.facts["found"] == 16384 * 1048576


def rewritten(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
NEAR = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
FAR = {
    "placed": NEAR + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "row placed, cells counted": "<row>" + "<c><v>1</v></c>" * 16384 + '</row><row r="1048576"><c><v>1</v></c></row>',
    "no space": NEAR + '<row><c s="0"r="XFD1048576"><v>1</v></c></row>',
    "odd spaces and zeros": NEAR + "<row\n r = '0001048576'><c\tr\n=\t'xfd1048576'><v>1</v></c></row>",
    "prefixed": '<x:row xmlns:x="u" r="1"/>' + NEAR + '<row><c r="XFD1048576"><v>1</v></c></row>',
}


@pytest.mark.parametrize("how", FAR)
def test_a_far_off_cell_is_seen_however_it_is_written(how: str) -> None:
    data = rewritten(book(["a"], ["1"]), "xl/worksheets/sheet1.xml", SHEET.format(FAR[how]).encode())
    with pytest.raises(files.TooManyCells):
        READ.read_table(data, name="x.xlsx")


@pytest.mark.parametrize("place", ["elsewhere/notes.xml", "media/image1.png"])
def test_a_far_off_cell_is_seen_in_a_sheet_of_another_place(place: str) -> None:
    made = rewritten(book(["a"], ["1"]), "xl/worksheets/sheet1.xml", SHEET.format(FAR["placed"]).encode())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part).replace(b"worksheets/sheet1.xml", place.encode())
            new.writestr(part.replace("worksheets/sheet1.xml", place), content)
    with pytest.raises(files.TooManyCells):
        READ.read_table(out.getvalue(), name="x.xlsx")


@pytest.mark.parametrize("planted", ["content.xml", "xl/workbook.bin", "mimetype"])
def test_a_workbook_of_another_kind_inside_is_refused(planted: str) -> None:
    out = io.BytesIO(book(["a"], ["1"]))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(planted, b"x")
    with pytest.raises(files.FormatRefused):
        READ.read_table(out.getvalue(), name="x.xlsx")


def test_a_workbook_is_read_from_a_path_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "upload-7").write_bytes(book(["a"], ["1"]))
    assert values(READ.read_table(tmp_path / "upload-7", name="名单.XLSX")) == [("1",)]


def test_a_sheet_in_utf16_is_refused_or_small() -> None:
    """The tags of such a sheet are not seen by the measuring; the reader must not take it either."""
    sheet = ('<?xml version="1.0" encoding="UTF-16"?>' + SHEET.format(NEAR)).encode("utf-16")
    with pytest.raises(files.FileWrong):
        READ.read_table(rewritten(book(["a"], ["1"]), "xl/worksheets/sheet1.xml", sheet), name="x.xlsx")


def test_a_tall_sheet_is_within_its_limits() -> None:
    rows = [[number, "x"] for number in range(20_000)]
    assert len(READ.read_table(book(["a", "b"], *rows), name="x.xlsx").rows) == 20_000


def test_a_zip_bomb_is_refused() -> None:
    reader = local.open_local(files.FilesSettings(max_unpacked_bytes=5_000_000))
    bomb = rewritten(book(["a"], ["1"]), "xl/styles.xml", b" " * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(files.UnpacksTooLarge):
        reader.read_table(bomb, name="x.xlsx")


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    reader = local.open_local(files.FilesSettings(max_unpacked_bytes=5_000_000))
    bomb = rewritten(book(["a"], ["1"]), "xl/styles.xml", b" " * 50_000_000)
    lying = bomb.replace((50_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises((files.UnpacksTooLarge, files.FormatRefused)):
        reader.read_table(lying, name="x.xlsx")


@pytest.mark.parametrize("cut", [50, 500, 2000, 4000])
def test_a_truncated_workbook_is_refused(cut: int) -> None:
    with pytest.raises(files.FormatRefused):
        READ.read_table(book(["a"], ["1"])[:cut], name="x.xlsx")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_workbook_with_a_broken_part_is_refused_or_read_and_never_crashes(part: str) -> None:
    for content in (b"", b"<", b"<a/>", b"\xff\xfe\x00"):
        with contextlib.suppress(files.FileWrong):
            assert READ.read_table(rewritten(book(["a"], ["1"]), part, content), name="x.xlsx").columns


WRITTEN: list[list[object]] = [
    ["=HYPERLINK(1)", "110101199003070012", Decimal("-5.20")],
    ["+86", "", datetime.date(2026, 1, 2)],
    ["控\x07制", None, True],
    ["@x", 12345678901234567890, 3],
]


def test_a_written_workbook_reads_back_and_runs_nothing() -> None:
    out = io.BytesIO()
    assert READ.write_xlsx(out, ["甲", "乙", "丙"], WRITTEN, sheet="名单/2026") == 4
    table = READ.read_table(out.getvalue(), name="x.xlsx")
    assert values(table) == [
        ("=HYPERLINK(1)", "110101199003070012", "-5.2"),
        ("+86", "", "2026-01-02"),
        ("控制", "", "true"),
        ("@x", "12345678901234567890", "3"),
    ]
    made = openpyxl.load_workbook(out)
    assert made.active is not None
    assert made.active.title == "名单 2026"
    assert {cell.data_type for row in made.active.iter_rows() for cell in row} <= {"s", "inlineStr", "n", "d"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("-5.20", "-5.20"),
        ("+8613800000000", "+8613800000000"),
        ("1,234.50", "1,234.50"),
        ("普通", "普通"),
        (None, ""),
        (True, "true"),
        (MOMENT, "2024-01-02 03:04:05"),
    ],
)
def test_a_csv_value_runs_as_no_formula(value: object, written: str) -> None:
    out = io.BytesIO()
    READ.write_csv(out, ["a", "b"], [[value, "x"]], bom=False)
    assert READ.read_table(out.getvalue(), name="x.csv").rows[0].values[0] == written


def test_csv_has_the_mark_that_excel_needs() -> None:
    out = io.BytesIO()
    READ.write_csv(out, ["甲"], [])
    assert out.getvalue() == "\ufeff甲\r\n".encode()
    assert not out.closed


def test_heavy_libraries_wait_for_the_file_that_needs_them() -> None:
    program = (
        "import sys; from zhengtong.engines import files; from zhengtong.engines.files import local;"
        "local.open_local(files.FilesSettings()).read_table(b'a\\n1\\n', name='x.csv');"
        "print({'polars', 'fastexcel', 'openpyxl', 'lxml', 'lxml.etree'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
