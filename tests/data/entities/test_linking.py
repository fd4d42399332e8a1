"""Records of four bureaus become firms and persons, in whatever order they come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.conftest import NOW
from tests.data.entities.town import CASE, FIRM, PAID, WANG, Town
from zhengtong.data import catalogue, entities, standards
from zhengtong.data.entities import actions, queries
from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.tables import Record
from zhengtong.engines.compute import Compute
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office import operations


def rebuilt(town: Town, kind: Kind) -> None:
    desk = actions.Desk(town.read, town.write, town.city.engines.compute, town.keyring, NOW)
    actions.rebuild(desk, kind)


def test_market_and_tax_meet_in_one_firm_by_its_code(town: Town) -> None:
    town.land("tax.payment", PAID)
    town.land("market.company", FIRM)
    [firm] = town.entities("firm")
    assert (firm.name, firm.code_index, firm.records, firm.sources) == (FIRM["name"], FIRM["uscc"], 2, 2)


def test_a_person_without_a_number_is_known_by_name_phone_and_address_written_otherwise(town: Town) -> None:
    town.land("police.resident", WANG)
    town.land("civil.relief", CASE)
    [person] = town.entities("person")
    assert (person.name, person.records, person.waiting) == ("文卫强", 2, 0)


def test_an_identity_number_is_nowhere_in_the_database_in_clear(town: Town) -> None:
    town.land("police.resident", WANG)
    with town.read() as session:
        record = session.scalars(select(Record)).one()
        assert WANG["id_number"] not in str([getattr(record, name) for name in record.__mapper__.column_attrs.keys()])  # noqa: SIM118
        assert queries.code_of(record, town.keyring) == WANG["id_number"]


def test_a_new_index_key_leaves_beings_decisions_and_searches_as_they_were(
    town: Town, client_for: Callable[..., TestClient]
) -> None:
    for table, row in (("police.resident", WANG), ("civil.relief", CASE), ("market.company", FIRM)):
        town.land(table, row)
    before = {one.id: (one.name, one.records) for kind in ("person", "firm") for one in town.entities(kind)}
    old = town.keyring.index
    town.keyring.rotate(index=True)
    town.land("civil.relief", {**CASE, "monthly_fen": 99})
    with town.write() as session:
        assert entities.order_marking(session)
        assert entities.is_marking(session)
    town.drain()
    with town.read() as session:
        assert not entities.is_marking(session)
    operations.seal_again(town.city.database, town.keyring)
    town.keyring.retire(old)
    town.land("police.resident", {**WANG, "phone": "16900000000", "changed_on": date(2026, 1, 2)})
    town.land("civil.relief", {**CASE, "monthly_fen": 100})
    assert {one.id: (one.name, one.records) for kind in ("person", "firm") for one in town.entities(kind)} == before
    desk = client_for(town.reviewer())
    found = desk.get("/api/v1/entities/registers/person", params={"q": WANG["id_number"]}).json()["items"]
    assert [one["name"] for one in found] == ["文*强"]


BATCHES: list[tuple[str, dict[str, Any]]] = [
    ("police.resident", WANG),
    ("civil.relief", CASE),
    ("police.resident", {**WANG, "id_number": "990102196511250162", "name": "张丽梅", "phone": "16908888152",
                         "birth_date": date(1965, 11, 25), "sex": "2"}),
    ("civil.relief", {**CASE, "case_id": "JZ0000072", "name": "张莉梅", "phone": "16908888152", "id_number": None}),
]  # fmt: skip


@pytest.mark.parametrize("order", [*permutations(range(4))][::11])
def test_any_order_of_batches_with_repetitions_gives_the_register_that_a_rebuild_gives(
    town: Town, order: tuple[int, ...]
) -> None:
    for place in order:
        table, row = BATCHES[place]
        batch = town.land(table, row, at=NOW + timedelta(minutes=place))
        town.announce_again(table, batch, at=NOW + timedelta(minutes=place))
    streamed, ids = town.partition("person"), {one.id for one in town.entities("person")}
    rebuilt(town, Kind.PERSON)
    assert town.partition("person") == streamed
    assert {one.id for one in town.entities("person")} == ids
    assert sorted(len(group) for group in streamed) == [2, 2]


def test_a_late_older_row_changes_nothing(town: Town) -> None:
    town.land("market.company", {**FIRM, "updated_at": "2026-02-01 09:00:00"})
    with town.write() as session:
        older = {**FIRM, "name": "旧名称", "updated_at": "2020-01-01 09:00:00", "_batch_id": "late", "_row": 1}
        feed = town.feed(session, "market.company")
        assert entities.take_rows(session, town.keyring, feed, [older], at=NOW + timedelta(days=1), now=NOW) == 0
    assert [one.name for one in town.entities("firm")] == [FIRM["name"]]


def test_a_batch_too_large_for_one_by_one_is_linked_by_splink_to_the_same_register(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zhengtong.data.entities.actions import rebuilding

    monkeypatch.setattr(rebuilding, "BULK", 0)
    town.land("police.resident", WANG)
    town.land("civil.relief", CASE)
    [person] = town.entities("person")
    assert (person.name, person.records) == ("文卫强", 2)


def test_a_row_that_the_source_removed_leaves_its_being(town: Town) -> None:
    town.land("police.resident", WANG)
    town.land(
        "civil.relief", CASE, {**CASE, "case_id": "JZ0000999", "name": "赵六", "phone": "", "address": "北门街3号"}
    )
    assert len(town.entities("person")) == 2
    town.remove("civil.relief", "JZ0000021")
    rebuilt(town, Kind.PERSON)
    assert sorted((one.name, one.records) for one in town.entities("person")) == [("文卫强", 1), ("赵六", 1)]


@pytest.mark.parametrize(("code", "shown"), [("01", "汉族（01）"), ("99", "99")], ids=["known", "unknown"])
def test_a_code_is_shown_with_the_name_of_its_list(town: Town, code: str, shown: str) -> None:
    with town.write() as session:
        standards.put_bundled(session, SYSTEM, "national", now=NOW)
        field = select(catalogue.Field).where(catalogue.Field.name == "nationality")
        session.scalars(field).one().code_list = "gbt-3304"
    town.land("police.resident", {**WANG, "nationality": code})
    [person] = town.entities("person")
    with town.read() as session:
        members = queries.members_of(session, person)
        told = {one.attribute: one.value for one in queries.values_out(session, person, members, town.keyring)}
        [record] = queries.members_out(session, person, members, town.keyring)
    assert (told["nationality"], record.values["nationality"], told["sex"]) == (shown, shown, "男")


def test_a_changed_value_reaches_the_golden_record_with_its_source(town: Town) -> None:
    town.land("police.resident", WANG)
    town.land("civil.relief", {**CASE, "phone": "16905925711"})
    moved = {**WANG, "address": "云溪市云溪新区望云街道文漪路9号", "changed_on": date(2026, 3, 1)}
    batch = town.land("police.resident", moved, at=NOW + timedelta(hours=1))
    with town.read() as session:
        entity = entities.get_entity(session, town.reviewer(), town.entities("person")[0].id)
        values = queries.values_out(session, entity, queries.members_of(session, entity), town.keyring)
    address = next(one for one in values if one.attribute == "address")
    assert (address.value, address.rule, address.batch_id) == ("云溪市云溪新区望云街道文漪路*号", "trust", str(batch))
    assert [one.item.department for one in values if one.attribute == "phone"] == ["民政局"]


def test_two_valid_numbers_are_two_people_however_alike(town: Town) -> None:
    town.land("police.resident", WANG, {**WANG, "id_number": "990102196106040532"})
    assert len(town.entities("person")) == 2
    assert not town.pairs("waiting")


def test_one_new_record_is_compared_by_the_same_weights_as_splink(one_duckdb: Compute) -> None:
    """The differential test: every pair that Splink finds has our weight, and the other way round."""
    from zhengtong.data.entities import rules
    from zhengtong.data.entities.actions import linking

    people = [
        {**WANG, "name": name, "phone": phone, "id_number": number, "address": address, "birth_date": birth, "sex": sex}
        for name in ("文卫强", "文伟强", "温卫强")
        for phone, address in (("16905925711", "柳桥路1号4幢602室"), ("16905925712", "柳桥路1号5幢602室"), ("", ""))
        for number, birth, sex in (
            ("990102196106040153", date(1961, 6, 4), "1"),
            ("990102196106040135", date(1961, 4, 6), "2"),
            ("", date(1961, 6, 4), "1"),
        )
    ]
    read = [{"code": one["id_number"], "birth": one["birth_date"].isoformat(), **one} for one in people]
    ready = [rules.ready(Kind.PERSON, {k: str(v) for k, v in one.items()}, valid=False) for one in read]
    model = queries.bundled_model(Kind.PERSON)
    with one_duckdb.session() as work:
        rows = queries.as_rows(Kind.PERSON, ready)
        told = linking.predicted(work, model, rows, threshold=None).as_pyarrow_table().to_pylist()
    assert len(told) > 100
    for pair in told:
        levels = rules.levels_of(Kind.PERSON, ready[pair["number_l"]], ready[pair["number_r"]])
        mine = rules.score(model, levels)
        assert mine.weight == pytest.approx(pair["match_weight"], abs=1e-9)
        assert mine.probability == pytest.approx(pair["match_probability"], abs=1e-9)


def test_the_same_records_train_the_same_model(one_duckdb: Compute) -> None:
    from zhengtong.data.entities import rules
    from zhengtong.data.entities.actions import linking

    surnames = "王李张刘陈杨黄赵吴周"
    given = ("伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军")
    rows = []
    for number in range(300):
        person = {
            "name": surnames[number % 10] + given[number // 10 % 10] + given[number // 100 % 10],
            "birth": f"19{50 + number % 40}-{number % 12 + 1:02d}-{number % 27 + 1:02d}",
            "phone": f"169{number:08d}",
            "address": f"柳桥路{number}号",
            "sex": str(number % 2 + 1),
        }
        rows += [person, {**person, "address": f"柳桥路{number}号", "phone": person["phone"] if number % 3 else ""}]
    ready = [rules.ready(Kind.PERSON, one, valid=False) for one in rows]
    before = queries.bundled_model(Kind.PERSON)
    models = []
    for _ in range(2):
        with one_duckdb.session() as work:
            models.append(
                linking.trained(work, Kind.PERSON, queries.as_rows(Kind.PERSON, ready), number=1, before=before)
            )
    assert models[0].told() == models[1].told()
    assert models[0].chances["birth"]["same"].m > 0.9 > models[0].chances["phone"]["differs"].u * 0.5


def test_a_model_counts_once_somebody_decides_to_use_it(town: Town) -> None:
    model = replace(queries.bundled_model(Kind.PERSON), number=1, prior=0.001)
    with town.write() as session, clock.fixed(NOW):
        actions.keep_model(session, model, trained_on=600, by="顾时雨", now=NOW)
        session.flush()
        assert queries.model_in_use(session, Kind.PERSON).number == 0
        actions.use_model(session, town.reviewer(), Kind.PERSON, 1, now=NOW)
        assert queries.model_in_use(session, Kind.PERSON).told() == model.told()
