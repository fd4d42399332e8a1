"""Which column of a source a field is probably read from: by name, by 中文 name, by pinyin, by likeness. Pure."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field's names: as in the lake, in 中文, and how that is spelled (pinyin, initials)."""

    name: str
    name_zh: str
    spelling: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """The column for a field. `sure`: its name says so; else a person looks."""

    field: str
    column: str
    sure: bool
    zh: str
    en: str


def propose(columns: Sequence[str], fields: Sequence[FieldName]) -> list[Match]:
    """The best column for each field, each column used once; the surest matches first.

    >>> [(one.field, one.column, one.sure) for one in propose(["USCC", "企业名称", "addr"], [
    ...     FieldName("uscc", "统一社会信用代码"), FieldName("name", "企业名称"), FieldName("phone", "电话")])]
    [('uscc', 'USCC', True), ('name', '企业名称', True)]
    """
    left, found = list(columns), {}
    for way in (_same_name, _same_meaning, _same_sound, _alike):
        for one in fields:
            if one.name in found:
                continue
            match = way(one, left)
            if match:
                found[one.name] = match
                left.remove(match.column)
    return [found[one.name] for one in fields if one.name in found]


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-./（）()【】\[\]:：*]+", "", text).lower()


def _same_name(field: FieldName, columns: Sequence[str]) -> Match | None:
    for column in columns:
        if _plain(column) == _plain(field.name):
            return Match(field.name, column, True, "列名与字段名相同", "the column has the field's name")
    return None


def _same_meaning(field: FieldName, columns: Sequence[str]) -> Match | None:
    for column in columns:
        if _plain(column) == _plain(field.name_zh):
            return Match(field.name, column, True, "列名与字段中文名相同", "the column has the field's Chinese name")
    return None


def _same_sound(field: FieldName, columns: Sequence[str]) -> Match | None:
    sounds = {_plain(one) for one in field.spelling.split() if len(one) > 1}
    for column in columns:
        if _plain(column) in sounds:
            return Match(field.name, column, False, "列名像字段名的拼音", "the column reads like the field in pinyin")
    return None


def _alike(field: FieldName, columns: Sequence[str]) -> Match | None:
    best, share = "", ALIKE
    for column in columns:
        for name in (field.name, field.name_zh):
            ratio = difflib.SequenceMatcher(None, _plain(column), _plain(name)).ratio()
            if ratio >= share:
                best, share = column, ratio
    return Match(field.name, best, False, "列名与字段名相近", "the column's name is like the field's") if best else None
