"""Rows as Arrow columns of text: CSV by blocks, other formats by their rows.

A block of whole lines is given to Arrow's parser where it can only be read one way (`clear`). Any other block is read by rows,
strictly, with each line's number.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from zhengtong.engines import files
from zhengtong.engines.files.local import clear, delimited, shape, source

BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines in UTF-8, and the byte of the file where they end (0: not known)."""

    text: bytes
    end: int


@contextmanager
def of_text(given: source.Given, chunk_rows: int, after: files.Place | None = None) -> Iterator[files.Columns]:
    """The columns of a delimited text."""
    encoding, doubts = source.encoding_of(given)
    with source.opened_text(given, encoding) as text:
        delimiter = delimited.delimiter_in(given, text)
        blocks = _blocks(text, encoding)
        columns, begins, skipped = _header(given, blocks, delimiter)
        known = after if after and after.size == given.size and _has_places(encoding) else None
        if known:
            rest, begins = _blocks(text, encoding, known.byte), None
        else:
            rest = blocks
        reading = _Reading(given, columns, delimiter, known or files.Place(0, skipped, 0, 0, given.size))
        batches = _sized(reading.batches(_after(begins, rest)), chunk_rows, known.rows if known else 0)
        told = encoding.removesuffix("-sig")
        yield files.Columns(columns, told, doubts, batches, known.rows if known else 0, reading.place_of)


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

    def __init__(self, given: source.Given, columns: tuple[str, ...], delimiter: str, begin: files.Place) -> None:
        self._given, self._columns, self._delimiter = given, columns, delimiter
        self._rows, self._line, self._told = begin.rows, begin.line, begin.told
        self._places = [begin] if begin.byte else []
        self._longest = 4 * BLOCK_BYTES + given.limits.max_columns * given.limits.max_cell_chars

    def batches(self, blocks: Iterator[_Block]) -> Iterator[Any]:
        """Each block's rows with their lines. A block that ends within quotes is read together with the next one."""
        held = next(blocks, None)
        while held:
            more = next(blocks, None)
            found = self._read(held.text, self._line, is_last=not more or len(held.text) > self._longest)
            if found is None:
                held = _Block(held.text + more.text, more.end) if more else held
                continue
            self._line += _line_ends(held.text)
            self._rows += found.num_rows
            if self._rows > self._given.limits.max_rows:
                raise files.TooManyRows(name=self._given.name, limit=self._given.limits.max_rows)
            if held.end:
                self._places.append(files.Place(self._rows, self._line, held.end, 0, self._given.size))
            held = more
            if found.num_rows:
                yield found

    def place_of(self, row: int) -> files.Place | None:
        """The last place at or before that many rows; those before it are forgotten. None before the first row."""
        while len(self._places) > 1 and self._places[1].rows <= row:
            self._places.pop(0)
        found = self._places[0] if self._places and 0 < self._places[0].rows <= row else None
        return replace(found, told=max(self._line, self._told)) if found else None

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
            if int(one.facts["row"]) > self._told:
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


def _header(
    given: source.Given, blocks: Iterator[_Block], delimiter: str
) -> tuple[tuple[str, ...], _Block | None, int]:
    """The column names, what was read of the first block after them, and how many lines lie before it."""
    start, end = b"", 0
    while (start.count(b'"') % 2 or not start.strip()) and (more := next(blocks, None)):
        start, end = start + more.text, more.end
    lines = io.StringIO(start.decode(), newline="")
    names = next((values for _, values in delimited.rows_in(given, lines, delimiter) if values), [])
    columns = shape.columns_of(given, names)
    rest = lines.read().encode()
    return columns, _Block(rest, end) if rest else None, _line_ends(start[: len(start) - len(rest)])


def _after(first: _Block | None, blocks: Iterator[_Block]) -> Iterator[_Block]:
    if first:
        yield first
    yield from blocks


def _has_places(encoding: str) -> bool:
    """True where lines can be told apart by bytes: in all encodings but those of two bytes a character."""
    return not encoding.startswith("utf-16")


def _blocks(text: io.TextIOWrapper, encoding: str, byte: int = 0) -> Iterator[_Block]:
    """The text in blocks of whole lines, from a byte on: they end with LF, or with CR where there is no LF."""
    if not _has_places(encoding):
        pieces = (chars.encode() for chars in iter(lambda: text.read(BLOCK_BYTES), ""))
        yield from (_Block(lines, 0) for lines in _whole_lines(pieces))
        return
    raw: Any = text.buffer
    end = byte or (len(source.UTF8_MARK) if encoding == "utf-8-sig" else 0)
    raw.seek(end)
    for lines in _whole_lines(iter(lambda: raw.read(BLOCK_BYTES), b"")):
        end += len(lines)
        yield _Block(lines if encoding.startswith("utf-8") else lines.decode(encoding).encode(), end)


def _whole_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
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


def _sized(batches: Iterator[Any], chunk_rows: int, before: int) -> Iterator[Any]:
    """The same rows in batches that end at each `chunk_rows` of the whole file's rows, and at its end; `before`: rows passed over."""
    import pyarrow as pa

    held, count, size = [], 0, chunk_rows - before % chunk_rows
    for batch in batches:
        held.append(batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch]))
        count += batch.num_rows
        while count >= size:
            table = pa.concat_tables(held)
            yield table.slice(0, size).combine_chunks().to_batches()[0]
            held, count, size = [table.slice(size)], count - size, chunk_rows
    if count:
        yield pa.concat_tables(held).combine_chunks().to_batches()[0]
