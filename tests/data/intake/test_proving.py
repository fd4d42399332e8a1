"""The fast forms of the costliest rules say what the standards say of one value, for every value."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.intake import place
from zhengtong.data import standards
from zhengtong.data.intake.rules import proving

ON = date(2026, 3, 5)
ID = "11010519491231002X"
WRONG = ["", " ", "９1350100M000100Y43", "91350100m000100y43", "1" * 17, "1" * 19, "1" * 18 + "\n", ID.lower(), "何"]
DAYS = ["2026-02-28", "2026-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "20260305", "2026-0305", "0000-01-01"]
DAYS += ["2026-13-01", "2026-00-10", "2026-04-31", "2026-12-31", "99991231", "2026-3-5", "20260305\n"]


def says(check: str, value: str) -> bool:
    return standards.CHECKS[check].fits(value, ON)


def near(right: str) -> st.SearchStrategy[str]:
    """The right text with one character changed, or any text of such letters."""
    changed = st.tuples(st.integers(0, len(right) - 1), st.sampled_from("0123456789XYAIO ")).map(
        lambda one: right[: one[0]] + one[1] + right[one[0] + 1 :]
    )
    return changed | st.text("0123456789X", min_size=16, max_size=19)


@settings(deadline=None)
@given(st.lists(near("91350100M000100Y43") | st.sampled_from(WRONG), max_size=20))
def test_social_credit_codes_are_judged_alike(values: list[str]) -> None:
    given_values = [*values, place.code(7)]
    fast = proving.social_credit_codes(pa.array([*given_values, None], pa.string())).tolist()
    assert fast == [*(says("social_credit_code", value) for value in given_values), False]


@settings(deadline=None)
@given(st.lists(near(ID) | st.sampled_from(WRONG), max_size=20))
def test_identity_numbers_are_judged_alike(values: list[str]) -> None:
    given_values = [*values, ID]
    fast = proving.id_numbers(pa.array([*given_values, None], pa.string()), on=ON).tolist()
    assert fast == [*(says("id_number", value) for value in given_values), False]


@pytest.mark.parametrize("value", DAYS)
def test_days_are_judged_alike(value: str) -> None:
    from zhengtong.data.standards.rules.checks import has_type

    assert proving.days(pa.array(["x", value], pa.string())).tolist() == [False, has_type(standards.Type.DAY, value)]


def test_a_slice_of_a_longer_column_is_read_at_its_own_place() -> None:
    values = pa.array(["x", None, place.code(1), "91350100M000100Y4Z", place.code(2)], pa.string())
    assert proving.social_credit_codes(values.slice(2)).tolist() == [True, False, True]
