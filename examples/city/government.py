"""The twenty departments with their duties, and the offices (科室) inside some of them."""

from dataclasses import dataclass
from functools import cache

from .codes import credit_code
from .places import CITY
from .sheets import rows


@dataclass(frozen=True, slots=True)
class Department:
    """A department or an office (科室) in one, which has no credit code.

    `kind` is government (人民政府), bureau (工作部门) or section (内设科室); `category` says what sort of bureau: office
    (政府办公室), constituent (组成部门), direct (直属机构), vertical (垂直管理); all are of level city (市级).
    `number` is the city's own short number; `staff` how many people work there, offices included.
    """

    key: str
    number: str
    parent: str
    name: str
    name_en: str
    short_name: str
    code: str
    level: str
    kind: str
    category: str
    duties: str
    duties_en: str
    staff: int


@cache
def departments() -> tuple[Department, ...]:
    """All departments and offices, parents before children."""
    found: list[Department] = []
    for order, row in enumerate(rows("departments"), start=1):
        parent = _department(order, row)
        found.append(parent)
        for place, office in enumerate(row["offices"].split(), start=1):
            found.append(_office(parent, place, office))
    return tuple(found)


@cache
def department(key: str) -> Department:
    return next(one for one in departments() if one.key == key)


def offices_of(key: str) -> tuple[Department, ...]:
    return tuple(one for one in departments() if one.parent == key)


def _department(order: int, row: dict[str, str]) -> Department:
    return Department(
        key=row["key"],
        number=f"YX{order:02d}",
        parent="",
        name=row["name"],
        name_en=row["name_en"],
        short_name=row["short_name"],
        code=credit_code("11", CITY, f"0099{order:04d}"),
        level="city",
        kind="government" if row["category"] == "office" else "bureau",
        category=row["category"],
        duties=row["duties"],
        duties_en=row["duties_en"],
        staff=int(row["staff"]),
    )


def _office(parent: Department, place: int, name: str) -> Department:
    return Department(
        key=f"{parent.key}/{name}",
        number=f"{parent.number}-{place:02d}",
        parent=parent.key,
        name=f"{parent.name}{name}",
        name_en=f"{_OFFICES_EN[name]}, {parent.name_en}",
        short_name=name,
        code="",
        level="city",
        kind="section",
        category="",
        duties="",
        duties_en="",
        staff=0,
    )


_OFFICES_EN = {
    "共享协调科": "Sharing Coordination Office",
    "数据资源科": "Data Resources Office",
    "安全监管科": "Security Oversight Office",
    "运行保障科": "Operations Office",
    "综合受理科": "Reception Office",
    "投资项目科": "Investment Projects Office",
    "商事登记科": "Business Registration Office",
    "户政科": "Household Register Office",
    "出入境科": "Entry and Exit Office",
    "信息通信科": "Information and Communications Office",
    "征管科": "Collection Office",
    "数据科": "Data Office",
    "纳税服务科": "Taxpayer Service Office",
    "登记注册科": "Registration Office",
    "食品安全科": "Food Safety Office",
    "信用监管科": "Credit Oversight Office",
    "就业促进科": "Employment Office",
    "社会保险科": "Social Insurance Office",
    "信息科": "Information Office",
    "工程建设科": "Construction Office",
    "住房保障科": "Housing Security Office",
    "人民防空科": "Civil Defence Office",
    "指挥中心": "Command Centre",
    "防汛抗旱科": "Flood and Drought Office",
}
