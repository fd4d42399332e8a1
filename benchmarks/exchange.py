"""How many rows a second a first copy brings into the receiver's PostgreSQL, beside a bare Polars copy of the same rows, in the same run.

`python -m benchmarks.exchange [ROWS]` (300,000) prints the figures and keeps them in results/. It needs a PostgreSQL (ZT_TEST_POSTGRES_URL,
make engines). Ours reads a Delta table, names each row by SM4, masks one column of six, sorts, and copies chunk by chunk with its
place, each chunk a transaction; receipts (one a chunk) are left out here, as they are measured in `gateway`. The bare copy is
`polars.scan_delta(…).collect().write_database(…)` by ADBC (binary COPY) in one transaction, which names, masks and resumes nothing.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from benchmarks import _machine
from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.engines.lake import Lake, LakeSettings
from zhengtong.kernel import clock
from zhengtong.sharing.gateway.actions.exchange.preparing import Leaving
from zhengtong.sharing.gateway.actions.exchange.stepping import advance
from zhengtong.sharing.gateway.actions.exchange.target import CURSOR, DatabaseTable
from zhengtong.sharing.gateway.rules.columns import Field, Kind

COUNT, CHUNK, ROUNDS = 300_000, 20_000, 3
POSTGRES = os.environ.get("ZT_TEST_POSTGRES_URL", "")
TABLE, OURS, BARE = "items/firms", "bench_exchange", "bench_polars"
FIELDS = (
    Field("uscc", "代码", Kind.TEXT, "general_1", key=True),
    Field("name", "名称", Kind.TEXT, "general_1"),
    Field("paid", "税额", Kind.DECIMAL, "general_2", scale=2),
    Field("staff", "人数", Kind.INTEGER, "general_1"),
    Field("founded", "成立日期", Kind.DAY, "general_1"),
    Field("phone", "电话", Kind.TEXT, "general_3"),
)
MASKS = {one.name: "full" for one in FIELDS} | {"phone": "partial"}


def planted(folder: Path, count: int) -> Lake:
    """The item's table, in batches of a hundred thousand."""
    lake = engines.open_lake(LakeSettings(), folder)
    schema = pa.schema(
        [
            ("uscc", pa.string()), ("name", pa.string()), ("paid", pa.decimal128(38, 2)), ("staff", pa.int64()),
            ("founded", pa.date32()), ("phone", pa.string()), ("_batch_id", pa.string()), ("_row", pa.int64()),
        ]
    )  # fmt: skip
    lake.create(TABLE, schema)
    for start in range(0, count, 100_000):
        numbers = range(start, min(start + 100_000, count))
        columns = [
            [f"91990100MA{one:08d}" for one in numbers],
            [f"云溪市第{one}商行" for one in numbers],
            [Decimal(one * 17 % 1_000_000) / 100 for one in numbers],
            [one % 500 for one in numbers],
            [date(2000 + one % 25, 1, 1) for one in numbers],
            [f"138{one:08d}" for one in numbers],
            [f"b{start}"] * len(numbers),
            list(numbers),
        ]
        lake.append(
            TABLE,
            pa.table([pa.array(one, field.type) for one, field in zip(columns, schema, strict=True)], schema=schema),
        )
    return lake


def ours(lake: Lake, engine: sa.Engine) -> None:
    crypto, key = engines.open_crypto(CryptoSettings()), bytes(32)
    how = Leaving(FIELDS, MASKS, str.upper, lambda data: crypto.hmac_sm3(key, data), crypto.sm4_blocks)
    receiver = DatabaseTable(engine, OURS, "bench")
    for _ in advance(lake, TABLE, receiver, how, rows=CHUNK, govern=lambda *_: None, now=clock.now):
        pass


def bare(lake: Lake, url: str) -> None:
    import polars

    rows = polars.scan_delta(lake.uri(TABLE)).select([one.name for one in FIELDS]).collect()
    rows.with_columns(polars.col("paid").cast(polars.String)).write_database(
        BARE, url, engine="adbc", if_table_exists="replace"
    )


def cleared(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        found = sa.MetaData()
        found.reflect(connection, only=lambda name, _: name in (OURS, BARE, CURSOR))
        found.drop_all(connection)


def timed(work: Callable[[], None], count: int) -> float:
    """Rows a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    engine = sa.create_engine(sa.make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    plain = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)  # what ADBC takes
    figures: dict[str, list[float]] = {"exchange": [], "polars": []}
    with tempfile.TemporaryDirectory() as folder:
        lake = planted(Path(folder), count)
        for _ in range(ROUNDS):
            cleared(engine)
            figures["exchange"].append(timed(lambda: ours(lake, engine), count))
            figures["polars"].append(timed(lambda: bare(lake, plain), count))
    cleared(engine)
    best = {name: max(found) for name, found in figures.items()}
    ratio = best["exchange"] / best["polars"]
    print(f"exchange {best['exchange']:,.0f} rows/s · Polars by ADBC {best['polars']:,.0f} rows/s · {ratio:.2f}×")
    told = {
        "rows": count,
        "rows_per_s": {name: round(one) for name, one in best.items()},
        "ratio": round(ratio, 2),
        "aim": 0.3,
    }
    _machine.keep("exchange", told)


if __name__ == "__main__":
    main()
