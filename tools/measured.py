"""The readmes' table of what was measured: written from the newest results, never by hand; --check says whether it still agrees.

Each row is told by the figures that its benchmark kept, with what stood beside it in the same run, the aim, the date and the load of
the machine before.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tools.told import ROOT, Stop, say, stopped

RESULTS = ROOT / "benchmarks" / "results"
READMES = {"zh": ROOT / "README.zh.md", "en": ROOT / "README.md"}
BEGIN, END = "<!-- measured: python -m tools.measured -->", "<!-- /measured -->"
HEADS = {
    "zh": ("量什么", "政通", "同一次运行里的旁者", "目标", "日期 · 事前负载"),
    "en": ("What", "Zhengtong", "Beside it, same run", "Aim", "Date · load before"),
}
Told = Callable[[dict[str, Any]], tuple[str, str, str, str]]


class Row(NamedTuple):
    """`file`: the results' name; `zh`, `en`: what is measured; `told`: figures → ours, beside in each language, the aim."""

    file: str
    zh: str
    en: str
    told: Told


def _start(f: dict[str, Any]) -> tuple[str, str, str, str]:
    alive = f.get("demo_alive_mb", "–")
    ours = f"{f['warm_start_s']:.1f} s · {f['resting_mb']} MB"
    return ours, f"演示活动时 {alive} MB", f"the demo alive: {alive} MB", "3 s · 250 MB"


def _web(f: dict[str, Any]) -> tuple[str, str, str, str]:
    ours = f"{f['read']['ours_per_second']:,.0f} · {f['write']['ours_per_second']:,.0f}"
    ratios = f"{f['read']['ratio']}× · {f['write']['ratio']}×"
    return ours, f"FastAPI + SQLAlchemy：{ratios}", f"FastAPI + SQLAlchemy: {ratios}", "0.6×"


def _load(f: dict[str, Any]) -> tuple[str, str, str, str]:
    ours = f"{f['ours_rows_per_second']:,} · {f['ours_peak_mb'] / 1000:.1f} GB"
    return ours, f"Polars：{f['ratio']}×", f"Polars: {f['ratio']}×", "0.33× · 2 GB"


def _quality(f: dict[str, Any]) -> tuple[str, str, str, str]:
    names = {"pointblank": "pointblank", "pandera_polars": "pandera (Polars)", "pandera_ibis": "pandera (Ibis)"}
    beside = " · ".join(f"{name} {f[key]['seconds']} s" for key, name in names.items() if key in f)
    return f"{f['zhengtong']['seconds']} s", beside, beside, "< 1×"


def _search(f: dict[str, Any]) -> tuple[str, str, str, str]:
    ours = f"p95 {f['just_started']['p95_ms']:.0f} / {f['ours_http']['p95_ms']:.0f} ms · {f['rebuild_s']:.0f} s"
    bare, scan = f["bare_fts5"]["p95_ms"], f["like_scan"]["p95_ms"]
    beside = f"FTS5 {bare:.0f} ms · {f['bare_fts5_s']:.0f} s · LIKE {scan:.0f} ms"
    return ours, beside, beside, "25 ms · 10 s"


def _linkage(f: dict[str, Any]) -> tuple[str, str, str, str]:
    ours = f"{f['ours']['total_s']:.0f} s · F1 {f['ours']['f1']:.3f}"
    join, bare = f["exact_join"], f["bare_splink"]
    zh = f"Splink（只比较）{bare['predict_s']:.0f} s，{bare['f1']:.3f} · 精确连接 {join['seconds']:.0f} s，{join['f1']:.3f}"
    en = f"Splink (comparing only) {bare['predict_s']:.0f} s, {bare['f1']:.3f} · exact join {join['seconds']:.0f} s, {join['f1']:.3f}"
    return ours, zh, en, "60 s · 0.97"


def _kafka(f: dict[str, Any]) -> tuple[str, str, str, str]:
    ratio = f["ratio of the medians"]
    return f"{ratio}×", "confluent-kafka：1×", "confluent-kafka: 1×", "0.3×"


def _calls(f: dict[str, Any]) -> tuple[str, str, str, str]:
    beside = f"Datasette {f['datasette_per_second']:,} · ASGI + SQLite {f['bare_per_second']:,}"
    least, alone = f"{f['least_per_second']:,}", f"{f['one_process_per_second']:,}"
    ours = f"{f['ours_per_second']:,} ({f['to_datasette']}× · {f['to_bare']}×)"
    zh = f"{beside} · 同样保证的最小程序 {least} · 不开前置进程 {alone}"
    en = f"{beside} · least program with the same guarantees {least} · without the front process {alone}"
    return ours, zh, en, "5,000 · 6× · 0.1×"


def _ledger(f: dict[str, Any]) -> tuple[str, str, str, str]:
    ours = f"{f['appends_per_s_sqlite']['1000']:,} · {f['verify']['seconds']:.0f} s"
    return ours, f"fsync {f['fsyncs_per_s']:,}/s", f"fsync {f['fsyncs_per_s']:,}/s", "50,000 · 30 s"


def _chain(f: dict[str, Any]) -> tuple[str, str, str, str]:
    there = f["kvstore"]["handed over/s"]
    return f"{f['ledger']['handed over/s']:,}", f"CometBFT kvstore {there:,}", f"CometBFT kvstore {there:,}", "–"


def _exchange(f: dict[str, Any]) -> tuple[str, str, str, str]:
    beside = f"Polars (ADBC) {f['rows_per_s']['polars']:,}"
    return f"{f['rows_per_s']['exchange']:,} ({f['ratio']}×)", beside, beside, "0.3×"


ROWS = (
    Row("web", "再次启动 · 静止内存", "second start · memory at rest", _start),
    Row("web", "登录后每秒读 · 写", "signed-in reads · writes a second", _web),
    Row("governed_load", "五百万行 CSV 判、隔离、入湖：每秒行数 · 内存", "5 M rows of CSV judged, quarantined, landed: rows/s · memory", _load),
    Row("kafka-to-lake", "Kafka 到湖", "Kafka to lake", _kafka),
    Row("quality", "十条质量规则，五百万行", "ten quality rules over 5 M rows", _quality),
    Row("catalogue-search", "十万项目录搜索（HTTP，最初 / 其后三百问）· 重建索引", "search of 100,000 items (HTTP, first / next 300 questions) · index rebuilt", _search),
    Row("linkage", "一百万 × 一百万人关联", "1 M × 1 M people linked", _linkage),
    Row("gateway", "每秒受管查询（验签、裁决、遮蔽、回执落盘）", "governed look-ups a second (authenticated, decided, masked, receipt durable)", _calls),
    Row("ledger", "账本每秒落盘条数 · 核验一百万条", "ledger: durable appends a second · 1 M entries verified", _ledger),
    Row("chain", "四节点共识每秒条数", "entries a second through four validators", _chain),
    Row("exchange", "库表交换每秒行数", "table exchange, rows a second", _exchange),
)  # fmt: skip


def newest(name: str) -> dict[str, Any] | None:
    """The newest kept result of this name; None where there is none."""
    kept = sorted(RESULTS.glob(f"{name}-[0-9]*.json"))
    return dict(json.loads(kept[-1].read_text("utf-8"))) if kept else None


def table(language: str) -> str:
    """The table in the language, between its markers."""
    return "\n".join((BEGIN, *_lines(language), END))


def _lines(language: str) -> Iterator[str]:
    yield "| " + " | ".join(HEADS[language]) + " |"
    yield "|---" * len(HEADS[language]) + "|"
    for row in ROWS:
        if kept := newest(row.file):
            ours, zh, en, aim = row.told(kept["figures"])
            machine = kept["machine"]
            said = (row.zh, ours, zh, aim) if language == "zh" else (row.en, ours, en, aim)
            yield "| " + " | ".join((*said, f"{machine['date']} · {machine['load_before']}")) + " |"


def written(language: str) -> str:
    """The readme with its table as the results have it."""
    text = READMES[language].read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + table(language) + rest.partition(END)[2]


def main(args: list[str]) -> int:
    """Write both readmes' tables, or say that they are out of date. The exit code."""
    changed = [one for one in READMES if written(one) != READMES[one].read_text("utf-8")]
    if changed and "--check" in args:
        return stopped(
            Stop("README 的测量表已过时，请运行 python -m tools.measured。", "Out of date: python -m tools.measured.")
        )
    for language in changed:
        READMES[language].write_text(written(language), "utf-8")
        say(f"已写好 {READMES[language].name}。", f"Wrote {READMES[language].name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
