"""Masks never give more than was agreed; what is asked is read exactly; examples hold no real value."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from zhengtong.sharing.gateway.errors import CallMalformed
from zhengtong.sharing.gateway.rules import Field, Kind, Limits, Stated, mask_rows, masked, read_asked, read_path
from zhengtong.sharing.gateway.rules.examples import example_of
from zhengtong.sharing.gateway.rules.masks import HIDDEN, band, general_number, partial
from zhengtong.sharing.gateway.rules.openapi import describe

TEXTS = some.text(min_size=1, max_size=40)
NUMBERS = some.integers(min_value=-(10**15), max_value=10**15)


def pseudonym(text: str) -> str:
    return f"p{len(text)}"


@given(TEXTS)
def test_a_partly_hidden_text_hides_a_third_at_least_and_keeps_its_length(text: str) -> None:
    shown = partial(text)
    hidden = [place for place, one in enumerate(shown) if one == HIDDEN]
    assert len(shown) == len(text)
    assert len(hidden) * 3 >= len(text)
    assert all(shown[place] in (text[place], HIDDEN) for place in range(len(text)))


@given(NUMBERS, some.integers(min_value=1, max_value=10**9))
def test_a_number_lies_in_the_band_that_is_told(value: int, width: int) -> None:
    low, high = map(int, band(value, width).split("~"))
    assert low <= value < high
    assert high - low == width


@given(NUMBERS.filter(bool))
def test_a_number_lies_in_the_band_of_one_two_five(value: int) -> None:
    low, high = map(int, general_number(value).split("~"))
    assert low <= value <= high
    assert high - low >= abs(value) / 10


@given(some.sampled_from(Kind), some.text(max_size=12), TEXTS)
def test_a_mask_that_is_not_known_gives_nothing(kind: Kind, mask: str, value: str) -> None:
    known = ("full", "partial", "pseudonym", "general")
    if mask.partition(":")[0] not in known:
        assert masked(mask, kind, value, pseudonym) is None


def test_only_fields_with_a_mask_leave_and_each_under_its_own() -> None:
    fields = [
        Field(name, name, kind, "general_1") for name, kind in (("a", Kind.TEXT), ("b", Kind.INTEGER), ("c", Kind.TEXT))
    ]
    masks = {"a": "full", "b": "general:yes_no", "x": "full"}
    assert mask_rows(fields, masks, [("甲", 0, "秘密"), ("乙", 5, "秘密")], pseudonym) == [
        {"a": "甲", "b": False},
        {"a": "乙", "b": True},
    ]
    assert mask_rows(fields, {}, [("甲", 0, "秘密")], pseudonym) == [{}]


@pytest.mark.parametrize(
    ("mask", "kind", "value", "shown"),
    [
        ("partial", Kind.TEXT, "350802199003071234", "350802**********34"),
        ("partial", Kind.TEXT, "欧阳小满", "欧***"),
        ("partial", Kind.INTEGER, 386, "200~500"),
        ("general", Kind.DAY, "1990-03-07", "1990"),
        ("general", Kind.TEXT, "张三丰", None),
        ("general", Kind.TRUTH, True, None),
        ("general:yes_no", Kind.TEXT, "", False),
        ("general:yes_no", Kind.DECIMAL, "0.00", False),
        ("pseudonym", Kind.TEXT, "甲", "p1"),
        ("omit", Kind.TEXT, "甲", None),
        ("full", Kind.TEXT, None, None),
    ],
)
def test_masks_by_table(mask: str, kind: Kind, value: Any, shown: Any) -> None:
    assert masked(mask, kind, value, pseudonym) == shown


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/share/v1/agreements/XY-2026-1/items/307%2F1/lookup", ("XY-2026-1", "307/1", "lookup")),
        ("/share/v1/agreements/XY-2026-1/items/SJ-1/rows", ("XY-2026-1", "SJ-1", "page")),
        ("/share/v1/agreements/XY-2026-1/items/SJ-1/drop", None),
        ("/share/v1/agreements//items/SJ-1/rows", None),
        ("/share/v1/agreements/a/items/b/rows/", None),
    ],
)
def test_a_path_says_what_is_asked(path: str, found: tuple[str, str, str] | None) -> None:
    assert read_path(path) == found


ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(some.sampled_from(["lookup", "batch", "page", "count"]), ANYTHING)
def test_any_body_is_read_or_refused_as_malformed(operation: str, body: Any) -> None:
    try:
        asked = read_asked(("XY-1", "SJ-1", operation), Stated(), json.dumps(body).encode(), Limits())
    except CallMalformed:
        return
    assert asked.keys >= 1


def test_an_agreements_description_names_only_what_it_gives() -> None:
    fields = [Field("uscc", "信用代码", Kind.TEXT, "", key=True), Field("owed", "欠税", Kind.DECIMAL, "", scale=2)]
    masks = {"uscc": "full", "owed": "general:100000"}
    limits = {"rate_per_second": 10, "daily_quota": 500, "max_rows": 50, "batch": 100}
    told = describe("XY-1", [("SJ-1", "/share/v1/agreements/XY-1/items/SJ-1", "税", fields, masks)], limits=limits)
    assert set(told["paths"]) == {
        f"/share/v1/agreements/XY-1/items/SJ-1/{one}" for one in ("lookup", "batch", "rows", "count")
    }
    assert set(told["components"]["schemas"]["Row1"]["properties"]) == {"uscc", "owed"}
    page = told["paths"]["/share/v1/agreements/XY-1/items/SJ-1/rows"]["post"]["requestBody"]["content"][
        "application/json"
    ]
    filterable = page["schema"]["properties"]["where"]["items"]["properties"]["field"]["enum"]
    assert filterable == ["uscc"]
    assert example_of(fields, masks, "SJ-1")[1]["rows"] == [{"uscc": "示例", "owed": "0~100000"}]
