"""Rows as Arrow columns of text: CSV by blocks, other formats by their rows.

A block of whole lines is given to Arrow's parser where it can only be read one way: every quote opens, closes or is doubled, no value
spans lines, every line has as many values as there are columns. Any other block is read by rows, strictly, with each line's number.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from zhengtong.engines import files
from zhengtong.engines.files.local import delimited, shape, source

BLOCK_CHARS = 1 << 22


class _Unclear(Exception):
    """The block is to be read by rows."""


@contextmanager
def of_text(given: source.Given, chunk_rows: int) -> Iterator[files.Columns]:
    """The columns of a delimited text."""
    encoding, doubts = source.encoding_of(given)
    with source.opened_text(given, encoding) as text:
        delimiter = delimited.delimiter_in(given, text)
        columns, begins, skipped = _header(given, text, delimiter)
        rest = _Reading(given, columns, delimiter)
        blocks = _blocks(text, begins)
        told = encoding.removesuffix("-sig")
        yield files.Columns(columns, told, doubts, _sized(rest.batches(blocks, skipped), chunk_rows))


@contextmanager
def of_rows(stream: files.Stream, chunk_rows: int) -> Iterator[files.Columns]:
    """The columns of any other format, from its rows."""

    def batches() -> Iterator[Any]:
        rows: list[files.Row] = []
        for row in stream.rows:
            rows.append(row)
            if len(rows) == chunk_rows:
                yield _batch(stream.columns, rows)
                rows = []
        if rows:
            yield _batch(stream.columns, rows)

    yield files.Columns(stream.columns, stream.encoding, stream.warnings, batches())


class _Reading:
    """Where in the text we are, and how many rows there were."""

    def __init__(self, given: source.Given, columns: tuple[str, ...], delimiter: str) -> None:
        self._given, self._columns, self._delimiter = given, columns, delimiter
        between = re.escape(delimiter)
        self._quoted = re.compile(rf'"(?<=[{between}\n]")[^"\n]*+(?:""[^"\n]*+)*+"(?=[{between}\r\n]|\Z)')
        self._rows = 0
        self._longest = 4 * BLOCK_CHARS + given.limits.max_columns * given.limits.max_cell_chars

    def batches(self, blocks: Iterator[str], line: int) -> Iterator[Any]:
        """Each block's rows with their lines. A block that ends within quotes is read together with the next one."""
        held = next(blocks, "")
        while held:
            more = next(blocks, "")
            found = self._read(held, line, is_last=not more or len(held) > self._longest)
            if found is None:
                held += more
                continue
            line += _line_ends(held)
            held = more
            self._rows += found.num_rows
            if self._rows > self._given.limits.max_rows:
                raise files.TooManyRows(name=self._given.name, limit=self._given.limits.max_rows)
            if found.num_rows:
                yield found

    def _read(self, block: str, line: int, *, is_last: bool) -> Any:
        """The rows; None for a block that ends within quotes and is not the last one."""
        try:
            return self._by_arrow(block, line)
        except _Unclear:
            wrong: list[files.RowWrong] = []
            try:
                rows = list(self._by_rows(block, line, wrong))
            except files.TextMalformed as failure:
                if is_last or failure.facts["why"] is not delimited.UNCLOSED:
                    raise
                return None
        for one in wrong:
            shape.tell(self._given, one)
        return _batch(self._columns, rows)

    def _by_arrow(self, block: str, line: int) -> Any:
        import pyarrow as pa
        from pyarrow import csv

        quoted = '"' in block
        if block.count("\r") != block.count("\r\n") or "\n\n" in block or "\n\r" in block or block[:1] in "\r\n":
            raise _Unclear
        if quoted and '"' in self._quoted.sub("", f"\n{block}"):
            raise _Unclear
        lines = block.count("\n") + (not block.endswith("\n"))
        try:
            table = csv.read_csv(
                pa.py_buffer(block.encode()),
                read_options=csv.ReadOptions(column_names=self._columns, block_size=1 << 20),
                parse_options=csv.ParseOptions(delimiter=self._delimiter, quote_char='"' if quoted else False),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(self._columns, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            raise _Unclear from None
        if table.num_rows != lines or _too_long(table, self._given.limits.max_cell_chars):
            raise _Unclear
        starts = (self._delimiter, '""')
        if (block.startswith(starts) or any(f"\n{start}" in block for start in starts)) and _blank(table):
            raise _Unclear
        numbers = pa.array(range(line + 1, line + 1 + lines), pa.int64())
        return table.append_column(files.LINE, numbers)

    def _by_rows(self, block: str, line: int, wrong: list[files.RowWrong]) -> Iterator[files.Row]:
        given = replace(self._given, bad_row=wrong.append)
        raw = delimited.rows_in(given, io.StringIO(block, newline=""), self._delimiter, before=line)
        return shape.rows_of(given, self._columns, raw)


def _header(given: source.Given, text: io.TextIOWrapper, delimiter: str) -> tuple[tuple[str, ...], str, int]:
    """The column names, what was read of the first block after them, and how many lines lie before it."""
    start = _block(text)
    while (start.count('"') % 2 or not start.strip()) and (more := _block(text)):
        start += more
    lines = io.StringIO(start, newline="")
    names = next((values for _, values in delimited.rows_in(given, lines, delimiter) if values), [])
    columns = shape.columns_of(given, names)
    rest = lines.read()
    return columns, rest, _line_ends(start[: len(start) - len(rest)])


def _blocks(text: io.TextIOWrapper, first: str) -> Iterator[str]:
    """The text in blocks of whole lines."""
    if first:
        yield first
    while block := _block(text):
        yield block


def _block(text: io.TextIOWrapper) -> str:
    block = text.read(BLOCK_CHARS)
    return block + text.readline() if block else ""


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _too_long(table: Any, most: int) -> bool:
    """True when a value has more characters; bytes are counted first, since that costs nothing."""
    import pyarrow.compute as compute

    bytes_ = max((compute.max(compute.binary_length(one)).as_py() or 0 for one in table.columns), default=0)
    if bytes_ <= most:
        return False
    return max((compute.max(compute.utf8_length(one)).as_py() or 0 for one in table.columns), default=0) > most


def _blank(table: Any) -> bool:
    """True when a line has no value at all: such lines are no rows."""
    import pyarrow.compute as compute

    blank = None
    for column in table.columns:
        empty = compute.equal(column, "")
        blank = empty if blank is None else compute.and_(blank, empty)
    return blank is not None and bool(compute.any(blank).as_py())


def _batch(columns: tuple[str, ...], rows: Sequence[files.Row]) -> Any:
    import pyarrow as pa

    values = [pa.array([row.values[at] for row in rows], pa.string()) for at in range(len(columns))]
    return pa.record_batch([*values, pa.array([row.number for row in rows], pa.int64())], [*columns, files.LINE])


def _sized(batches: Iterator[Any], chunk_rows: int) -> Iterator[Any]:
    """The same rows in batches of exactly `chunk_rows`, the last one smaller."""
    import pyarrow as pa

    held, count = [], 0
    for batch in batches:
        held.append(batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch]))
        count += batch.num_rows
        while count >= chunk_rows:
            table = pa.concat_tables(held)
            yield table.slice(0, chunk_rows).combine_chunks().to_batches()[0]
            held, count = [table.slice(chunk_rows)], count - chunk_rows
    if count:
        yield pa.concat_tables(held).combine_chunks().to_batches()[0]
