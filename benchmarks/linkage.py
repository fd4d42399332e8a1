"""A million people of one bureau against a million of another, written otherwise; and one new record against a register.

`python -m benchmarks.linkage [PEOPLE] [REGISTER]` writes benchmarks/results/linkage-<date>.json. Beside ours in the same run: bare Splink
with its own name, date and telephone comparisons over the texts as they are, and an exact join by name and birthday. The people are
drawn by a fixed seed; a record of the second bureau has a traditional or like-sounding name, another form of the address, a lost
telephone or birthday now and then, and no identity number at all. Precision and recall are of that drawing, not of a real city.
"""

import functools
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import _machine

PEOPLE, REGISTER, NEW, SEED = 1_000_000, 20_000, 300, 20_261_121
PIECE = 20_000
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂文云辉玲建国华玉春红梅海燕波宁飞雪琴小晓东志永新荣俊峰龙成林鑫浩然子涵"
    "雨欣怡嘉诗梦琪思佳宇轩博文昊天一鸣瑞泽楠煜晨曦睿若川书瑶"
)
TRADITIONAL = str.maketrans(
    "张刘陈杨黄赵吴马罗郑谢韩冯邓肖蒋叶苏伟丽军艳杰兰刚云辉国华红东龙",
    "張劉陳楊黃趙吳馬羅鄭謝韓馮鄧肖蔣葉蘇偉麗軍艷傑蘭剛雲輝國華紅東龍",
)
ALIKE = str.maketrans("伟芳娜英敏静丽强明晓小平文云华玉海波飞", "纬方那瑛闽婧莉蔷名小晓萍雯芸桦煜凯博菲")
ROADS = (
    "中山路",
    "人民路",
    "柳桥路",
    "文漪路",
    "望云路",
    "银杏路",
    "渔歌巷",
    "竹影巷",
    "科技路",
    "盐仓巷",
    "书院巷",
    "听雨巷",
)
ESTATES = ("锦绣花园", "桂语苑", "阳光家园", "紫云苑", "清溪雅居", "翠苑")
Row = dict[str, str]


def people(count: int) -> tuple[list[Row], list[Row]]:
    """The two bureaus' records; those in the same place are of one person."""
    dice = random.Random(SEED)  # noqa: S311 - a drawing, no secret
    ours, theirs = [], []
    first = date(1940, 1, 1)
    for number in range(count):
        name = dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=1 if dice.random() < 0.15 else 2))
        road, estate = dice.choice(ROADS), dice.choice(ESTATES)
        door = (dice.randint(1, 400), dice.randint(1, 30), dice.randint(1, 4), dice.randint(101, 1804))
        one = {
            "name": name,
            "birth": (first + timedelta(days=dice.randrange(27_000))).isoformat(),
            "sex": dice.choice("12"),
            "phone": f"169{number * 7919 % 100_000_000:08d}",
            "address": f"云溪市城关区东湖街道{road}{door[0]}号{estate}{door[1]}幢{door[2]}单元{door[3]}室",
        }
        ours.append(one)
        theirs.append(_otherwise(one, road, estate, door, dice))
    return ours, theirs


def _otherwise(one: Row, road: str, estate: str, door: Sequence[int], dice: random.Random) -> Row:
    chance = dice.random()
    name = one["name"].translate(TRADITIONAL if chance < 0.12 else ALIKE if chance < 0.2 else {})
    other = {**one, "name": name}
    if dice.random() < 0.4:
        other["address"] = f"{road}{door[0]}號{estate}{door[1]}栋{door[2]}-{door[3]}"
    if dice.random() < 0.1:
        other["address"] = f"云溪市城北区{dice.choice(ROADS)}{dice.randint(1, 400)}号"
    if dice.random() < 0.3:
        other["phone"] = ""
    if dice.random() < 0.08:
        year, month, day = one["birth"].split("-")
        other["birth"] = f"{year}-{day}-{month}" if int(day) <= 12 else ""
    return other


def ready(first: int, rows: Iterable[Row]) -> Any:
    """A piece of the records by their ready columns."""
    from zhengtong.data.entities import queries, rules

    kind = rules.Kind.PERSON
    return queries.as_rows(kind, [rules.ready(kind, one, valid=False) for one in rows], first=first)


def linked(rows: list[Row]) -> tuple[dict[str, float], list[tuple[int, int]]]:
    """Ours, from texts to the pairs that are linked without asking: seconds of each step."""
    import pyarrow as pa

    from zhengtong.data.entities import queries, rules
    from zhengtong.data.entities.actions import linking, taking
    from zhengtong.engines.compute import ComputeSettings, duckdb

    took = {}
    begun = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        starts = range(0, len(rows), PIECE)
        table = pa.concat_tables(pool.map(ready, starts, (rows[at : at + PIECE] for at in starts)))
    took["made ready"] = time.perf_counter() - begun
    model = queries.bundled_model(rules.Kind.PERSON)
    with tempfile.TemporaryDirectory() as folder:
        compute = duckdb.DuckCompute(ComputeSettings(memory_mb=3072), None, Path(folder))  # type: ignore[arg-type]
        begun = time.perf_counter()
        with compute.session() as work:
            judge = functools.partial(taking.weighed, model)
            sure = [
                (one, other) for one, other, told in linking.alike(work, model, table, judge) if told and told["sure"]
            ]
        took["compared and weighed"] = time.perf_counter() - begun
        compute.close()
    return took, sure


def bare_splink(rows: list[Row], count: int) -> tuple[float, list[tuple[int, int]]]:
    """The peer: Splink as its documentation teaches, over the texts as they are, its prediction alone."""
    import logging

    import duckdb
    import pyarrow as pa
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    table = pa.table({"unique_id": range(len(rows)), **{name: [one[name] or None for one in rows] for name in rows[0]}})
    database = DuckDBAPI(duckdb.connect())
    asked = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.JaroWinklerAtThresholds("name", [0.9, 0.7]),
            compare.LevenshteinAtThresholds("birth", [1, 2]),
            compare.ExactMatch("sex"),
            compare.LevenshteinAtThresholds("phone", [1]),
            compare.LevenshteinAtThresholds("address", [1, 4]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("name", "birth"), block_on("phone"), block_on("birth", "address"), block_on("name", "address"),
        ],
        retain_matching_columns=False,
    )  # fmt: skip
    linker = Linker(database.register(table), asked, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("name", "birth", "phone")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(
        block_on("phone"), record_sample_proportion=1.0, max_pairs=1e6
    )
    linker.training.estimate_parameters_using_expectation_maximisation(
        block_on("name", "birth"), record_sample_proportion=1.0, max_pairs=1e6
    )
    begun = time.perf_counter()
    found = linker.inference.predict(threshold_match_probability=0.97).as_pyarrow_table()
    took = time.perf_counter() - begun
    return took, list(zip(found["unique_id_l"].to_pylist(), found["unique_id_r"].to_pylist(), strict=True))


def exact_join(rows: list[Row], count: int) -> tuple[float, list[tuple[int, int]]]:
    """The other peer: same name, same birthday."""
    begun = time.perf_counter()
    seen: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(rows[:count]):
        seen.setdefault((one["name"], one["birth"]), []).append(place)
    found = [
        (left, count + place)
        for place, one in enumerate(rows[count:])
        for left in seen.get((one["name"], one["birth"]), ())
    ]
    return time.perf_counter() - begun, found


def quality(pairs: Sequence[tuple[int, int]], count: int) -> dict[str, float]:
    """Precision, recall and F1: record n of the first bureau is record n of the second."""
    right = len({min(pair) for pair in pairs if abs(pair[0] - pair[1]) == count})
    precision, recall = right / max(1, len(set(map(frozenset, pairs)))), right / count
    total = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(total, 4)}


def incremental(register: int, new: int) -> dict[str, float]:
    """One new record at a time against a register of that many: milliseconds from the row to the committed group."""
    from zhengtong import app, engines
    from zhengtong.data import entities
    from zhengtong.data.entities import queries
    from zhengtong.engines import crypto
    from zhengtong.engines.crypto import keyring
    from zhengtong.kernel.db import Base, Database, new_id

    assert app
    ours, theirs = people(register)
    now = datetime(2026, 3, 5, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "data").mkdir()
        ring = keyring.open_keyring(engines.open_crypto(crypto.CryptoSettings()), place / "root.key", place / "data")
        database = Database(f"sqlite:///{place / 'data' / 'zhengtong.sqlite'}")
        Base.metadata.create_all(database.engine)
        fields = {"name": "name", "birth": "birth", "phone": "phone", "address": "address", "sex": "sex"}
        told = {"fields": fields, "trust": {}, "department_id": new_id(), "changed_at": now}
        feeds = [
            entities.Feed(id=new_id(), item_id=new_id(), kind=entities.Kind.PERSON, key_fields=["key"], **told)
            for _ in range(2)
        ]
        with database.write() as session:
            session.add_all(feeds)
        rows = ({**one, "key": f"a{n}", "_batch_id": "a", "_row": n} for n, one in enumerate(ours, 1))
        for some in queries.chunks(rows, 500):
            with database.write() as session:
                entities.take_rows(session, ring, feeds[0], some, at=now, now=now)
        took = []
        for number in range(new):
            row = {**theirs[number], "key": f"b{number}", "_batch_id": "b", "_row": number}
            begun = time.perf_counter()
            with database.write() as session:
                entities.take_rows(session, ring, feeds[1], [row], at=now, now=now)
            took.append((time.perf_counter() - begun) * 1000)
        database.close()
    cuts = statistics.quantiles(took, n=20)
    return {"register": register, "new": new, "p50_ms": round(statistics.median(took), 1), "p95_ms": round(cuts[18], 1)}


def main(count: int, register: int) -> None:
    ours, theirs = people(count)
    rows = ours + theirs
    took, pairs = linked(rows)
    told: dict[str, Any] = {"people": count, "seconds": {name: round(value, 1) for name, value in took.items()}}
    told["ours"] = {"total_s": round(sum(took.values()), 1), **quality(pairs, count)}
    seconds, found = bare_splink(rows, count)
    told["bare_splink"] = {"predict_s": round(seconds, 1), **quality(found, count)}
    seconds, found = exact_join(rows, count)
    told["exact_join"] = {"seconds": round(seconds, 1), **quality(found, count)}
    told["incremental"] = incremental(register, NEW)
    told["peak_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    _machine.keep("linkage", told)


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:3]]
    main(asked[0] if asked else PEOPLE, asked[1] if len(asked) > 1 else REGISTER)
