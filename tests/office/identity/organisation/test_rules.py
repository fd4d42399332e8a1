from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel.actor import EVERYWHERE, Scope
from zhengtong.office.identity import rules
from zhengtong.office.identity.actions.founding import default_grants

ON = date(2026, 11, 21)
CODES = ("91350100M000100Y43", "91110000600037341L", "91512081MA62K0260E")
ID_NUMBERS = ("11010519491231002X", "440524188001010014")


@pytest.mark.parametrize("code", CODES)
def test_the_standards_codes_are_valid(code: str) -> None:
    assert rules.is_code(code)


@pytest.mark.parametrize(
    "code",
    ["", "91350100M000100Y4Z", "91350100M000100Y4", "91350100M000100Y433", "91350I00M000100Y43", "9135A100M000100Y43"],
)
def test_other_codes_are_not(code: str) -> None:
    assert not rules.is_code(code)


@given(st.text(rules.CODE_LETTERS, min_size=9, max_size=9), st.from_regex(r"[1-9ANY][0-9]{7}", fullmatch=True))
def test_changing_one_character_of_a_code_is_noticed(body: str, head: str) -> None:
    first = head[0] + "1" + head[2:] + body
    code = first + rules.code_check(first)
    assert rules.is_code(code)
    for place in (0, 5, 10, 17):
        other = next(letter for letter in "0123456789" if letter != code[place])
        assert not rules.is_code(code[:place] + other + code[place + 1 :])


def test_an_identity_number_tells_birth_and_sex() -> None:
    told = rules.read_id_number("11010519491231002X", on=ON)
    assert told == rules.IdNumber("110105", date(1949, 12, 31), "female")
    other = rules.read_id_number("440524188001010014", on=date(1990, 1, 1))
    assert other is not None
    assert other.sex == "male"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", "the check character is X"),
        ("11010519491231002x", "a small x is brought to X before"),
        ("440524188001010014", "born 146 years ago"),
        ("01010519491231002X", "no such province"),
        ("11010519490230002X", "30 February"),
        ("1101051949123100", "too short"),
    ],
)
def test_identity_numbers_that_cannot_be_are_refused(number: str, why: str) -> None:
    assert rules.read_id_number(number, on=ON) is None, why


@given(st.dates(date(1920, 1, 1), date(2026, 11, 20)), st.integers(0, 999), st.sampled_from(["330106", "990102"]))
def test_every_number_with_a_right_check_character_is_read_back(birth: date, order: int, area: str) -> None:
    first = f"{area}{birth:%Y%m%d}{order:03d}"
    told = rules.read_id_number(first + rules.id_check(first), on=ON)
    assert told is not None
    assert (told.birth, told.area, told.sex) == (birth, area, "male" if order % 2 else "female")


@given(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True))
def test_a_masked_number_keeps_neither_birth_date_nor_order(number: str) -> None:
    masked = rules.masked_id_number(number)
    assert len(masked) == 18
    assert masked[6:16] == "*" * 10


@pytest.mark.parametrize(
    ("name", "found_by"),
    [
        ("沈若川", ["shenruochuan", "src"]),
        ("单田芳", ["shantianfang", "stf"]),
        ("曾国强", ["zengguoqiang", "zgq"]),
        ("欧阳明", ["ouyangming", "oym"]),
    ],
)
def test_a_person_is_spelled_as_a_surname_is_read(name: str, found_by: list[str]) -> None:
    assert rules.spelling(name, surname=True).split() == found_by


def test_a_department_is_not_read_as_a_surname() -> None:
    assert rules.spelling("单位管理处").startswith("danwei")


@given(st.text(max_size=40))
def test_any_name_can_be_spelled_and_gives_no_wrong_login(name: str) -> None:
    rules.spelling(name, surname=True)
    login = rules.login_for(name)
    assert login == "" or len(login) <= 32


Tree = dict[UUID, UUID | None]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    ids = [UUID(int=number + 1) for number in range(draw(st.integers(1, 12)))]
    parents: Tree = {ids[0]: None}
    for place, one in enumerate(ids[1:], start=1):
        parents[one] = ids[draw(st.integers(0, place - 1))]
    return parents


@given(trees(), st.data())
def test_moving_makes_a_ring_exactly_when_the_new_parent_lies_below(parents: Tree, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(sorted(parents)))
    new_parent = data.draw(st.sampled_from(sorted(parents)))
    ring = rules.makes_a_ring(parents, one, new_parent)
    assert ring == (new_parent in rules.below(parents, one)) == (one in rules.path_of(parents, new_parent))


@given(trees())
def test_what_lies_below_the_root_is_everything_and_below_a_leaf_itself(parents: Tree) -> None:
    root = next(one for one, parent in parents.items() if parent is None)
    assert rules.below(parents, root) == set(parents)
    for leaf in set(parents) - set(parents.values()):
        assert rules.below(parents, leaf) == {leaf}


def test_a_section_belongs_to_the_bureau_above_it() -> None:
    city, bureau, section = uuid4(), uuid4(), uuid4()
    tree: Tree = {city: None, bureau: city, section: bureau}
    assert [rules.body_of(tree, one) for one in (city, bureau, section)] == [city, bureau, bureau]


@given(st.dates(), st.dates(), st.dates(), st.dates())
def test_spans_overlap_exactly_when_they_share_a_day(a: date, b: date, c: date, d: date) -> None:
    one, other = (min(a, b), max(a, b)), (min(c, d), max(c, d))
    assert rules.overlaps(one, other) == (max(one[0], other[0]) <= min(one[1], other[1]))
    assert rules.overlaps(one, (other[0], None)) == (other[0] <= one[1])


def test_the_law_day_begins_at_midnight_in_the_city() -> None:
    before = datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC)
    assert rules.law_day(before) == date(2026, 3, 4)
    assert rules.law_day(before + timedelta(seconds=1)) == date(2026, 3, 5)


def test_patterns_mean_permissions_and_take_away() -> None:
    names = ["identity.people.read", "identity.people.change", "notices.broadcast"]
    assert rules.matching(["*", "!notices.*"], names) == {"identity.people.read", "identity.people.change"}
    assert rules.matching([], names) == set()


A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("role", "held", "lacks"),
    [
        ({"p": EVERYWHERE}, {"p": EVERYWHERE}, set()),
        ({"p": EVERYWHERE}, {"p": Scope(departments=frozenset({A}))}, {"p"}),
        ({"p": Scope(departments=frozenset({A}))}, {"p": Scope(departments=frozenset({A, B}))}, set()),
        ({"p": Scope(departments=frozenset({A, B}))}, {"p": Scope(departments=frozenset({A}))}, {"p"}),
        ({"p": EVERYWHERE, "q": EVERYWHERE}, {"p": EVERYWHERE}, {"q"}),
        ({}, {}, set()),
    ],
)
def test_one_lacks_what_a_role_gives_further_than_one_reaches(
    role: dict[str, Scope], held: dict[str, Scope], lacks: set[str]
) -> None:
    assert rules.lacking(role, held) == lacks


def test_the_rule_pack_names_every_built_in_role_and_the_administrator_holds_all_but_seals() -> None:
    grants = default_grants()
    assert set(grants) == {one.key for one in rules.BUILT_IN}
    everything, *taken = grants["administrator"]
    assert everything == "*"
    assert set(taken) == {"!ledger.seal", "!ledger.keys", "!agreements.sign"}
    assert grants["resident"] == []


def test_auditors_change_nothing() -> None:
    from zhengtong.office import identity

    names = [permission.name for permission in identity.capability.permissions]
    held = rules.matching(default_grants()["auditor"], names)
    assert "identity.audit.read" in held
    assert all(name.endswith((".read", ".audit.export")) for name in held)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-05", date(2026, 3, 5)),
        ("2026/3/5", date(2026, 3, 5)),
        ("20260305", date(2026, 3, 5)),
        ("2026年3月5日", date(2026, 3, 5)),
        ("2026-03-05 00:00:00", date(2026, 3, 5)),
        ("2026-02-30", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, day: date | None) -> None:
    assert rules.read_date(text) == day


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_date(text: str) -> None:
    assert rules.read_date(text) is None or rules.read_date(text) is not None
