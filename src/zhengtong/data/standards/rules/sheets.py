"""How elements and codes stand in a file: one row each, the same columns in and out."""

from collections.abc import Mapping
from datetime import date

from zhengtong.data.standards.rules.codes import CodeRow
from zhengtong.data.standards.rules.definitions import Definition, Level, Type
from zhengtong.kernel.errors import Field

ELEMENT_COLUMNS = {
    "code": "标识符",
    "name_zh": "中文名称",
    "name_en": "英文名称",
    "definition": "定义",
    "type": "类型",
    "length": "长度",
    "precision": "小数位",
    "code_list": "代码表",
    "check": "校验规则",
    "pattern": "格式",
    "least": "下限",
    "most": "上限",
    "level": "级别",
    "source": "来源标准",
}
CODE_COLUMNS = {
    "code": "代码",
    "name_zh": "名称",
    "name_en": "英文名称",
    "parent": "上级代码",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
}
WHOLE = ("length", "precision")
LONGEST = {"name_zh": 100, "name_en": 200, "definition": 2000, "source": 200, "pattern": 200}


def element_cells(code: str, one: Definition) -> list[str]:
    """The row of an element, in the order of ELEMENT_COLUMNS."""
    told = {**one.told(), "code": code}
    return ["" if told[name] is None else str(told[name]) for name in ELEMENT_COLUMNS]


def definition_of(cells: Mapping[str, str], *, place: str) -> tuple[Definition | None, list[Field]]:
    """The definition a row says, or what is wrong with it. `cells` by column title; `place` begins the faults' names."""
    told = {name: cells.get(title, "").strip() for name, title in ELEMENT_COLUMNS.items() if name != "code"}
    faults = []
    for name, kinds in (("type", Type), ("level", Level)):
        known = [kind.value for kind in kinds]
        if told[name] not in known:
            faults.append(_fault(place, name, f"应为 {'、'.join(known)} 之一", f"must be one of {', '.join(known)}"))
    for name in WHOLE:
        if told[name] and not (told[name].isascii() and told[name].isdigit() and len(told[name]) < 6):
            faults.append(_fault(place, name, "应为整数", "must be a whole number"))
    for name in ("name_zh", "definition"):
        if not told[name]:
            faults.append(_fault(place, name, "不能为空", "is needed"))
    for name, most in LONGEST.items():
        if len(told[name]) > most:
            faults.append(_fault(place, name, f"最多 {most} 字", f"has at most {most} characters"))
    if faults:
        return None, faults
    whole = {name: int(told[name]) if told[name] else None for name in WHOLE}
    return Definition.of({**told, **whole}), []


def code_cells(row: CodeRow) -> list[str]:
    """The row of a code, in the order of CODE_COLUMNS."""
    days = [day.isoformat() if day else "" for day in (row.valid_from, row.valid_to)]
    return [row.code, row.name_zh, row.name_en, row.parent, *days]


def code_of(cells: Mapping[str, str], *, place: str) -> tuple[CodeRow | None, list[Field]]:
    """The code a row says, or what is wrong with its dates. `cells` by column title."""
    told = {name: cells.get(title, "").strip() for name, title in CODE_COLUMNS.items()}
    days: dict[str, date | None] = {}
    faults = []
    for name in ("valid_from", "valid_to"):
        try:
            days[name] = date.fromisoformat(told[name]) if told[name] else None
        except ValueError:
            faults.append(_fault(place, name, "应为日期，例如 2026-03-05", "must be a day such as 2026-03-05"))
    if faults:
        return None, faults
    return CodeRow(told["code"], told["name_zh"], told["name_en"], told["parent"], **days), []


def _fault(place: str, name: str, zh: str, en: str) -> Field:
    title = ELEMENT_COLUMNS.get(name) or CODE_COLUMNS[name]
    return Field(
        f"{place}.{name}",
        f"第 {place.rpartition('.')[2]} 行“{title}”{zh}。",
        f"Row {place.rpartition('.')[2]}, {name} {en}.",
    )
