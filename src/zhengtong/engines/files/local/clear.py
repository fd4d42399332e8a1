"""Blocks of delimited lines that can only be read one way, given to Arrow's parser whole.

Every quote opens, closes or is doubled, no value spans lines, every line has as many values as there are columns, none is blank, no
value is too long. Where any of this is not so, the block is unclear, and somebody else reads it row by row.
"""

from typing import Any

ARROW_BLOCK = 1 << 20
LF, CR, QUOTE = b"\n", b"\r", b'"'


class Unclear(Exception):
    """The block is to be read by rows."""


def rows_of(block: bytes, columns: tuple[str, ...], delimiter: str, *, longest: int) -> Any:
    """The rows of a block of whole lines (UTF-8), a row a line; `longest`: characters a value may have. Raises Unclear.

    >>> rows_of(b'1,"two"\\n3,4\\n', ("a", "b"), ",", longest=9).to_pydict()
    {'a': ['1', '3'], 'b': ['two', '4']}
    """
    import pyarrow as pa
    from pyarrow import csv

    if not delimiter.isascii() or (CR in block and block.count(CR) != block.count(b"\r\n")):
        raise Unclear
    quoted = QUOTE in block
    if quoted and not _quotes_are_plain(block, delimiter):
        raise Unclear
    lines = block.count(LF) + (not block.endswith(LF))
    try:
        table = csv.read_csv(
            pa.py_buffer(block),
            read_options=csv.ReadOptions(column_names=columns, block_size=ARROW_BLOCK),
            parse_options=csv.ParseOptions(delimiter=delimiter, quote_char='"' if quoted else False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        raise Unclear from None
    if table.num_rows != lines or _too_long(table, longest) or _blank(table):
        raise Unclear
    return table


def _quotes_are_plain(block: bytes, delimiter: str) -> bool:
    """True when each quote opens at a value's start, closes at its end, or is doubled within; and no line ends between them."""
    import numpy

    letters = numpy.frombuffer(block, numpy.uint8)
    quotes = numpy.flatnonzero(letters == ord(QUOTE))
    if len(quotes) % 2:
        return False
    opens, closes = quotes[::2], quotes[1::2]
    doubled = closes[:-1] + 1 == opens[1:]
    before = letters[opens - 1]
    starts = (opens == 0) | (before == ord(delimiter)) | (before == ord(LF))
    starts[1:] |= doubled
    after = letters[numpy.minimum(closes + 1, len(letters) - 1)]
    ends = (closes == len(letters) - 1) | (after == ord(delimiter)) | (after == ord(LF)) | (after == ord(CR))
    ends[:-1] |= doubled
    if not (starts.all() and ends.all()):
        return False
    line_ends = numpy.flatnonzero(letters == ord(LF))
    return not bool((numpy.searchsorted(quotes, line_ends) % 2).any())


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
        empty = compute.equal(compute.binary_length(column), 0)
        blank = empty if blank is None else compute.and_(blank, empty)
        if not compute.any(blank).as_py():
            return False
    return blank is not None
