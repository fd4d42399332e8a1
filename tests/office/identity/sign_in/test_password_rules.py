"""Which passwords will do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.office.identity.rules import codes
from zhengtong.office.identity.rules.passwords import (
    LEAST_PIECES,
    Weakness,
    alphabet_code,
    common,
    pieces,
    weaknesses,
)


@pytest.mark.parametrize(
    "password",
    [
        "password1234!",
        "Zhangwei@123456",
        "P@ssw0rd2024!",
        "woaini1314520",
        "woaizhongguo2024",
        "123456123456",
        "aaaaaaaaaaaa",
        "qwertyuiop12",
        "1qaz2wsx3edc",
        "!QAZ2wsx3EDC",
        "asdfghjkl;'A",
        "wangfang19900101",
        "Admin@123456",
        "k9#xk9#xk9#xk9#x",
        "abcdefghijkl",
        "liuyang20001231",
        "5201314woaini",
        "Beijing2008!!",
    ],
)
def test_what_everyone_guesses_first_is_refused(password: str) -> None:
    assert Weakness.COMMON in weaknesses(password, second_factor=True)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "q7#mK2vP9xLw",
        "茶马古道上的第七匹白马在下雨",
        "herons hum near the lighthouse",
        "Tq-83-uvu-wexalo",
    ],
)
def test_what_nobody_guesses_is_accepted(password: str) -> None:
    assert weaknesses(password, second_factor=True, known=["shenruochuan", "沈若川", "云溪市", "Yunxi"]) == []


@pytest.mark.parametrize(
    ("length", "second_factor", "short"), [(11, True, True), (12, True, False), (14, False, True), (15, False, False)]
)
def test_length_depends_on_the_second_factor(length: int, second_factor: bool, short: bool) -> None:
    password = "q7#mK2vP9xLw!uZ"[:length]
    assert (Weakness.SHORT in weaknesses(password, second_factor=second_factor)) is short


@pytest.mark.parametrize("known", ["shenruochuan", "沈若川", "Yunxi"])
def test_a_known_word_within_is_refused(known: str) -> None:
    assert Weakness.CONTAINS_NAME in weaknesses(f"q7#mK2{known.upper()}vP9xLw", second_factor=True, known=[known])


def test_a_word_too_short_to_mean_anything_is_no_known_word() -> None:
    assert weaknesses("q7#mK2vP9xLw", second_factor=True, known=["q7", ""]) == []


PARTS = st.sampled_from(sorted(common()))


@given(st.lists(PARTS, min_size=1, max_size=LEAST_PIECES - 1))
def test_any_few_common_pieces_are_refused(parts: list[str]) -> None:
    assert pieces("".join(parts)) < LEAST_PIECES


@given(st.text(max_size=40))
def test_no_password_has_more_pieces_than_characters(password: str) -> None:
    assert min(len(password), 1) <= pieces(password) <= len(password.casefold())


@given(st.text(min_size=1, max_size=10), st.integers(2, 6))
def test_repeating_a_password_adds_nothing(part: str, times: int) -> None:
    assert pieces(part * times) <= pieces(part)


@given(st.binary(min_size=16, max_size=16))
def test_recovery_codes_are_read_back_however_they_are_typed(random: bytes) -> None:
    code = alphabet_code(random, alphabet=codes.CROCKFORD, groups=codes.RECOVERY_GROUPS)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert codes.recovery_digest(typed, b"s") == codes.recovery_digest(code, b"s")
    assert codes.recovery_digest(code, b"s") != codes.recovery_digest(code, b"t")
