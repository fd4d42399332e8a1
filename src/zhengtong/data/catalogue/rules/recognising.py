"""Which data element a column is likely to follow, how sensitive it is likely to be, and why. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zhengtong.data.catalogue.rules.profiling import ENOUGH, Profile
from zhengtong.kernel.errors import Words

LIKELY = 0.55
CERTAIN = 0.85
SEEN = 0.5
CLEAN = re.compile(r"[\s（）()\[\]【】:：,，、。/\\\-]+")
UNIT = re.compile(r"[（(][^）)]*[）)]$")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MOBILE = re.compile(r"(\+?86)?1[3-9][0-9]{9}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
ADDRESS = re.compile(r"(省|市|区|县|镇|乡|街道|村|路|街|巷).{0,30}(号|室|栋|幢|单元|组|弄)")
CARD = re.compile(r"[3-6][0-9]{15,18}")
NUMBERS_THINGS = re.compile(r"(编号|文号|流水号|代码)$|_(id|no|number|code)$")
FIRM = re.compile(r".*(公司|厂|店|中心|局|院|社|部|所|行|馆|站|队|会|场|户|园|学校|大学|集团|企业|合作社)(（.*）)?")
PERSON = re.compile(r"[\u4e00-\u9fff·]{2,4}")


@dataclass(frozen=True, slots=True)
class Known:
    """A data element, as much as is needed to recognise it. `letters`: its names in pinyin, whole and initials;
    `values`: the check its values must look like, beside its own."""

    code: str
    name_zh: str
    name_en: str
    type: str
    level: str
    check: str
    code_list: str
    length: int | None
    names: frozenset[str]
    letters: frozenset[str]
    values: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """A part of a name that tells how sensitive a column is. `codes`: also where the column holds numbers of things; `matter`:
    what it tells of a person, the dates and kinds beside it tell too."""

    pattern: re.Pattern[str]
    level: str
    words: Words
    codes: bool = False
    matter: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """Names that bear a sign and yet are not sensitive, but in a table that tells of one of the elements in `unless`."""

    pattern: re.Pattern[str]
    level: str
    words: Words
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matter:
    """By which elements a table tells who a person is, and how columns of when and which kind are called."""

    people: frozenset[str]
    columns: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Bodies:
    """By which elements a table tells of bodies; which elements are read as another there, but for columns that are said to be homes."""

    elements: frozenset[str]
    instead: Mapping[str, str]
    homes: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the rule pack and the standards know. `codes`: the codes of each list."""

    elements: tuple[Known, ...]
    signs: tuple[Sign, ...]
    surnames: frozenset[str]
    ladder: tuple[str, ...]
    matter: Matter
    bodies: Bodies
    open: tuple[Open, ...]
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The element a column is likely to follow, how likely (0–1), and why. `by_name`: its name alone says so."""

    element: Known
    score: float
    why: Words
    by_name: bool


def read_signs(told: Mapping[str, Any]) -> tuple[Sign, ...]:
    """The signs of a rule pack."""
    return tuple(
        Sign(
            re.compile(one["pattern"], re.IGNORECASE),
            one["level"],
            Words(one["zh"], one["en"]),
            one.get("codes", False),
            one.get("matter", False),
        )
        for one in told["signs"]
    )


def read_open(told: Mapping[str, Any]) -> tuple[Open, ...]:
    """The names of a rule pack that are not sensitive for all their signs."""
    return tuple(
        Open(re.compile(one["pattern"]), one["level"], Words(one["zh"], one["en"]), frozenset(one.get("unless", ())))
        for one in told["open"]
    )


def read_matter(told: Mapping[str, Any]) -> Matter:
    """What a rule pack says of tables about a person's matter."""
    return Matter(frozenset(told["matter"]["people"]), re.compile(told["matter"]["columns"]))


def read_bodies(told: Mapping[str, Any]) -> Bodies:
    """What a rule pack says of tables about bodies."""
    bodies = told["bodies"]
    return Bodies(frozenset(bodies["elements"]), bodies["instead"], re.compile(bodies["homes"], re.IGNORECASE))


def cleaned(name: str) -> str:
    """A column's name without what people put around it.

    >>> cleaned("应发工资（分）"), cleaned("legalPersonId"), cleaned("ID-NUMBER")
    ('应发工资', 'legal_person_id', 'id_number')
    """
    if name.isascii():
        return re.sub(r"[^a-z0-9]+", "_", CAMEL.sub("_", name).lower()).strip("_")
    return CLEAN.sub("", UNIT.sub("", name.strip()))


def likely_element(names: Sequence[str], seen: Profile, known: Recognition) -> Likeness | None:
    """The element that fits the names and the values best, or None. An identity number and a credit code may look alike: the
    check digit settles it, because the values of the one do not pass the check of the other."""
    wanted = [cleaned(name) for name in names if name]
    found = (one for element in known.elements if (one := _likeness(wanted, seen, element, known.codes)))
    best = max(found, key=lambda one: one.score, default=None)
    return best if best and best.score >= LIKELY else None


def of_bodies(
    names: Sequence[Sequence[str]], elements: Sequence[Likeness | None], known: Recognition
) -> list[Likeness | None]:
    """The elements as they read in a table that tells of bodies and of no person; else as they are. `names`: of each column."""
    told = {one.element.name_zh for one in elements if one}
    if not told & known.bodies.elements or told & known.matter.people:
        return list(elements)
    by_name = {one.name_zh: one for one in known.elements}
    why = Words("表中写的是单位，没有人", "the table tells of bodies and of no person")
    found: list[Likeness | None] = []
    for column, one in zip(names, elements, strict=True):
        other = by_name.get(known.bodies.instead.get(one.element.name_zh, "")) if one else None
        is_home = any(known.bodies.homes.search(name) for name in column)
        found.append(replace(one, element=other, why=why) if one and other and not is_home else one)
    return found


def matter_of(names: Sequence[str], elements: Sequence[Likeness | None], known: Recognition) -> Sign | None:
    """The gravest matter that a table tells of a person, by the names of its columns and its own; None when it tells of none."""
    if not any(one and one.element.name_zh in known.matter.people for one in elements):
        return None
    told = [cleaned(name) for name in names if name]
    found = (sign for sign in known.signs if sign.matter and any(sign.pattern.search(name) for name in told))
    return max(found, key=lambda sign: known.ladder.index(sign.level), default=None)


def open_names(elements: Iterable[Likeness | None], known: Recognition) -> tuple[Open, ...]:
    """Those that hold in a table of these elements."""
    told = {one.element.name_zh for one in elements if one}
    return tuple(one for one in known.open if not told & one.unless)


def likely_level(
    names: Sequence[str],
    seen: Profile,
    element: Likeness | None,
    known: Recognition,
    *,
    unknown: str,
    matter: Sign | None = None,
    opened: Sequence[Open] = (),
) -> tuple[str, list[Words]]:
    """The strictest level for which there is a sign, and the signs; `unknown` when there is none. `matter`, `opened`: of its table."""
    wanted = [cleaned(name) for name in names if name]
    signs = [(one.level, one.words) for one in opened if any(one.pattern.search(name) for name in wanted)]
    signs = signs or _signs_in_names(wanted, element, known, matter)
    is_expected = _is_settled(element) and element is not None and element.element.values == "person"
    signs += _signs_in_values(seen, named=is_expected)
    if not signs:
        return unknown, [Words("没有发现敏感的迹象，请确认", "no sign of sensitivity was found; please confirm")]
    level = max((each for each, _ in signs), key=known.ladder.index)
    return level, [words for each, words in signs if each == level]


def _is_settled(element: Likeness | None) -> bool:
    return element is not None and element.by_name and element.score >= CERTAIN


def _signs_in_names(
    wanted: Sequence[str], element: Likeness | None, known: Recognition, matter: Sign | None
) -> list[tuple[str, Words]]:
    """What a column's names tell: by the element they name, by their parts, by what their table tells of a person."""
    signs: list[tuple[str, Words]] = []
    if element:
        label = element.element
        signs.append(
            (label.level, Words(f"数据元“{label.name_zh}”的级别", f"the level of the element “{label.name_en}”"))
        )
    coded = any(NUMBERS_THINGS.search(name) for name in wanted)
    for sign in () if _is_settled(element) else known.signs:
        if (sign.codes or not coded) and any(sign.pattern.search(name) for name in wanted):
            signs.append((sign.level, Words(f"名称像{sign.words.zh}", f"the name reads like {sign.words.en}")))
    if matter and any(known.matter.columns.search(name) for name in wanted):
        zh, en = matter.words.zh, matter.words.en
        signs.append((matter.level, Words(f"写明的是某个人的{zh}", f"tells of a person's {en}")))
    return signs


def _likeness(
    wanted: Sequence[str], seen: Profile, element: Known, codes: Mapping[str, frozenset[str]]
) -> Likeness | None:
    name_score, why = _by_name(wanted, element)
    score = name_score
    if seen.filled and element.check and element.check in seen.passes:
        passed = seen.passes[element.check]
        if passed >= 0.6 and element.check in ("id_number", "social_credit_code"):
            score = max(score, 0.6 + 0.4 * passed)
            why = Words(f"{passed:.0%} 的值通过校验", f"{passed:.0%} of the values pass the check")
        elif passed >= 0.6:
            score = min(1.0, score * 1.1)
        elif passed < 0.3 and seen.filled >= ENOUGH:
            score *= 0.3
    if seen.filled and seen.passes.get(element.values, 1.0) < SEEN:
        score *= 0.3
    if score and seen.filled and element.code_list in codes:
        listed = sum(value in codes[element.code_list] for value in seen.examples) / max(1, len(seen.examples))
        score *= 1.0 if listed >= SEEN else 0.5
    if score and seen.filled and seen.type != element.type and not _can_be(seen.type, element.type):
        score *= 0.5
    return Likeness(element, round(min(1.0, score), 3), why, name_score >= CERTAIN) if score else None


def _can_be(seen: str, element: str) -> bool:
    """Text may hold anything; a day may be kept as a moment, a code as a number."""
    return element == "C" or (seen, element) in (("D", "T"), ("T", "D"), ("N", "B"))


def _by_name(wanted: Sequence[str], element: Known) -> tuple[float, Words]:
    """A Chinese name or comment says more than the identifier beside it."""
    best, why = 0.0, Words("", "")
    told = any(not name.isascii() for name in wanted)
    for name in wanted:
        for evidence, zh, en in _name_evidence(name, element):
            score = evidence * 0.8 if told and name.isascii() else evidence
            if score > best:
                best, why = score, Words(zh, en)
    return best, why


def _name_evidence(name: str, element: Known) -> Iterable[tuple[float, str, str]]:
    if name in (element.name_zh, cleaned(element.name_en)):
        yield 1.0, "名称与数据元相同", "the same name as the element"
    if name in element.names:
        yield 0.95, "名称是数据元的常用别名", "a name in common use for the element"
    if name in element.letters and len(name) > 2:
        yield 0.85, "名称是数据元的拼音", "the element's name in pinyin"
    if not name.isascii():
        inside = max(
            (len(each) for each in (element.name_zh, *element.names) if len(each) > 2 and each in name), default=0
        )
        if name.endswith(element.name_zh):
            yield 0.75, "名称以数据元的名称结尾", "the name ends with the element's"
        if inside:
            yield 0.5 + 0.4 * inside / len(name), "名称包含数据元的名称", "the name contains the element's"
    elif any(len(each) > 4 and name.endswith(f"_{each}") for each in element.names if each.isascii()):
        yield 0.75, "名称以数据元的常用别名结尾", "the name ends like one in common use for the element"


def _signs_in_values(seen: Profile, *, named: bool) -> Iterable[tuple[str, Words]]:
    """What the values tell. `named`: people's names are what the column's element says, whose own level then holds."""
    if seen.passes.get("id_number", 0) >= SEEN:
        yield "general_4", Words("值是公民身份号码", "the values are identity numbers")
    for share, level, zh, en in (
        (seen.passes.get("mobile", 0), "general_3", "值是手机号码", "the values are mobile numbers"),
        (seen.passes.get("email", 0), "general_3", "值是电子邮箱", "the values are e-mail addresses"),
        (seen.passes.get("card", 0), "general_4", "值像银行卡号", "the values look like bank cards"),
        (0 if named else seen.passes.get("person", 0), "general_3", "值像人名", "the values look like people's names"),
    ):
        if share >= (0.8 if level == "general_4" or zh.endswith("人名") else SEEN):
            yield level, Words(zh, en)


def value_checks(
    named: Mapping[str, Callable[[str], bool]], surnames: frozenset[str]
) -> Mapping[str, Callable[[str], bool]]:
    """The standards' checks, and those by which sensitive values are told."""
    return {
        **named,
        "mobile": lambda value: MOBILE.fullmatch(value) is not None,
        "email": lambda value: EMAIL.fullmatch(value) is not None,
        "card": lambda value: CARD.fullmatch(value) is not None and _luhn(value),
        "firm": lambda value: FIRM.fullmatch(value) is not None,
        "person": lambda value: PERSON.fullmatch(value) is not None and value[0] in surnames,
    }


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
