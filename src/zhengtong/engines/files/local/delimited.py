"""CSV and its kin: the delimiter is found, quotes are read strictly, lines keep their numbers."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import mode
from typing import TextIO

from zhengtong.engines import files
from zhengtong.engines.files.local import shape, source
from zhengtong.kernel import errors

DELIMITERS = ",\t;|"
_SAMPLE_LINES, _SAMPLE_CHARS = 50, 100_000
UNCLOSED = errors.Words("起的引号没有合上", "the quote opened here is never closed")
_WHY = (
    ("unexpected end", UNCLOSED),
    (
        "expected after",
        errors.Words("的引号之后还有文字；引号应写成两个", "text follows a closing quote; double the quote"),
    ),
    (
        "field limit",
        errors.Words("有过长的值，多半是引号没有合上", "a value is too long; most often an unclosed quote"),
    ),
)
_OTHER = errors.Words("无法按 CSV 读取", "cannot be read as CSV")
_LONG = errors.Words("太长，不像表格", "the line is too long for a table")


@contextmanager
def opened(given: source.Given) -> Iterator[files.Stream]:
    """The stream of a delimited text."""
    encoding, doubts = source.encoding_of(given)
    with source.opened_text(given, encoding) as text:
        delimiter = delimiter_in(given, text)
        raw = rows_in(given, text, delimiter)
        header = next((values for _, values in raw if values), [])
        columns = shape.columns_of(given, header)
        yield files.Stream(columns, encoding.removesuffix("-sig"), doubts, shape.rows_of(given, columns, raw))


def delimiter_in(given: source.Given, text: io.TextIOWrapper) -> str:
    """The delimiter as named, or by the ending, or found in the first lines; the text is back at its start."""
    found = given.how.delimiter[:1] or ("\t" if given.ending == ".tsv" else delimiter_of(_sample(text)))
    text.seek(0)
    return found


def delimiter_of(sample: Sequence[str]) -> str:
    """The delimiter by which most lines have equally many values, and the most of them; a comma when none parts them.

    >>> delimiter_of(["姓名;备注", "甲;一,二,三", "乙;四"])
    ';'
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            continue
        width = mode(widths) if widths else 0
        alike = sum(one == width for one in widths) / max(len(widths), 1)
        header_fits = bool(widths) and widths[0] == width
        score = alike * (2 if header_fits else 1) + min(width, 100) / 1000 if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _sample(text: io.TextIOWrapper) -> list[str]:
    lines = io.StringIO(text.read(_SAMPLE_CHARS), newline="").readlines()
    whole = lines[:-1] if len(lines) > 1 else lines
    return whole[:_SAMPLE_LINES]


def rows_in(given: source.Given, text: TextIO, delimiter: str, *, before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Each row of values with its line in the file; `before`: the lines before this text. Raises TextMalformed."""
    reader = csv.reader(_lines(given, text, before), delimiter=delimiter, strict=True)
    while True:
        number = before + reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            why = next((words for part, words in _WHY if part in str(wrong)), _OTHER)
            raise files.TextMalformed(name=given.name, row=number, why=why) from None
        yield number, values


def _lines(given: source.Given, text: TextIO, number: int) -> Iterator[str]:
    """Line by line, none longer than a full row may be."""
    most = min(given.limits.max_columns * given.limits.max_cell_chars, given.limits.max_bytes)
    while line := text.readline(most + 1):
        number += 1
        if len(line) > most:
            raise files.TextMalformed(name=given.name, row=number, why=_LONG)
        yield line
