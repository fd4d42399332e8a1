"""Values as who may not see them in full sees them: enough to recognise, too little to use. Pure."""

import re

MASK = "＊"
SHORT_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]{0,9}")
LONGEST = 12


def mask(value: str | None) -> str | None:
    """A value with its middle hidden; one of up to two characters, and a short number, keeps none.

    >>> mask("110105194912310021"), mask("沈若川"), mask("男"), mask("8500"), mask(None), mask("")
    ('110＊＊＊＊＊＊＊＊＊＊＊＊1', '沈＊＊', '＊', '＊＊＊＊', None, '')
    """
    if not value:
        return value
    length = len(value)
    if length <= 2 or SHORT_NUMBER.fullmatch(value):
        return MASK * length
    if length <= 6:
        return value[0] + MASK * (length - 1)
    return value[:3] + MASK * min(length - 4, LONGEST) + value[-1]


def mask_differing(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Two values of one mending: what they share is hidden, where they differ is shown, so that it can be judged.

    Where more than a quarter of the places differ (full-width digits), that would tell the value: both are masked.

    >>> mask_differing("1101051949123I0021", "110105194912310021")
    ('＊＊＊＊＊＊＊＊＊＊＊＊＊I＊＊＊＊', '＊＊＊＊＊＊＊＊＊＊＊＊＊1＊＊＊＊')
    >>> mask_differing("１６９０2715640", "16902715640")
    ('１６９＊＊＊＊＊＊＊0', '169＊＊＊＊＊＊＊0')
    """
    if not before or not after or len(before) != len(after):
        return mask(before), mask(after)
    if sum(old != new for old, new in zip(before, after, strict=True)) > max(1, len(before) // 4):
        return mask(before), mask(after)
    pairs = [(old, new) if old != new else (MASK, MASK) for old, new in zip(before, after, strict=True)]
    return "".join(old for old, _ in pairs), "".join(new for _, new in pairs)
