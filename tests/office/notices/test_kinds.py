"""Packs of kinds: what holds together is loaded, what does not is refused with the reason; every kind reads in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.kernel.errors import Words
from zhengtong.office.notices import rules

KINDS = rules.load_kinds(assets.path("rules") / "notices")
GOOD = {
    "name": {"zh": "到期", "en": "Due"},
    "parameters": {"about": "text", "due": "date"},
    "example": {"about": "SQ-1", "due": "2026-03-05"},
    "title": {"zh": "{about} 到期", "en": "{about} is due"},
    "body": {"zh": "{about} 于 {due} 到期。", "en": "{about} is due on {due}."},
}
EVERY_TYPE = {
    "a": ("text", "沈若川"),
    "b": ("lines", "一\n二"),
    "c": ("words", Words("税务局", "Tax Bureau")),
    "d": ("number", 12345),
    "e": ("date", date(2026, 3, 5)),
    "f": ("instant", datetime(2026, 3, 5, 16, 30, tzinfo=UTC)),
    "g": ("yuan", Decimal("1234.5")),
}


def load(folder: Path, kind: dict, **pack) -> dict[str, rules.Kind]:
    content = {"format": "notices@1", "room": {"zh": "试", "en": "Test"}, "kinds": {"test.due": kind}, **pack}
    (folder / "test.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return rules.load_kinds(folder)


def every_type(folder: Path) -> rules.Kind:
    holes = " / ".join(f"{{{name}}}" for name in EVERY_TYPE)
    kind = {
        **GOOD,
        "parameters": {name: type for name, (type, _) in EVERY_TYPE.items()},
        "example": {"a": "x", "b": "x", "c": {"zh": "x", "en": "x"}, "d": 1, "e": "2026-01-01"}
        | {"f": "2026-01-01T00:00:00+08:00", "g": "1.00"},
        "title": {"zh": "标题", "en": "Title"},
        "body": {"zh": holes, "en": holes},
    }
    return load(folder, kind)["test.due"]


@pytest.mark.parametrize("key", sorted(KINDS))
def test_every_kind_reads_as_whole_sentences_in_both_languages(key):
    kind = KINDS[key]
    reads = rules.render(kind, rules.check(kind, kind.example))
    for words in (reads.title, reads.body, reads.sms):
        for sentence in (words.zh, words.en):
            assert sentence
            assert "{" not in sentence
            assert "missing" not in sentence
            assert "（缺）" not in sentence
    assert "\n" not in reads.title.zh + reads.title.en


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": {"zh": "{about}", "en": "due"}}, "different variables"),
        ({"title": {"zh": "{who}", "en": "{who}"}}, "not declared"),
        ({"parameters": {"about": "text", "due": "date", "more": "text"}}, "never|not used"),
        ({"title": {"zh": "", "en": ""}}, "empty"),
        ({"title": {"zh": "{about", "en": "{about"}}, "brace"),
        ({"title": {"zh": "{about.__class__}", "en": "{about.__class__}"}}, "brace"),
        ({"example": {"about": "SQ-1", "due": "tomorrow"}}, "due must be date"),
        ({"example": {"about": "SQ-1"}}, "asks for"),
        ({"urgency": "urgent", "mail": "digest"}, "urgent"),
        ({"urgency": "panic"}, "urgency"),
        ({"parameters": {"about": "html", "due": "date"}}, "parameters"),
        ({"color": "red"}, "color"),
    ],
)
def test_a_pack_that_does_not_hold_together_is_refused_with_the_reason(tmp_path, change, reason):
    with pytest.raises(rules.PackWrong, match=reason):
        load(tmp_path, GOOD | change)


def test_a_pack_of_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(rules.PackWrong, match="format"):
        load(tmp_path, GOOD, format="notices@9")


def test_a_kind_that_two_packs_claim_is_refused(tmp_path):
    load(tmp_path, GOOD)
    (tmp_path / "again.yaml").write_text((tmp_path / "test.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(rules.PackWrong, match="twice"):
        rules.load_kinds(tmp_path)


def test_every_type_of_parameter_reads_as_people_write_it(tmp_path):
    kind = every_type(tmp_path)
    body = rules.render(kind, rules.check(kind, {name: value for name, (_, value) in EVERY_TYPE.items()})).body
    assert body.zh == "沈若川 / 一\n二 / 税务局 / 12,345 / 2026年3月5日 / 2026年3月6日 00:30 / 1,234.50 元"
    assert body.en == "沈若川 / 一\n二 / Tax Bureau / 12,345 / 5 Mar 2026 / 6 Mar 2026, 00:30 / CNY 1,234.50"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("a", 5),
        ("b", None),
        ("c", "税务局"),
        ("c", {"zh": "税务局"}),
        ("d", True),
        ("d", "12"),
        ("e", datetime(2026, 3, 5, tzinfo=UTC)),
        ("e", "5 March"),
        ("f", datetime(2026, 3, 5)),  # noqa: DTZ001 - a time without a zone must be refused
        ("g", 1.5),
    ],
)
def test_a_parameter_of_another_type_is_refused(tmp_path, name, wrong):
    kind = every_type(tmp_path)
    with pytest.raises(rules.ParametersWrong, match=f"{name} must be"):
        rules.check(kind, {each: value for each, (_, value) in EVERY_TYPE.items()} | {name: wrong})


@given(st.text())
def test_a_line_of_user_text_stays_one_line_and_cannot_open_a_hole(text):
    kind = KINDS["notices.broadcast"]
    kept = rules.check(kind, {"title": text, "body": "{title}", "sender": "{body}"})
    reads = rules.render(kind, kept)
    assert reads.title.zh.splitlines() in ([reads.title.zh], [])
    assert reads.body.zh == "{title}\n——{body}"


@given(
    st.dictionaries(
        st.sampled_from(["device", "at", "address", "x"]),
        st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text())),
    )
)
def test_kept_parameters_that_no_longer_fit_never_break_the_reading(parameters):
    reads = rules.render(KINDS["identity.new_device"], parameters)
    assert reads.title.zh
    assert reads.body.en
