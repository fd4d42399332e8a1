"""The kinds of notices: YAML packs, checked when loaded; a kind with its parameters reads as sentences in both languages.

A notice keeps its kind and parameters, never its sentences: a corrected sentence corrects the old notices too.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from zhengtong.kernel import assets
from zhengtong.kernel.errors import Language, Words

CITY_TIME = ZoneInfo("Asia/Shanghai")
LONGEST_TEXT = 500
LONGEST_LINES = 5000
MISSING = Words("（缺）", "(missing)")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOLE = re.compile(r"\{(\w+)\}")


class Urgency(StrEnum):
    """Urgent notices break through quiet hours."""

    NORMAL = "normal"
    URGENT = "urgent"


class Channel(StrEnum):
    """Ways to a person outside the page. In the page every notice stands, always."""

    MAIL = "mail"
    SMS = "sms"


class MailChoice(StrEnum):
    """How a person wants a kind by mail."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    NEVER = "never"


class SmsChoice(StrEnum):
    """How a person wants a kind by SMS."""

    AT_ONCE = "at_once"
    NEVER = "never"


class ParameterType(StrEnum):
    """`text` one line, `lines` several; `words` a {zh, en} pair; `date` a law day; `instant` a moment; `yuan` money."""

    TEXT = "text"
    LINES = "lines"
    WORDS = "words"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    YUAN = "yuan"


class PackWrong(Exception):
    """A pack of kinds does not hold together; the sentence says which kind of which file, and what is wrong."""


class KindUnknown(LookupError):
    """No pack knows this kind: a fault of the code that tells it."""


class ParametersWrong(ValueError):
    """The parameters are not those the kind asks for: a fault of the code that tells it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice: what it is called, how urgent it is, how it goes out unless chosen otherwise, how it reads."""

    key: str
    room: Words
    name: Words
    urgency: Urgency
    mail: MailChoice
    sms: SmsChoice
    locked: frozenset[Channel]
    parameters: Mapping[str, ParameterType]
    example: Mapping[str, Any]
    title: Words
    body: Words
    sms_text: Words


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice as it reads: plain text, never markup."""

    title: Words
    body: Words
    sms: Words


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str

    @property
    def words(self) -> Words:
        return Words(self.zh.strip(), self.en.strip())


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: _Text
    urgency: Urgency = Urgency.NORMAL
    mail: MailChoice = MailChoice.DIGEST
    sms: SmsChoice = SmsChoice.NEVER
    locked: frozenset[Channel] = frozenset()
    parameters: dict[str, ParameterType] = {}
    example: dict[str, Any] = {}
    title: _Text
    body: _Text
    sms_text: _Text | None = None


class _Pack(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal["notices@1"]
    room: _Text
    kinds: dict[str, _Kind]


def load_kinds(folder: Path) -> dict[str, Kind]:
    """This will read every pack of the folder and check it; kinds by key. Raises PackWrong."""
    kinds: dict[str, Kind] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            pack = _Pack.model_validate(assets.load_yaml(file.read_text("utf-8")))
        except (ValidationError, yaml.YAMLError) as wrong:
            raise PackWrong(f"{file.name}: {wrong}") from None
        for key, entry in pack.kinds.items():
            if key in kinds:
                raise PackWrong(f"{file.name}: {key} 重复 | is there twice")
            kinds[key] = _kind(file.name, key, pack.room.words, entry)
    return kinds


def _kind(file: str, key: str, room: Words, entry: _Kind) -> Kind:
    kind = Kind(
        key=key,
        room=room,
        name=entry.name.words,
        urgency=entry.urgency,
        mail=entry.mail,
        sms=entry.sms,
        locked=entry.locked,
        parameters=entry.parameters,
        example=entry.example,
        title=entry.title.words,
        body=entry.body.words,
        sms_text=(entry.sms_text or entry.title).words,
    )
    if wrong := _faults(kind):
        raise PackWrong(f"{file}: {key}: {'; '.join(wrong)}")
    return kind


def _faults(kind: Kind) -> list[str]:
    faults = []
    used: set[str] = set()
    for place, words in (("title", kind.title), ("body", kind.body), ("sms_text", kind.sms_text)):
        zh, en = _holes(words.zh), _holes(words.en)
        used |= zh | en
        if zh != en:
            faults.append(f"{place}: 中英文变量不一致 | zh and en use different variables: {sorted(zh ^ en)}")
        if not words.zh or not words.en:
            faults.append(f"{place}: 缺一种语言 | one language is empty")
        if "{" in _HOLE.sub("", words.zh + words.en):
            faults.append(f"{place}: 花括号不成对 | a brace is left over")
    if unknown := used - kind.parameters.keys():
        faults.append(f"未声明的变量 | variables not declared: {sorted(unknown)}")
    if unused := kind.parameters.keys() - used:
        faults.append(f"声明了却没有用 | declared but not used: {sorted(unused)}")
    if kind.urgency is Urgency.URGENT and kind.mail is MailChoice.DIGEST:
        faults.append("紧急通知不能只进摘要 | an urgent kind cannot wait for the digest")
    try:
        check(kind, kind.example)
    except ParametersWrong as wrong:
        faults.append(f"example: {wrong}")
    return faults


def _holes(sentence: str) -> set[str]:
    return set(_HOLE.findall(sentence))


def check(kind: Kind, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as JSON values, exactly those the kind asks for. Raises ParametersWrong."""
    if parameters.keys() != kind.parameters.keys():
        raise ParametersWrong(f"{kind.key} asks for {sorted(kind.parameters)}, was given {sorted(parameters)}")
    return {name: _kept(kind, name, value) for name, value in parameters.items()}


def _kept(kind: Kind, name: str, value: Any) -> Any:
    wanted = kind.parameters[name]
    kept = _KEEP[wanted](value)
    if kept is None:
        raise ParametersWrong(f"{kind.key}: {name} must be {wanted}, was {type(value).__name__}")
    return kept


def _keep_words(value: Any) -> dict[str, str] | None:
    if isinstance(value, Words):
        return {"zh": _line(value.zh), "en": _line(value.en)}
    if isinstance(value, Mapping) and value.keys() == {"zh", "en"}:
        return {"zh": _line(str(value["zh"])), "en": _line(str(value["en"]))}
    return None


def _keep_number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _keep_date(value: Any) -> str | None:
    if isinstance(value, str):
        return _parsed(date.fromisoformat, value)
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else None


def _keep_instant(value: Any) -> str | None:
    if isinstance(value, str):
        return _parsed(datetime.fromisoformat, value)
    return value.isoformat() if isinstance(value, datetime) and value.tzinfo is not None else None


def _keep_yuan(value: Any) -> str | None:
    if isinstance(value, str):
        return value if re.fullmatch(r"-?\d+\.\d\d", value) else None
    return f"{value:.2f}" if isinstance(value, Decimal | int) and not isinstance(value, bool) else None


def _parsed(parse: Callable[[str], Any], value: str) -> str | None:
    try:
        parse(value)
    except ValueError:
        return None
    return value


_KEEP: Mapping[ParameterType, Callable[[Any], Any]] = {
    ParameterType.TEXT: lambda value: _line(value) if isinstance(value, str) else None,
    ParameterType.LINES: lambda value: _lines(value) if isinstance(value, str) else None,
    ParameterType.WORDS: _keep_words,
    ParameterType.NUMBER: _keep_number,
    ParameterType.DATE: _keep_date,
    ParameterType.INSTANT: _keep_instant,
    ParameterType.YUAN: _keep_yuan,
}


def _line(text: str) -> str:
    """One line: control characters and line breaks become spaces, a very long text is cut with an ellipsis.

    >>> _line("税务局\\r\\nBcc: all@example.org")
    '税务局  Bcc: all@example.org'
    """
    plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    return plain if len(plain) <= LONGEST_TEXT else plain[: LONGEST_TEXT - 1] + "…"


def _lines(text: str) -> str:
    return "\n".join(_line(part) for part in text.splitlines())[:LONGEST_LINES]


def render(kind: Kind, parameters: Mapping[str, Any]) -> Rendered:
    """The notice's sentences. Kept parameters that no longer fit the kind read as missing; it never fails."""
    return Rendered(*(_filled(kind, words, parameters) for words in (kind.title, kind.body, kind.sms_text)))


def spoken(kind: Kind, parameters: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Each parameter as it reads in one language."""
    return {name: _shown(kind, name, parameters, language) for name in kind.parameters}


def _filled(kind: Kind, words: Words, parameters: Mapping[str, Any]) -> Words:
    def fill(sentence: str, language: Language) -> str:
        return _HOLE.sub(lambda hole: _shown(kind, hole[1], parameters, language), sentence)

    return Words(fill(words.zh, "zh"), fill(words.en, "en"))


def _shown(kind: Kind, name: str, parameters: Mapping[str, Any], language: Language) -> str:
    wanted, value = kind.parameters.get(name), parameters.get(name)
    if wanted is None or _KEEP[wanted](value) is None:
        return MISSING.say(language)
    return _SHOW[wanted](value, language)


def _show_date(value: Any, language: Language) -> str:
    day = date.fromisoformat(str(value)[:10])
    return (
        f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    )


def _show_instant(value: Any, language: Language) -> str:
    at = datetime.fromisoformat(str(value)).astimezone(CITY_TIME)
    return f"{_show_date(at.date(), language)}{' ' if language == 'zh' else ', '}{at:%H:%M}"


def _show_yuan(value: Any, language: Language) -> str:
    amount = f"{Decimal(str(value)):,.2f}"
    return f"{amount} 元" if language == "zh" else f"CNY {amount}"


_SHOW: Mapping[ParameterType, Callable[[Any, Language], str]] = {
    ParameterType.TEXT: lambda value, _: str(value),
    ParameterType.LINES: lambda value, _: str(value),
    ParameterType.WORDS: lambda value, language: str(value[language]),
    ParameterType.NUMBER: lambda value, _: f"{value:,}",
    ParameterType.DATE: _show_date,
    ParameterType.INSTANT: _show_instant,
    ParameterType.YUAN: _show_yuan,
}
