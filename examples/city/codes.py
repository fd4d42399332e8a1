"""Check digits of the national codes, so that every invented code passes a real check.

Areas begin with 99, which GB/T 2260 gives to no province: none of these numbers can be a real person's or firm's.
"""

from datetime import date

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(area: str, born: date, order: int) -> str:
    """A citizen's number by GB 11643: area, birthday, order (odd = male) and the check character.

    >>> id_number("110105", date(1949, 12, 31), 2)
    '11010519491231002X'
    """
    body = f"{area}{born:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _PERSON_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def credit_code(registrar: str, area: str, body: str) -> str:
    """A unified social credit code by GB 32100: registrar and class ("91"), area, organisation (8), two checks.

    The organisation's ninth character is the check of GB 11714 over its eight.

    >>> credit_code("91", "350100", "M000100Y")
    '91350100M000100Y43'
    """
    unchecked = registrar + area + body + _organisation_check(body)
    total = sum(CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(unchecked, _CREDIT_WEIGHTS, strict=True))
    return unchecked + CREDIT_ALPHABET[-total % 31]


def numbered_body(prefix: str, number: int) -> str:
    """Eight characters for the organisation: the prefix and a five-place number that does not look like a counter.

    Distinct below 31**5 (28.6 million), since 31 is prime and does not divide the step.
    """
    left, signs = (number * 11_482_751 + 4_021_337) % 31**5, ""
    for _ in range(5):
        left, place = divmod(left, 31)
        signs = CREDIT_ALPHABET[place] + signs
    return prefix + signs


def _organisation_check(body: str) -> str:
    values = (int(sign, 36) for sign in body)
    rest = 11 - sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
