"""How a notice reads as a letter or a text message. What people typed is escaped in HTML; links stay inside the city."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from zhengtong.kernel.errors import Language, Words
from zhengtong.office.notices.rules.kinds import Kind, Rendered, spoken
from zhengtong.office.notices.rules.plan import LetterLanguage

OPEN = Words("打开查看", "Open")
MANAGE = Words("您可以在“消息偏好”里调整接收方式。", "You can choose how you are told under “Notice preferences”.")
DIGEST = Words("{city}政通：{count} 条未读消息", "{city} Zhengtong: {count} unread notices")
PREFERENCES = "/notices/preferences"
LONGEST_SMS = 300
_LANGUAGES: Mapping[LetterLanguage, tuple[Language, ...]] = {
    LetterLanguage.ZH: ("zh",),
    LetterLanguage.EN: ("en",),
    LetterLanguage.BOTH: ("zh", "en"),
}
_STYLE = "font-family:sans-serif;font-size:15px;line-height:1.6;color:#17211f"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go, but for its address."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One notice within a letter: how it reads and the full address it leads to."""

    rendered: Rendered
    url: str | None = None


def letter(enclosed: Enclosed, *, language: LetterLanguage, site: str) -> Letter:
    """The mail of one notice. `site`: the city's address, with no slash at its end."""
    languages = _languages(language)
    subject = " | ".join(enclosed.rendered.title.say(each) for each in languages)
    return _written(subject, [enclosed], languages, site)


def digest_letter(
    enclosed: Sequence[Enclosed], *, language: LetterLanguage, site: str, city: Words, count: int
) -> Letter:
    """The day's mail of unread notices; `count` may exceed those enclosed."""
    languages = _languages(language)
    subject = " | ".join(DIGEST.say(each).format(city=city.say(each), count=count) for each in languages)
    return _written(subject, enclosed, languages, site)


def sms_text(rendered: Rendered, language: LetterLanguage) -> str:
    """The text message, cut to what goes through in a few parts."""
    text = " ".join(rendered.sms.say(each) for each in _languages(language))
    return text if len(text) <= LONGEST_SMS else text[: LONGEST_SMS - 1] + "…"


def sms_values(kind: Kind, parameters: Mapping[str, Any], language: LetterLanguage) -> dict[str, str]:
    """The values that go with a text message, in the person's first language."""
    return spoken(kind, parameters, _languages(language)[0])


def masked(address: str) -> str:
    """A mail address or telephone number as an administrator may see it.

    >>> masked("shen.ruochuan@example.org"), masked("13800138000"), masked("110")
    ('s***@example.org', '138****8000', '***')
    """
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 9 else "***"


def _languages(language: LetterLanguage) -> tuple[Language, ...]:
    return _LANGUAGES[language]


def _written(subject: str, enclosed: Sequence[Enclosed], languages: Sequence[Language], site: str) -> Letter:
    text: list[str] = []
    page: list[str] = []
    for language in languages:
        for one in enclosed:
            title, body = one.rendered.title.say(language), one.rendered.body.say(language)
            text += [title, body, *([f"{OPEN.say(language)}: {one.url}"] if one.url else []), ""]
            page.append(_article(title, body, one.url, OPEN.say(language), language))
        text += ["--", f"{MANAGE.say(language)} {site}{PREFERENCES}", ""]
        page.append(_footer(MANAGE.say(language), site + PREFERENCES, language))
    html = f'<!doctype html><html lang="{_tag(languages[0])}"><meta charset="utf-8"><body style="{_STYLE}">'
    return Letter(subject, "\n".join(text), f"{html}{''.join(page)}</body></html>")


def _article(title: str, body: str, url: str | None, label: str, language: Language) -> str:
    paragraph = escape(body).replace("\n", "<br>")
    link = f'<p><a href="{escape(url)}">{escape(label)}</a></p>' if url else ""
    return f'<div lang="{_tag(language)}"><h2 style="font-size:17px">{escape(title)}</h2><p>{paragraph}</p>{link}</div>'


def _footer(sentence: str, url: str, language: Language) -> str:
    return f'<p lang="{_tag(language)}" style="color:#5a6662;font-size:13px"><a href="{escape(url)}">{escape(sentence)}</a></p>'


def _tag(language: Language) -> str:
    return "zh-CN" if language == "zh" else "en"
