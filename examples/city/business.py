"""The firms and shops: names, legal persons among the residents, capital, standing and trade.

They come with the blocks of residents, so that a legal person is always a neighbour who exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from . import names, places, story
from .codes import credit_code, numbered_body
from .dice import Dice, Weighted
from .population import AS_OF, BLOCK, Resident, block_of
from .sheets import rows

_MARKS = (
    "锦恒瑞鑫华盛泰和丰源隆昌顺达安康荣利兴旺嘉禾远航宏图天成百汇中信永固金川云帆海纳东篱南山星辰明月清泉景逸博雅同"
)
_MARK_STEP = 1367  # prime, so that neighbouring numbers get unlike marks and none comes twice in a round
_KINDS = Weighted([("limited", 53), ("shop", 38), ("sole", 5), ("joint_stock", 2), ("cooperative", 2)])
_REGISTRARS = {"limited": "91", "joint_stock": "91", "sole": "91", "shop": "92", "cooperative": "93"}
_ENDINGS = {
    "limited": "有限公司",
    "joint_stock": "股份有限公司",
    "sole": "经营部",
    "cooperative": "专业合作社",
    "shop": "",
}
_SMALL_YUAN = Weighted([(5_000, 5), (10_000, 15), (20_000, 20), (50_000, 35), (100_000, 20), (200_000, 5)])
_FIRM_YUAN = Weighted(
    [
        *[(100_000, 12), (300_000, 10), (500_000, 20), (1_000_000, 26), (2_000_000, 10)],
        *[(5_000_000, 12), (10_000_000, 7), (50_000_000, 2), (100_000_000, 1)],
    ]
)
_STANDINGS = Weighted([("active", 84), ("deregistered", 10), ("revoked", 5), ("moved_out", 1)])


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm or shop. `status` is active, deregistered (注销), revoked (吊销) or moved_out (迁出)."""

    number: int
    code: str
    name: str
    kind: str
    legal_person: int
    legal_person_name: str
    area: str
    address: str
    capital_yuan: int
    status: str
    section: str
    industry: str
    established: date
    staff: int
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class _Trade:
    section: str
    industry: str
    firm_words: tuple[str, ...]
    shop_words: tuple[str, ...]


def firms(seed: int, count: int, of_residents: int) -> Iterator[Firm]:
    """`count` firms spread evenly over a city of `of_residents`, in the order of their numbers (from 1)."""
    blocks = -(-of_residents // BLOCK)
    for block in range(blocks):
        first, end = block * count // blocks, (block + 1) * count // blocks
        if first == end:
            continue
        people = [one for one in block_of(seed, block) if one.number <= of_residents]
        dice = Dice("city", seed, "firms", block)
        for number in range(first + 1, end + 1):
            is_story = block == story.block() and number == first + 1
            yield _story_shop(number, people[0]) if is_story else _firm(dice, number, people)


def _firm(dice: Dice, number: int, people: list[Resident]) -> Firm:
    adults = [one for one in people if 20 <= one.age(AS_OF) <= 72] or people
    person = dice.pick(adults)
    kind, trade = dice.draw(_KINDS), dice.draw(_trades())
    if kind == "cooperative":
        trade = _trades().at(0)
    area = places.area_of_block((person.number - 1) // BLOCK).code
    capital = dice.draw(_SMALL_YUAN if kind in ("shop", "sole") else _FIRM_YUAN)
    youngest = person.born.replace(year=person.born.year + 18, day=1)
    earliest = max(youngest, date(1994, 7, 1))
    age_days = max(1, int((AS_OF - earliest).days * (dice.below(1000) / 1000) ** 1.8))
    return Firm(
        number=number,
        code=credit_code(_REGISTRARS[kind], area, numbered_body("MAY", number)),
        name=_name(dice, number, kind, trade, area, person),
        kind=kind,
        legal_person=person.number,
        legal_person_name=person.name,
        area=area,
        address=places.shop_address(area, dice),
        capital_yuan=capital,
        status=dice.draw(_STANDINGS),
        section=trade.section,
        industry=trade.industry,
        established=AS_OF - timedelta(days=age_days),
        staff=dice.bell(1, 6) if capital < 300_000 else dice.bell(2, 12 + capital // 150_000),
        phone=f"0600-8{number * 456_791 % 1_000_000:06d}",
        email=f"f{number:05d}@firms.yunxi.example",
    )


def _name(dice: Dice, number: int, kind: str, trade: _Trade, area: str, person: Resident) -> str:
    """City, mark, trade and form; a shop is called after its district and often its owner. The mark makes it unique."""
    if kind == "shop":
        owner = f"{names.surname_of(person.name).zh}记" if dice.chance(35) else ""
        return f"云溪市{places.division(area).name}{owner}{_mark(number)}{dice.pick(trade.shop_words)}"
    return f"云溪{_mark(number)}{dice.pick(trade.firm_words)}{_ENDINGS[kind]}"


def _mark(number: int) -> str:
    signs = len(_MARKS)
    rounds, place = divmod(number, signs * signs)
    first, second = divmod(place * _MARK_STEP % (signs * signs), signs)
    return _MARKS[first] + _MARKS[second] + (_MARKS[rounds] if rounds else "")


def _story_shop(number: int, owner: Resident) -> Firm:
    return Firm(
        number=number,
        code=credit_code("92", places.CITY, story.SHOP_BODY),
        name=story.SHOP,
        kind="shop",
        legal_person=owner.number,
        legal_person_name=owner.name,
        area="990105",
        address=story.SHOP_ADDRESS,
        capital_yuan=50_000,
        status="active",
        section="H",
        industry="住宿和餐饮业",
        established=date(2022, 1, 4),
        staff=6,
        phone=f"0600-8{number * 456_791 % 1_000_000:06d}",
        email=f"f{number:05d}@firms.yunxi.example",
    )


@cache
def _trades() -> Weighted[_Trade]:
    return Weighted(
        [
            (
                _Trade(
                    row["section"],
                    row["industry"],
                    tuple(row["firm_words"].split(" ")),
                    tuple(row["shop_words"].split(" ")),
                ),
                int(row["weight"]),
            )
            for row in rows("industries")
        ]
    )
