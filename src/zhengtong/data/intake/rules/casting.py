"""From text as read to the lake's types, whole columns at a time. Pure.

Numbers without precision become int64, others decimal128; days date32; moments UTC microseconds (one without a zone is the city's
time); truths booleans. What has the right form but does not fit the type (a whole number beyond 64 bits) is found, not raised.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import pyarrow as pa

CITY = ZoneInfo("Asia/Shanghai")
ZONED = r"(Z|[+-]\d{2}:\d{2})$"


def cast(text: "pa.ChunkedArray", kind: "pa.DataType") -> tuple["pa.ChunkedArray", list[int]]:
    """The column as `kind`, and the places of values that do not fit it (null there).

    >>> import pyarrow as pa
    >>> column, misfits = cast(pa.chunked_array([["7", "+12", "99999999999999999999", None]]), pa.int64())
    >>> column.to_pylist(), misfits
    ([7, 12, None, None], [2])
    """
    import pyarrow as pa

    if pa.types.is_string(kind):
        return text, []
    try:
        return _whole(text, kind), []
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _one_by_one(text, kind)


def _whole(text: "pa.ChunkedArray", kind: "pa.DataType") -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(kind):
        return pc.equal(text, "1")
    if pa.types.is_date(kind):
        return pc.cast(_dashed(text), kind)
    if pa.types.is_timestamp(kind):
        return _moments(text, kind)
    signed = pc.starts_with(text, "+")
    bare = pc.if_else(signed, pc.utf8_slice_codeunits(text, 1), text) if pc.any(signed).as_py() else text
    if pa.types.is_decimal(kind):
        return pc.cast(bare, kind)
    if pc.any(pc.match_substring(bare, ".")).as_py():
        bare = pc.replace_substring_regex(bare, r"\.0*$", "")
    return pc.cast(bare, kind)


def _dashed(text: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """20260305 as 2026-03-05."""
    import pyarrow.compute as pc

    compact = pc.equal(pc.utf8_length(text), 8)
    if not pc.any(compact).as_py():
        return text
    parts = [pc.utf8_slice_codeunits(text, start, stop) for start, stop in ((0, 4), (4, 6), (6, 8))]
    return pc.if_else(compact, pc.binary_join_element_wise(*parts, "-"), text)


def _moments(text: "pa.ChunkedArray", kind: "pa.DataType") -> "pa.ChunkedArray":
    import pyarrow as pa
    import pyarrow.compute as pc

    zoned = pc.match_substring_regex(text, ZONED)
    if pc.any(zoned).as_py():
        raise pa.ArrowInvalid("zones differ from value to value")
    local = pc.cast(pc.replace_substring(text, "T", " "), pa.timestamp("us"))
    return pc.cast(pc.assume_timezone(local, "Asia/Shanghai", ambiguous="earliest", nonexistent="latest"), kind)


def _one_by_one(text: "pa.ChunkedArray", kind: "pa.DataType") -> tuple["pa.ChunkedArray", list[int]]:
    import pyarrow as pa

    read, values, misfits = _reader(kind), [], []
    for place, value in enumerate(text.to_pylist()):
        try:
            values.append(None if value is None else pa.scalar(read(value), kind).as_py())
        except (ValueError, ArithmeticError, pa.ArrowException):
            values.append(None)
            misfits.append(place)
    return pa.chunked_array([pa.array(values, kind)]), misfits


def _reader(kind: "pa.DataType") -> Callable[[str], Any]:
    from datetime import date
    from decimal import Decimal

    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return lambda value: _exact(Decimal(value), kind.scale)
    if pa.types.is_date(kind):
        return date.fromisoformat
    if pa.types.is_timestamp(kind):
        return _moment
    return lambda value: _int(Decimal(value))


def _exact(value: Any, scale: int) -> Any:
    from decimal import Context, Decimal, Inexact

    return value.quantize(Decimal(1).scaleb(-scale), context=Context(prec=76, traps=[Inexact]))


def _int(value: Any) -> int:
    if value != value.to_integral_value():
        raise ValueError(value)
    return int(value)


def _moment(value: str) -> datetime:
    read = datetime.fromisoformat(value)
    return (read if read.tzinfo else read.replace(tzinfo=CITY)).astimezone(UTC)
