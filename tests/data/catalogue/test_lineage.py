"""Where fields come from: read from SQL, shown as a graph, told and heard in OpenLineage's words."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from tests.data.catalogue.conftest import FIELDS, ITEM, Bureaus
from zhengtong.data import catalogue
from zhengtong.data.catalogue.rules import lineage as rules
from zhengtong.data.catalogue.rules import openlineage
from zhengtong.data.catalogue.rules.lineage import SqlNotRead, derived_columns, tables_in
from zhengtong.data.catalogue.schemas.lineage import RunEventIn
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database, new_id

pytestmark = pytest.mark.both_databases
BASE = "/api/v1/catalogue"
Clients = Callable[..., TestClient]
TABLES = {
    "SJ-1": ["uscc", "name", "status"],
    "tax.payment": ["uscc", "amount_fen", "paid_on"],
}


def told(sql: str, **tables: list[str]) -> dict[str, list[str]]:
    found = derived_columns(sql, {**TABLES, **tables})
    return {one.column: [f"{it.table}.{it.column}:{it.how}" for it in one.origins] for one in found}


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ('select uscc from "SJ-1"', {"uscc": ["sj-1.uscc:copy"]}),
        ('select * from "SJ-1"', {name: [f"sj-1.{name}:copy"] for name in TABLES["SJ-1"]}),
        ("select p.* from tax.payment p", {name: [f"tax.payment.{name}:copy"] for name in TABLES["tax.payment"]}),
        ('select upper(name) as n, 1 as one from "SJ-1"', {"n": ["sj-1.name:compute"], "one": []}),
        (
            "select uscc, sum(amount_fen)/100 as yuan from tax.payment where paid_on > '2026-01-01' group by uscc",
            {"uscc": ["tax.payment.uscc:copy"], "yuan": ["tax.payment.amount_fen:aggregate"]},
        ),
        (
            "with p as (select uscc, sum(amount_fen) as total from tax.payment group by uscc),"
            ' f as (select c.*, p.total from "SJ-1" c left join p on c.uscc = p.uscc)'
            " select f.name, f.total from f",
            {"name": ["sj-1.name:copy"], "total": ["tax.payment.amount_fen:aggregate"]},
        ),
        (
            'select name as n from "SJ-1" union all select title from closed',
            {"n": ["closed.title:copy", "sj-1.name:copy"]},
        ),
        (
            'create view v as select a.name, b.name as other from "SJ-1" a join "SJ-1" b on a.uscc = b.uscc',
            {"name": ["sj-1.name:copy"], "other": ["sj-1.name:copy"]},
        ),
        (
            "insert into z select x.total from (select count(uscc) as total from tax.payment) x",
            {"total": ["tax.payment.uscc:aggregate"]},
        ),
        (
            'select a.name, (select max(amount_fen) from tax.payment t where t.uscc = a.uscc) as most from "SJ-1" a',
            {"name": ["sj-1.name:copy"], "most": ["tax.payment.amount_fen:aggregate"]},
        ),
        ('select name || status as both from "SJ-1"', {"both": ["sj-1.name:compute", "sj-1.status:compute"]}),
        (
            "select x from (select y as x from elsewhere.t where z in (select q from w)) s",
            {"x": ["elsewhere.t.y:copy"]},
        ),
        ("select 姓名 as 名称 from 居民", {"名称": ["居民.姓名:copy"]}),
    ],
)
def test_columns_are_followed_through_a_query(sql: str, made: dict[str, list[str]]) -> None:
    assert told(sql) == made


def test_the_tables_of_a_query_are_named_without_its_own() -> None:
    sql = "with p as (select * from a.b) select * from p join (select 1 from c) x on true where y in (select q from d)"
    assert sorted(tables_in(sql)) == ["a.b", "c", "d"]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "drop table x",
        "select 1; select 2",
        "select * from nowhere",
        "delete from x",
        "select from where",
        "x" * 99,
        "(",
    ],
)
def test_what_is_no_query_is_refused_with_the_reason(sql: str) -> None:
    with pytest.raises(SqlNotRead) as refused:
        derived_columns(sql, TABLES)
    assert refused.value.reason


LEVELS = ["general_1", "general_2", "general_3"]
ENDS = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))


@given(st.lists(st.tuples(ENDS, ENDS), max_size=8), st.dictionaries(ENDS, st.sampled_from(LEVELS)))
def test_a_field_is_warned_of_exactly_when_a_source_is_stricter(edges: Any, levels: dict[Any, str]) -> None:
    warned = {(one.item, one.field) for one in rules.too_low(edges, levels, LEVELS)}
    for target in {to for _, to in edges}:
        sources = [levels[of] for of, to in edges if to == target and of in levels]
        stricter = target in levels and any(LEVELS.index(one) > LEVELS.index(levels[target]) for one in sources)
        assert (target in warned) == stricter


@pytest.fixture
def items(desk: TestClient, bureaus: Bureaus) -> dict[str, Any]:
    """Firms and their payments, and a summary that is to be made of both."""
    made = {}
    for key, number, fields in (
        ("paid", "SJ-3102", FIELDS),
        (
            "sum",
            "SJ-3103",
            [{**FIELDS[0]}, {**FIELDS[2], "name": "total_fen", "name_zh": "合计", "level": "general_1"}],
        ),
    ):
        body = {**ITEM, "name_zh": f"企业{key}", "number": number, "fields": fields, "department_id": str(bureaus.tax)}
        answer = desk.post(f"{BASE}/items", json=body)
        assert answer.status_code == 201, answer.text
        made[key] = answer.json()
    return made


SQL = (
    "select p.uscc, sum(amount_fen) as 合计, max(x.name) as boss"
    ' from "sj-3102" p join market.x x on x.code = p.uscc group by p.uscc'
)


def test_a_query_is_previewed_kept_and_drawn(desk: TestClient, items: Any) -> None:
    made = f"{BASE}/items/{items['sum']['id']}"
    plan = desk.post(f"{made}/derivation/preview", json={"sql": SQL}).json()
    assert plan["unmatched"] == ["boss"]
    assert plan["missing"] == []
    assert [(one["name"], one["item_name"]) for one in plan["tables"]] == [("sj-3102", "企业paid"), ("market.x", None)]
    assert [(one["field"], one["level"], one["least"]) for one in plan["warnings"]] == [
        ("total_fen", "general_1", "general_3")
    ]
    assert desk.get(f"{made}/derivation").status_code == 404
    assert desk.get(f"{made}/lineage").json()["edges"] == [], "a preview keeps nothing"
    assert desk.put(f"{made}/derivation", json={"sql": SQL}).status_code == 200
    graph = desk.get(f"{made}/lineage").json()
    assert {(one["source_field"], one["target_field"], one["how"]) for one in graph["edges"]} == {
        ("uscc", "uscc", "copy"),
        ("amount_fen", "total_fen", "aggregate"),
    }
    nodes = {one["code"]: (one["step"], [it["name"] for it in one["fields"]]) for one in graph["nodes"]}
    assert nodes == {"SJ-3103": (0, ["uscc", "total_fen"]), "SJ-3102": (-1, ["uscc", "amount_fen"])}
    below = desk.get(f"{BASE}/items/{items['paid']['id']}/lineage", params={"field": "amount_fen"}).json()
    assert [(one["target_field"], one["how"]) for one in below["edges"]] == [("total_fen", "aggregate")]
    assert {one["step"] for one in below["nodes"]} == {0, 1}
    none = desk.get(f"{BASE}/items/{items['paid']['id']}/lineage", params={"down": 0}).json()
    assert (none["edges"], none["nodes"][0]["more"]) == ([], True)
    assert desk.delete(f"{made}/derivation").status_code == 204
    assert desk.get(f"{made}/lineage").json()["edges"] == []


def test_a_query_that_cannot_be_read_or_bears_a_secrets_mark_is_refused(desk: TestClient, items: Any) -> None:
    made = f"{BASE}/items/{items['sum']['id']}/derivation"
    unread = desk.put(made, json={"sql": "select * from nowhere"})
    assert (unread.status_code, unread.json()["code"]) == (422, "derivation-not-read")
    secret = desk.put(made, json={"sql": "select 1 as uscc -- 机密★5年"})
    assert (secret.status_code, secret.json()["code"]) == (422, "secret-marking")


def test_others_may_read_the_graph_but_neither_see_a_hidden_item_nor_set_a_query(
    desk: TestClient, items: Any, other: Actor, authority: Actor, client_for: Clients
) -> None:
    made = f"{BASE}/items/{items['sum']['id']}"
    desk.put(f"{made}/derivation", json={"sql": SQL})
    market = client_for(other)
    for path in ("lineage", "lineage/events", "derivation"):
        assert market.get(f"{made}/{path}").status_code == 404, "the draft is another bureau's"
        assert client_for(actor_with()).get(f"{made}/{path}").status_code == 403
    assert client_for(authority).put(f"{made}/derivation", json={"sql": SQL}).status_code == 403
    assert market.delete(f"{made}/derivation").status_code == 404
    assert client_for(authority).post(f"{made}/derivation/preview", json={"sql": SQL}).status_code == 403


def test_an_item_one_may_not_see_is_on_the_graph_without_its_name(
    database: Database, desk: TestClient, items: Any, bureaus: Bureaus, other: Actor, client_for: Clients
) -> None:
    market = client_for(other)
    body = {**ITEM, "name_zh": "市场的", "department_id": str(bureaus.market)}
    seen = market.post(f"{BASE}/items", json=body).json()
    edge = catalogue.Edge(UUID(items["paid"]["id"]), "uscc", UUID(seen["id"]), "uscc", "copy")
    with database.write() as session:
        catalogue.note_lineage(session, [edge], job="intake:7", at=NOW)
    graph = market.get(f"{BASE}/items/{seen['id']}/lineage").json()
    hidden = next(one for one in graph["nodes"] if one["step"] == -1)
    assert (hidden["kind"], hidden["id"], hidden["code"], hidden["fields"]) == ("hidden", None, "", [])
    assert graph["edges"][0]["source_field"] == ""
    assert "企业paid" not in str(graph)


def test_a_job_that_tells_again_replaces_what_it_told(database: Database, items: Any) -> None:
    made = UUID(items["sum"]["id"])

    def edges(*fields: str) -> list[catalogue.Edge]:
        return [catalogue.Edge("market.company", one, made, one) for one in fields]

    with database.write() as session:
        catalogue.note_lineage(session, edges("a", "b", "b"), job="j", at=NOW)
        catalogue.note_lineage(session, edges("z"), job="other", at=NOW)
        catalogue.note_lineage(session, edges("b", "c"), job="j", at=NOW)
        kept = session.execute(select(catalogue.LineageEdge.job, catalogue.LineageEdge.source_field)).all()
    assert sorted(map(tuple, kept)) == [("j", "b"), ("j", "c"), ("other", "z")]


def event(items: Any, **facts: Any) -> dict[str, Any]:
    source = {"namespace": "postgres://market:5432", "name": "public.company"}
    lineage = {
        "uscc": {
            "inputFields": [{**source, "field": "code", "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}]
        }
    }
    lineage["total_fen"] = {
        "inputFields": [
            {**source, "field": "a", "transformations": [{"type": "DIRECT", "subtype": "AGGREGATION"}]},
            {**source, "field": "day", "transformations": [{"type": "INDIRECT", "subtype": "FILTER"}]},
        ]
    }
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-03-05T09:00:00+08:00",
        "run": {"runId": str(new_id())},
        "job": {"namespace": "airflow", "name": "nightly.sum"},
        "inputs": [source],
        "outputs": [
            {
                "namespace": "zhengtong",
                "name": items["sum"]["code"],
                "facets": {"columnLineage": {"_producer": "x", "_schemaURL": "y", "fields": lineage}},
            }
        ],
        "producer": "https://github.com/apache/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        **facts,
    }


def test_a_run_of_another_system_is_heard_once(desk: TestClient, items: Any) -> None:
    one = event(items)
    first, again = (desk.post(f"{BASE}/lineage/events", json=one) for _ in range(2))
    assert (first.status_code, first.json()["known"], first.json()["edges"]) == (200, False, 2)
    assert (again.json()["known"], again.json()["edges"]) == (True, 0)
    started = desk.post(f"{BASE}/lineage/events", json=event(items, eventType="START"))
    assert started.json()["edges"] == 0
    graph = desk.get(f"{BASE}/items/{items['sum']['id']}/lineage").json()
    assert {(one["source"], one["source_field"], one["target_field"], one["how"]) for one in graph["edges"]} == {
        ("out:postgres://market:5432/public.company", "code", "uscc", "copy"),
        ("out:postgres://market:5432/public.company", "a", "total_fen", "aggregate"),
    }
    assert graph["nodes"][1]["kind"] == "outside"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"run": {"runId": "seven"}}, "run.runId"),
        ({"eventTime": "2026-03-05T09:00:00"}, "eventTime"),
        ({"eventType": "DONE"}, "eventType"),
        ({"job": {"name": "x"}}, "job.namespace"),
        ({"producer": ""}, "producer"),
        ({"outputs": [{"namespace": "zhengtong", "name": "SJ-0"}]}, "outputs.0.name"),
        (
            {"outputs": [{"namespace": "a", "name": "b", "facets": {"columnLineage": {"fields": {"x": {}}}}}]},
            "inputFields",
        ),
    ],
)
def test_a_malformed_event_is_refused_by_field(desk: TestClient, items: Any, facts: Any, field: str) -> None:
    answer = desk.post(f"{BASE}/lineage/events", json=event(items, **facts))
    assert answer.status_code == 422, answer.text
    assert any(field in one["name"] for one in answer.json()["fields"])


def test_a_run_may_only_make_items_of_ones_own(desk: TestClient, items: Any, other: Actor, client_for: Clients) -> None:
    assert client_for(other).post(f"{BASE}/lineage/events", json=event(items)).status_code == 403
    assert client_for(None).post(f"{BASE}/lineage/events", json=event(items)).status_code == 401
    assert desk.get(f"{BASE}/items/{items['sum']['id']}/lineage").json()["edges"] == []


def test_what_goes_out_is_what_would_be_understood_coming_in(desk: TestClient, items: Any) -> None:
    made = f"{BASE}/items/{items['sum']['id']}"
    desk.put(f"{made}/derivation", json={"sql": SQL})
    desk.post(f"{BASE}/lineage/events", json=event(items))
    events = desk.get(f"{made}/lineage/events").json()
    assert [one["job"]["name"] for one in events] == ["airflow/nightly.sum", f"derivation:{items['sum']['code']}"]
    for one in events:
        RunEventIn.model_validate(one)
        assert set(one) == {"eventType", "eventTime", "run", "job", "inputs", "outputs", "producer", "schemaURL"}
    streams = openlineage.streams_of(events[1])
    paid, made_of = ("zhengtong", items["paid"]["code"]), ("zhengtong", items["sum"]["code"])
    assert sorted(streams) == [
        (paid, "amount_fen", made_of, "total_fen", "aggregate"),
        (paid, "uscc", made_of, "uscc", "copy"),
    ]
    assert openlineage.streams_of(events[0])[0][0] == ("postgres://market:5432", "public.company")
