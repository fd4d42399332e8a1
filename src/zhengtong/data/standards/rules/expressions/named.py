"""Each named check on a column. The tables of the standards stand here again, because rules know no other room."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from zhengtong.data.standards.rules.definitions import Type
from zhengtong.data.standards.rules.expressions.typed import has_type, is_day

if TYPE_CHECKING:
    import ibis

CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_FORM = rf"^[{CODE_LETTERS}]{{2}}[0-9]{{6}}[{CODE_LETTERS}]{{10}}\z"
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ID_FORM = r"^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9])[0-9]{15}[0-9X]\z"
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
DIGITS = "0123456789"
OLDEST_YEARS = 130
PHONE_FORM = r"^(?:1[3-9][0-9]{9}|0[0-9]{2,3}-?[1-9][0-9]{6,7})\z"
SPACES = "".join(rf"\x{{{code:x}}}" for code in range(0x3001) if chr(code).isspace())
MAILBOX = rf'[^@,;<>"{SPACES}]+'
EMAIL_FORM = rf"^{MAILBOX}@{MAILBOX}\.[A-Za-z]{{2,}}\z"
LONGEST_EMAIL = 254

Column = Any
Yes = Any


def expression(check: str, column: "ibis.StringValue", *, on: date | None = None) -> "ibis.BooleanValue":
    """True where the text passes the named check on that day, null where there is none. KeyError: there is no such check.

    Without a day, the birth date of an identity number need only exist.
    """
    return NAMED[check](column, on)


def _social_credit_code(column: Column, _: date | None) -> Yes:
    """GB 32100-2015: the check character, by weights that are powers of three modulo 31."""
    form = column.re_search(CODE_FORM)
    total = _weighted(column, CODE_LETTERS, CODE_WEIGHTS)
    return _only_where(form, (31 - total % 31) % 31 == _place(CODE_LETTERS, column, 17))


def _id_number(column: Column, on: date | None) -> Yes:
    """GB 11643-1999: province, birth date, check character."""
    import ibis

    form = column.re_search(ID_FORM)
    total = _weighted(column, DIGITS, ID_WEIGHTS)
    born = column.substr(6, 8).try_cast("int64")
    fits = ibis.literal(ID_CHECKS).substr(total % 11, 1) == column.substr(17, 1)
    fits &= is_day(born)
    if on is not None:
        fits &= (born <= int(f"{on:%Y%m%d}")) & (on.year - born // 10_000 <= OLDEST_YEARS)
    return _only_where(form, fits)


def _past_day(column: Column, on: date | None) -> Yes:
    """A day, or a moment of one, not after the day that is given."""
    import ibis

    fits = has_type(Type.DAY, column) | has_type(Type.MOMENT, column)
    if on is None:
        return fits
    day = column.replace("-", "").substr(0, 8).try_cast("int64")
    return ibis.ifelse(fits, day <= int(f"{on:%Y%m%d}"), fits)


def _weighted(column: Column, letters: str, weights: tuple[int, ...]) -> Any:
    """The sum of each letter's place among `letters` by its weight, written out: measured three times as fast as a list."""
    terms = [_place(letters, column, at) * weight for at, weight in enumerate(weights)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _place(letters: str, column: Column, at: int) -> Any:
    import ibis

    return ibis.literal(letters).find(column.substr(at, 1))


def _only_where(form: Yes, fits: Yes) -> Yes:
    """`fits` where the form is right, false where it is not, null where there is no text."""
    import ibis

    return ibis.ifelse(form, fits, form)


NAMED: dict[str, Callable[[Column, date | None], Yes]] = {
    "social_credit_code": _social_credit_code,
    "id_number": _id_number,
    "past_day": _past_day,
    "phone": lambda column, _: column.re_search(PHONE_FORM),
    "email": lambda column, _: column.re_search(EMAIL_FORM) & (column.length() <= LONGEST_EMAIL),
}
