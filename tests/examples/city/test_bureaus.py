"""What the four bureaus keep, and the truth about what was planted in it."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from examples.city.bureaus import PERIODS

from examples import city

SEED, RESIDENTS, FIRMS = 2026, 4_000, 600


@pytest.fixture(scope="module")
def blocks() -> list[city.Kept]:
    return list(city.kept(SEED, RESIDENTS, FIRMS))


@pytest.fixture(scope="module")
def rows(blocks: list[city.Kept]) -> dict[str, dict[str, dict[str, object]]]:
    """Every row by its table and key."""
    return {
        "market.company": {str(row["uscc"]): row for block in blocks for row in block.companies},
        "tax.payment": {str(row["payment_id"]): row for block in blocks for row in block.payments},
        "tax.wage": {str(row["wage_id"]): row for block in blocks for row in block.wages},
        "police.resident": {str(row["id_number"]): row for block in blocks for row in block.residents},
        "civil.relief": {str(row["case_id"]): row for block in blocks for row in block.relief},
    }


@pytest.fixture(scope="module")
def planted(blocks: list[city.Kept]) -> list[city.Planted]:
    return [one for block in blocks for one in block.truth]


def test_everybody_and_every_firm_is_kept_once(rows: dict[str, dict[str, dict[str, object]]]) -> None:
    assert len(rows["police.resident"]) == RESIDENTS
    assert len(rows["market.company"]) == FIRMS
    assert len(rows["tax.wage"]) % len(PERIODS) == 0


def test_the_same_seed_keeps_the_same(blocks: list[city.Kept]) -> None:
    again = next(iter(city.kept(SEED, RESIDENTS, FIRMS)))
    assert again == blocks[0]


def test_a_larger_city_keeps_the_same_about_its_first_residents(blocks: list[city.Kept]) -> None:
    larger = next(iter(city.kept(SEED, RESIDENTS * 2, FIRMS * 2)))
    assert larger.residents == blocks[0].residents


def test_what_was_planted_names_rows_that_exist(
    rows: dict[str, dict[str, dict[str, object]]], planted: list[city.Planted]
) -> None:
    assert {one.sort for one in planted} == {"variant", "contradiction", "near_miss", "fault"}
    for one in planted:
        for table, key in one.records:
            assert key in rows[table]


def test_a_planted_variant_differs_from_the_truth(
    rows: dict[str, dict[str, dict[str, object]]], planted: list[city.Planted]
) -> None:
    for one in planted:
        if one.sort == "variant" and one.records[0][0] == "civil.relief":
            told, true = rows["civil.relief"][one.records[0][1]], rows["police.resident"][one.subject]
            assert told[one.field] != true[one.field] or true[one.field] is None


def _overlaps(relief: dict[str, object]) -> bool:
    return relief["to_date"] is None or str(relief["to_date"]) >= f"{PERIODS[0][:4]}-{PERIODS[0][4:]}-01"


def test_contradictions_contradict_and_near_misses_do_not(
    rows: dict[str, dict[str, dict[str, object]]], planted: list[city.Planted]
) -> None:
    found = {"contradiction": 0, "near_miss": 0}
    for one in planted:
        if one.kind == "relief_and_wage":
            relief = rows["civil.relief"][one.records[0][1]]
            wages = [int(str(rows[table][key]["wage_fen"])) for table, key in one.records[1:]]
            assert (_overlaps(relief) and min(wages) >= 800_000) == (one.sort == "contradiction")
            found[one.sort] += 1
        if one.kind == "deregistered_pays":
            ended = str(rows["market.company"][one.subject]["ended_on"])
            assert all(str(rows[table][key]["paid_on"]) > ended for table, key in one.records[1:])
            found[one.sort] += 1
    assert min(found.values()) >= 5


def test_a_firm_that_ended_and_is_not_planted_pays_nothing_after(
    rows: dict[str, dict[str, dict[str, object]]], planted: list[city.Planted]
) -> None:
    guilty = {one.subject for one in planted if one.kind == "deregistered_pays"}
    for row in rows["tax.payment"].values():
        firm = rows["market.company"].get(str(row["uscc"]))
        if firm and firm["ended_on"] and firm["uscc"] not in guilty:
            assert str(row["paid_on"]) <= str(firm["ended_on"])


def test_the_police_drop_their_files_whole_in_gb18030(tmp_path: Path, blocks: list[city.Kept]) -> None:
    path = city.drop(tmp_path / "inbox", "resident-20261101.csv", blocks[0].residents)
    read = list(csv.DictReader(io.StringIO(path.read_bytes().decode("gb18030"))))
    assert [row["公民身份号码"] for row in read] == [row["id_number"] for row in blocks[0].residents]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_markets_table_is_filled_and_filled_again(tmp_path: Path, blocks: list[city.Kept]) -> None:
    with closing(sqlite3.connect(tmp_path / "market.sqlite")) as connection:
        city.make_table(connection, "company", city.COMPANY, "uscc")
        for _ in range(2):
            city.put(connection, "company", city.COMPANY, "uscc", blocks[0].companies)
        assert connection.execute("SELECT count(*) FROM company").fetchone()[0] == len(blocks[0].companies)


def _asked(url: str, key: str) -> dict[str, object]:
    with urlopen(Request(url, headers={"X-Api-Key": key})) as answer:
        told: dict[str, object] = json.load(answer)
        return told


def test_civil_affairs_answers_by_pages_and_only_with_the_key(tmp_path: Path, blocks: list[city.Kept]) -> None:
    cases = [{**row, "changed_no": number} for number, row in enumerate(blocks[0].relief + blocks[1].relief, start=1)]
    store, columns = tmp_path / "civil.sqlite", (*city.RELIEF, "changed_no")
    with closing(sqlite3.connect(store)) as connection:
        city.make_table(connection, "relief", columns, "case_id")
        city.put(connection, "relief", columns, "case_id", cases)
    with city.CivilService(store, "open-sesame") as service:
        first = _asked(f"{service.address}/api/relief?page=1&size=3", "open-sesame")
        assert first["total"] == len(cases)
        assert first["pages"] == -(-len(cases) // 3)
        seen = [
            row["case_id"]
            for page in range(1, int(str(first["pages"])) + 1)
            for row in _asked(f"{service.address}/api/relief?page={page}&size=3", "open-sesame")["rows"]  # type: ignore[attr-defined]
        ]
        assert sorted(seen) == sorted(str(row["case_id"]) for row in cases)
        assert _asked(f"{service.address}/api/relief?since={len(cases) - 1}", "open-sesame")["total"] == 1
        for path, key, status in (
            ("relief", "wrong", 401),
            ("other", "open-sesame", 404),
            ("relief?page=x", "open-sesame", 400),
        ):
            with pytest.raises(HTTPError) as refused:
                _asked(f"{service.address}/api/{path}", key)
            assert refused.value.code == status


def test_changes_are_the_same_for_the_same_tick_and_about_known_firms(blocks: list[city.Kept]) -> None:
    people, firms = city.people_and_firms(SEED, RESIDENTS, FIRMS)
    codes, seen = {firm.code for firm in firms}, set()
    for tick in range(40):
        told = list(city.changes(SEED, tick, people, firms))
        assert told == list(city.changes(SEED, tick, people, firms))
        seen |= {one.table for one in told}
        assert {one.row["uscc"] for one in told if one.table in ("market.company", "tax.payment")} <= codes
    assert seen == {"market.company", "tax.payment", "police.resident", "civil.relief"}


def test_the_catalogue_has_twelve_hundred_items_no_two_alike() -> None:
    items = list(city.items(SEED))
    assert len(items) == len({one.code for one in items}) == len({one.name_zh for one in items}) == 1_200
    for one in items:
        assert len(one.fields) >= 6
        assert len({field.name for field in one.fields}) == len(one.fields)
        assert any(field.is_key for field in one.fields)
        assert (one.share == 3) == bool(one.basis)
        assert one.department in {department.key for department in city.departments()}


def test_the_live_items_have_the_columns_of_the_stores() -> None:
    columns = {one.live: tuple(field.name for field in one.fields) for one in city.live_items()}
    assert columns["market.company"] == city.COMPANY
    assert columns["civil.relief"] == city.RELIEF
    assert columns["police.resident"] == tuple(city.RESIDENT.values())


def test_the_truth_can_be_read_back(tmp_path: Path) -> None:
    city.write_truth(tmp_path / "truth.json", SEED, 500, 80)
    told = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert told == json.loads(json.dumps(city.truth(SEED, 500, 80)))
    assert all(date.fromisoformat(one["subject"][6:14]) for one in told["planted"] if one["kind"].startswith("name_"))
