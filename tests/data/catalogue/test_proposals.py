"""What is proposed of a source: types, elements, levels, keys, masked samples; measured on the sample city's truth."""

import importlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.data.catalogue.conftest import Bureaus
from zhengtong.data import catalogue, standards
from zhengtong.data.catalogue import errors, queries, rules
from zhengtong.data.catalogue.rules import Sample
from zhengtong.kernel.actor import SYSTEM, Actor
from zhengtong.kernel.db import Base, Database

USCC, OTHER_USCC = "91350100M000100Y43", "91110000600037341L"
PERSON = "11010519491231002X"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The bundled standards in force, to read from."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('standards') / 'standards.sqlite'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        for pack in ("national", "yunxi-sample"):
            standards.put_bundled(session, SYSTEM, pack, now=NOW)
    with database.read() as session:
        yield session
    database.close()


def proposed(standing: Session, name: str, values: list[str | None], zh: str = "") -> rules.FieldProposal:
    return catalogue.propose_fields(standing, [Sample(name, zh, values)], now=NOW)[0]


@pytest.mark.parametrize(
    ("name", "values", "element", "level"),
    [
        ("身份证", [PERSON] * 40, "公民身份号码", "general_4"),
        ("col1", [PERSON] * 40, "公民身份号码", "general_4"),
        ("col2", [USCC, OTHER_USCC] * 20, "统一社会信用代码", "general_1"),
        ("SFZH", [PERSON] * 40, "公民身份号码", "general_4"),
        ("legalPersonId", [PERSON] * 30, "公民身份号码", "general_4"),
        ("身份证", [USCC, OTHER_USCC] * 20, "统一社会信用代码", "general_4"),
        ("xingbie", ["1", "2"] * 20, "性别", "general_2"),
        ("name", ["沈若川", "顾时雨", "何小满"] * 10, "姓名", "general_3"),
        ("name", ["云溪豆花店", "云溪宏远商贸有限公司"] * 10, "法人名称", "general_1"),
        ("联系电话", ["13800138000", "13900139000"] * 10, "手机号码", "general_3"),
        ("x1", ["13800138000", "13900139000"] * 10, "", "general_3"),
        ("x2", ["沈若川", "顾时雨", "何小满"] * 10, "", "general_3"),
        ("诊断结论", ["正常", "待查"] * 10, "", "general_4"),
        ("颜色", ["红", "绿"] * 10, "", "general_2"),
        ("管理单位电话", [], "", "general_2"),
        ("管理单位电话", ["13800138000", "13900139000"] * 10, "", "general_3"),
        ("工作单位电话", [], "工作单位", "general_3"),
    ],
)
def test_a_column_is_recognised_by_its_name_and_its_values(
    standing: Session, name: str, values: list[str | None], element: str, level: str
) -> None:
    one = proposed(standing, name, values)
    assert (one.element_name, one.level) == (element, level), one.why


@pytest.mark.parametrize(
    ("columns", "column", "element", "level"),
    [
        ("统一社会信用代码 企业名称 地址", "地址", "住所", "general_1"),
        ("uscc name address", "address", "住所", "general_1"),
        ("统一社会信用代码 家庭住址", "家庭住址", "居住地址", "general_3"),
        ("统一社会信用代码 姓名 地址", "地址", "居住地址", "general_3"),
        ("公民身份号码 工作单位 地址", "地址", "居住地址", "general_3"),
        ("面积 地址", "地址", "居住地址", "general_3"),
    ],
)
def test_an_address_is_a_bodys_seat_where_the_table_tells_of_bodies_and_of_no_person(
    standing: Session, columns: str, column: str, element: str, level: str
) -> None:
    values: dict[str, list[str | None]] = {"name": ["云溪豆花店", "云溪宏远商贸有限公司"], "uscc": [USCC, OTHER_USCC]}
    samples = [Sample(name, "", values.get(name, [])) for name in columns.split()]
    (one,) = [one for one in catalogue.propose_fields(standing, samples, now=NOW) if one.source_name == column]
    assert (one.element_name, one.level) == (element, level), one.why


@pytest.mark.parametrize(
    ("columns", "column", "level"),
    [
        ("企业名称 罚款金额", "罚款金额", "general_1"),
        ("姓名 罚款金额", "罚款金额", "general_3"),
        ("企业名称 纳税金额", "纳税金额", "general_3"),
        ("统计期 行政区划代码 合计金额", "合计金额", "general_2"),
        ("统一社会信用代码 合计金额", "合计金额", "general_3"),
        ("公民身份号码 合计金额", "合计金额", "general_3"),
        ("统计期 申请金额", "申请金额", "general_3"),
        ("水库名称 值班电话", "值班电话", "general_2"),
        ("姓名 家庭电话", "家庭电话", "general_3"),
    ],
)
def test_fines_on_bodies_sums_of_many_and_office_telephones_are_not_sensitive(
    standing: Session, columns: str, column: str, level: str
) -> None:
    samples = [Sample(name, "", []) for name in columns.split()]
    (one,) = [one for one in catalogue.propose_fields(standing, samples, now=NOW) if one.source_name == column]
    assert one.level == level, one.why


def test_names_of_people_tell_nothing_more_where_the_column_says_whose_they_are(standing: Session) -> None:
    people: list[str | None] = ["沈若川", "顾时雨", "何小满"] * 10
    told = {name: proposed(standing, name, people).level for name in ("法定代表人", "姓名", "经手")}
    assert told == {"法定代表人": "general_2", "姓名": "general_3", "经手": "general_3"}


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("登记日期", ["2026-03-05", "20260306"], ("D", None, None)),
        ("时间", ["2026-03-05 09:00:00", "2026-03-05T10:00:00+08:00"], ("T", None, None)),
        ("金额", ["12.50", "-3", "0.5"], ("N", 18, 2)),
        ("数量", ["1", "20", "300"], ("N", 18, 0)),
        ("编号", ["1", "20", "300"], ("C", 4, None)),
        ("x", ["0102", "0203"], ("C", 4, None)),
        ("是否满意", ["0", "1", "1"], ("B", None, None)),
        ("x", ["0", "1", "1"], ("N", 18, 0)),
        ("x", ["20260230", "20260231"], ("N", 18, 0)),
        ("x", ["甲", "乙乙"], ("C", 4, None)),
        ("x", [None, "", " "], ("C", None, None)),
    ],
)
def test_the_type_is_the_narrowest_that_the_values_fit(
    standing: Session, name: str, values: list[str | None], expected: tuple[Any, ...]
) -> None:
    one = proposed(standing, name, values)
    assert (one.type, one.length, one.precision) == expected


def test_the_key_is_a_column_that_never_came_twice_and_reads_like_one(standing: Session) -> None:
    rows = range(40)
    samples = [
        Sample("amount", "金额", [str(100 + row) for row in rows]),
        Sample("payment_id", "缴款编号", [f"P{row:04d}" for row in rows]),
        Sample("kind", "类型", ["a" if row % 2 else None for row in rows]),
    ]
    found = catalogue.propose_fields(standing, samples, now=NOW)
    assert [(one.name, one.is_key, one.required) for one in found] == [
        ("amount", False, True),
        ("payment_id", True, True),
        ("kind", False, False),
    ]
    assert (found[2].rows, found[2].nulls, found[2].distinct) == (40, 20, 1)


def test_no_value_of_a_sensitive_column_is_shown_whole(standing: Session) -> None:
    one = proposed(standing, "月工资", ["8500", "12000", "6600"] * 10)
    assert one.level == "general_4"
    assert not {"8500", "12000", "6600"} & {*one.samples, one.least, one.most}


@given(st.text(min_size=2, max_size=40))
def test_a_masked_value_keeps_its_length_and_hides_at_least_half(value: str) -> None:
    hidden = rules.masked(value)
    assert len(hidden) == len(value)
    assert sum(one == "*" for one in hidden) * 2 >= len(value)


def test_names_in_the_lake_are_identifiers_and_stand_once(standing: Session) -> None:
    names = ["身份证号", "公民身份号码", "Total Amount", "2nd", "total_amount", "备注"]
    found = catalogue.propose_fields(standing, [Sample(name, "", []) for name in names], now=NOW)
    assert [one.name for one in found][2:] == ["total_amount", "f_2nd", "total_amount_2", "beizhu"]
    assert len({one.name for one in found}) == len(names)
    known = queries.vocabulary()
    content = rules.Content("试", fields=tuple(one.to_content() for one in found))
    assert rules.faults_of(content, known) == []


def test_a_source_that_bears_a_marking_is_refused(standing: Session) -> None:
    with pytest.raises(errors.SecretMarking) as refused:
        proposed(standing, "标题", ["关于……的通知", "机密 ★ 10年"])
    assert "第三条" in refused.value.say("zh")


def test_levels_of_the_sample_citys_fields_are_proposed_with_recall_above_095(standing: Session) -> None:
    """By names alone, over all 1,200 items: the figures that the manual gives."""
    items = importlib.import_module("examples.city.items")
    found: dict[Any, list[rules.FieldProposal]] = {}
    counted = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for item in items.items(7):
        if item.fields not in found:
            samples = [Sample(field.name, field.name_zh, []) for field in item.fields]
            found[item.fields] = catalogue.propose_fields(standing, samples, now=NOW)
        for field, one in zip(item.fields, found[item.fields], strict=True):
            counted[field.level >= "general_3", one.level >= "general_3"] += 1
    recall = counted[True, True] / (counted[True, True] + counted[True, False])
    precision = counted[True, True] / (counted[True, True] + counted[False, True])
    print(f"sensitive fields: recall {recall:.4f}, precision {precision:.4f}")
    assert recall >= 0.95
    assert precision >= 0.98


def test_sensitive_columns_of_the_bureaus_live_tables_are_found_by_their_data(standing: Session) -> None:
    """Without any Chinese name: identifiers, values and how the table is called."""
    items, bureaus = (importlib.import_module(f"examples.city.{name}") for name in ("items", "bureaus"))
    kept = next(bureaus.kept(7, 2_000, 300))
    rows = {
        "market.company": kept.companies,
        "tax.payment": kept.payments,
        "tax.wage": kept.wages,
        "police.resident": kept.residents,
        "civil.relief": kept.relief,
    }
    sensitive, missed = 0, []
    for item in items.live_items():
        table = rows[item.live]
        samples = [Sample(one.name, "", [_text(row.get(one.name)) for row in table]) for one in item.fields]
        found = catalogue.propose_fields(standing, samples, now=NOW, about=item.live)
        for field, one in zip(item.fields, found, strict=True):
            if field.level >= "general_3":
                sensitive += 1
                missed += [f"{item.live}.{field.name}"] if one.level < "general_3" else []
    assert sensitive > 15
    assert missed == []


@pytest.mark.parametrize(
    ("about", "names", "levels"),
    [
        ("", ["姓名", "救助类型", "起始日期"], ["general_3", "general_3", "general_3"]),
        ("", ["姓名", "病种", "开始日期"], ["general_3", "general_4", "general_4"]),
        ("civil.relief", ["id_number", "kind", "from_date"], ["general_4", "general_3", "general_3"]),
        ("", ["姓名", "起始日期"], ["general_3", "general_2"]),
        ("救助站", ["站名", "类型", "起始日期"], ["general_2", "general_2", "general_2"]),
    ],
)
def test_when_and_what_kind_are_as_sensitive_as_the_matter_of_the_person_they_tell_of(
    standing: Session, about: str, names: list[str], levels: list[str]
) -> None:
    found = catalogue.propose_fields(standing, [Sample(name, "", []) for name in names], now=NOW, about=about)
    assert [one.level for one in found] == levels


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def test_a_proposed_item_is_a_draft_that_names_its_duplicates(
    database: Database, bureaus: Bureaus, keeper: Actor, still: datetime
) -> None:
    samples = [Sample("uscc", "统一社会信用代码", [USCC] * 30), Sample("amount", "纳税金额", ["100", "200"] * 15)]
    with database.write() as session:
        fields = tuple(catalogue.propose_fields(session, samples, now=NOW))
        one = catalogue.ItemProposal("企业纳税信息", bureaus.tax, fields, source="tax.payments")
        first = catalogue.propose_item(session, keeper, one, now=NOW)
        again = catalogue.ItemProposal("企业纳税情况", bureaus.tax, fields)
        second = catalogue.propose_item(session, keeper, again, now=NOW)
        assert first.proposed is not None
        assert second.proposed is not None
        assert (first.origin, first.state, first.proposed["duplicates"]) == ("proposed", catalogue.State.CREATED, [])
        assert [(d["code"], d["field_share"]) for d in second.proposed["duplicates"]] == [(first.code, 1.0)]
        schema = catalogue.arrow_schema(catalogue.fields_of(session, first.id))
    assert schema.names == ["uscc", "amount", "_batch_id", "_row"]
    assert Path(first.table).parent.name == "items"
