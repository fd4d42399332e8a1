"""The reader's language, and what the command line takes from its arguments before the commands see them."""

import pytest

from zhengtong.cli import _taken, words


@pytest.mark.parametrize(("environment", "language"), [
    ({}, "zh"),
    ({"LANG": "C"}, "zh"),
    ({"LANG": "POSIX"}, "zh"),
    ({"LANG": "zh_CN.GB18030"}, "zh"),
    ({"LANG": "zh_TW.UTF-8"}, "zh"),
    ({"LANG": "en_US.UTF-8"}, "en"),
    ({"LANG": "de_DE.UTF-8"}, "en"),
    ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
    ({"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
])  # fmt: skip
def test_the_machine_s_language_is_understood(environment: dict[str, str], language: str) -> None:
    assert words.preferred(environment) == language


@pytest.mark.parametrize(("given", "left", "language", "debug"), [
    (["doctor", "--lang", "en"], ["doctor"], "en", False),
    (["--lang=en", "demo", "code", "x", "--debug"], ["demo", "code", "x"], "en", True),
    (["run", "--lang", "zh"], ["run"], "zh", False),
    (["run", "--lang"], ["run"], "zh", False),
])  # fmt: skip
def test_language_and_debug_may_stand_anywhere(
    given: list[str], left: list[str], language: str, debug: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    token = words.language.set("zh")
    try:
        assert _taken(given) == (left, debug)
        assert words.language.get() == language
    finally:
        words.language.reset(token)


@pytest.mark.parametrize(("both", "zh", "en"), [
    ("磁盘 | disk", "磁盘", "disk"),
    ("SQLite", "SQLite", "SQLite"),
    ("", "", ""),
])  # fmt: skip
def test_each_reader_gets_a_half(both: str, zh: str, en: str) -> None:
    token = words.language.set("zh")
    try:
        assert words.half(both) == zh
        words.language.set("en")
        assert words.half(both) == en
    finally:
        words.language.reset(token)
