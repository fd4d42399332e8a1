"""Tables written for people: no value runs as a formula, long numbers keep their digits."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_PLAIN_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)*%?$")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_csv(out: BinaryIO, columns: Iterable[str], rows: Iterable[Iterable[object]], *, bom: bool) -> int:
    text = io.TextIOWrapper(out, encoding="utf-8-sig" if bom else "utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(guarded(name) for name in columns)
    count = 0
    for row in rows:
        writer.writerow([guarded(as_text(value)) for value in row])
        count += 1
    text.flush()
    text.detach()
    return count


def write_xlsx(out: BinaryIO, columns: Iterable[str], rows: Iterable[Iterable[object]], *, sheet: str) -> int:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", sheet)[:31] or "Sheet1")
    page.freeze_panes = "A2"

    def cell(value: object) -> object:
        if isinstance(value, bool) or value is None:
            return as_text(value)
        if isinstance(value, int | float | Decimal) and len(str(value).lstrip("-")) <= 15:
            return value
        if isinstance(value, date | time) and getattr(value, "tzinfo", None) is None:
            return value
        written = WriteOnlyCell(page, "")
        written.value = _UNPRINTABLE.sub("", as_text(value))
        written.data_type = "s"
        return written

    page.append([cell(name) for name in columns])
    count = 0
    for row in rows:
        page.append([cell(value) for value in row])
        count += 1
    book.save(out)
    return count


def guarded(text: str) -> str:
    """A leading ' before what a spreadsheet would run; plain numbers stay as they are.

    >>> guarded("=1+1"), guarded("-5.20"), guarded("-2+3")
    ("'=1+1", '-5.20', "'-2+3")
    """
    return "'" + text if text.startswith(_STARTS) and not _PLAIN_NUMBER.match(text) else text


def as_text(value: object) -> str:
    """None as "", truth as true/false, times in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(" ", timespec="seconds")
    return str(value)
