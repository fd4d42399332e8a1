"""“Bring your own data”, as a reader walks it: the page's own commands, run as they stand, and between them what its people do.

What its people do on the pages is asked of the city's own interface here; the pages themselves are walked in tests/browser/test_own_data.py.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.conftest import POSTGRES
from tests.tutorials.page import DOCS, Terminal, block_of, reader_at
from tests.tutorials.place import Somebody, serving
from zhengtong.kernel import clock
from zhengtong.office import identity

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
PAGE, FILE = "own-data.md", "streets.csv"
WAITS_S = 400


def until(ready: Callable[[], Any], what: str) -> Any:
    """What is asked for, once it is there."""
    end = time.monotonic() + WAITS_S
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader's terminal is: the city's data, the file, the auditor's program."""
    made = tmp_path_factory.mktemp("reader")
    shutil.copy(DOCS / FILE, made)
    shutil.copy(Path(__file__).parents[2] / "tools" / "verify.py", made)
    return made


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[tuple[str, dict[str, Somebody]]]:
    """The address of a running city, and who is at work there."""
    with serving(folder / "data-demo") as served:
        yield served


@pytest.fixture(scope="module")
def somebody(city: tuple[str, dict[str, Somebody]]) -> Callable[[str], Somebody]:
    return city[1].__getitem__


@pytest.fixture(scope="module")
def terminal(folder: Path) -> Terminal:
    return reader_at(folder)


block_with = partial(block_of, PAGE)


@pytest.fixture(scope="module")
def item(somebody: Callable[[str], Somebody], terminal: Terminal, folder: Path) -> dict[str, Any]:
    """Brought in, mended, completed and published."""
    shen, zhou = somebody("shenruochuan"), somebody("zhouqiming")
    assert "还没有数据源" in terminal.run(block_with("export ZT_KERNEL__DATA=$PWD/data-demo"))
    run = _brought_in(shen, folder / FILE)
    assert (run["rows_read"], run["rows_quarantined"], run["rows_repeated"]) == (1171, 4, 1)
    _mended(shen, run["id"])
    made = _completed(shen, run["item"]["id"])
    zhou.ask("POST", f"/catalogue/items/{made['id']}/publish", headers={"If-Match": str(made["version"])})
    return made


def _brought_in(shen: Somebody, file: Path) -> Any:
    content = file.read_bytes()
    new = {"name_zh": "乡镇街道代码", "department_id": str(shen.bureau), "kind": "upload"}
    source = shen.ask("POST", "/intake/sources", new)
    upload = shen.ask("POST", "/intake/uploads", {"name": file.name, "size": len(content), "digest": ""})
    piece = {"content": content, "headers": {"Content-Type": "application/octet-stream"}, "params": {"offset": 0}}
    shen.ask("PATCH", f"/intake/uploads/{upload['id']}", **piece)
    what = {"upload_id": upload["id"]}
    tried = shen.ask("POST", f"/intake/sources/{source['id']}/try", what)
    assert [(one["name"], one["is_key"]) for one in tried["fields"]][:2] == [("code", True), ("name", False)]
    assert tried["duplicates"] == []
    drafted = shen.ask(
        "POST",
        f"/intake/sources/{source['id']}/item",
        {"name_zh": "乡镇街道代码", "abstract": "乡镇街道的代码和名称", "class_code": "103001", **what},
    )
    assert (drafted["mode"], drafted["item"]["state"]) == ("upsert", "created")
    return _landed(shen, shen.ask("POST", f"/intake/sources/{source['id']}/runs", what)["id"])


def _landed(shen: Somebody, run: str) -> Any:
    def over() -> Any:
        told = shen.ask("GET", f"/intake/runs/{run}")
        assert told["state"] in ("waiting", "running", "landed"), told["reason"]
        return told if told["state"] == "landed" else None

    return until(over, "the run")


def _mended(shen: Somebody, run: str) -> None:
    """What the system is sure of, what a person sees, what nobody knows."""
    asked = {"run_id": run, "state": "open"}
    rows = shen.ask("GET", "/intake/quarantine", params=asked)["items"]
    by_field = {one["reasons"][0]["field"]: one for one in rows}
    assert set(by_field) == {"area_code", "city_code", "code", "name"}
    sure = [by_field["area_code"]["id"]]
    again = shen.ask("POST", "/intake/quarantine/mend", {"ids": sure, "how": "proposed", "replay": True})
    _landed(shen, again["run_id"])
    for field, value in (("city_code", "3509"), ("code", "350902103")):
        told = {"ids": [by_field[field]["id"]], "how": "set", "field": field, "value": value, "replay": True}
        _landed(shen, shen.ask("POST", "/intake/quarantine/mend", told)["run_id"])
    shen.ask("POST", "/intake/quarantine/discard", {"ids": [by_field["name"]["id"]], "reason": "数源部门没有名称"})
    assert shen.ask("GET", "/intake/quarantine", params=asked)["items"] == []


def _completed(shen: Somebody, id: str) -> Any:
    """The draft, with what its department alone knows, submitted."""
    content = shen.ask("GET", f"/catalogue/items/{id}/versions/1")["content"]
    names = {"code": "代码", "name": "名称", "area_code": "区县代码", "province_code": "省代码", "city_code": "市代码"}
    kept = ("name", "type", "length", "precision", "element_code", "level", "is_key", "required")
    fields = [{**{each: one[each] for each in kept}, "name_zh": names[one["name"]]} for one in content["fields"]]
    told = {one: content[one] for one in ("name_zh", "abstract", "class_code")}
    told |= {"share_condition": "用于业务办理中核对地址", "fields": fields}
    read = {"If-Match": str(shen.ask("GET", f"/catalogue/items/{id}")["version"])}
    shen.ask("PUT", f"/catalogue/items/{id}/draft", told, headers=read)
    shen.ask("POST", f"/catalogue/items/{id}/submit", {"reason": ""})
    seen = shen.ask("GET", f"/catalogue/items/{id}")
    assert seen["code"] == "103001/000001"
    return seen


def test_the_next_file_comes_by_the_command_line(item: dict[str, Any], terminal: Terminal) -> None:
    told = terminal.run(block_with("intake load"), {"ITEM": item["code"]})
    assert "落湖 2  隔离 0" in told
    assert "乡镇街道代码" in told or item["code"] in told


@pytest.fixture(scope="module")
def agreed(item: dict[str, Any], somebody: Callable[[str], Somebody], terminal: Terminal) -> dict[str, str]:
    """What the reader has noted when both have signed: the values of the page's own variables."""
    shen, gu, zhou = somebody("shenruochuan"), somebody("guyizhou"), somebody("zhouqiming")
    public = terminal.run(block_with("openssl genpkey"))
    account = zhou.ask("POST", "/service-accounts", {
        "name": "稳岗补贴经办系统", "department_id": str(gu.bureau), "purpose": "核对地址",
        "grants": [{"permission": "gateway.read", "scope": "own"}],
    })  # fmt: skip
    keyed = zhou.ask("POST", f"/service-accounts/{account['id']}/keys", {"public_key": public})
    number = _signed(gu, shen, _applied(gu, item["id"], account["id"]))
    return {"ITEM": item["code"], "AGREEMENT": number, "SYSTEM": account["id"], "KEY_ID": keyed["id"]}


def _applied(gu: Somebody, item: str, system: str) -> str:
    today = identity.law_day(clock.now())
    terms = {
        "fields": {item: dict.fromkeys(("code", "name", "area_code"), "full")}, "purposes": ["quality_check"],
        "systems": [system], "case_required": False, "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=364)).isoformat(),
    }  # fmt: skip
    told = {"item_id": item, "basis": "《云溪市稳岗补贴办法》第六条", "scene": "核对企业注册地址", "terms": terms}
    made = gu.ask("POST", "/sharing/applications", told)
    gu.ask("POST", f"/sharing/applications/{made['id']}/submit", {"warranted": True, "said": ""})
    gu.ask("POST", f"/sharing/applications/{made['id']}/pass", {"said": "同意"})
    return str(made["id"])


def _signed(gu: Somebody, shen: Somebody, application: str) -> str:
    points = shen.ask("GET", f"/sharing/applications/{application}")["checklist"]
    answered = shen.ask("POST", f"/sharing/applications/{application}/answer", {"answer": "agree", "checklist": points})
    path = f"/sharing/agreements/{answered['agreement_id']}"
    for one in (shen, gu):
        one.ask("POST", f"{path}/sign", {"checklist": one.ask("GET", path)["to_confirm"]})
    seen = gu.ask("GET", path)
    assert seen["status"] == "in_force"
    return str(seen["number"])


def test_it_is_called_by_curl_and_by_the_client_and_its_receipt_is_verified_offline(
    agreed: dict[str, str], somebody: Callable[[str], Somebody], city: tuple[str, Any], terminal: Terminal
) -> None:
    gu = somebody("guyizhou")
    until(lambda: _copied(gu, agreed), "the serving copy")
    terminal.run(block_with("export SYSTEM=…"), {**agreed, "CITY": city[0]})
    told = terminal.run(block_with("ZT-HMAC-SM3-2"))
    assert "200 OK" in told
    assert '"code":"350902001"' in told.replace(" ", "")
    told = terminal.run(block_with("zhengtong_client"))
    assert "蕉南街道" in told
    for line in terminal.run(block_with("verify.py")).splitlines():
        assert not line.startswith("✗"), line
    stopped = terminal.folder / "receipt.json"
    stopped.write_text(stopped.read_text("utf-8").replace('\\"rows\\":1', '\\"rows\\":2'), "utf-8")
    with pytest.raises(AssertionError):
        terminal.run(block_with("verify.py"))


def _copied(gu: Somebody, agreed: dict[str, str]) -> bool:
    rows = gu.ask("GET", "/share/services")
    return any(one["agreement"] == agreed["AGREEMENT"] and one["fresh"] for one in rows)


TOWNS = [{"code": f"35090{number}001", "name": f"{number}号街道"} for number in range(3, 9)]


@dataclass(frozen=True)
class Own:
    """A database of the reader's own, with an account that can only read."""

    url: str
    password: str


@pytest.fixture
def database() -> Iterator[Own]:
    name, password = f"zt_own_{secrets.token_hex(4)}", secrets.token_hex(8)
    server = make_url(POSTGRES).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        own = create_engine(server.set(database=name))
        with own.begin() as connection:
            connection.execute(text("CREATE TABLE town (code text PRIMARY KEY, name text NOT NULL)"))
            connection.execute(text("INSERT INTO town VALUES (:code, :name)"), TOWNS)
            connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
            connection.execute(text(f"GRANT SELECT ON town TO {name}"))
        own.dispose()
        yield Own(f"postgresql://{name}@{server.host}:{server.port}/{name}", password)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            connection.execute(text(f"DROP ROLE IF EXISTS {name}"))
        admin.dispose()


@pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL here: `make engines` installs it")
def test_a_database_of_ones_own_is_connected_and_read_again_by_the_command_line(
    database: Own, somebody: Callable[[str], Somebody], item: dict[str, Any], terminal: Terminal
) -> None:
    shen = somebody("shenruochuan")
    told = {"name_zh": "自己的库", "department_id": str(shen.bureau), "kind": "sql"}
    settings = {"url": database.url, "table": "towns"}
    source = shen.ask("POST", "/intake/sources", {**told, "settings": settings, "secrets": {"password": "wrong"}})
    path = f"/intake/sources/{source['id']}"
    assert "拒绝登录" in shen.refused("POST", f"{path}/try", {})
    shen.ask("PUT", f"{path}/secrets", {"secrets": {"password": database.password}})
    assert "可以读的有：town" in shen.refused("POST", f"{path}/try", {})
    read = {"If-Match": str(shen.ask("GET", path)["version"])}
    shen.ask("PATCH", path, {"settings": {**settings, "table": "town"}}, headers=read)
    _drafted_and_run_again(shen, source, terminal, "自己的库")


KAFKA = os.environ.get("ZT_TEST_KAFKA", "")


@pytest.mark.skipif(not KAFKA, reason="no Kafka here: `make engines` installs it")
def test_a_topic_of_ones_own_is_connected_and_read_again_by_the_command_line(
    somebody: Callable[[str], Somebody], item: dict[str, Any], terminal: Terminal
) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    shen, topic = somebody("shenruochuan"), f"own-{secrets.token_hex(4)}"
    settings = {"topic": topic, "form": "json", "servers": KAFKA, "security": "plaintext"}
    told = {"name_zh": "自己的主题", "department_id": str(shen.bureau), "kind": "topic", "settings": settings}
    source = shen.ask("POST", "/intake/sources", told)
    assert topic in shen.refused("POST", f"/intake/sources/{source['id']}/try", {})
    broker = AdminClient({"bootstrap.servers": KAFKA})
    broker.create_topics([NewTopic(topic, 2, 1)])[topic].result(60)
    producer = Producer({"bootstrap.servers": KAFKA})
    for town in TOWNS:
        producer.produce(topic, json.dumps(town).encode(), key=town["code"])
    assert producer.flush(60) == 0
    _drafted_and_run_again(shen, source, terminal, "自己的主题")


def _drafted_and_run_again(shen: Somebody, source: dict[str, Any], terminal: Terminal, name: str) -> None:
    path = f"/intake/sources/{source['id']}"
    assert shen.ask("POST", f"{path}/try", {})["sampled"] == len(TOWNS)
    shen.ask("POST", f"{path}/item", {"name_zh": name})
    run = _landed(shen, shen.ask("POST", f"{path}/runs", {})["id"])
    assert (run["rows_landed"], run["rows_quarantined"]) == (len(TOWNS), 0)
    assert "已完成" in terminal.run(block_with("intake run"), {"SOURCE": source["code"]})
