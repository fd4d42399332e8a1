"""Whether a column of text is written as a type asks, and how long, fine and large its numbers are."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhengtong.data.standards.rules.checks import MOMENT_FORM
from zhengtong.data.standards.rules.definitions import Type
from zhengtong.data.standards.rules.patterns import portable

if TYPE_CHECKING:
    import ibis

NUMBER_FORM = r"^[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?\z"
DAY_FORM = r"^(?:[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})\z"
SCALE, WHOLE = 18, 20

Column = Any
Yes = Any


def has_type(kind: Type, column: "ibis.StringValue") -> Yes:
    """True where the text is written as the type asks; null where there is none."""
    import ibis

    if kind is Type.NUMBER:
        return column.re_search(NUMBER_FORM)
    if kind is Type.DAY:
        form = column.re_search(DAY_FORM)
        return ibis.ifelse(form, is_day(column.replace("-", "").try_cast("int64")), form)
    if kind is Type.MOMENT:
        form = column.re_search(portable(MOMENT_FORM))
        return ibis.ifelse(form, is_day(column.substr(0, 10).replace("-", "").try_cast("int64")), form)
    if kind is Type.TRUTH:
        return column.isin(["0", "1"])
    return column.length() >= 0


def is_day(number: Any) -> Yes:
    """True where a number such as 20260305 is a day of the calendar.

    Never null for a number; the days of a month are counted here because no two engines read a wrong date alike.
    """
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = (day <= 28) | ((day == 29) & ((month != 2) | leap)) | ((day == 30) & (month != 2))
    longest |= (day == 31) & month.isin([1, 3, 5, 7, 8, 10, 12])
    return (year >= 1) & month.between(1, 12) & (day >= 1) & longest


def digits_within(column: Column, most: int) -> Yes:
    """True where a number has at most so many digits, leading zeros not counted."""
    import ibis

    point = ibis.ifelse(column.find(".") >= 0, 1, 0)
    counted = column.re_replace("^[+-]?0*", "").length() - point
    return ibis.ifelse(column.length() <= most, True, counted <= most)


def decimals_within(column: Column, most: int) -> Yes:
    """True where a number has at most so many digits after the point."""
    import ibis

    point = column.find(".")
    return ibis.ifelse(point < 0, True, column.length() - point - 1 <= most)


def within(column: Column, *, least: Decimal | None, most: Decimal | None) -> Yes:
    """True where a number lies between the bounds (both included), exactly, however many digits it has.

    Bounds have at most 18 digits after the point and 20 before it. What is cut off beyond the 18th digit can only matter
    where the rest equals a bound.
    """
    import ibis

    point = column.find(".")
    cut = ibis.ifelse(point < 0, column, column.substr(0, point + 1 + SCALE))
    value = cut.try_cast(f"decimal(38, {SCALE})")
    finer = (point >= 0) & column.substr(point + 1 + SCALE, 40).re_search("[1-9]")
    below, negative = ibis.literal(False), column.startswith("-")
    if least is not None:
        low = ibis.literal(least, type=f"decimal(38, {SCALE})")
        below = ibis.ifelse(value.isnull(), negative, (value < low) | ((value == low) & finer & negative))
    above = ibis.literal(False)
    if most is not None:
        high = ibis.literal(most, type=f"decimal(38, {SCALE})")
        above = ibis.ifelse(value.isnull(), ~negative, (value > high) | ((value == high) & finer & ~negative))
    return ~(below | above)
