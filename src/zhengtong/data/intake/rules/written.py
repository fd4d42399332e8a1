"""How a column of text is written: which values are numbers, how many digits they have, how long texts are. On whole Arrow columns,
tested equal to the standards' own expressions. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER_FORM = r"^[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?\z"
MOST_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Numbers:
    """By row, as numpy arrays: whether it is a number, its characters, and where its point stands (-1: it has none)."""

    text: "pa.Array"
    right: Any
    length: Any
    point: Any

    def with_more_digits(self, most: int) -> Any:
        """The rows of numbers with more digits, leading zeros not counted.

        >>> import pyarrow as pa
        >>> numbers(pa.array(["0012.5", "1234", "12", "x"])).with_more_digits(3).tolist()
        [1]
        """
        import numpy
        import pyarrow as pa
        import pyarrow.compute as pc

        long = numpy.flatnonzero(self.right & (self.length > most))
        bare = pc.replace_substring_regex(self.text.take(pa.array(long)), "^[+-]?0*", "")
        counted = pc.binary_length(bare).to_numpy(zero_copy_only=False) - (self.point[long] >= 0)
        return long[counted > most]

    def with_more_decimals(self, most: int) -> Any:
        """The rows of numbers with more digits after the point."""
        import numpy

        return numpy.flatnonzero(self.right & (self.point >= 0) & (self.length - self.point - 1 > most))


def numbers(text: "pa.Array") -> Numbers:
    """What the column's values are as numbers.

    >>> import pyarrow as pa
    >>> numbers(pa.array(["12.5", "+1", "1.", None, "1e5"])).right.tolist()
    [True, True, False, False, False]
    """
    import numpy
    import pyarrow as pa
    import pyarrow.compute as pc

    there = pc.is_valid(text).to_numpy(zero_copy_only=False)
    starts, ends, letters = _letters(text)
    length = ends - starts
    strange = numpy.flatnonzero(letters - numpy.uint8(ord("0")) > 9)
    rows = numpy.searchsorted(ends, strange, side="right")
    is_point = letters[strange] == ord(".")
    pointed = rows[is_point]
    point = numpy.full(len(text), -1, numpy.int32)
    point[pointed] = strange[is_point] - starts[pointed]
    doubtful = (length == 0) | (length > MOST_DIGITS) | (point == 0) | ((point > 0) & (point > length - 2))
    doubtful[rows[~is_point]] = True
    doubtful[pointed[1:][pointed[1:] == pointed[:-1]]] = True
    right = there & ~doubtful
    looked = numpy.flatnonzero(there & doubtful)
    if len(looked):
        found = pc.match_substring_regex(text.take(pa.array(looked)), NUMBER_FORM)
        right[looked] = found.to_numpy(zero_copy_only=False)
    return Numbers(text, right, length, point)


def longer(text: "pa.Array", most: int) -> Any:
    """The rows of more characters.

    >>> import pyarrow as pa
    >>> longer(pa.array(["何记豆花店", "何记", None]), 3).tolist()
    [0]
    """
    import numpy
    import pyarrow as pa
    import pyarrow.compute as pc

    starts, ends, _ = _letters(text)
    there = pc.is_valid(text).to_numpy(zero_copy_only=False)
    long = numpy.flatnonzero((ends - starts > most) & there)
    if not len(long):
        return long
    characters = pc.utf8_length(text.take(pa.array(long))).to_numpy(zero_copy_only=False)
    return long[characters > most]


def _letters(text: "pa.Array") -> tuple[Any, Any, Any]:
    """Where each value starts and ends among the bytes, and the bytes."""
    import numpy

    if len(text) == 0:
        return (numpy.zeros(0, numpy.int32),) * 2 + (numpy.zeros(0, numpy.uint8),)
    offsets = numpy.frombuffer(text.buffers()[1], numpy.int32, len(text) + 1, text.offset * 4)
    size = int(offsets[-1]) - int(offsets[0])
    kept = text.buffers()[2]
    letters = numpy.frombuffer(kept, numpy.uint8, size, int(offsets[0])) if size else numpy.zeros(0, numpy.uint8)
    places = offsets - offsets[0]
    return places[:-1], places[1:], letters
