"""Ten rules over five million rows, from Parquet to counts: ours beside pointblank and pandera on the same files in the same run.

`python -m benchmarks.quality [ROWS]` writes benchmarks/results/quality-<date>.json. Each contender runs in a process of its own, three times,
the median counts; starting Python and importing are not counted, reading the files is. Seconds by the clock and of the processors. All must find the same failures, rule by rule. Of
repeated values the others count every row, ours the surplus: here each repeated value stands twice, so theirs are halved.
"""

import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import _machine

ROWS, TURNS, SEED = 5_000_000, 3, 20_261_121
TODAY = date(2026, 3, 5)
PATTERN = "[0-9A-HJ-NPQRTUWXY]{18}"
STATES = ("存续", "注销", "吊销")
LEAST, MOST = 0, 1_000_000
NAMES = (
    "uscc filled",
    "name filled",
    "id unique",
    "amount in range",
    "uscc pattern",
    "state in list",
    "day in range",
    "day not future",
    "name not long",
    "closed pays nothing",
)
CONTENDERS = ("zhengtong", "pointblank", "pandera_ibis", "pandera_polars")
IMPORTED = {
    "zhengtong": ("ibis.backends.duckdb", "duckdb", "deltalake", "pyarrow.parquet", "pandas"),
    "pointblank": ("pointblank", "ibis.backends.duckdb", "duckdb", "deltalake", "polars", "pandas"),
    "pandera_ibis": ("pandera.ibis", "ibis.backends.duckdb", "duckdb", "deltalake", "pandas"),
    "pandera_polars": ("pandera.polars", "polars", "deltalake", "pandas"),
}
DAYS = (date(2020, 1, 1), date(2026, 12, 31))


def make(folder: Path, rows: int) -> None:
    """This will write the payments, with planted faults, as four Parquet files of a lake's table."""
    import pyarrow as pa

    from zhengtong.engines.lake import LakeSettings, delta

    lake = delta.open_delta(LakeSettings(), folder)
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("uscc", pa.string()),
            ("name", pa.string()),
            ("amount", pa.int64()),
            ("state", pa.string()),
            ("day", pa.date32()),
            ("_batch_id", pa.string()),
            ("_row", pa.int64()),
        ]
    )
    lake.create("payment", schema)
    for part in range(4):
        lake.append("payment", _part(part, rows // 4, schema))


def _part(part: int, rows: int, schema: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(SEED + part)
    ids = np.arange(part * rows, (part + 1) * rows)
    ids[1000::2000] = ids[999::2000][: len(ids[1000::2000])]
    codes = np.array([f"9111{n:08d}MA{n % 9973:04d}" for n in range(50_000)], dtype=object)[ids % 50_000]
    names = np.array([f"云溪市第{n}号有限公司" for n in range(50_000)], dtype=object)[ids % 50_000]
    codes[7::1_500] = "bad-code"
    states = np.array(STATES, dtype=object)[random.integers(0, 3, rows)]
    states[11::3_000] = "不详"
    amounts = random.integers(0, 900_000, rows)
    amounts[5::1_700] = -5
    closed = states == "注销"
    amounts[closed] = 0
    amounts[np.flatnonzero(closed)[::900]] = 77
    days = np.datetime64("2021-01-01") + random.integers(0, 1_800, rows).astype("timedelta64[D]")
    days[3::4_000] = np.datetime64("1900-01-01")
    days[9::5_000] = np.datetime64("2026-06-01")
    uscc = pa.array(codes, pa.string(), mask=np.arange(rows) % 1_200 == 17)
    named = pa.array(names, pa.string(), mask=np.arange(rows) % 2_500 == 33)
    columns = [ids, uscc, named, amounts, pa.array(states, pa.string()), days, pa.array(["b"] * rows), ids]
    return pa.table([pa.array(one) for one in columns], names=schema.names).cast(schema)


def zhengtong(folder: Path) -> list[int]:
    """The room's own plan, through the compute engine over the lake."""
    from zhengtong.data.quality import rules
    from zhengtong.data.quality.rules import Column, Dimension, Form, Given, Rule, Severity
    from zhengtong.engines.compute import ComputeSettings, duckdb
    from zhengtong.engines.lake import LakeSettings, delta

    letters = {"id": "N", "uscc": "C", "name": "C", "amount": "N", "state": "C", "day": "D"}
    columns = {name: Column(name, name, letter) for name, letter in letters.items()}  # type: ignore[arg-type]

    def rule(form: Form, *fields: str, **facts: Any) -> Rule:
        return Rule(form, fields, Dimension.ACCURACY, Severity.MAJOR, 1, form.value, **facts)

    chosen = [
        rule(Form.COMPLETENESS, "uscc"),
        rule(Form.COMPLETENESS, "name"),
        rule(Form.UNIQUE, "id"),
        rule(Form.RANGE, "amount", least=str(LEAST), most=str(MOST)),
        rule(Form.PATTERN, "uscc", pattern=PATTERN),
        rule(Form.CODES, "state", code_list="state"),
        rule(Form.RANGE, "day", least=DAYS[0].isoformat(), most=DAYS[1].isoformat()),
        rule(Form.EXPRESSION, expression="day <= today()"),
        rule(Form.LENGTH, "name", length=40),
        rule(Form.EXPRESSION, expression="if state = '注销' then amount = 0"),
    ]
    given = Given(columns, TODAY, _fits, _fits, codes={"state": STATES})
    lake = delta.open_delta(LakeSettings(), folder)
    compute = duckdb.open_duckdb(ComputeSettings(), lake, folder)
    with compute.session() as work:
        row = work.run(rules.plan(work.table("payment"), chosen, given)).to_pylist()[0]
    return [one.failed for one in rules.counts_of(row, chosen, given).rules]


def _fits(pattern: str, column: Any) -> Any:
    from zhengtong.data import standards

    return standards.passes(
        standards.FieldRule("pattern", {"pattern": pattern, "type": standards.Type.TEXT}, "", ""), column
    )


def pointblank(folder: Path) -> list[int]:
    """Its own steps on Ibis over DuckDB."""
    import ibis
    import pointblank as pb

    table = _ibis(folder)
    steps = (
        pb.Validate(data=table)
        .col_vals_not_null(columns="uscc")
        .col_vals_not_null(columns="name")
        .rows_distinct(columns_subset=["id"])
        .col_vals_between(columns="amount", left=LEAST, right=MOST)
        .col_vals_regex(columns="uscc", pattern=f"^{PATTERN}$", na_pass=True)
        .col_vals_in_set(columns="state", set=list(STATES))
        .col_vals_between(columns="day", left=DAYS[0], right=DAYS[1])
        .col_vals_le(columns="day", value=TODAY)
        .col_vals_le(columns="long", value=40, na_pass=True, pre=lambda t: t.mutate(long=t["name"].length()))
        .col_vals_eq(
            columns="fits",
            value=1,
            pre=lambda t: t.mutate(fits=ibis.ifelse((t["state"] != "注销") | (t["amount"] == 0), 1, 0)),
        )
        .interrogate(collect_extracts=False)
    )
    failed = steps.n_failed()
    found = [int(failed[step]) for step in sorted(failed)]
    found[2] //= 2
    return found


def pandera_ibis(folder: Path) -> list[int]:
    """Its schema on Ibis over DuckDB. It tells that a check failed, not how often: its time alone is compared."""
    import pandera.ibis as pa

    _pandera(pa, _ibis(folder), ibis_table=True)
    return []


def pandera_polars(folder: Path) -> list[int]:
    """Its schema on Polars, the files read into memory first."""
    import pandera.polars as pa
    import polars as pl

    read = pl.read_parquet(_files(folder), columns=["id", "uscc", "name", "amount", "state", "day"])
    found = _pandera(pa, read)
    found[2] //= 2
    return found


def _pandera(pa: Any, frame: Any, *, ibis_table: bool = False) -> list[int]:
    from pandera.errors import SchemaErrors

    checks = {
        "amount": [pa.Check.in_range(LEAST, MOST)],
        "uscc": [pa.Check.str_matches(f"^{PATTERN}$")],
        "state": [pa.Check.isin(list(STATES))],
        "day": [pa.Check.in_range(*DAYS), pa.Check.le(TODAY)],
        "name": [pa.Check.str_length(max_value=40)],
    }
    columns = {
        "id": pa.Column(unique=True, report_duplicates="exclude_first") if not ibis_table else pa.Column(),
        **{name: pa.Column(checks=own, nullable=False) for name, own in checks.items()},
    }
    closed = pa.Check(_closed_ibis if ibis_table else _closed_polars, name="closed")
    schema = pa.DataFrameSchema(
        columns, checks=[closed], **({"unique": ["id"], "report_duplicates": "exclude_first"} if ibis_table else {})
    )
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as wrong:
        cases = wrong.failure_cases
        return _told(cases)
    return [0] * len(NAMES)


def _closed_ibis(data: Any) -> Any:
    return (data.table["state"] != "注销") | (data.table["amount"] == 0)


def _closed_polars(data: Any) -> Any:
    import polars as pl

    return data.lazyframe.select((pl.col("state") != "注销") | (pl.col("amount") == 0))


def _told(cases: Any) -> list[int]:
    """Failures by column and check, in the order of the rules."""
    frame = cases.to_pandas() if hasattr(cases, "to_pandas") else cases
    counted = frame.groupby(["column", "check"], dropna=False).size().to_dict()

    def count(column: str, check: str) -> int:
        return int(sum(n for (where, what), n in counted.items() if column in str(where) and check in str(what)))

    return [
        count("uscc", "not_nullable"),
        count("name", "not_nullable"),
        int(sum(n for (_, what), n in counted.items() if "uniqueness" in str(what) or "unique" in str(what))),
        count("amount", "in_range"),
        count("uscc", "str_matches"),
        count("state", "isin"),
        count("day", "in_range"),
        count("day", "less_than_or_equal_to"),
        count("name", "str_length"),
        int(sum(n for (_, what), n in counted.items() if "closed" in str(what))),
    ]


def _files(folder: Path) -> list[str]:
    from zhengtong.engines.lake import LakeSettings, delta

    return [file.uri for file in delta.open_delta(LakeSettings(), folder).files("payment")]


def _ibis(folder: Path) -> Any:
    import duckdb
    import ibis

    from zhengtong.engines.compute.duckdb import _Connection

    connection = ibis.duckdb.from_connection(_Connection(duckdb.connect()))  # type: ignore[arg-type]
    return connection.read_parquet(_files(folder))


def once(name: str, folder: Path) -> dict[str, Any]:
    """One contender, here and now: seconds, peak memory, failures."""
    __import__("zhengtong.data.quality")
    for module in IMPORTED[name]:
        importlib.import_module(module)
    begun, worked = time.perf_counter(), time.process_time()
    failed = globals()[name](folder)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": round(seconds, 2), "processor_s": round(worked, 2), "peak_gib": round(peak, 2), "failed": failed}


def contest(folder: Path, rows: int) -> dict[str, Any]:
    """All contenders in turn, so that a slow moment strikes each."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for _ in range(TURNS):
        for name in CONTENDERS:
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.quality", "--once", name, str(folder)]
            said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
            lines = said.stdout.strip().splitlines()
            runs[name].append(json.loads(lines[-1]) if not said.returncode else {"refused": said.stderr.strip()[-300:]})
    figures: dict[str, Any] = {"rows": rows, "rules": list(NAMES)}
    for name, found in runs.items():
        whole = [one for one in found if "seconds" in one]
        if not whole:
            figures[name] = found[0]
            continue
        figures[name] = {
            **whole[0],
            "seconds": statistics.median(one["seconds"] for one in whole),
            "processor_s": statistics.median(one["processor_s"] for one in whole),
            "turns": [one["seconds"] for one in whole],
        }
    ours = figures["zhengtong"]
    for name in CONTENDERS[1:]:
        if "seconds" in figures[name]:
            figures[name]["same_failures"] = figures[name]["failed"] == ours["failed"]
            for told, key in (("times_ours", "seconds"), ("times_our_processor_s", "processor_s")):
                figures[name][told] = round(figures[name][key] / ours[key], 2)
    return figures


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), rows)
        _machine.keep("quality", contest(Path(folder), rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(sys.argv[2], Path(sys.argv[3]))))
    else:
        main()
