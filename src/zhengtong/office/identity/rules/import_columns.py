"""The columns of an imported list, by their headers in either language, and how their words are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from zhengtong.kernel.errors import Field
from zhengtong.office.identity.rules.organisation import KINDS, LEVELS

E = TypeVar("E", bound=StrEnum)


class Outcome(StrEnum):
    """What importing a row would do."""

    ADD = "add"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, its header in both languages, the longest value, other headers it is known by."""

    key: str
    zh: str
    en: str
    most: int
    required: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would change."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What importing one row would do. `row` is its number in the file; `values` its cells by column key, as text."""

    row: int
    name: str
    outcome: Outcome
    values: Mapping[str, str]
    changes: tuple[Change, ...] = ()
    faults: tuple[Field, ...] = field(default=())


DEPARTMENT_COLUMNS = (
    Column("name_zh", "名称", "Name", 100, True, ("部门名称", "name_zh", "部门")),
    Column("name_en", "英文名", "Name in English", 200, also=("英文名称", "name_en")),
    Column("short_name", "简称", "Short name", 30, also=("short_name",)),
    Column("code", "统一社会信用代码", "Unified social credit code", 18, also=("信用代码", "code")),
    Column("parent", "上级部门", "Parent", 200, also=("上级", "parent")),
    Column("level", "级别", "Level", 20, also=("层级", "level")),
    Column("kind", "类别", "Kind", 30, also=("类型", "kind")),
    Column("position", "排序", "Order", 6, also=("position", "序号")),
)
PEOPLE_COLUMNS = (
    Column("name", "姓名", "Name", 100, True, ("name",)),
    Column("login", "登录名", "Login", 32, also=("账号", "login")),
    Column("staff_number", "工号", "Staff number", 40, also=("staff_number", "编号")),
    Column("phone", "电话", "Phone", 20, also=("手机", "手机号", "phone")),
    Column("email", "邮箱", "E-mail", 254, also=("电子邮箱", "email")),
    Column("department", "部门", "Department", 200, also=("所在部门", "department")),
    Column("title", "职务", "Title", 60, also=("岗位", "title")),
    Column("roles", "角色", "Roles", 300, also=("roles",)),
    Column("from_on", "开始日期", "From", 20, also=("起始日期", "from_on")),
    Column("until_on", "结束日期", "Until", 20, also=("截止日期", "until_on")),
)
COLUMNS: Mapping[str, tuple[Column, ...]] = {"departments": DEPARTMENT_COLUMNS, "people": PEOPLE_COLUMNS}


def read_headers(kind: str, headers: Sequence[str]) -> tuple[list[str | None], list[Column]]:
    """The column key of each header (None: not ours), and the required columns that are missing.

    >>> read_headers("people", ["姓名", "Login", "备注"])
    (['name', 'login', None], [])
    """
    known = {word.casefold(): one.key for one in COLUMNS[kind] for word in (one.zh, one.en, *one.also)}
    keys = [known.get(header.strip().casefold()) for header in headers]
    return keys, [one for one in COLUMNS[kind] if one.required and one.key not in keys]


def too_long(kind: str, values: Mapping[str, str]) -> list[Field]:
    """The cells that are longer than their column takes, or hold control characters."""
    faults = []
    for one in COLUMNS[kind]:
        value = values.get(one.key, "")
        if len(value) > one.most:
            zh = f"“{one.zh}”最多 {one.most} 个字，这里有 {len(value)} 个。"
            faults.append(Field(one.key, zh, f"“{one.en}” takes {one.most} characters; this has {len(value)}."))
        elif any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
            faults.append(Field(one.key, f"“{one.zh}”含有换行或控制字符。", f"“{one.en}” holds control characters."))
    return faults


def read_level(word: str) -> str | None:
    """The level that a word means; None when it means none."""
    return _meant(word, LEVELS)


def read_kind(word: str) -> str | None:
    """The kind of department that a word means; None when it means none."""
    return _meant(word, KINDS)


def read_date(text: str) -> date | None:
    """A date such as 2026-03-05, 2026/3/5, 20260305 or 2026年3月5日; None when it is none.

    >>> read_date("2026年3月5日")
    datetime.date(2026, 3, 5)
    """
    for mark in "年月/.":
        text = text.replace(mark, "-")
    text = text.replace("日", "").strip().split(" ")[0]
    parts = [text[:4], text[4:6], text[6:]] if len(text) == 8 and text.isdigit() else text.split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None


def read_list(text: str) -> list[str]:
    """The words of a cell that holds several: `经办人、领导; auditor`.

    >>> read_list("经办人、领导; auditor")
    ['经办人', '领导', 'auditor']
    """
    for mark in "；;，,、/|":
        text = text.replace(mark, "\n")
    return [word.strip() for word in text.split("\n") if word.strip()]


def _meant(word: str, labels: Mapping[E, tuple[str, str]]) -> str | None:
    wanted = word.strip().casefold()
    for key, (zh, en) in labels.items():
        if wanted in (key.value, zh, en.casefold()):
            return key.value
    return None
