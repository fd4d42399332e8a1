"""How much of a value leaves: whole, in part, as a pseudonym, as a class it falls in, or not at all. Pure.

Whatever is not known how to be masked is left out: a mask never gives more than it was asked to.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import floor
from typing import Any

from zhengtong.sharing.gateway.rules.columns import Field, Kind

HIDDEN = "*"
ADDRESS_LEAST = 8  # shorter texts are names more often than addresses
_PLACE = re.compile(r"^.{1,12}?(?:自治区|自治州|省|市|区|县|旗)(?:.{1,8}?(?:市|区|县|旗))?")
_DIGITS = re.compile(r"\d{6,}")
Write = Callable[[str], str]


def masker(
    fields: Sequence[Field], masks: Mapping[str, str], pseudonym: Write
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """What makes an answer's row of a row of values, in the fields' order. A field without a known mask is left out."""
    whole: list[tuple[int, str]] = []
    parts: list[tuple[int, str, Callable[[Any], Any]]] = []
    for place, field in enumerate(fields):
        mask = masks.get(field.name, "omit")
        if mask == "full":
            whole.append((place, field.name))
        elif change := changer(mask, field.kind, pseudonym):
            parts.append((place, field.name, change))

    def row(values: Sequence[Any]) -> dict[str, Any]:
        made = {name: values[place] for place, name in whole}
        for place, name, change in parts:
            value = values[place]
            made[name] = None if value is None else change(value)
        return made

    return row


def mask_rows(
    fields: Sequence[Field], masks: Mapping[str, str], rows: Sequence[Sequence[Any]], pseudonym: Write
) -> list[dict[str, Any]]:
    """Rows as they may leave. `pseudonym` writes a text as this agreement's pseudonym of it."""
    make = masker(fields, masks, pseudonym)
    return [make(one) for one in rows]


def masked(mask: str, kind: Kind, value: Any, pseudonym: Write) -> Any:
    """One value under a mask; None for what is left out.

    >>> masked("partial", Kind.TEXT, "13800001234", str), masked("general", Kind.DAY, "1990-05-06", str)
    ('138****1234', '1990')
    >>> masked("general:100000", Kind.DECIMAL, "386700.00", str), masked("general:yes_no", Kind.INTEGER, 3, str)
    ('300000~400000', True)
    """
    if value is None or mask == "full":
        return value
    change = changer(mask, kind, pseudonym)
    return change(value) if change else None


def changer(mask: str, kind: Kind, pseudonym: Write) -> Callable[[Any], Any] | None:
    """What makes a value the masked one; None for a mask that is not known, and for `omit`."""
    name, _, width = mask.partition(":")
    if name == "pseudonym":
        return lambda value: pseudonym(str(value))
    if name == "partial":
        return partial if kind is Kind.TEXT else _GENERAL[kind]
    if name != "general":
        return None
    if width == "yes_no":
        return is_there
    if width and kind in (Kind.INTEGER, Kind.DECIMAL):
        return lambda value: band(value, int(width))
    return _GENERAL[kind]


def partial(text: str) -> str:
    """Ends are kept, the middle is not: at least a third of the characters is hidden, and never none.

    >>> partial("张三丰"), partial("350802199003071234"), partial("李")
    ('张**', '350802**********34', '*')
    """
    length = len(text)
    if length == 11 and text[0] == "1" and text.isdecimal():
        head, tail = 3, 4
    elif length in (15, 18) and (text if length == 15 or text[-1] not in "Xx" else text[:-1]).isdecimal():
        head, tail = 6, 2
    elif length <= 4:
        head, tail = int(length > 1), 0
    else:
        head = tail = length // 4
    return f"{text[:head]}{HIDDEN * (length - head - tail)}{text[length - tail :]}"


def general_text(text: str) -> str | None:
    """The place a text begins with, or a number's first digits; else nothing.

    >>> general_text("云溪市东湖区解放路 12 号"), general_text("350802199003071234"), general_text("张三丰")
    ('云溪市东湖区', '3508**************', None)
    """
    if len(text) >= ADDRESS_LEAST and (found := _PLACE.match(text)):
        return found[0]
    if _DIGITS.match(text) and len(text) >= 8:
        return text[:4] + HIDDEN * (len(text) - 4)
    return None


def general_number(value: Any) -> str:
    """The band of 1–2–5 that a number falls in.

    >>> general_number(12345), general_number("-0.05"), general_number(0)
    ('10000~20000', '-1~0', '0')
    """
    text = str(value)
    negative, whole = text.startswith("-"), int(text.lstrip("-").partition(".")[0] or 0)
    if whole == 0:
        zero = not any(digit in "123456789" for digit in text)
        return "0" if zero else ("-1~0" if negative else "0~1")
    unit: int = 10 ** (len(str(whole)) - 1)
    first = whole // unit
    low, high = (1, 2) if first < 2 else (2, 5) if first < 5 else (5, 10)
    return f"-{high * unit}~-{low * unit}" if negative else f"{low * unit}~{high * unit}"


def band(value: Any, width: int) -> str:
    """The band of this width that a number falls in, its lower end included.

    >>> band("-0.05", 100), band(100, 100)
    ('-100~0', '100~200')
    """
    low = floor(Decimal(str(value)) / width) * width
    return f"{low}~{low + width}"


def is_there(value: Any) -> bool:
    """Yes or no: a number that is not nought, a text that is not empty."""
    if isinstance(value, str):
        return any(character not in "-0." for character in value.strip())
    return bool(value)


_GENERAL: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: general_text,
    Kind.INTEGER: general_number,
    Kind.DECIMAL: general_number,
    Kind.DAY: lambda value: value[:4],
    Kind.MOMENT: lambda value: value[:4],
    Kind.TRUTH: lambda _: None,
}
