"""Which passwords are good enough: long, not common, not made of what everyone knows about the person or the city.

No rules of composition (NIST SP 800-63B-4 §3.1.1, OWASP ASVS 5.0 §6.2): length, and a list of what is guessed first. Few listed
passwords have twelve characters, but people make long ones by stringing short ones together; so a password is cut into
the fewest pieces, a known piece (a listed word, a date, a run of keys) counting one and any other character counting
one; a repetition counts as its part alone. It needs at least five.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib import resources

LEAST_WITH_SECOND_FACTOR = 12
LEAST_WITHOUT = 15
MOST = 128
LEAST_PIECES = 5
_LONGEST_PIECE = 24
_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_COLUMNS = (
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik",
    "9ol",
    "qaz",
    "wsx",
    "edc",
    "rfv",
    "tgb",
    "yhn",
    "ujm",
)
_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
_LEET = str.maketrans("@4310$5!7", "aaeiossit")
_DATE = re.compile(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?")


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    CONTAINS_NAME = "contains_name"


def weaknesses(password: str, *, second_factor: bool, known: Iterable[str] = ()) -> list[Weakness]:
    """What is wrong with a password; empty when it is good.

    `known` are words an attacker tries first: the login name, the person's and the city's name (three characters or more).

    >>> weaknesses("woaini1314520", second_factor=True)
    [<Weakness.COMMON: 'common'>]
    >>> weaknesses("zhengtong-ji8k-2m", second_factor=True, known=["ji8k"])
    [<Weakness.CONTAINS_NAME: 'contains_name'>]
    >>> weaknesses("茶马古道上的第七匹白马在下雨", second_factor=True)
    []
    """
    folded = password.casefold()
    words = sorted({word.casefold() for word in known if len(word) >= 3 or not word.isascii()})
    least = LEAST_WITH_SECOND_FACTOR if second_factor else LEAST_WITHOUT
    found = []
    if len(password) < least:
        found.append(Weakness.SHORT)
    if len(password) > MOST:
        found.append(Weakness.LONG)
    if any(word in folded for word in words if word):
        found.append(Weakness.CONTAINS_NAME)
    if len(password) <= MOST and pieces(password) < LEAST_PIECES:
        found.append(Weakness.COMMON)
    return found


def pieces(password: str) -> int:
    """The fewest pieces a password can be cut into, over the ways it may be read (as typed, unshifted, without leet).

    >>> pieces("password1234!"), pieces("zhangwei123"), pieces("5201314"), pieces("1qaz2wsx3edc")
    (3, 2, 1, 1)
    """
    folded = password.casefold()
    readings = {folded, folded.translate(_SHIFTED), folded.translate(_LEET)}
    return min(_cut(reading) for reading in readings)


def _cut(text: str) -> int:
    if len(text) <= 1:
        return len(text)
    fewest = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        fewest[end] = fewest[end - 1] + 1
        for start in range(max(0, end - _LONGEST_PIECE), end - 1):
            if fewest[start] + 1 < fewest[end] and _is_known_piece(text[start:end]):
                fewest[end] = fewest[start] + 1
    repeated = _period(text)
    return min(fewest[-1], _cut(text[:repeated])) if repeated else fewest[-1]


def _period(text: str) -> int:
    """The length of the part whose repetition makes the whole text; 0 when it is no repetition."""
    at = (text + text).find(text, 1)
    return at if at < len(text) and at <= len(text) // 2 else 0


@lru_cache(maxsize=8192)
def _is_known_piece(piece: str) -> bool:
    if piece in common() or len(piece) == 2:
        return piece in common()
    return len(set(piece)) == 1 or _DATE.fullmatch(piece) is not None or _is_walk(piece)


def _is_walk(piece: str) -> bool:
    if any(piece in row or piece in row[::-1] for row in _ROWS):
        return True
    left = piece
    while left:
        step = next((column for column in _COLUMNS if left.startswith((column, column[::-1]))), None)
        if step is None:
            return False
        left = left[len(step) :]
    return True


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The bundled list: words, names and numbers that people, Chinese people first, build passwords from."""
    text = resources.files("zhengtong.office.identity.rules").joinpath("common_passwords.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def alphabet_code(random: bytes, *, alphabet: str, groups: Sequence[int]) -> str:
    """A code to be read and typed by a person, from random bytes (a byte a character, alphabet of 32).

    >>> alphabet_code(bytes(range(8)), alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", groups=(4, 4))
    '0123-4567'
    """
    if len(random) != sum(groups) or 256 % len(alphabet):
        raise ValueError("one random byte for each character, and an alphabet that divides 256")
    letters = [alphabet[byte % len(alphabet)] for byte in random]
    starts = [sum(groups[:index]) for index in range(len(groups))]
    return "-".join("".join(letters[start : start + size]) for start, size in zip(starts, groups, strict=True))
