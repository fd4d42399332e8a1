"""Names as they are borne: surnames by their frequency, given names by sex and by the years of birth."""

from dataclasses import dataclass
from functools import cache

from .dice import Dice, Weighted, ranked
from .sheets import pinyin, rows


@dataclass(frozen=True, slots=True)
class Surname:
    """A surname and its reading."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class _Fashion:
    born_from: int
    sex: str
    single_percent: int
    singles: Weighted[str]
    firsts: Weighted[str]
    seconds: Weighted[str]


def surname(dice: Dice) -> Surname:
    """A surname by its frequency in the country."""
    return dice.draw(_surnames())


def given(dice: Dice, sex: str, born_year: int) -> str:
    """A given name of one or two characters, as was the fashion in the year of birth."""
    fashion = next(one for one in _fashions() if one.sex == sex and one.born_from <= born_year)
    if dice.chance(fashion.single_percent):
        return dice.draw(fashion.singles)
    first, second = dice.draw(fashion.firsts), dice.draw(fashion.seconds)
    return first if first == second else first + second


def in_english(family: Surname, given_name: str) -> str:
    """The name in Latin letters, surname first.

    >>> in_english(Surname("沈", "Shen"), "若川")
    'Shen Ruochuan'
    """
    return f"{family.en} {''.join(pinyin()[character] for character in given_name).capitalize()}"


def surname_of(name: str) -> Surname:
    """The surname that a full name begins with (two characters for 欧阳 and its like)."""
    known = {one.zh: one for one in _all_surnames()}
    return known.get(name[:2]) or known.get(name[:1]) or Surname(name[:1], pinyin()[name[:1]].capitalize())


@cache
def _all_surnames() -> tuple[Surname, ...]:
    return tuple(Surname(row["surname"], row["pinyin"].replace("lv", "lyu").capitalize()) for row in rows("surnames"))


@cache
def _surnames() -> Weighted[Surname]:
    return Weighted([(one, int(row["weight"])) for one, row in zip(_all_surnames(), rows("surnames"), strict=True)])


@cache
def _fashions() -> tuple[_Fashion, ...]:
    read = [
        _Fashion(
            int(row["born_from"]),
            row["sex"],
            int(row["single_percent"]),
            ranked(row["singles"]),
            ranked(row["firsts"]),
            ranked(row["seconds"]),
        )
        for row in rows("given_names")
    ]
    return tuple(sorted(read, key=lambda one: -one.born_from))
