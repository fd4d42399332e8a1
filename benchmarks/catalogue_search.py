"""Catalogue search at 100,000 items: how long the index takes to be made again, and how long a search takes through HTTP, signed in,
with its facets counted: in a city that has just been started, in one that was asked three hundred other questions before, and in such
a one while the demo's bureaus deliver to the same process (their loads, checks and links of the first minutes); beside a bare FTS5
table written with the same words, a bare FTS5 query and a LIKE scan, in this process without HTTP or facets.

`python -m benchmarks.catalogue_search [ITEMS]` (100,000); loopback only. The aims: p95 at most 25 ms; rebuilt in at most 10 s. The items are made up
from word lists, so the figures tell of speed, not of how good the answers are.
"""

import gc
import http.client
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import delete, insert, select

from benchmarks import _machine, web
from zhengtong.cli.serving import COLLECTED_AFTER, free_port
from zhengtong.data import catalogue, standards
from zhengtong.data.catalogue.actions import finding
from zhengtong.data.catalogue.tables.finding import INDEX
from zhengtong.engines import search
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database, new_id
from zhengtong.office import identity

ITEMS, FIELDS, QUERIES, CHUNK, REBUILDS = 100_000, 8, 300, 5_000, 3
WHOSE = [
    "企业",
    "个体工商户",
    "居民",
    "法人",
    "社会组织",
    "车辆",
    "房屋",
    "学生",
    "教师",
    "医师",
    "药品",
    "食品",
    "土地",
    "道路",
    "桥梁",
    "河道",
    "排污",
    "纳税人",
    "参保人员",
    "老年人",
]
WHAT = [
    "登记",
    "注册",
    "注销",
    "纳税",
    "缴费",
    "许可",
    "处罚",
    "检查",
    "监测",
    "备案",
    "年报",
    "变更",
    "抵押",
    "信用",
    "统计",
    "审批",
    "投诉",
    "救助",
    "就业",
    "培训",
]
KIND = ["信息", "记录", "名录", "明细", "台账", "清单", "档案", "数据", "结果", "证书"]
NAMES = [
    ("uscc", "统一社会信用代码"),
    ("name", "名称"),
    ("legal_person", "法定代表人"),
    ("id_number", "身份证号"),
    ("address", "地址"),
    ("phone", "电话"),
    ("registered_on", "登记日期"),
    ("status", "状态"),
    ("amount_fen", "金额"),
    ("tax_kind", "税种"),
    ("longitude", "经度"),
    ("note", "备注"),
]


def main(items: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        web.start(data, free_port(), stop=True)
        path = data / "zhengtong.sqlite"
        web.sign_in(path)
        database = Database(f"sqlite:///{path}")
        fill(database, items)
        rebuilt = rebuild(database)
        size_mb = round(sum(one.stat().st_size for one in data.glob("zhengtong.sqlite*")) / 1e6)
        figures = at_rest(data, database)
        (data / "catalogue.json").write_text('{"items": 1000000}')  # the demo lists no more items meanwhile
        figures["while_bureaus_deliver"] = served(data, "demo", lambda asking, _: asked_before(asking)["ours_http"])
        database.close()
    _machine.keep("catalogue-search", {"items": items, **rebuilt, "database_mb": size_mb, **figures})


def at_rest(data: Path, database: Database) -> dict[str, Any]:
    """The figures of a city that does nothing else, and of the peers."""

    def measured(asking: Callable[[str], int], pid: int) -> dict[str, Any]:
        settle(pid)
        return measure(asking, pid, database)

    return served(data, "run", measured)


def served(data: Path, command: str, measured: Callable[[Callable[[str], int], int], dict[str, Any]]) -> dict[str, Any]:
    """What is measured of the city, served by this command; it is given how to ask, and the process."""
    port = free_port()
    words = [sys.executable, "-m", "zhengtong", command, "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        web.wait(port, "/api/health/ready")
        return measured(through_http(port), process.pid)
    finally:
        process.terminate()
        process.wait(20)


def through_http(port: int) -> Callable[[str], int]:
    """How to ask a question: the length of the answer."""
    ours = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"zt_session={web.TOKEN}"}

    def ask(text: str) -> int:
        ours.request("GET", f"/api/v1/catalogue/search?q={quote(text)}", headers=headers)
        answer = ours.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]
        return len(content)

    return ask


def settle(pid: int, *, at_most_s: float = 180, idle: float = 0.1) -> None:
    """This will wait until the process has used little of a processor for three seconds: what the demo left to do is done."""
    until = time.monotonic() + at_most_s
    while time.monotonic() < until:
        before = processor_s(pid)
        time.sleep(3)
        if processor_s(pid) - before < 3 * idle:
            return


def processor_s(pid: int) -> float:
    """The processor seconds that a process has used."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def fill(database: Database, items_wanted: int = ITEMS) -> None:
    """This will put so many items into the catalogue, past its actions."""
    chosen, now = random.Random(7), clock.now()  # noqa: S311 - word lists, no secrets
    with database.read() as session:
        offices = list(session.scalars(select(identity.Department.id)))
    for at in range(0, items_wanted, CHUNK):
        items, fields = [], []
        for number in range(at, at + CHUNK):
            item = _item(chosen, number, offices, now)
            items.append(item)
            for place, (name, name_zh) in enumerate(chosen.sample(NAMES, FIELDS)):
                fields.append(_field(item["id"], place, name, name_zh))
        with database.write() as session:
            session.execute(insert(catalogue.Item), items)
            session.execute(insert(catalogue.Field), fields)


def _item(chosen: random.Random, number: int, offices: list[Any], now: Any) -> dict[str, Any]:
    name = chosen.choice(WHOSE) + chosen.choice(WHAT) + chosen.choice(WHAT) + chosen.choice(KIND)
    identifier, topic = new_id(), chosen.choice(["101", "102", "201", "205", "208", "211"])
    words = {"share_condition": "", "share_basis": "", "share_basis_text": "", "open_condition": "", "name_en": ""}
    return {
        **words,
        "id": identifier,
        "code": f"9{topic}001/{number:06}",
        "department_id": chosen.choice(offices),
        "name_zh": name,
        "spelling": "",
        "abstract": f"{name}，由{chosen.choice(WHOSE)}{chosen.choice(WHAT)}产生，用于{chosen.choice(WHAT)}与{chosen.choice(WHAT)}，按期更新",
        "class_code": f"{topic}001",
        "format": chosen.choice(["database", "spreadsheet", "json"]),
        "resource_type": "table",
        "share_type": chosen.choice(["unconditional", "conditional", "refused"]),
        "share_method": "service",
        "open_type": "disallowed",
        "channel": "government",
        "update_cycle": chosen.choice(["day", "week", "month", "year"]),
        "related": [],
        "level": chosen.choice(list(standards.Level)[:4]),
        "state": catalogue.State.PUBLISHED,
        "in_force": 1,
        "table": f"items/{identifier.hex}",
        "origin": "registered",
        "created_at": now,
        "changed_at": now,
        "published_at": now,
        "reason": "",
        "version": 1,
    }


def _field(item_id: Any, place: int, name: str, name_zh: str) -> dict[str, Any]:
    told = {"type": standards.Type.TEXT, "is_key": place == 0, "required": False, "level": standards.Level.GENERAL_2}
    kept = {"element_code": "", "code_list": "", "meaning": ""}
    return {"id": new_id(), "item_id": item_id, "place": place, "name": name, "name_zh": name_zh, **told, **kept}


def rebuild(database: Database) -> dict[str, float]:
    """The seconds to read all items and index them from nothing, two thousand a transaction, as the job does: the median of three,
    and what it takes to write the words alone, worked out already, into an FTS5 table of the same shape."""
    gc.collect()
    gc.freeze()  # as the program does when it opens
    gc.set_threshold(*COLLECTED_AFTER)
    took = []
    for _ in range(REBUILDS):
        with database.write() as session:
            session.execute(delete(INDEX.words))
            session.execute(delete(INDEX.entries))
            session.execute(INDEX.state.update().values(epoch=INDEX.state.c.epoch + 1, last=0))
            empty = "INSERT INTO catalogue_item_fts(catalogue_item_fts) VALUES ('delete-all')"
            session.connection().exec_driver_sql(empty)
        begun = time.perf_counter()
        for _ in finding.make_again(database, database.write, {}):
            pass
        took.append(round(time.perf_counter() - begun, 2))
    return {
        "rebuild_s": statistics.median(took),
        "fastest_s": min(took),
        "slowest_s": max(took),
        "bare_fts5_s": bare_rebuild(database),
    }


def bare_rebuild(database: Database) -> float:
    """The seconds that SQLite alone takes to index the same words, in one thread."""
    with database.read() as session:
        words = [tuple(row) for row in session.execute(select(INDEX.words))]
    with tempfile.TemporaryDirectory() as folder:
        bare = sqlite3.connect(f"{folder}/bare.sqlite", isolation_level=None)
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute(
            "CREATE VIRTUAL TABLE bare USING fts5(a, b, c, d, tokenize='ascii', detail='column', columnsize=0)"
        )
        begun = time.perf_counter()
        for at in range(0, len(words), finding.STEP):
            bare.execute("BEGIN")
            bare.executemany(
                "INSERT INTO bare(rowid, a, b, c, d) VALUES (?, ?, ?, ?, ?)", words[at : at + finding.STEP]
            )
            bare.execute("COMMIT")
        return round(time.perf_counter() - begun, 2)


def questions(seed: int = 11) -> list[str]:
    """Words as people type them: names of two and three parts, one word, a field, pinyin initials, a code."""
    chosen = random.Random(seed)  # noqa: S311
    kinds = [
        lambda: chosen.choice(WHOSE) + chosen.choice(WHAT),
        lambda: chosen.choice(WHOSE) + chosen.choice(WHAT) + chosen.choice(WHAT),
        lambda: f"{chosen.choice(WHOSE)} {chosen.choice(KIND)} {chosen.choice(NAMES)[0]}",
        lambda: chosen.choice(WHOSE) + chosen.choice(WHAT) + chosen.choice(KIND)[0],
        lambda: "字段:" + chosen.choice(NAMES)[1] + " " + chosen.choice(WHOSE),
        lambda: search.spellings([chosen.choice(WHOSE) + chosen.choice(WHAT)])[0][1],
        lambda: f"9205001/{chosen.randrange(ITEMS):06}",
        lambda: chosen.choice(WHOSE),
    ]
    return [kinds[at % len(kinds)]() for at in range(QUERIES)]


def measure(asking: Callable[[str], int], pid: int, database: Database) -> dict[str, Any]:
    """Each question once through HTTP, then through the peers."""
    asked = questions()
    begun = time.perf_counter()
    asking("")
    first_ms = round((time.perf_counter() - begun) * 1000)
    bare = sqlite3.connect(str(database.url.database))

    def fts(text: str) -> int:
        tokens = [one for run in search.runs(text.replace("字段:", "")) for one in search.tokens(run)]
        sought = " AND ".join(f'"{one.word}"{"*" if one.begins else ""}' for one in tokens)
        return len(
            bare.execute("SELECT rowid FROM catalogue_item_fts WHERE catalogue_item_fts MATCH ?", (sought,)).fetchall()
        )

    def like(text: str) -> int:
        words = [f"%{word}%" for word in text.replace("字段:", "").split()]
        where = " AND ".join("(name_zh LIKE ? OR abstract LIKE ? OR code LIKE ?)" for _ in words)
        statement = f"SELECT id FROM catalogue_item WHERE {where} ORDER BY name_zh LIMIT 20"  # noqa: S608 - no words in it
        return len(bare.execute(statement, [word for word in words for _ in range(3)]).fetchall())

    told = {"first_after_start_ms": first_ms, "no_words": _times(asking, [""] * 50)}
    before = processor_s(pid)
    ours = asked_before(asking)
    return {
        **told,
        **ours,
        "processor_ms": round((processor_s(pid) - before) * 1000 / (2 * QUERIES), 1),
        "bare_fts5": _times(fts, asked),
        "like_scan": _times(like, asked),
    }


def asked_before(asking: Callable[[str], int]) -> dict[str, dict[str, float]]:
    """Three hundred questions, then as many others: what was asked for is remembered by its words, not by its questions."""
    return {"just_started": _times(asking, questions(12)), "ours_http": _times(asking, questions())}


def _times(ask: Any, asked: list[str]) -> dict[str, float]:
    took = []
    for text in asked:
        begun = time.perf_counter()
        ask(text)
        took.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(took, n=20)
    return {"p50_ms": round(statistics.median(took), 1), "p95_ms": round(cuts[18], 1), "max_ms": round(max(took), 1)}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS)
