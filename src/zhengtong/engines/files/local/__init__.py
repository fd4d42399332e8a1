"""Files read and written on this machine: a format a file, one shape of rows."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zhengtong.engines import files
from zhengtong.engines.files.local import columns, delimited, markup, records, source, workbook, writing
from zhengtong.kernel import errors

_SHOWN = 50
_READERS = {
    ".csv": delimited.opened,
    ".tsv": delimited.opened,
    ".txt": delimited.opened,
    ".xlsx": workbook.opened,
    ".json": records.opened_whole,
    ".jsonl": records.opened_lines,
    ".ndjson": records.opened_lines,
    ".xml": markup.opened,
}


class LocalFiles:
    """The Files port."""

    def __init__(self, limits: files.FilesSettings) -> None:
        self._limits = limits

    def read_table(self, source: Path | bytes, *, name: str, how: files.Reading = files.FOUND) -> files.Table:
        bad: list[files.RowWrong] = []
        with self.open_table(source, name=name, how=how, bad_row=bad.append) as stream:
            rows = tuple(stream.rows)
        if bad:
            fields = [errors.Field(f"rows.{one.facts['row']}", one.say("zh"), one.say("en")) for one in bad[:_SHOWN]]
            raise files.RowsWrong(name=name, count=len(bad), fields=fields)
        return files.Table(stream.columns, rows, stream.encoding, stream.warnings)

    @contextmanager
    def open_table(
        self,
        source: Path | bytes,
        *,
        name: str,
        how: files.Reading = files.FOUND,
        bad_row: files.BadRow | None = None,
    ) -> Iterator[files.Stream]:
        given = _given(source, name, how, self._limits, bad_row)
        with _READERS[given.ending](given) as stream:
            yield stream

    @contextmanager
    def open_columns(
        self,
        source: Path | bytes,
        *,
        name: str,
        how: files.Reading = files.FOUND,
        bad_row: files.BadRow | None = None,
        chunk_rows: int = files.CHUNK_ROWS,
        after: files.Place | None = None,
    ) -> Iterator[files.Columns]:
        given = _given(source, name, how, self._limits, bad_row)
        if _READERS[given.ending] is delimited.opened:
            with columns.of_text(given, chunk_rows, after) as found:
                yield _checked(given, found)
            return
        with _READERS[given.ending](given) as stream, columns.of_rows(stream, chunk_rows) as found:
            yield _checked(given, found)

    def write_csv(
        self, out: BinaryIO, columns: Iterable[str], rows: Iterable[Iterable[object]], *, bom: bool = True
    ) -> int:
        return writing.write_csv(out, columns, rows, bom=bom)

    def write_xlsx(
        self, out: BinaryIO, columns: Iterable[str], rows: Iterable[Iterable[object]], *, sheet: str = "Sheet1"
    ) -> int:
        return writing.write_xlsx(out, columns, rows, sheet=sheet)


def open_local(limits: files.FilesSettings) -> LocalFiles:
    """This will open the adapter; the heavy libraries are imported with the first file that needs them."""
    return LocalFiles(limits)


def _checked(given: source.Given, found: files.Columns) -> files.Columns:
    if files.LINE in found.columns:
        raise files.HeaderReserved(name=given.name, column=files.LINE)
    return found


def _given(
    data: Path | bytes,
    name: str,
    how: files.Reading,
    limits: files.FilesSettings,
    bad_row: files.BadRow | None,
) -> source.Given:
    given = source.Given(data, name, how, limits, bad_row)
    source.check(given, set(_READERS))
    return given
