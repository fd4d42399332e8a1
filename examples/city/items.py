"""The city's catalogue: 1,200 data items of the twenty departments, and the five that its bureaus' live systems fill.

An item is a subject that a department keeps (`data/subjects.csv`) under one aspect (`data/aspects.csv`); its fields come
in groups (`data/fields.csv`) that are bound to the data elements of the standards by their Chinese names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from . import government
from .dice import Dice
from .sheets import rows

ITEMS = 1_200
LEVELS = ("general_1", "general_2", "general_3", "general_4")
# Refused to all, with the law that says so: (department, subject, aspect) → ground.
REFUSED = {
    ("tax", "重大税收违法案件当事人", "变更信息"): "《中华人民共和国税收征收管理法》第八条",
    ("civil", "孤儿和困境儿童", "服务办理记录"): "《中华人民共和国未成年人保护法》第四条",
    ("civil", "收养登记", "登记信息"): "《中华人民共和国民法典》第一千一百一十条",
}


@dataclass(frozen=True, slots=True)
class ItemField:
    """One field. `type` is a letter of GB/T 19488.1 (C text, N number, D day, T moment, B yes or no); `element` the name
    of the data element it follows, or empty; `level` of GB/T 43697 with general data in four."""

    name: str
    name_zh: str
    name_en: str
    type: str
    length: int | None
    precision: int | None
    element: str
    level: str
    is_key: bool
    required: bool


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One data item. `department` is a key of `departments()`; `code` follows the guide of 2017 (类1 项2 目3 细目2/顺序6);
    `share` is 1 to all, 2 on conditions, 3 refused with the legal `basis`; `cycle` is realtime, day, week, month, quarter
    or year; `topic` is the 类 (基础 1, 主题 2, 部门 3); `live` names the table of the bureau that fills it, or is empty."""

    code: str
    name_zh: str
    name_en: str
    department: str
    abstract: str
    topic: str
    cycle: str
    share: int
    condition: str
    basis: str
    level: str
    fields: tuple[ItemField, ...]
    live: str = ""
    short_code: str = ""


def items(seed: int) -> Iterator[CatalogueItem]:
    """All items: first the five that the bureaus' live systems fill, then the others, department by department."""
    yield from live_items()
    dice = Dice("city", seed, "items")
    for order, row in enumerate(rows("subjects")[: ITEMS // 4], start=1):
        for place, aspect in enumerate(_aspects(row["kind"]), start=1):
            if (row["department"], row["subject"], aspect["aspect"]) not in _GIVEN_UP:
                yield _item(row, aspect, order, place, dice)


# Five of the twelve hundred give way to the live ones.
_GIVEN_UP = {
    ("tax", "企业所得税", "收付明细"),
    ("tax", "个人所得税", "收付明细"),
    ("market", "股权出质登记", "月度统计"),
    ("police", "门楼牌", "巡查记录"),
    ("civil", "地名", "巡查记录"),
}


def live_items() -> tuple[CatalogueItem, ...]:
    """The items behind the four bureaus' own systems; their fields are the columns of those tables."""
    return tuple(
        CatalogueItem(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            department=row["department"],
            abstract=row["abstract"],
            topic=row["code"][0],
            cycle=row["cycle"],
            share=2,
            condition="按协议约定的用途和范围使用",
            basis="",
            level=_strictest(fields := _live_fields(row["table"])),
            fields=fields,
            live=row["table"],
            short_code=row["short_code"],
        )
        for row in rows("live_items")
    )


def _item(row: dict[str, str], aspect: dict[str, str], order: int, place: int, dice: Dice) -> CatalogueItem:
    number = int(government.department(row["department"]).number.removeprefix("YX"))
    fields = tuple(field for group in aspect["fields"].split() for field in _group(group))
    fields = tuple({field.name: field for field in reversed(fields)}.values())[::-1]
    level = _strictest(fields)
    basis = REFUSED.get((row["department"], row["subject"], aspect["aspect"]), "")
    share = 3 if basis else 1 if level in ("general_1", "general_2") and dice.chance(82) else 2
    return CatalogueItem(
        code=f"3{number:02d}{order % 15 or 15:03d}{place:02d}/{order * 4 + place:06d}",
        name_zh=f"{row['subject']}{aspect['aspect']}",
        name_en=f"{row['subject_en']}: {aspect['aspect_en']}",
        department=row["department"],
        abstract=aspect["abstract"].replace("{s}", row["subject"]),
        topic="3",
        cycle=aspect["cycle"],
        share=share,
        condition="限于履行法定职责，按申请的场景和期限使用" if share == 2 else "",
        basis=basis,
        level=level,
        fields=fields,
    )


@cache
def _aspects(kind: str) -> tuple[dict[str, str], ...]:
    return tuple(row for row in rows("aspects") if row["kind"] == kind)


@cache
def _group(name: str) -> tuple[ItemField, ...]:
    return tuple(_field(row) for row in rows("fields") if row["group"] == name)


@cache
def _live_fields(table: str) -> tuple[ItemField, ...]:
    return tuple(_field(row) for row in rows("live_fields") if row["group"] == table)


def _field(row: dict[str, str]) -> ItemField:
    return ItemField(
        name=row["name"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        type=row["type"],
        length=int(row["length"]) if row["length"] else None,
        precision=int(row["precision"]) if row["precision"] else None,
        element=row["element"],
        level=row["level"],
        is_key=row["key"] == "1",
        required=row["key"] == "1" or row.get("required") == "1",
    )


def _strictest(fields: tuple[ItemField, ...]) -> str:
    return max((field.level for field in fields), key=LEVELS.index)
