"""What a quarantined row broke, as one searchable text: `|uscc:check|name:required|`. Pure."""

from collections.abc import Iterable

LONGEST = 2000
UNREADABLE = "|:line|"
KINDS = {
    "required": ("必填而为空", "is needed and empty"),
    "type": ("类型不对", "is of another type"),
    "length": ("超过长度", "is too long"),
    "precision": ("小数位过多", "has too many digits after the point"),
    "pattern": ("不符合格式", "does not fit the pattern"),
    "codes": ("不在代码表中", "is no code of its list"),
    "check": ("校验不通过", "fails its check"),
    "past_day": ("晚于当日", "lies in the future"),
    "range": ("超出范围", "is out of range"),
    "fit": ("数值过大，无法保存", "is too large to be kept"),
    "line": ("整行无法读取", "the line cannot be read"),
}


def first_of_each(told: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rules broken, without those that follow from a wrong type.

    >>> first_of_each([("day", "type"), ("day", "range"), ("name", "length")])
    [('day', 'type'), ('name', 'length')]
    """
    all_told = list(told)
    mistyped = {name for name, rule in all_told if rule == "type"}
    return list(dict.fromkeys((name, rule) for name, rule in all_told if rule == "type" or name not in mistyped))


def marks(broken: Iterable[tuple[str, str]]) -> str:
    """As they are kept, as many as fit.

    >>> marks([("uscc", "check"), ("name", "required")])
    '|uscc:check|name:required|'
    """
    told = "|"
    for name, rule in broken:
        if len(told) + len(name) + len(rule) + 2 > LONGEST:
            break
        told += f"{name}:{rule}|"
    return told


def read(told: str) -> list[tuple[str, str]]:
    """What `marks` wrote.

    >>> read("|uscc:check|:line|")
    [('uscc', 'check'), ('', 'line')]
    """
    pairs = (one.partition(":") for one in told.strip("|").split("|") if one)
    return [(name, rule) for name, _, rule in pairs]
