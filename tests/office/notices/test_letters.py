"""How a notice reads as a letter: escaped, in the person's language, with links that stay inside the city."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from zhengtong.kernel.errors import Words
from zhengtong.office.notices import rules
from zhengtong.office.notices.rules import Enclosed, LetterLanguage, Rendered

SITE = "https://zt.example.org"
EVIL = '<img src=x onerror="alert(1)">'


def reads(title: str = "标题", body: str = "正文") -> Rendered:
    return Rendered(Words(title, f"{title} en"), Words(body, f"{body} en"), Words(title, f"{title} en"))


@pytest.mark.parametrize(
    ("language", "subject"),
    [(LetterLanguage.ZH, "标题"), (LetterLanguage.EN, "标题 en"), (LetterLanguage.BOTH, "标题 | 标题 en")],
)
def test_a_letter_is_written_in_the_persons_language(language, subject):
    letter = rules.letter(Enclosed(reads(), f"{SITE}/tasks/1"), language=language, site=SITE)
    assert letter.subject == subject
    assert ("正文 en" in letter.text) == (language is not LetterLanguage.ZH)
    assert f"{SITE}/tasks/1" in letter.text
    assert f"{SITE}/notices/preferences" in letter.text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_what_people_typed_is_text_in_html_never_markup(typed):
    letter = rules.letter(Enclosed(reads(EVIL, EVIL + typed), None), language=LetterLanguage.ZH, site=SITE)
    page = html.fromstring(letter.html)
    assert page.xpath("//img") == []
    assert page.xpath("//*[@onerror]") == []
    assert {link.get("href") for link in page.xpath("//a")} == {f"{SITE}/notices/preferences"}
    assert EVIL in page.xpath("string(//h2)")


def test_a_digest_lists_every_notice_and_says_how_many_there_are():
    several = [Enclosed(reads(f"第{n}件"), None) for n in range(3)]
    letter = rules.digest_letter(several, language=LetterLanguage.ZH, site=SITE, city=Words("云溪市", "Yunxi"), count=7)
    assert letter.subject == "云溪市政通：7 条未读消息"
    assert [letter.text.count(f"第{n}件") for n in range(3)] == [1, 1, 1]


def test_a_text_message_is_cut_to_what_goes_through():
    text = rules.sms_text(reads("长" * 1000), LetterLanguage.BOTH)
    assert len(text) == 300
    assert text.endswith("…")
