"""How names, addresses, telephone and code numbers are written before they are compared: one way each.

The words left out (legal forms, trades, places) and the characters read as one are data: rules/entities.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from zhengtong.kernel import assets

HAN = r"\u3400-\u9fff"
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NO_PLACE = "路巷弄号村小园"
_STARTS = [0x3400, *(ord(one) + 1 for one in sorted(_NO_PLACE))]
_ENDS = [*(ord(one) - 1 for one in sorted(_NO_PLACE)), 0x9FFF]
_PLACE = "[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in zip(_STARTS, _ENDS, strict=True)) + "]"
_LEVELS = (
    rf"(?:{_PLACE}{{2,8}}?(?:省|自治区|特别行政区))?",
    rf"(?:{_PLACE}{{2,7}}?(?:市|自治州|地区|盟))?",
    rf"(?:{_PLACE}{{1,6}}?(?:新区|开发区|区|县|旗|市))?",
    rf"(?:{_PLACE}{{1,6}}?(?:街道办事处|街道|镇|苏木|乡))?",
)
_STROKES = {" ": "", "—": "-", "–": "-", "#": "号"}
_STROKE = re.compile("[ —–#]")
_DIVISIONS = re.compile("".join(_LEVELS))
_NUMBERS = re.compile(r"\d+")
_CHINESE_DIGIT = re.compile("[零〇一二两三四五六七八九十百]")
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百]+(?=(?:号|弄|巷|幢|栋|座|楼|单元|层|室|房|户|组|村民小组))")


@dataclass(frozen=True, slots=True)
class Words:
    """The lists of rules/entities/words.yaml, ready to use."""

    firm_forms: re.Pattern[str]
    trades: re.Pattern[str]
    places: re.Pattern[str]
    door: re.Pattern[str]
    double_surnames: frozenset[str]
    no_phones: frozenset[str]
    readings: dict[str, str]


@cache
def words() -> Words:
    """The lists that came with this release."""
    told = assets.load_yaml((assets.path("rules") / "entities" / "words.yaml").read_text("utf-8"))
    return Words(
        firm_forms=re.compile(f"(?:{_any_of(told['firm_forms'])})$"),
        trades=re.compile(f"(?:{_any_of(told['trades'])})$"),
        places=re.compile(f"^(?:{_any_of(told['places'])})(?:省|市)?"),
        door=re.compile(rf"([0-9]+[A-Z]?)(?:{_any_of(told['door_units'])}|-)*"),
        double_surnames=frozenset(told["double_surnames"]),
        no_phones=frozenset(told["no_phones"]),
        readings=told["surname_readings"],
    )


def _any_of(alternatives: list[str]) -> str:
    return "|".join(sorted(map(re.escape, alternatives), key=len, reverse=True))


@cache
def _simplified() -> dict[int, str]:
    """Characters that are read as another: traditional, variant, full-width."""
    text = (assets.path("rules") / "entities" / "simplified.txt").read_text("utf-8")
    pairs = [pair for line in text.splitlines() if not line.startswith("#") for pair in line.split()]
    wide = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
    return wide | {ord(pair[0]): pair[1] for pair in pairs}


@cache
def _otherwise() -> re.Pattern[str]:
    """Any character that is read as another: most texts have none, and looking for one costs a tenth of a translation."""
    return re.compile(f"[{''.join(map(re.escape, map(chr, _simplified())))}]")


def plain(text: str) -> str:
    """Half-width, simplified, in capitals, without the spaces at the ends.

    >>> plain(" 張曉明（ａ） ")
    '张晓明(A)'
    """
    if not text.isascii() and _otherwise().search(text):
        text = text.translate(_simplified())
    return text.strip().upper()


def _letters(text: str) -> str:
    """The letters and digits alone."""
    return text if text.isalnum() else "".join(letter for letter in text if letter.isalnum())


@lru_cache(maxsize=200_000)
def person_name(name: str) -> str:
    """A person's name as it is compared: no spaces, no dots between its parts.

    >>> person_name("張 曉明"), person_name("买买提·艾力"), person_name("Zhang Xiaoming")
    ('张晓明', '买买提艾力', 'ZHANGXIAOMING')
    """
    return _letters(plain(name))


@cache
def _readings() -> dict[int, str]:
    """Each character's first reading without its tone. zh/z, ch/c, sh/s, l/n and -ng/-n stay apart."""
    from pypinyin.constants import PINYIN_DICT

    found = {}
    for code, told in PINYIN_DICT.items():
        bare = unicodedata.normalize("NFD", told.split(",")[0])
        found[code] = "".join(letter for letter in bare if letter.isascii()).replace("u:", "v").upper()
    return found


@lru_cache(maxsize=200_000)
def sound(text: str, *, surname: bool = False) -> str:
    """How a normalised text is read, in capitals without tones; of many readings the first, of a surname its own.

    >>> sound("张晓明"), sound("张小明"), sound("单田芳", surname=True), sound("ZHANGXIAOMING")
    ('ZHANGXIAOMING', 'ZHANGXIAOMING', 'SHANTIANFANG', 'ZHANGXIAOMING')
    """
    head = words().readings.get(text[:1], "").upper() if surname else ""
    return head + (text[1:] if head else text).translate(_readings())


def surname(name: str) -> str:
    """The surname that a normalised name begins with.

    >>> surname("欧阳若川"), surname("沈若川")
    ('欧阳', '沈')
    """
    return name[:2] if name[:2] in words().double_surnames and len(name) > 2 else name[:1]


@lru_cache(maxsize=200_000)
def firm_core(name: str) -> str:
    """What is left of a firm's name without place, trade and legal form; the whole name where nothing would be left.

    >>> firm_core("云溪市鑫源商贸有限公司"), firm_core("鑫源(云溪)商貿有限責任公司"), firm_core("云溪锦和建筑工程有限公司")
    ('鑫源', '鑫源', '锦和')
    """
    whole = _letters(re.sub(r"\([^)]*\)", "", plain(name)))
    core = whole
    for pattern in (words().firm_forms, words().firm_forms, words().trades, words().trades):
        core = _without(pattern, core)
    core = _without(words().places, core)
    core = _without(re.compile(rf"^[{HAN}]{{2,3}}?(?:省|市|区|县)(?=[{HAN}]{{2}})"), core)
    return core if len(core) >= 2 else whole


def _without(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if not found or not found[0]:
        return text
    left = text[: found.start()] + text[found.end() :]
    return left if len(left) >= 2 else text


def firm_name(name: str) -> str:
    """A firm's whole name without spaces and signs.

    >>> firm_name("鑫源（云溪）商貿 有限公司")
    '鑫源云溪商贸有限公司'
    """
    return _letters(plain(name))


class Address(NamedTuple):
    """An address in two parts: the road and estate in words, and the numbers of the door."""

    place: str
    door: str


@lru_cache(maxsize=100_000)
def address(text: str) -> Address:
    """An address without its divisions, units and forms of numbers.

    >>> address("云溪市城关区东湖街道中山路十八号翠苑3幢2单元501室")
    Address(place='中山路翠苑', door='18-3-2-501')
    >>> address("东湖街道中山路18号翠苑3-2-501") == address("云溪市城关区中山路18號翠苑３栋２单元501")
    True
    """
    told = plain(text)
    if _STROKE.search(told):
        told = _STROKE.sub(lambda found: _STROKES[found[0]], told)
    if _CHINESE_DIGIT.search(told):
        told = _NUMERAL.sub(lambda found: str(numeral(found[0])), told)
    found = _DIVISIONS.match(told)
    rest = told[found.end() :] if found and found.end() < len(told) else told
    parts = words().door.split(rest)  # words and numbers in turns
    return Address(_letters("".join(parts[::2])), "-".join([number.lstrip("0") or "0" for number in parts[1::2]]))


def numeral(text: str) -> int:
    """A number below a thousand written in Chinese.

    >>> numeral("十八"), numeral("二十"), numeral("一百零三"), numeral("五〇一")
    (18, 20, 103, 501)
    """
    if not any(unit in text for unit in "十百"):
        return int("".join(str(_DIGITS[one]) for one in text))
    total, digit = 0, None
    for letter in text:
        if letter in "十百":
            total += (1 if digit is None else digit) * (10 if letter == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[letter]
    return total + (digit or 0)


def phone(text: str) -> str:
    """The digits of a telephone number without the country's prefix; nothing where it stands for none.

    >>> phone("+86 138-0013-8001"), phone("0571-8888 6666"), phone("11111111111")
    ('13800138001', '057188886666', '')
    """
    is_plain = text.isascii() and text.isdigit()
    digits = text if is_plain else "".join(letter for letter in plain(text) if letter.isdigit())
    digits = digits.removeprefix("0086")
    digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
    return "" if len(digits) < 7 or digits == digits[0] * len(digits) or digits in words().no_phones else digits


def code(text: str) -> str:
    """A code number in capitals without spaces and hyphens.

    >>> code(" 9135 0100-m000100y43")
    '91350100M000100Y43'
    """
    return _letters(plain(text)) if text else ""


@lru_cache(maxsize=100_000)
def day(text: str) -> str:
    """A day as eight digits; nothing where none is told.

    >>> day("1980-3-5"), day("1980年03月05日"), day("19800305"), day("unknown")
    ('19800305', '19800305', '19800305', '')
    """
    parts = _NUMBERS.findall(plain(text))
    if len(parts) >= 3 and len(parts[0]) == 4:
        return f"{parts[0]}{int(parts[1]):02d}{int(parts[2]):02d}"[:8]
    return parts[0][:8] if parts and len(parts[0]) >= 8 else ""


_SEXES = {"1": "1", "男": "1", "M": "1", "MALE": "1", "2": "2", "女": "2", "F": "2", "FEMALE": "2"}


@lru_cache(maxsize=1_000)
def sex(text: str) -> str:
    """1 for male, 2 for female (GB/T 2261.1); nothing where it is not told.

    >>> sex("男"), sex("2"), sex("0")
    ('1', '2', '')
    """
    return _SEXES.get(plain(text).removesuffix("性"), "")


def any_text(value: Any) -> str:
    """A value as text: a day by its form, nothing for none."""
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value).strip()


MASKED_NAME = re.compile(r"(?<=^.).+(?=.$)", re.DOTALL)


def masked_name(name: str) -> str:
    """A person's name with its middle hidden.

    >>> masked_name("何小满"), masked_name("沈川"), masked_name("买买提·艾力")
    ('何*满', '沈*', '买****力')
    """
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return MASKED_NAME.sub(lambda found: "*" * len(found[0]), name)


def masked_address(text: str) -> str:
    """An address down to its road: numbers are hidden.

    >>> masked_address("云溪市城关区中山路18号501室")
    '云溪市城关区中山路**号***室'
    """
    return re.sub(r"[0-9０-９]", "*", text)


def masked_middle(text: str, head: int = 3, tail: int = 2) -> str:
    """A number with its middle hidden.

    >>> masked_middle("13812345678", 3, 4), masked_middle("123")
    ('138****5678', '***')
    """
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]
