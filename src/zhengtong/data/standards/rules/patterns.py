r"""Regular expressions that mean the same to Python, RE2 (DuckDB) and Java (Spark).

They differ in small things: what `\d`, `\s` and `.` take, where `$` ends, how often a part may be repeated. So a pattern is read by
Python's own parser and written again in what all three share: listed characters, ASCII classes, counted repetition, `^…\z`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from re import _constants as names  # type: ignore[attr-defined]  # the parser's own names
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MOST_REPEATED = 1000
CLASSES = {
    names.CATEGORY_DIGIT: "0-9",
    names.CATEGORY_SPACE: r" \t\n\r\f\x0b",
    names.CATEGORY_WORD: "A-Za-z0-9_",
}
NEGATED = {
    names.CATEGORY_NOT_DIGIT: names.CATEGORY_DIGIT,
    names.CATEGORY_NOT_SPACE: names.CATEGORY_SPACE,
    names.CATEGORY_NOT_WORD: names.CATEGORY_WORD,
}
PLACES = {
    names.AT_BEGINNING: "^",
    names.AT_BEGINNING_STRING: "^",
    names.AT_END: r"\z",
    names.AT_END_STRING: r"\z",
    names.AT_BOUNDARY: r"\b",
    names.AT_NON_BOUNDARY: r"\B",
}
SPECIAL = frozenset("\\^$.|?*+()[]{}-&~#")
MOST_LISTED = 200


class NotPortable(ValueError):
    """The pattern uses what not every engine knows."""


@lru_cache(maxsize=1024)
def portable(pattern: str) -> str:
    r"""The pattern, matching the whole text, as every engine understands it. Raises NotPortable.

    >>> portable(r"\d{2,3}.x?")
    '^(?:[0-9]{2,3}[^\\n]x?)\\z'
    """
    return rf"^(?:{_written(parser.parse(pattern, re.ASCII))})\z"


def _written(parsed: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_part(kind, told) for kind, told in parsed)


def _part(kind: Any, told: Any) -> str:
    if kind is names.LITERAL:
        return _letter(told)
    if kind is names.NOT_LITERAL:
        return f"[^{_letter(told)}]"
    if kind is names.ANY:
        return r"[^\n]"
    if kind is names.AT:
        return PLACES[told]
    if kind is names.IN:
        return _class(told)
    if kind is names.BRANCH:
        return f"(?:{'|'.join(_written(one) for one in told[1])})"
    if kind is names.SUBPATTERN and not told[1] and not told[2]:
        return f"(?:{_written(told[3])})"
    if kind is names.MAX_REPEAT or kind is names.MIN_REPEAT:
        return _repeated(*told) + ("?" if kind is names.MIN_REPEAT else "")
    raise NotPortable(str(kind))


def _repeated(low: int, high: int, parsed: Sequence[tuple[Any, Any]]) -> str:
    unbounded = high == names.MAXREPEAT
    if low > MOST_REPEATED or (high > MOST_REPEATED and not unbounded):
        raise NotPortable(f"more than {MOST_REPEATED} repetitions")
    inner = _written(parsed)
    one = inner if len(parsed) == 1 and parsed[0][0] in (names.LITERAL, names.IN, names.ANY) else f"(?:{inner})"
    short = {(0, names.MAXREPEAT): "*", (1, names.MAXREPEAT): "+", (0, 1): "?"}.get((low, high))
    return one + (short or f"{{{low},{'' if unbounded else high}}}")


def _class(told: Sequence[tuple[Any, Any]]) -> str:
    negated = bool(told) and told[0][0] is names.NEGATE
    parts = []
    for kind, what in told[1:] if negated else told:
        if kind is names.LITERAL:
            parts.append(_letter(what))
        elif kind is names.RANGE:
            parts.append(f"{_letter(what[0])}-{_letter(what[1])}")
        elif kind is names.CATEGORY and what in CLASSES:
            parts.append(CLASSES[what])
        elif kind is names.CATEGORY and len(told) == 1:  # the parser writes \D so
            return f"[^{CLASSES[NEGATED[what]]}]"
        else:
            raise NotPortable(str(what))
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _letter(code: int) -> str:
    letter = chr(code)
    if letter in SPECIAL:
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\x{{{code:x}}}"


@lru_cache(maxsize=64)
def code_pattern(codes: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The codes as patterns by what they begin with (measured: 46,000 codes as a list took 226 s over 4.6 M rows, so 2 s).

    A first entry with an empty beginning and no others: few codes, or codes that share no useful beginning.

    >>> code_pattern(frozenset({"11", "12", "9"}))
    (('', '^(?:1[12]|9)\\\\z'),)
    """
    if len(codes) <= MOST_LISTED or min(map(len, codes)) < 3:
        return (("", rf"^(?:{_tree(codes)})\z"),)
    by_start: dict[str, set[str]] = {}
    for code in codes:
        by_start.setdefault(code[:2], set()).add(code)
    return tuple((start, rf"^(?:{_tree(group)})\z") for start, group in sorted(by_start.items()))


def _tree(codes: Iterable[str]) -> str:
    """The codes as one pattern that reads each letter once."""
    following: dict[str, set[str]] = {}
    ends = False
    for code in codes:
        if code:
            following.setdefault(code[0], set()).add(code[1:])
        else:
            ends = True
    letters: dict[str, list[str]] = {}
    for letter, rest in sorted(following.items()):
        letters.setdefault(_tree(rest), []).append(_letter(ord(letter)))
    parts = [(found[0] if len(found) == 1 else f"[{''.join(found)}]") + rest for rest, found in letters.items()]
    if not parts:
        return ""
    body = parts[0] if len(parts) == 1 and not ends else f"(?:{'|'.join(parts)})"
    return f"{body}?" if ends else body
