"""What two records are compared by: columns made ready once, levels of agreement, keys that bring candidates together.

A level is a condition of a few primitive tests on ready columns, so that one declaration is carried out by Splink in a batch
(DuckDB or Spark) and by `levels_of` for one new record, with the same outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from zhengtong.data.entities.rules import texts

Ready = Mapping[str, str]


class Register(StrEnum):
    """The two registers."""

    FIRM = "firm"
    PERSON = "person"


Kind = Register


@dataclass(frozen=True, slots=True)
class Test:
    """One primitive test of two values of a column: equal; at most `most` edits apart (Levenshtein)."""

    column: str
    how: Literal["same", "near"]
    most: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """A level of agreement: it holds where all tests of any one alternative hold."""

    name: str
    zh: str
    en: str
    any_of: tuple[tuple[Test, ...], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that is compared: levels from the strongest to the weakest; below them all, `differs`.

    Where one side does not say it (`column` empty), it counts neither way.
    """

    name: str
    zh: str
    en: str
    column: str
    levels: tuple[Level, ...]


DIFFERS, UNKNOWN = "differs", "unknown"


def _same(*columns: str) -> tuple[Test, ...]:
    return tuple(Test(column, "same") for column in columns)


def _near(column: str, most: int) -> tuple[Test, ...]:
    return (Test(column, "near", most),)


def _code(column: str, zh: str, en: str) -> Comparison:
    slip = (_near(column, 1), (*_near(column, 2), Test(f"{column}_sorted", "same")))
    return Comparison(
        column,
        zh,
        en,
        column,
        (
            Level("same", f"{zh}相同", f"same {en}", (_same(column),)),
            Level("slip", f"{zh}差一位或两位颠倒", f"{en} differs by one character or two exchanged", slip),
        ),
    )


_PHONE = _code("phone", "电话", "telephone")
_ADDRESS = Comparison(
    "address",
    "地址",
    "address",
    "address",
    (
        Level(
            "same", "地址相同（区划、门牌写法不计）", "same address but for divisions and forms", (_same("address"),)
        ),
        Level(
            "door",
            "门牌相同，路名差一两个字",
            "same door, road almost the same",
            ((*_same("door"), *_near("place", 2)),),
        ),
        Level("place", "同一条路或小区", "same road or estate", (_same("place"),)),
    ),
)
PERSON = (
    Comparison(
        "name",
        "姓名",
        "name",
        "name",
        (
            Level("same", "姓名相同（繁简不计）", "same name, traditional or simplified", (_same("name"),)),
            Level("sound", "姓名同音", "names sound alike", (_same("sound"),)),
            Level(
                "one",
                "姓氏相同，名差一个字",
                "same surname, one character differs",
                ((*_same("surname"), *_near("name", 1)),),
            ),
            Level("close", "读音相近", "names sound nearly alike", (_near("sound", 1),)),
        ),
    ),
    _code("code", "证件号码", "identity number"),
    Comparison(
        "birth",
        "出生日期",
        "date of birth",
        "birth",
        (
            Level("same", "出生日期相同", "same date of birth", (_same("birth"),)),
            Level(
                "slip",
                "出生日期差一位或月日颠倒",
                "date of birth differs by one digit, or month and day are exchanged",
                (_near("birth", 1), _same("birth_sorted", "birth_year")),
            ),
            Level("year", "出生年份相同", "same year of birth", (_same("birth_year"),)),
        ),
    ),
    Comparison("sex", "性别", "sex", "sex", (Level("same", "性别相同", "same sex", (_same("sex"),)),)),
    _PHONE,
    _ADDRESS,
)
FIRM = (
    Comparison(
        "name",
        "名称",
        "name",
        "name",
        (
            Level("same", "名称相同", "same name", (_same("name"),)),
            Level("core", "字号相同（区划、行业、组织形式不计）", "same core name", (_same("core"),)),
            Level("sound", "字号同音", "core names sound alike", (_same("sound"),)),
            Level("one", "名称差一个字", "one character differs", (_near("name", 1),)),
        ),
    ),
    _code("code", "统一社会信用代码", "unified social credit code"),
    Comparison(
        "legal",
        "法定代表人",
        "legal representative",
        "legal",
        (
            Level("same", "法定代表人相同", "same legal representative", (_same("legal"),)),
            Level("sound", "法定代表人同音", "legal representatives sound alike", (_same("legal_sound"),)),
        ),
    ),
    _PHONE,
    _ADDRESS,
)
COMPARISONS: Mapping[Kind, tuple[Comparison, ...]] = {Kind.PERSON: PERSON, Kind.FIRM: FIRM}
KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("by_name_birth", "by_phone", "by_name_place", "by_address", "by_code_front", "by_code_back"),
    Kind.FIRM: ("by_core", "by_sound", "by_phone", "by_address", "by_code_back", "by_legal_place"),
}
ATTRIBUTES: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("code", "name", "sex", "birth", "phone", "address", "nationality", "division"),
    Kind.FIRM: ("code", "name", "status", "legal", "address", "phone", "registered_on", "industry", "capital_fen"),
}


def columns_of(kind: Kind) -> tuple[str, ...]:
    """All ready columns of a register, keys included, in a fixed order."""
    asked = [test.column for one in COMPARISONS[kind] for level in one.levels for way in level.any_of for test in way]
    return tuple(dict.fromkeys([*(one.column for one in COMPARISONS[kind]), *asked, *KEYS[kind]]))


def ready(kind: Kind, values: Mapping[str, str], *, valid: bool) -> dict[str, str]:
    """The columns a record is compared by; empty where it does not say. `valid`: its code passes the check digit."""
    return _ready_person(values, valid=valid) if kind is Kind.PERSON else _ready_firm(values)


def _ready_person(values: Mapping[str, str], *, valid: bool) -> dict[str, str]:
    name = texts.person_name(values.get("name", ""))
    number = texts.code(values.get("code", ""))
    birth = texts.day(values.get("birth", "")) or (number[6:14] if valid and len(number) == 18 else "")
    read = texts.sound(name, surname=True)
    place, door, address = _place(values.get("address", ""))
    telephone = texts.phone(values.get("phone", ""))
    long = len(number) == 18
    return {
        "place": place,
        "door": door,
        "address": address,
        "name": name,
        "sound": read,
        "surname": texts.surname(name),
        "code": number,
        "code_sorted": _sorted(number),
        "birth": birth,
        "birth_sorted": _sorted_day(birth),
        "birth_year": birth[:4],
        "sex": texts.sex(values.get("sex", "")) or (("2", "1")[int(number[16]) % 2] if valid and long else ""),
        "phone": telephone,
        "phone_sorted": _sorted(telephone),
        "by_name_birth": _joined(read, birth),
        "by_phone": telephone,
        "by_name_place": _joined(read, place),
        "by_address": _joined(address, read[:1]) if door else "",
        "by_code_front": number[:14] if long else "",
        "by_code_back": _joined(number[8:], read[:1]) if long else "",
    }


def _ready_firm(values: Mapping[str, str]) -> dict[str, str]:
    name = texts.firm_name(values.get("name", ""))
    core = texts.firm_core(values.get("name", ""))
    number = texts.code(values.get("code", ""))
    legal = texts.person_name(values.get("legal", ""))
    place, door, address = _place(values.get("address", ""))
    telephone = texts.phone(values.get("phone", ""))
    return {
        "place": place,
        "door": door,
        "address": address,
        "name": name,
        "core": core,
        "sound": texts.sound(core),
        "code": number,
        "code_sorted": _sorted(number),
        "legal": legal,
        "legal_sound": texts.sound(legal, surname=True),
        "phone": telephone,
        "phone_sorted": _sorted(telephone),
        "by_core": core,
        "by_sound": texts.sound(core),
        "by_phone": telephone,
        "by_address": _joined(address, legal[:1]) if door else "",
        "by_code_back": number[8:17] if len(number) == 18 else "",
        "by_legal_place": _joined(legal, place),
    }


def _place(text: str) -> tuple[str, str, str]:
    """Road, door, and both together."""
    if not text:
        return "", "", ""
    read = texts.address(text)
    return read.place, read.door, _joined(read.place, read.door) or read.place


def _joined(one: str, other: str) -> str:
    return f"{one}|{other}" if one and other else ""


def _sorted(text: str) -> str:
    return "".join(sorted(text)) if text else ""


_sorted_day = lru_cache(100_000)(_sorted)


def levels_of(kind: Kind, one: Ready, other: Ready) -> dict[str, str]:
    """The level each comparison of two records reaches."""
    return {comparison.name: level_of(comparison, one, other) for comparison in COMPARISONS[kind]}


def level_of(comparison: Comparison, one: Ready, other: Ready) -> str:
    """The strongest level that holds; UNKNOWN where a side is silent, DIFFERS where none holds."""
    if not one[comparison.column] or not other[comparison.column]:
        return UNKNOWN
    for level in comparison.levels:
        if any(all(_holds(test, one, other) for test in way) for way in level.any_of):
            return level.name
    return DIFFERS


def _holds(test: Test, one: Ready, other: Ready) -> bool:
    left, right = one[test.column], other[test.column]
    if not left or not right:
        return False
    return left == right if test.how == "same" else within(left, right, test.most)


def within(one: str, other: str, most: int) -> bool:
    """True where at most `most` insertions, deletions and substitutions turn one into the other.

    >>> within("张晓明", "张小明", 1), within("18", "81", 1), within("18", "81", 2)
    (True, False, True)
    """
    if one == other:
        return True
    if abs(len(one) - len(other)) > most:
        return False
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, against in enumerate(other, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != against)))
        if min(now) > most:
            return False
        before = now
    return before[-1] <= most
