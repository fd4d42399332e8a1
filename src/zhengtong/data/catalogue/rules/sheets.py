"""How items stand in a file: one row a field, the item's own columns on its first row (as the national template has it). Pure."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhengtong.data.catalogue.rules.contents import Content, FieldContent
from zhengtong.kernel.errors import Field

ITEM_COLUMNS = {
    "code": "代码",
    "number": "短编号",
    "name_zh": "名称",
    "name_en": "英文名称",
    "department": "提供单位",
    "class_code": "分类编码",
    "abstract": "摘要",
    "format": "数据格式",
    "resource_type": "资源类型",
    "share_type": "共享属性",
    "share_condition": "使用条件",
    "share_method": "共享方式",
    "share_basis": "不予共享依据",
    "share_basis_text": "依据名称和条款",
    "open_type": "开放属性",
    "open_condition": "开放条件",
    "channel": "网络通道",
    "update_cycle": "更新频率",
    "level": "分级",
    "related": "关联资源代码",
}
FIELD_COLUMNS = {
    "name": "信息项标识",
    "name_zh": "信息项名称",
    "type": "数据类型",
    "length": "长度",
    "precision": "小数位",
    "element_code": "数据元",
    "code_list": "代码表",
    "is_key": "主键",
    "required": "必填",
    "level": "信息项分级",
    "meaning": "信息项说明",
}
NEEDED_COLUMNS = ("名称", "提供单位", "信息项标识", "信息项名称", "数据类型")
COLUMNS = (*ITEM_COLUMNS.values(), *FIELD_COLUMNS.values())
TABLES = {
    "format": "formats",
    "resource_type": "resource_types",
    "share_type": "share_types",
    "share_method": "share_methods",
    "share_basis": "share_bases",
    "open_type": "open_types",
    "channel": "channels",
    "update_cycle": "update_cycles",
}
YES = {"是": True, "1": True, "Y": True, "YES": True, "TRUE": True, "√": True}
NO = {"": False, "否": False, "0": False, "N": False, "NO": False, "FALSE": False}
PLAIN = (
    "code",
    "number",
    "name_zh",
    "name_en",
    "class_code",
    "abstract",
    "share_condition",
    "share_basis_text",
    "open_condition",
)
DEFAULTS = {one.name: one.default for one in dataclasses.fields(Content)}


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a cell may say a word: by table, the key of every way to say it. `elements`: codes by code and by Chinese name."""

    words: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, str]
    types: Mapping[str, str]
    elements: Mapping[str, str]


@dataclass(slots=True)
class Read:
    """An item as it stands in a file. `rows`: the file's row of the item, and of each field; `faults` are already placed."""

    row: int
    code: str
    number: str
    department: str
    content: Content
    rows: list[int] = field(default_factory=list)
    faults: list[Field] = field(default_factory=list)


def read_items(rows: Iterable[tuple[int, Mapping[str, str]]], spoken: Spoken) -> list[Read]:
    """The items of a file, in its order. A row with a new name begins an item; one without a name goes on with the item above."""
    found: list[Read] = []
    above: tuple[str, ...] = ()
    for number, cells in rows:
        if not any(value.strip() for value in cells.values()):
            continue
        said = tuple(cells.get(ITEM_COLUMNS[name], "").strip() for name in ("code", "name_zh", "department"))
        if (said[1] and said != above) or not found:
            found.append(_item(number, cells, spoken))
            above = said
        one, faults = _field(number, cells, spoken)
        found[-1].faults += faults
        if one:
            found[-1].content = dataclasses.replace(found[-1].content, fields=(*found[-1].content.fields, one))
            found[-1].rows.append(number)
    return found


def item_rows(own: Mapping[str, str], content: Content, said: "Said") -> list[list[str]]:
    """The rows of an item, in the order of COLUMNS. `own`: code, number and department in words."""
    told = {name: getattr(content, name, "") for name in ITEM_COLUMNS} | dict(own)
    told |= {name: said.words[table].get(told[name], told[name]) for name, table in TABLES.items()}
    told |= {"level": said.levels.get(content.level, ""), "related": "、".join(content.related)}
    head = [str(told[name]) for name in ITEM_COLUMNS]
    blank = [""] * len(head)
    fields = [_cells(one, said) for one in content.fields] or [[""] * len(FIELD_COLUMNS)]
    return [[*(head if place == 0 else blank), *cells] for place, cells in enumerate(fields)]


@dataclass(frozen=True, slots=True)
class Said:
    """How a word is written into a cell."""

    words: Mapping[str, Mapping[str, str]]
    levels: Mapping[str, str]
    types: Mapping[str, str]


def placed(faults: Sequence[Field], one: Read) -> list[Field]:
    """Faults of the content, at their rows and columns in the file."""
    return [_placed(fault, one) for fault in faults]


def fault(row: int, title: str, zh: str, en: str) -> Field:
    """What is wrong in a cell."""
    return Field(f"rows.{row}.{title}", f"第 {row} 行“{title}”：{zh}", f"Row {row}, “{title}”: {en}")


def _item(row: int, cells: Mapping[str, str], spoken: Spoken) -> Read:
    told: dict[str, Any] = {name: cells.get(ITEM_COLUMNS[name], "").strip() for name in PLAIN}
    faults = []
    for name, table in TABLES.items():
        given = cells.get(ITEM_COLUMNS[name], "").strip()
        key = spoken.words[table].get(given.upper()) if given else DEFAULTS[name]
        if key is None:
            some = "、".join(dict.fromkeys(spoken.words[table].values()))
            faults.append(
                fault(row, ITEM_COLUMNS[name], f"不认识“{given}”。", f"“{given}” is not known; there are: {some}.")
            )
        told[name] = DEFAULTS[name] if key is None else key
    given = cells.get(ITEM_COLUMNS["level"], "").strip()
    told["level"] = spoken.levels.get(given.upper().replace(" ", ""), "")
    if given and not told["level"]:
        faults.append(fault(row, ITEM_COLUMNS["level"], f"不认识级别“{given}”。", f"there is no level “{given}”."))
    related = cells.get(ITEM_COLUMNS["related"], "").replace("，", "、").replace(",", "、").split("、")
    told["related"] = tuple(code.strip() for code in related if code.strip())
    code, number = told.pop("code"), told.pop("number")
    return Read(row, code, number, cells.get(ITEM_COLUMNS["department"], "").strip(), Content(**told), faults=faults)


def _field(row: int, cells: Mapping[str, str], spoken: Spoken) -> tuple[FieldContent | None, list[Field]]:
    told: dict[str, Any] = {name: cells.get(title, "").strip() for name, title in FIELD_COLUMNS.items()}
    if not any(told.values()):
        return None, []
    faults = []

    def wrong(name: str, zh: str, en: str) -> None:
        faults.append(fault(row, FIELD_COLUMNS[name], zh, en))

    kind = spoken.types.get(told["type"].upper())
    if kind is None:
        wrong("type", f"不认识类型“{told['type']}”。", f"there is no type “{told['type']}”.")
    for name in ("length", "precision"):
        if told[name] and not (told[name].isascii() and told[name].isdigit() and len(told[name]) < 6):
            wrong(name, "应为整数。", "must be a whole number.")
            told[name] = ""
        told[name] = int(told[name]) if told[name] else None
    for name in ("is_key", "required"):
        answer = {**YES, **NO}.get(told[name].upper())
        if answer is None:
            wrong(name, "应为 是 或 否。", "must be 是 or 否.")
        told[name] = bool(answer)
    level = spoken.levels.get(told["level"].upper().replace(" ", ""), "")
    if told["level"] and not level:
        wrong("level", f"不认识级别“{told['level']}”。", f"there is no level “{told['level']}”.")
    element = spoken.elements.get(told["element_code"], told["element_code"])
    told |= {"type": kind or "C", "level": level, "element_code": element}
    return FieldContent(**told), faults


def _cells(one: FieldContent, said: Said) -> list[str]:
    told: dict[str, Any] = {name: getattr(one, name) for name in FIELD_COLUMNS}
    told |= {"type": said.types[one.type], "level": said.levels.get(one.level, "")}
    told |= {name: "是" if told[name] else "否" for name in ("is_key", "required")}
    return ["" if told[name] is None else str(told[name]) for name in FIELD_COLUMNS]


def _placed(found: Field, one: Read) -> Field:
    head, _, rest = found.name.partition(".")
    place, _, column = rest.partition(".")
    if head == "fields" and place.isdigit() and int(place) < len(one.rows):
        return fault(one.rows[int(place)], FIELD_COLUMNS.get(column, column), found.zh, found.en)
    return fault(one.row, ITEM_COLUMNS.get(head, "名称"), found.zh, found.en)
