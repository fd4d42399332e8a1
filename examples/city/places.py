"""Where the city lies: its divisions by an invented list (area 99xxxx), its towns, streets and addresses."""

from dataclasses import dataclass
from functools import cache

from .dice import Dice, Weighted
from .sheets import rows

CITY = "990100"
_PATTERN = 100  # blocks after which the order of areas repeats; the districts' weights add up to it
_STEP = 61  # coprime to the pattern, so that neighbouring blocks lie in different areas
_DOORS = 192


@dataclass(frozen=True, slots=True)
class Division:
    """An administrative division. `level` is city, district (also counties), town, or elsewhere (outside the city)."""

    code: str
    name: str
    name_en: str
    level: str
    parent: str
    weight: int


@dataclass(frozen=True, slots=True)
class Area:
    """The district of a block of households, and how many blocks of that district come before it."""

    code: str
    order: int


@cache
def divisions() -> tuple[Division, ...]:
    """All divisions, parents before children."""
    return tuple(
        Division(row["code"], row["name"], row["name_en"], row["level"], row["parent"], int(row["weight"]))
        for row in rows("divisions")
    )


@cache
def division(code: str) -> Division:
    return next(one for one in divisions() if one.code == code)


@cache
def of_level(level: str, parent: str = "") -> tuple[Division, ...]:
    """The divisions of a level, under a parent if one is given."""
    return tuple(one for one in divisions() if one.level == level and parent in ("", one.parent))


def area_of_block(block: int) -> Area:
    """The district where a block of households lies; districts get blocks in proportion to their weight.

    >>> area_of_block(0).code, area_of_block(100)
    ('990102', Area(code='990102', order=19))
    """
    rounds, place = divmod(block, _PATTERN)
    code, earlier, weight = _pattern()[place]
    return Area(code, rounds * weight + earlier)


@cache
def _pattern() -> tuple[tuple[str, int, int], ...]:
    districts = of_level("district")
    weights = {one.code: one.weight for one in districts}
    table = Weighted([(one.code, one.weight) for one in districts])
    codes = [table.at((place * _STEP % _PATTERN + 0.5) / _PATTERN) for place in range(_PATTERN)]
    return tuple((code, codes[:place].count(code), weights[code]) for place, code in enumerate(codes))


class Addresses:
    """Home addresses of one block of households; no two households of the city get the same one."""

    def __init__(self, area: Area, dice: Dice) -> None:
        self._area = area
        self._dice = dice
        self._towns = Weighted([(town, town.weight) for town in of_level("town", area.code)])
        self._taken: set[tuple[str, int]] = set()

    def next(self) -> tuple[Division, str]:
        """A town and an address in it."""
        town = self._dice.draw(self._towns)
        road = self._dice.pick(_roads(town.code))
        door = self._dice.below(_DOORS)
        while (road, door) in self._taken:
            door = self._dice.below(_DOORS)
        self._taken.add((road, door))
        return town, f"{division(CITY).name}{division(self._area.code).name}{town.name}{self._place(town, road, door)}"

    def _place(self, town: Division, road: str, door: int) -> str:
        order = self._area.order
        if is_rural(town):
            return f"{road}{order % 12 + 1}组{order // 12 * _DOORS + door + 1}号"
        estate = _estates(town.code)[order % 2]
        building, rest = divmod(door, 24)
        unit, rest = divmod(rest, 12)
        return f"{road}{order + 1}号{estate}{building + 1}幢{unit + 1}单元{rest // 2 + 1}0{rest % 2 + 1}室"


def shop_address(area: str, dice: Dice) -> str:
    """An address of a place of business; many may share one."""
    town = dice.draw(Weighted([(one, one.weight) for one in of_level("town", area)]))
    road = dice.pick(_roads(town.code))
    number = f"{dice.between(1, 9)}组{dice.between(1, 99)}号" if is_rural(town) else f"{dice.between(1, 380)}号"
    return f"{division(CITY).name}{division(area).name}{town.name}{road}{number}"


def is_rural(town: Division) -> bool:
    """True for a 镇 or 乡 (their codes end in 100 and above), False for a 街道."""
    return int(town.code[6:]) >= 100


@cache
def _words(kind: str) -> tuple[str, ...]:
    return next(tuple(row["roots"].split(" ")) for row in rows("streets") if row["kind"] == kind)


@cache
def _roads(town: str) -> tuple[str, ...]:
    """Three roads (or villages) of a town, its own first."""
    order = [one.code for one in of_level("town")].index(town)
    words = _words("village" if is_rural(division(town)) else "street")
    return tuple(words[(order * 3 + turn) % len(words)] for turn in range(3))


@cache
def _estates(town: str) -> tuple[str, ...]:
    order = [one.code for one in of_level("town")].index(town)
    words = _words("community")
    return words[order % len(words)], words[(order + 7) % len(words)]
