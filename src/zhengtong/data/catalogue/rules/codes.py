"""The code of an item: 类 1 digit + 项 2 + 目 3 + 细目, a slash and a number, by the guide of 2017."""

import re

CODE = re.compile(r"([0-9]{6,20})/([0-9]{1,12})")
NUMBER_WIDTH = 6
UNCLASSED = "000000"


def code_for(class_code: str, number: int) -> str:
    """The code with that number within its class.

    >>> code_for("3070100101", 12)
    '3070100101/000012'
    """
    return f"{class_code or UNCLASSED}/{number:0{NUMBER_WIDTH}d}"


def split_code(code: str) -> tuple[str, int] | None:
    """The class and the number of a code, or None when it is none.

    >>> split_code("3070100101/000012"), split_code("SJ-3102")
    (('3070100101', 12), None)
    """
    found = CODE.fullmatch(code)
    return (found[1], int(found[2])) if found else None
