"""Numbers that name a body or a person: their form and check digits, by the national standards."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
PROVINCES = frozenset(
    str(code)
    for span in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84))
    for code in range(*span)
)
PERMANENT_RESIDENT = "9"
OLDEST_YEARS = 130

Sex = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class IdNumber:
    """What a valid identity number says."""

    area: str
    birth: date
    sex: Sex


def code_check(first_17: str) -> str:
    """The check character of a unified social credit code (GB 32100-2015).

    >>> code_check("91350100M000100Y4")
    '3'
    """
    total = sum(CODE_LETTERS.index(letter) * weight for letter, weight in zip(first_17, CODE_WEIGHTS, strict=True))
    return CODE_LETTERS[(31 - total) % 31]


def is_code(code: str) -> bool:
    """True for a unified social credit code whose check character fits (GB 32100-2015). Registrars may be letters.

    >>> is_code("91350100M000100Y43"), is_code("91350100M000100Y4Z")
    (True, False)
    """
    return (
        len(code) == 18
        and all(letter in CODE_LETTERS for letter in code)
        and code[2:8].isdigit()
        and code_check(code[:17]) == code[17]
    )


def id_check(first_17: str) -> str:
    """The check character of an identity number (GB 11643-1999).

    >>> id_check("11010519491231002")
    'X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(first_17, ID_WEIGHTS, strict=True))
    return ID_CHECKS[total % 11]


def read_id_number(number: str, *, on: date) -> IdNumber | None:
    """What the number says, or None when it is not a valid identity number (GB 11643-1999) on that day.

    Checked: form, area's province (or a permanent resident's 9), a birth date that exists and lies within 130 years
    before `on`, the check character. Whether the number was ever issued is not known here.

    >>> read_id_number("11010519491231002X", on=date(2026, 11, 21))
    IdNumber(area='110105', birth=datetime.date(1949, 12, 31), sex='female')
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or id_check(number[:17]) != number[17]:
        return None
    if number[:2] not in PROVINCES and not number.startswith(PERMANENT_RESIDENT):
        return None
    birth = _date(number[6:14])
    if birth is None or birth > on or on.year - birth.year > OLDEST_YEARS:
        return None
    return IdNumber(area=number[:6], birth=birth, sex="male" if int(number[16]) % 2 else "female")


def masked_id_number(number: str) -> str:
    """The number as a page may show it: area and last two characters.

    >>> masked_id_number("11010519491231002X")
    '110105**********2X'
    """
    return f"{number[:6]}{'*' * (len(number) - 8)}{number[-2:]}"


def masked_phone(phone: str) -> str:
    """The number as a page may show it.

    >>> masked_phone("13800138000")
    '138****8000'
    """
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}" if len(phone) > 7 else "*" * len(phone)


def is_phone(phone: str) -> bool:
    """True for a mobile number or a landline with its area code.

    >>> is_phone("13800138000"), is_phone("0571-88886666"), is_phone("12345")
    (True, True, False)
    """
    return re.fullmatch(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[1-9][0-9]{6,7}", phone) is not None


def is_email(email: str) -> bool:
    """True for something one can write to.

    >>> is_email("lin.wan@yunxi.example"), is_email("lin wan@yunxi")
    (True, False)
    """
    return len(email) <= 254 and re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z]{2,}", email) is not None


def is_login(login: str) -> bool:
    """True for a login name: 2 to 32 small letters, digits, dot, line; a letter first.

    >>> is_login("lin.wan"), is_login("Lin Wan")
    (True, False)
    """
    return re.fullmatch(r"[a-z][a-z0-9._-]{1,31}", login) is not None


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
