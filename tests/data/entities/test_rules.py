"""How names, addresses and numbers are compared; who belongs together; what a golden value is."""

import random
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengtong.data.entities import queries, rules
from zhengtong.data.entities.rules import Kind, texts
from zhengtong.data.entities.rules.comparing import within

PEOPLE = [
    ("張曉明", "张晓明", "same"),
    ("张 晓 明", "张晓明", "same"),
    ("买买提·艾力", "買買提・艾力", "same"),
    ("张晓明", "张小明", "sound"),
    ("单田芳", "善田芳", "sound"),
    ("Zhang Xiaoming", "张晓明", "sound"),
    ("张晓明", "张晓亮", "one"),
    ("凌云", "林云", "close"),
    ("张晓明", "李建国", "differs"),
    ("", "张晓明", "unknown"),
]
FIRMS = [
    ("云溪市鑫源商贸有限公司", "云溪市鑫源商贸有限公司 ", "same"),
    ("云溪市鑫源商贸有限公司", "鑫源商贸（云溪）有限责任公司", "core"),
    ("云溪市鑫源商贸有限公司", "鑫源商貿公司", "core"),
    ("云溪市鑫源商贸有限公司", "云溪市新元商贸有限公司", "sound"),
    ("云溪市鑫源商贸有限公司", "云溪市鑫园商贸有限公司", "sound"),
    ("云溪锦和建筑工程有限公司", "云溪锦河装饰股份有限公司", "sound"),
    ("云溪市鑫源商贸有限公司", "云溪市大丰商贸有限公司", "differs"),
]
ADDRESSES = [
    ("云溪市云岭区云岭台街道银杏路１号桂语苑７幢２单元３０１室", "银杏路1号桂语苑7栋2-301"),
    ("云溪市城关区中山路十八号", "城关区中山路18號"),
    ("云溪市桃源县新桥乡柳溪村5组12号", "新桥乡柳溪村五组十二号"),
    ("东湖街道翠苑小区3幢501", "翠苑小区 3 号楼 501室"),
]


def level(kind: Kind, name: str, one: dict[str, str], other: dict[str, str]) -> str:
    ready = [rules.ready(kind, told, valid=False) for told in (one, other)]
    return rules.levels_of(kind, *ready)[name]


@pytest.mark.parametrize(("one", "other", "wanted"), PEOPLE)
def test_names_of_people(one: str, other: str, wanted: str) -> None:
    assert level(Kind.PERSON, "name", {"name": one}, {"name": other}) == wanted
    assert level(Kind.PERSON, "name", {"name": other}, {"name": one}) == wanted


@pytest.mark.parametrize(("one", "other", "wanted"), FIRMS)
def test_names_of_firms(one: str, other: str, wanted: str) -> None:
    assert level(Kind.FIRM, "name", {"name": one}, {"name": other}) == wanted


@pytest.mark.parametrize(("one", "other"), ADDRESSES)
def test_addresses_without_divisions_and_forms(one: str, other: str) -> None:
    assert texts.address(one) == texts.address(other)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("990102196106040153", "990102196106040153", "same"),
        ("990102196106040153", "990102196106040135", "slip"),
        ("990102196106040153", "990102196106040154", "slip"),
        ("990102196106040153", "990102196511250162", "differs"),
        ("", "990102196511250162", "unknown"),
    ],
)
def test_numbers_with_a_slip_of_the_hand(one: str, other: str, wanted: str) -> None:
    assert level(Kind.PERSON, "code", {"code": one, "name": "a"}, {"code": other, "name": "b"}) == wanted


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("1961-06-04", "19610604", "same"),
        ("1961-06-04", "1961-04-06", "slip"),
        ("1961-06-04", "1961-06-14", "slip"),
        ("1961-06-04", "1961-12-25", "year"),
        ("1961-06-04", "1975-01-01", "differs"),
    ],
)
def test_dates_of_birth(one: str, other: str, wanted: str) -> None:
    assert level(Kind.PERSON, "birth", {"birth": one}, {"birth": other}) == wanted


SAID = st.fixed_dictionaries(
    {
        "name": st.sampled_from([name for one, other, _ in (*PEOPLE, *FIRMS) for name in (one, other)]),
        "code": st.sampled_from(["", "990102196106040153", "990102196106040135", "91350100M000100Y43"]),
        "birth": st.sampled_from(["", "1961-06-04", "1961-04-06", "1990-01-01"]),
        "phone": st.sampled_from(["", "16905925711", "16905925712", "0600-8123456"]),
        "address": st.sampled_from(["", *(address for pair in ADDRESSES for address in pair)]),
        "sex": st.sampled_from(["", "男", "2"]),
        "legal": st.sampled_from(["", "何小满", "何晓满"]),
    }
)


@given(st.sampled_from(list(Kind)), SAID, SAID)
def test_comparing_is_symmetric_bounded_and_surest_of_itself(
    kind: Kind, one: dict[str, str], other: dict[str, str]
) -> None:
    model = queries.bundled_model(kind)
    here, there = (rules.ready(kind, told, valid=False) for told in (one, other))
    forth, back = rules.levels_of(kind, here, there), rules.levels_of(kind, there, here)
    assert forth == back
    told = rules.score(model, forth)
    assert 0.0 <= told.probability <= 1.0
    itself = rules.score(model, rules.levels_of(kind, here, here))
    assert set(rules.levels_of(kind, here, here).values()) <= {"same", "unknown"}
    silent = {name for name, reached in forth.items() if reached == "unknown"}
    if not silent:
        assert told.weight <= itself.weight


@given(st.text("甲乙丙12", max_size=6), st.text("甲乙丙12", max_size=6), st.integers(0, 3))
def test_near_is_the_distance_of_levenshtein(one: str, other: str, most: int) -> None:
    assert within(one, other, most) == (_distance(one, other) <= most)


def _distance(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        _distance(one[1:], other) + 1,
        _distance(one, other[1:]) + 1,
        _distance(one[1:], other[1:]) + (one[0] != other[0]),
    )


def ids(count: int, seed: int) -> list[UUID]:
    return random.Random(seed).sample([UUID(int=number) for number in range(1, 40)], count)


@settings(deadline=None)
@given(st.data())
def test_groups_do_not_depend_on_the_order_of_arrival(data: st.DataObject) -> None:
    """The same records under other ids (they came in another order), likenesses and decisions: the same groups."""
    count = data.draw(st.integers(2, 7))
    marks = [f"m{number}" for number in range(count)]
    codes = [data.draw(st.sampled_from([None, None, "A", "B"])) for _ in marks]
    pairs = [
        (i, j, data.draw(st.sampled_from([0.5, 0.98, 0.99])))
        for i in range(count)
        for j in range(i)
        if data.draw(st.booleans())
    ]
    apart = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=2))
    told = []
    for seed in (1, 2):
        named = ids(count, seed)
        likenesses = [rules.Likeness(named[i], named[j], chance, chance > 0.9) for i, j, chance in pairs]
        random.Random(seed).shuffle(likenesses)
        settled = rules.settle(
            dict(zip(named, codes, strict=True)),
            likenesses,
            marks=dict(zip(named, marks, strict=True)),
            aparts=[rules.Apart(frozenset({named[i]}), frozenset({named[j]})) for i, j in apart if i != j],
        )
        groups: dict[UUID, set[str]] = {}
        for place, record in enumerate(named):
            groups.setdefault(settled.group_of[record], set()).add(marks[place])
            assert settled.group_of[record] == min(
                one for one in named if settled.group_of[one] == settled.group_of[record]
            )
        told.append({frozenset(group) for group in groups.values()})
        for i, j in apart:
            assert i == j or settled.group_of[named[i]] != settled.group_of[named[j]]
    assert told[0] == told[1]


def test_two_groups_are_asked_about_once_by_their_strongest_pair() -> None:
    a, b, c = (UUID(int=number) for number in (1, 2, 3))
    settled = rules.settle(
        {a: "A", b: "A", c: None},
        [rules.Likeness(a, c, 0.5, False), rules.Likeness(b, c, 0.8, False)],
        marks={a: "a", b: "b", c: "c"},
    )
    assert settled.states == {(b, c): rules.PairState.WAITING, (a, c): rules.PairState.IMPLIED}


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ([("police", 1, "2020", "甲"), ("civil", 3, "2025", "乙")], ("甲", "trust")),
        ([("police", 2, "2020", "甲"), ("civil", 2, "2025", "乙")], ("乙", "newest")),
        ([("police", 1, "2020", ""), ("civil", 3, "2025", "乙")], ("乙", "only")),
    ],
)
def test_a_golden_value_is_of_the_most_trusted_then_the_newest_that_says_something(
    told: list[tuple[str, int, str, str]], wanted: tuple[str, str]
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    said = [
        rules.Told(UUID(int=place), mark, {"name": value}, {"name": trust}, order, at)
        for place, (mark, trust, order, value) in enumerate(told, start=1)
    ]
    for order in (said, said[::-1]):
        one = rules.golden(["name", "phone"], order)
        assert set(one) == {"name"}
        assert (one["name"].value, one["name"].rule) == wanted


def test_every_bundled_pack_reads_and_a_wrong_one_says_where() -> None:
    assert [queries.bundled_pack(name).pack for name in queries.bundled_packs()] == ["yunxi-sample"]
    with pytest.raises(rules.PackWrong, match=r"feeds\.0.*no attribute shoe_size"):
        rules.read_pack(
            "format: entities@1\npack: x\nzh: x\nen: x\nfeeds:\n"
            "  - {table: a.b, kind: person, key: [id], fields: {name: n, shoe_size: s}}\n"
        )
    with pytest.raises(rules.PackWrong):
        rules.read_pack("format: [")
