"""What a broken value probably should have been, and how sure that is. Pure: the value's own rules prove or refute each guess.

有把握 (sure): one way to read it, and the rules prove it — full-width digits, blanks, O for 0 or I for 1 with the check digit as proof.
要人看 (look): likely, but more than one reading. 问数源部门 (ask): only the source knows. 不可推断 (unknowable): nothing is there.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from zhengtong.data.intake.rules.words import Confidence

LABELS = {
    Confidence.SURE: ("有把握", "sure"),
    Confidence.LOOK: ("要人看", "have a look"),
    Confidence.ASK: ("问数源部门", "ask the source"),
    Confidence.UNKNOWABLE: ("不可推断", "cannot be known"),
}
ALIKE = {
    "O": "0",
    "o": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "l": "1",
    "i": "1",
    "L": "1",
    "Z": "2",
    "z": "2",
    "S": "5",
    "s": "5",
    "B": "8",
    "V": "Y",
}
MOST_SWAPS = 3
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
TRUE, FALSE = (
    frozenset(["是", "有", "真", "y", "yes", "true", "t", "1", "√", "对"]),
    frozenset(["否", "无", "假", "n", "no", "false", "f", "0", "×", "错"]),
)
DAY_FORMS = (
    r"(?P<y>\d{4})[./\-年 ](?P<m>\d{1,2})[./\-月 ](?P<d>\d{1,2})日?(?:[ T]0{1,2}:00(?::00)?)?",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
)
AMBIGUOUS_DAY = r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{4})"
MONEY = re.compile(r"[¥￥$]|元$|人民币")
Passes = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that broke `rules` of a field of this `type` (a letter of standards.Type). `passes`: whether a text passes them all.

    `check`: the field's check by name. `codes`: the names of its code list, by name.
    """

    value: str | None
    type: str
    rules: Sequence[str]
    passes: Passes
    check: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mending:
    """A proposed value (None: none can be proposed), how sure, and why."""

    value: str | None
    confidence: Confidence
    zh: str
    en: str


def propose(broken: Broken) -> Mending:
    """The best mending of the value.

    >>> propose(Broken("２０２６０３０５", "D", ["type"], lambda text: text == "20260305")).value
    '20260305'
    """
    if not broken.value or not broken.value.strip():
        return Mending(None, Confidence.UNKNOWABLE, "源数据为空，无法推断", "the source has nothing here")
    sure: list[Mending] = []
    looked: list[Mending] = []
    for one in _guesses(broken):
        if one.value != broken.value and one.value is not None and broken.passes(one.value):
            (sure if one.confidence is Confidence.SURE else looked).append(one)
            if one.confidence is Confidence.SURE:
                break
    if sure:
        return sure[0]
    if looked:
        return looked[0]
    return Mending(
        None, Confidence.ASK, "无法从值本身判断，请问数源部门", "the value itself does not tell; ask the source"
    )


def tidied(value: str) -> str:
    """The value without blanks around it or invisible signs, full-width digits and letters as plain ones.

    >>> tidied("　９１350100Ｍ000100Ｙ43 ")
    '91350100M000100Y43'
    """
    plain = "".join(unicodedata.normalize("NFKC", one) if "\uff01" <= one <= "\uff5e" else one for one in value)
    return INVISIBLE.sub("", plain).replace("\u3000", " ").strip()


def _guesses(broken: Broken) -> Iterator[Mending]:
    value = tidied(broken.value or "")
    yield Mending(value, Confidence.SURE, "去掉空白和全角字符", "blanks and full-width characters removed")
    bare = re.sub(r"\s+", "", value)
    if bare != value:
        yield Mending(bare, Confidence.SURE, "去掉中间的空白", "blanks within removed")
    if broken.check:
        yield from _identifiers(bare, broken)
    yield from {"D": _days, "N": _numbers, "B": _truths, "T": _moments}.get(broken.type, _nothing)(value)
    if value in broken.codes:
        yield Mending(
            broken.codes[value], Confidence.SURE, f"“{value}”是代码的名称", "the name of a code in place of the code"
        )
    yield from _padded(bare, broken)
    if broken.type == "C" and (found := re.fullmatch(r"(\d+)\.0+", bare)):
        yield Mending(
            found[1], Confidence.LOOK, "像是表格软件添上的小数", "looks like decimals that a spreadsheet added"
        )


def _nothing(_: str) -> Iterator[Mending]:
    yield from ()


def _identifiers(value: str, broken: Broken) -> Iterator[Mending]:
    """Letters for digits they look like, proved by the check digit; a citizen's number of fifteen digits made eighteen."""
    upper = re.sub(r"[-—–_.]", "", value).upper()
    yield Mending(upper, Confidence.SURE, "改为大写并去掉连接符", "capitals, dashes removed")
    found = {text for text in _swapped(upper, broken.check) if broken.passes(text)}
    if len(found) == 1:
        (text,) = found
        yield Mending(
            text,
            Confidence.SURE,
            "把形近字母改为数字后校验码吻合",
            "letters that look like digits; the check digit proves it",
        )
    for text in sorted(found) if len(found) > 1 else ():
        yield Mending(text, Confidence.LOOK, "有几种改法都能通过校验，请核对", "more than one reading passes; look")
    if broken.check == "id_number" and re.fullmatch(r"\d{15}", upper):
        yield Mending(
            _eighteen(upper), Confidence.LOOK, "15 位旧号码按规则升为 18 位", "an old number of 15 digits made 18"
        )


def _swapped(value: str, check: str) -> Iterator[str]:
    """The value with up to three of its look-alike letters as digits."""
    wrong = [
        place
        for place, letter in enumerate(value)
        if letter in ALIKE and (check != "id_number" or place < len(value) - 1 or letter != "X")
    ]
    for count in range(1, min(len(wrong), MOST_SWAPS) + 1):
        for places in itertools.combinations(wrong, count):
            yield "".join(ALIKE[one] if place in places else one for place, one in enumerate(value))


def _eighteen(old: str) -> str:
    """GB 11643: the century 19 put in, the check digit put after."""
    body = f"{old[:6]}19{old[6:]}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(one) * weight for one, weight in zip(body, weights, strict=True)) % 11]


def _days(value: str) -> Iterator[Mending]:
    for form in DAY_FORMS:
        if (found := re.fullmatch(form, value)) and (day := _day(found["y"], found["m"], found["d"])):
            yield Mending(day, Confidence.SURE, "改为标准日期写法", "written as a standard day")
    if found := re.fullmatch(AMBIGUOUS_DAY, value):
        first, second, year = found.groups()
        for month, of_month in ((first, second), (second, first)):
            if day := _day(year, month, of_month):
                yield Mending(day, Confidence.LOOK, "日月先后不明，请核对", "day and month could be either way; look")
    if re.fullmatch(r"\d{5}", value) and 20_000 < int(value) < 60_000:
        day = date.fromordinal(date(1899, 12, 30).toordinal() + int(value)).isoformat()
        yield Mending(day, Confidence.LOOK, "像是 Excel 的日期序号", "looks like a serial day of Excel")


def _day(year: str, month: str, of_month: str) -> str | None:
    try:
        return date(int(year), int(month), int(of_month)).isoformat()
    except ValueError:
        return None


def _moments(value: str) -> Iterator[Mending]:
    day, _, clock = value.replace("T", " ").partition(" ")
    for one in _days(day):
        if one.value and (not clock or re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", clock)):
            hours = f"{clock or '00:00:00'}".rjust(len(clock) if len(clock.split(":")[0]) == 2 else len(clock) + 1, "0")
            yield Mending(f"{one.value} {hours}", one.confidence, "改为标准时间写法", "written as a standard moment")


def _numbers(value: str) -> Iterator[Mending]:
    plain = MONEY.sub("", value).strip()
    grouped = re.fullmatch(r"[+-]?\d{1,3}([,，]\d{3})+(\.\d+)?", plain)
    if grouped:
        plain = re.sub("[,，]", "", plain)
    yield Mending(plain, Confidence.SURE, "去掉千分位和货币符号", "thousands separators and currency signs removed")
    if found := re.fullmatch(r"([+-]?\d+)(\.\d+)?[eE]\+?(\d{1,2})", plain):
        whole = f"{int(float(plain))}" if len(found[1]) + int(found[3]) < 16 else None
        yield Mending(
            whole, Confidence.LOOK, "由科学记数法还原，可能已丢失尾数", "from scientific notation; digits may be lost"
        )
    if found := re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(万|亿)元?", value):
        from decimal import Decimal

        times = Decimal(10_000 if found[2] == "万" else 100_000_000)
        yield Mending(
            format((Decimal(found[1]) * times).normalize(), "f"),
            Confidence.LOOK,
            f"“{found[2]}”已折算，请核对单位",
            "the unit was multiplied out; check it",
        )


def _truths(value: str) -> Iterator[Mending]:
    lower = value.lower()
    for words, truth in ((TRUE, "1"), (FALSE, "0")):
        if lower in words:
            yield Mending(truth, Confidence.SURE, f"“{value}”即 {truth}", f"{value} means {truth}")


def _padded(value: str, broken: Broken) -> Iterator[Mending]:
    """A code that lost its leading zeros in a spreadsheet."""
    if "codes" in broken.rules and re.fullmatch(r"\d{1,8}", value):
        for width in range(len(value) + 1, 10):
            yield Mending(value.zfill(width), Confidence.LOOK, "补上前面的零", "leading zeros put back")
