"""Every invented code passes its standard's check, recomputed here in another way than the generator's."""

from datetime import date, datetime
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.cli.sample import sample_city

from .conftest import Tables

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
codes = __import__(f"{sample_city().__name__}.codes", fromlist=["codes"])


def iso7064_mod_11_2(number: str) -> bool:
    """GB 11643 as ISO 7064 MOD 11-2, the pure recursive way."""
    carried = 0
    for digit in number[:-1]:
        carried = (carried + int(digit)) * 2 % 11
    return (carried + "0123456789X".index(number[-1])) % 11 == 1


def mod_31_3(code: str) -> bool:
    """GB 32100 by Horner from the right: all signs, weighted 3^i, make a multiple of 31."""
    total = 0
    for sign in reversed(code[:-1]):
        total = (total * 3 + ALPHABET.index(sign)) % 31
    return (total + ALPHABET.index(code[-1])) % 31 == 0


def organisation(nine: str) -> bool:
    """GB 11714: the weighted signs and the check make a multiple of 11."""
    values = ["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign) for sign in nine[:8]]
    check = 10 if nine[8] == "X" else int(nine[8])
    return (sum(v * w for v, w in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) + check) % 11 == 0


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_standard_s_id_numbers_pass_the_independent_check(number: str) -> None:
    assert iso7064_mod_11_2(number)
    born = datetime.strptime(number[6:14], "%Y%m%d").date()  # noqa: DTZ007
    assert codes.id_number(number[:6], born, int(number[14:17])) == number


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L", "91512081MA62K0260E"])
def test_known_credit_codes_pass_the_independent_check_and_are_made_again(code: str) -> None:
    assert mod_31_3(code)
    assert codes.credit_code(code[:2], code[2:8], code[8:16])[:16] == code[:16]
    assert codes.credit_code(code[:2], code[2:8], code[8:16]) == code


@given(st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.integers(0, 999), st.integers(990_000, 999_999))
def test_any_id_number_made_is_valid_and_one_wrong_digit_is_seen(born: date, order: int, area: int) -> None:
    number = codes.id_number(str(area), born, order)
    assert iso7064_mod_11_2(number)
    wrong = number[:5] + str((int(number[5]) + 1) % 10) + number[6:]
    assert not iso7064_mod_11_2(wrong)


@given(st.text(ALPHABET, min_size=8, max_size=8), st.sampled_from(["11", "91", "92", "93"]))
def test_any_credit_code_made_is_valid_in_both_its_checks(body: str, registrar: str) -> None:
    code = codes.credit_code(registrar, "990100", body)
    assert mod_31_3(code)
    assert organisation(code[8:17])


@given(st.sets(st.integers(0, 31**5 - 1), min_size=2, max_size=50))
def test_numbered_bodies_never_meet(numbers: set[int]) -> None:
    assert len({codes.numbered_body("MAY", number) for number in numbers}) == len(numbers)


def test_every_resident_of_the_small_city_has_a_valid_number_of_an_invented_area(small: Tables) -> None:
    for row in small["residents"]:
        number = row["id_number"]
        assert iso7064_mod_11_2(number), number
        assert number.startswith("99")
        assert number[6:14] == row["born"].replace("-", "")
        assert int(number[16]) % 2 == (1 if row["sex"] == "male" else 0)
        assert number[14:17] != "000"


def test_every_firm_and_department_has_a_valid_credit_code_of_an_invented_area(small: Tables) -> None:
    all_codes = [row["code"] for name in ("firms", "departments") for row in small[name] if row["code"]]
    assert len(all_codes) == 300 + 20
    for code in all_codes:
        assert mod_31_3(code), code
        assert organisation(code[8:17]), code
        assert code[2:4] == "99"


def test_the_city_s_own_divisions_are_all_invented(city: ModuleType) -> None:
    assert {one.code[:2] for one in city.divisions()} == {"99"}
