"""Rows as Arrow columns of text: CSV by blocks, other formats by their rows.

A block of whole lines is given to Arrow's parser where it can only be read one way (`clear`). Any other block is read by rows,
strictly, with each line's number.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from zhengtong.engines import files
from zhengtong.engines.files.local import clear, delimited, shape, source

BLOCK_BYTES = 1 << 22


@contextmanager
def of_text(given: source.Given, chunk_rows: int) -> Iterator[files.Columns]:
    """The columns of a delimited text."""
    encoding, doubts = source.encoding_of(given)
    with source.opened_text(given, encoding) as text:
        delimiter = delimited.delimiter_in(given, text)
        blocks = _blocks(_pieces(text, encoding))
        columns, begins, skipped = _header(given, blocks, delimiter)
        rest = _Reading(given, columns, delimiter)
        batches = rest.batches(_after(begins, blocks), skipped)
        yield files.Columns(columns, encoding.removesuffix("-sig"), doubts, _sized(batches, chunk_rows))


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
        self._rows = 0
        self._longest = 4 * BLOCK_BYTES + given.limits.max_columns * given.limits.max_cell_chars

    def batches(self, blocks: Iterator[bytes], line: int) -> Iterator[Any]:
        """Each block's rows with their lines. A block that ends within quotes is read together with the next one."""
        held = next(blocks, b"")
        while held:
            more = next(blocks, b"")
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

    def _read(self, block: bytes, line: int, *, is_last: bool) -> Any:
        """The rows; None for a block that ends within quotes and is not the last one."""
        try:
            return self._whole(block, line)
        except clear.Unclear:
            wrong: list[files.RowWrong] = []
            try:
                rows = list(self._by_rows(block.decode(), line, wrong))
            except files.TextMalformed as failure:
                if is_last or failure.facts["why"] is not delimited.UNCLOSED:
                    raise
                return None
        for one in wrong:
            shape.tell(self._given, one)
        return _batch(self._columns, rows)

    def _whole(self, block: bytes, line: int) -> Any:
        import numpy
        import pyarrow as pa

        table = clear.rows_of(block, self._columns, self._delimiter, longest=self._given.limits.max_cell_chars)
        numbers = numpy.arange(line + 1, line + 1 + table.num_rows, dtype=numpy.int64)
        return table.append_column(files.LINE, pa.array(numbers))

    def _by_rows(self, block: str, line: int, wrong: list[files.RowWrong]) -> Iterator[files.Row]:
        given = replace(self._given, bad_row=wrong.append)
        raw = delimited.rows_in(given, io.StringIO(block, newline=""), self._delimiter, before=line)
        return shape.rows_of(given, self._columns, raw)


def _header(given: source.Given, blocks: Iterator[bytes], delimiter: str) -> tuple[tuple[str, ...], bytes, int]:
    """The column names, what was read of the first block after them, and how many lines lie before it."""
    start = next(blocks, b"")
    while (start.count(b'"') % 2 or not start.strip()) and (more := next(blocks, b"")):
        start += more
    lines = io.StringIO(start.decode(), newline="")
    names = next((values for _, values in delimited.rows_in(given, lines, delimiter) if values), [])
    columns = shape.columns_of(given, names)
    rest = lines.read().encode()
    return columns, rest, _line_ends(start[: len(start) - len(rest)])


def _after(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from blocks


def _pieces(text: io.TextIOWrapper, encoding: str) -> Iterator[bytes]:
    """The text in UTF-8, cut anywhere; what is UTF-8 already, as it is."""
    if not encoding.startswith("utf-8"):
        while chars := text.read(BLOCK_BYTES):
            yield chars.encode()
        return
    raw: Any = text.buffer
    raw.seek(len(source.UTF8_MARK) if encoding == "utf-8-sig" else 0)
    while piece := raw.read(BLOCK_BYTES):
        yield piece


def _blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The text in blocks of whole lines: they end with LF, or with CR where there is no LF."""
    held: list[bytes] = []
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1 or piece.rfind(b"\r", 0, len(piece) - 1) + 1
        if not cut:
            held.append(piece)
            continue
        yield b"".join([*held, piece[:cut]])
        held = [piece[cut:]] if cut < len(piece) else []
    if held:
        yield b"".join(held)


def _line_ends(text: bytes) -> int:
    return text.count(b"\n") + (text.count(b"\r") - text.count(b"\r\n") if b"\r" in text else 0)


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
