"""The sample city: the same bytes for the same seed, and people who live like people."""

import json
import subprocess
import sys
import tracemalloc
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from zhengtong.kernel import assets

from .conftest import Tables

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text("utf-8"))
PHONES = "169"  # no carrier is known to use it


def test_the_small_city_is_the_same_bytes_on_every_machine(city: ModuleType, tmp_path: Path) -> None:
    assert city.write(tmp_path, city.SIZES["small"]) == GOLDEN
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert manifest["sha256"] == GOLDEN
    assert b"\r" not in (tmp_path / "residents.csv").read_bytes()


def test_another_seed_gives_another_city_of_the_same_size(city: ModuleType, tmp_path: Path) -> None:
    other = city.write(tmp_path, city.SIZES["small"], seed=7)
    assert other["residents"] != GOLDEN["residents"]
    assert other["divisions"] == GOLDEN["divisions"]
    assert len((tmp_path / "residents.csv").read_text("utf-8").splitlines()) == 2_001


def test_it_runs_by_itself_without_the_platform(tmp_path: Path) -> None:
    folder = assets.path("city")
    command = [
        sys.executable,
        "-I",
        "-c",
        f"import sys; sys.path.insert(0, {str(folder.parent)!r}); import runpy; "
        f"sys.argv = ['city', '--out', {str(tmp_path)!r}]; runpy.run_module({folder.name!r}, run_name='__main__'); "
        "print([name for name in sys.modules if name.partition('.')[0] in ('zhengtong', 'numpy')])",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert GOLDEN["firms"] in done.stdout


def test_the_small_city_has_its_promised_size(small: Tables) -> None:
    assert {name: len(rows) for name, rows in small.items() if name not in ("divisions", "posts")} == {
        "departments": 44,
        "people": 300,
        "residents": 2_000,
        "firms": 300,
    }
    assert sum(not row["parent"] for row in small["departments"]) == 20
    assert Counter(row["level"] for row in small["divisions"])["district"] == 8


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("residents", "id_number"),
        ("residents", "phone"),
        ("residents", "email"),
        ("people", "login"),
        ("people", "staff_number"),
        ("people", "phone"),
        ("firms", "code"),
        ("firms", "name"),
        ("firms", "phone"),
        ("departments", "number"),
        ("departments", "name"),
    ],
)
def test_what_must_be_unique_is_unique(small: Tables, table: str, column: str) -> None:
    values = [row[column] for row in small[table]]
    assert len(set(values)) == len(values)


def test_forty_thousand_residents_still_have_numbers_and_homes_of_their_own(city: ModuleType) -> None:
    people = list(city.residents(city.SEED, 40_000))
    assert len({one.id_number for one in people}) == 40_000
    homes = defaultdict(set)
    for one in people:
        homes[one.address].add(one.household)
    assert all(len(households) == 1 for households in homes.values())


def test_a_resident_is_the_same_in_a_small_and_in_a_large_city(city: ModuleType) -> None:
    few, many = list(city.residents(city.SEED, 250)), list(city.residents(city.SEED, 900))
    assert few == many[:250]
    assert city.block_of(city.SEED, 5)[0] == many[500]


def test_more_residents_than_there_are_numbers_is_refused(city: ModuleType) -> None:
    with pytest.raises(ValueError, match="250000"):
        next(city.residents(city.SEED, 250_001))


def test_memory_does_not_grow_with_the_city(city: ModuleType) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in city.residents(city.SEED, count):
            pass
        for _ in city.firms(city.SEED, count // 10, count):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(500)
    assert peak(8_000) < peak(1_000) + 200_000


def test_ages_have_the_shape_of_an_ageing_chinese_city(city: ModuleType, small: Tables) -> None:
    ages = [_age(row["born"], city.AS_OF) for row in small["residents"]]
    share = {
        name: sum(low <= age < high for age in ages) / len(ages)
        for name, (low, high) in {
            "children": (0, 15),
            "working": (15, 60),
            "old": (60, 120),
            "very old": (80, 120),
        }.items()
    }
    assert 0.11 < share["children"] < 0.19
    assert 0.58 < share["working"] < 0.70
    assert 0.16 < share["old"] < 0.25
    assert 0.002 < share["very old"] < 0.04
    assert max(ages) < 105
    males = sum(row["sex"] == "male" for row in small["residents"]) / 2_000
    assert 0.48 < males < 0.54


def test_households_share_an_address_and_their_ages_fit(city: ModuleType, small: Tables) -> None:
    households = defaultdict(list)
    for row in small["residents"]:
        households[row["household"]].append(row)
    assert 2.3 < 2_000 / len(households) < 3.2
    for members in households.values():
        assert len({row["address"] for row in members}) == 1
        head = members[0]
        assert (head["number"], head["relation"]) == (head["household"], "head")
        mothers = [row for row in members if row["relation"] in ("head", "spouse") and row["sex"] == "female"]
        for child in (row for row in members if row["relation"] == "child"):
            for mother in mothers:
                assert 20 <= _age(mother["born"], city.AS_OF) - _age(child["born"], city.AS_OF) <= 46
        for parent in (row for row in members if row["relation"] == "parent"):
            assert _age(parent["born"], city.AS_OF) >= _age(head["born"], city.AS_OF) + 18


def test_children_bear_their_father_s_surname(city: ModuleType) -> None:
    households = defaultdict(list)
    for one in city.residents(city.SEED, 2_000):
        households[one.household].append(one)
    families = [m for m in households.values() if any(one.relation == "child" for one in m)]
    assert len(families) > 200
    for members in families:
        father = next((one for one in members if one.relation in ("head", "spouse") and one.sex == "male"), None)
        if father:
            surname = father.name_en.split(" ")[0]
            assert all(one.name_en.split(" ")[0] == surname for one in members if one.relation == "child")


def test_the_commonest_surnames_are_the_country_s(city: ModuleType) -> None:
    counted = Counter(one.name[0] for one in city.residents(city.SEED, 20_000))
    assert {sign for sign, _ in counted.most_common(5)} == set("王李张刘陈")
    assert counted["王"] > 3 * counted["徐"] > 0


def test_names_are_read_as_they_are_written(city: ModuleType) -> None:
    assert all(one.name_en.isascii() and one.name_en.count(" ") == 1 for one in city.residents(city.SEED, 2_000))
    assert {one.name: one.name_en for one in city.staff(city.SEED)}["顾一舟"] == "Gu Yizhou"


def test_no_telephone_or_mail_address_can_reach_anybody(small: Tables) -> None:
    for table in ("residents", "people"):
        assert all(row["phone"].startswith(PHONES) and len(row["phone"]) == 11 for row in small[table])
    assert all(row["phone"].startswith("0600-") for row in small["firms"])
    for table in ("residents", "people", "firms"):
        assert all(row["email"].endswith(".yunxi.example") for row in small[table])


def test_every_firm_has_a_grown_up_legal_person_who_lives_in_the_city(small: Tables) -> None:
    people = {row["number"]: row for row in small["residents"]}
    for firm in small["firms"]:
        person = people[firm["legal_person"]]
        assert person["name"] == firm["legal_person_name"]
        assert _age(person["born"], date.fromisoformat(firm["established"])) >= 17
        assert firm["capital_yuan"].endswith(".00")
        assert float(firm["capital_yuan"]) > 0
    standings = Counter(row["status"] for row in small["firms"])
    assert standings["active"] > 220
    assert set(standings) <= {"active", "deregistered", "revoked", "moved_out"}


def test_the_story_s_people_hold_their_posts(city: ModuleType, small: Tables) -> None:
    people = {row["name"]: row for row in small["people"]}
    posts = {row["login"]: row for row in small["posts"]}
    numbers = {row["number"]: row["name"] for row in small["departments"]}
    for part in city.CAST:
        person = people[part.name]
        post = posts[person["login"]]
        assert person["staff_number"] == part.staff_number
        assert numbers[post["department"]].startswith(city.department(part.department).name)
        assert part.role in post["roles"].split()
    shop = next(row for row in small["firms"] if row["name"].endswith("何记豆花店"))
    assert (shop["legal_person_name"], shop["code"][:6]) == (city.RESIDENT_NAME, "929901")


def test_every_department_has_a_cdo_a_sharing_desk_and_duties(small: Tables) -> None:
    holders: dict[str, Counter[str]] = defaultdict(Counter)
    logins: dict[str, set[str]] = defaultdict(set)
    for row in small["posts"]:
        for role in row["roles"].split():
            holders[row["department"].partition("-")[0]][role] += 1
            logins[row["department"].partition("-")[0]].add(row["login"])
    for row in (row for row in small["departments"] if not row["parent"]):
        roles = holders[row["number"]]
        assert (roles["department_cdo"], roles["sharing_office"], roles["department_admin"]) == (1, 1, 1)
        assert row["cdo"] in logins[row["number"]]
        assert row["duties"]
        assert row["duties_en"].isascii()


def test_only_known_roles_are_given_and_two_can_administer(small: Tables) -> None:
    roles = Counter(role for row in small["posts"] for role in row["roles"].split())
    assert set(roles) == {
        "administrator",
        "data_bureau",
        "department_cdo",
        "department_admin",
        "officer",
        "leader",
        "auditor",
        "sharing_office",
    }
    assert roles["administrator"] == 2
    watched = {row["login"] for row in small["posts"] if "auditor" in row["roles"].split()}
    assert not watched & {row["login"] for row in small["posts"] if "administrator" in row["roles"].split()}


def test_some_hold_two_posts_and_some_posts_have_ended(small: Tables) -> None:
    held = Counter(row["login"] for row in small["posts"])
    assert 5 < sum(count > 1 for count in held.values()) < 60
    ended = [row for row in small["posts"] if row["until"] and row["until"] < "2026-01-01"]
    assert ended
    assert all(row["since"] < row["until"] for row in small["posts"] if row["until"])


def _age(born: str, on: date) -> int:
    day = date.fromisoformat(born)
    return on.year - day.year - ((on.month, on.day) < (day.month, day.day))
