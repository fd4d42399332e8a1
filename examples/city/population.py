"""The residents, household by household.

They come in blocks of a hundred. A block is drawn from a stream of its own, so any block can be made without the ones
before it, and the largest city is written with the memory of one block.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from . import names, places, story
from .codes import id_number
from .dice import Dice, Weighted

AS_OF = date(2026, 11, 1)
BLOCK = 100
MOST = 250_000
_ORDERS = 499  # orders a day of birth has in an area for one sex (GB 11643 has three digits, odd for men)
_HEAD_AGES = Weighted([(25, 7), (30, 13), (35, 14), (40, 12), (45, 12), (50, 12), (55, 9), (60, 7), (65, 7), (70, 7)])
_KINDS = {
    30: Weighted([("single", 50), ("couple", 22), ("one_child", 28)]),
    45: Weighted([("single", 9), ("couple", 9), ("one_child", 37), ("two_children", 25), ("three_ages", 20)]),
    60: Weighted([("single", 10), ("couple", 30), ("one_child", 36), ("two_children", 14), ("three_ages", 10)]),
    200: Weighted([("single", 27), ("couple", 58), ("one_child", 15)]),
}


@dataclass(frozen=True, slots=True)
class Resident:
    """One resident. `sex` is male or female; `household` is the number of its head; `relation` is to the head."""

    number: int
    name: str
    name_en: str
    sex: str
    born: date
    id_number: str
    area: str
    household: int
    relation: str
    address: str
    phone: str
    email: str

    def age(self, on: date) -> int:
        """Full years on a day."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


@dataclass(frozen=True, slots=True)
class _Member:
    relation: str
    sex: str
    age: int
    family: names.Surname


def residents(seed: int, count: int) -> Iterator[Resident]:
    """The first `count` residents of the city with this seed, in the order of their numbers (from 1)."""
    if count > MOST:
        raise ValueError(f"the city has numbers for {MOST} residents, not for {count}")
    for block in range(-(-count // BLOCK)):
        for resident in block_of(seed, block):
            if resident.number <= count:
                yield resident


def block_of(seed: int, block: int) -> list[Resident]:
    """The hundred residents of one block; all of them live in one district."""
    return _Block(seed, block).filled()


class _Block:
    def __init__(self, seed: int, block: int) -> None:
        self._dice = Dice("city", seed, "residents", block)
        self._block = block
        self._area = places.area_of_block(block)
        self._addresses = places.Addresses(self._area, self._dice)
        self._born: set[tuple[str, date, str]] = set()
        self._made: list[Resident] = []

    def filled(self) -> list[Resident]:
        if self._block == story.block():
            self._settle([_Member("head", "female", 38, names.surname_of(story.RESIDENT_NAME))])
        while len(self._made) < BLOCK:
            self._settle(_household(self._dice)[: BLOCK - len(self._made)])
        return self._made

    def _settle(self, members: list[_Member]) -> None:
        town, address = self._addresses.next()
        head = self._block * BLOCK + len(self._made) + 1
        for member in members:
            self._made.append(self._resident(member, head, town, address))

    def _resident(self, member: _Member, head: int, town: places.Division, address: str) -> Resident:
        number = self._block * BLOCK + len(self._made) + 1
        is_story = self._block == story.block() and not self._made
        area, order = self._birthplace(member)
        born = story.RESIDENT_BORN if is_story else self._birthday(area, member)
        given = names.given(self._dice, member.sex, born.year)
        name = story.RESIDENT_NAME if is_story else member.family.zh + given
        return Resident(
            number=number,
            name=name,
            name_en=names.in_english(member.family, name.removeprefix(member.family.zh)),
            sex=member.sex,
            born=born,
            id_number=id_number(area, born, order * 2 + (1 if member.sex == "male" else 2)),
            area=town.code,
            household=head,
            relation=member.relation,
            address=address,
            phone=f"1690{number * 4_567_891 % 10_000_000:07d}",
            email=f"r{number:06d}@people.yunxi.example",
        )

    def _birthplace(self, member: _Member) -> tuple[str, int]:
        """The area in the number, and the block's own order in it: no two blocks share one."""
        if member.relation != "child" and self._dice.chance(18):
            elsewhere = places.of_level("elsewhere")
            turn, which = divmod(self._block, len(elsewhere))
            return elsewhere[which].code, _scattered(turn)
        return self._area.code, _scattered(self._area.order)

    def _birthday(self, area: str, member: _Member) -> date:
        latest = AS_OF.replace(year=AS_OF.year - member.age)
        while True:
            born = latest - timedelta(days=self._dice.below(365))
            if (area, born, member.sex) not in self._born:
                self._born.add((area, born, member.sex))
                return born


def _scattered(order: int) -> int:
    return (order * 133 + 7) % _ORDERS


def _household(dice: Dice) -> list[_Member]:
    """Head first, then spouse, children, parents; ages fit each other."""
    age = dice.draw(_HEAD_AGES) + dice.below(5) + (dice.below(16) if dice.chance(12) else 0)
    kind = dice.draw(next(table for below, table in _KINDS.items() if age < below))
    sex = "female" if dice.chance(46 if kind == "single" else 24) else "male"
    family = names.surname(dice)
    if kind == "single":
        return [_Member("head", sex, age, family)]
    other = "male" if sex == "female" else "female"
    spouse = _Member(
        "spouse", other, max(22, age + dice.bell(-5, 2) * (1 if sex == "male" else -1)), names.surname(dice)
    )
    couple = [_Member("head", sex, age, family), spouse]
    fathers = family if sex == "male" else spouse.family
    mother = min(age, spouse.age) if sex == "male" else age
    children = {"one_child": 1, "two_children": 2, "three_ages": 1}.get(kind, 0)
    parents = _parents(dice, age, family) if kind == "three_ages" else []
    return couple + _children(dice, children, mother, fathers) + parents


def _children(dice: Dice, count: int, mother: int, family: names.Surname) -> list[_Member]:
    """Children that still live at home (few do past thirty), the elder first."""
    age, found = mother - dice.bell(21, 34), []
    for _ in range(count):
        if 0 <= age < 30 or (age >= 30 and dice.chance(25)):
            found.append(_Member("child", "female" if dice.chance(47) else "male", age, family))
        age -= dice.between(2, 6)
    return found


def _parents(dice: Dice, age: int, family: names.Surname) -> list[_Member]:
    """One or both parents of the head, while people of that age live."""
    father, found = age + dice.bell(22, 33), []
    if dice.chance(96 - max(0, father - 60) * 2.4):
        found.append(_Member("parent", "male", father, family))
    mother = father - dice.between(0, 4)
    if dice.chance(98 - max(0, mother - 64) * 2.2):
        found.append(_Member("parent", "female", mother, names.surname(dice)))
    return found
