"""How many messages a second come from Kafka into the lake, beside a bare client that drops what it reads, in the same run.

`python -m benchmarks.kafka_to_lake [MESSAGES]` (500,000) prints the figures and keeps them in results/. It needs a real broker (ZT_TEST_KAFKA, make engines).
Ours reads JSON payments through the broker's consumer (the place moves in the database with each batch), makes Arrow rows of them,
and appends each batch to a Delta table once, by its mark. The bare client is confluent-kafka with the same settings; it parses nothing.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as arrow_json
from sqlalchemy.orm import Session

from benchmarks import _machine
from zhengtong.engines import broker, lake, open_broker, open_lake
from zhengtong.kernel.db import Base, Database, new_id
from zhengtong.kernel.wake import Wake

COUNT, APPEND, BATCH, ROUNDS = 500_000, 5_000, 50_000, 3
SERVERS = os.environ.get("ZT_TEST_KAFKA", "")
SHAPE = pa.schema(
    [
        ("payment_id", pa.string()),
        ("uscc", pa.string()),
        ("taxpayer_name", pa.string()),
        ("period", pa.string()),
        ("tax_kind", pa.string()),
        ("amount_fen", pa.int64()),
        ("paid_on", pa.string()),
    ]
)
LANDED = SHAPE.append(pa.field("_batch_id", pa.string())).append(pa.field("_row", pa.int64()))
PARSE = arrow_json.ParseOptions(explicit_schema=SHAPE, unexpected_field_behavior="ignore")


def payment(number: int) -> broker.Message:
    """One tax payment as the tax bureau tells it."""
    told = {
        "payment_id": f"P{number:09d}",
        "uscc": f"91990100MA{number % 100_000:06d}00",
        "taxpayer_name": "云溪市何记豆花店",
        "period": "202603",
        "tax_kind": "增值税",
        "amount_fen": number * 17 % 1_000_000,
        "paid_on": "2026-03-05",
    }
    return broker.Message(json.dumps(told, ensure_ascii=False).encode(), f"{number % 1000}".encode())


@contextmanager
def opened(folder: Path, count: int) -> Iterator[tuple[broker.Broker, str, Database]]:
    """A broker and a topic of four partitions that holds the messages."""
    database = Database(f"sqlite:///{folder}/places.sqlite")
    Base.metadata.create_all(database.engine)
    bell = Wake(database)
    bell.start()
    chosen = broker.BrokerSettings(engine="kafka", servers=SERVERS, security="plaintext", batch=BATCH, buffer_kb=65_536)
    found, topic = open_broker(chosen, database, bell), f"bench.{new_id().hex}"
    found.create_topic(topic, partitions=4)
    for start in range(0, count, APPEND):
        found.append(topic, [payment(number) for number in range(start, start + APPEND)])
    yield found, topic, database
    found.close()
    bell.stop()
    database.close()


def bare(topic: str, count: int) -> float:
    """Messages a second of a client that drops them."""
    from confluent_kafka import Consumer

    given = {"bootstrap.servers": SERVERS, "group.id": f"bare-{new_id().hex}", "auto.offset.reset": "earliest"}
    consumer, read = Consumer(given), 0
    consumer.subscribe([topic])
    begun = time.perf_counter()
    while read < count:
        read += sum(one.error() is None for one in consumer.consume(BATCH, 0.2))
    took = time.perf_counter() - begun
    consumer.close()
    return count / took


def landing(source: broker.Broker, topic: str, target: lake.Lake, count: int) -> float:
    """Messages a second that lie in the lake."""
    table, stop, landed = f"items/{new_id().hex}", threading.Event(), 0
    target.create(table, LANDED)

    def land(_: Session, messages: Sequence[broker.Received]) -> None:
        nonlocal landed
        target.append(table, rows_of(messages), mark=mark_of(messages))
        landed += len(messages)
        if landed >= count:
            stop.set()

    begun = time.perf_counter()
    source.consumer(f"bench-{new_id().hex}", [topic], land).run(stop)
    took = time.perf_counter() - begun
    if target.dataset(table).count_rows() != count:
        raise SystemExit("rows are missing or there twice")
    return count / took


def rows_of(messages: Sequence[broker.Received]) -> pa.Table:
    """The messages as rows, with the batch they came in and their places in it."""
    text = pa.py_buffer(b"\n".join(one.value or b"{}" for one in messages))
    rows = arrow_json.read_json(pa.BufferReader(text), parse_options=PARSE)
    batch = f"{messages[0].partition.number}-{messages[0].offset}"
    rows = rows.append_column("_batch_id", pa.array([batch] * len(messages), pa.string()))
    return rows.append_column("_row", pa.array(range(1, len(messages) + 1), pa.int64()))


def mark_of(messages: Sequence[broker.Received]) -> lake.Mark:
    """A batch is known by its partition and the offset it ends at: read twice, it lands once."""
    return lake.Mark(f"bench-{messages[0].partition.number}", messages[-1].offset + 1)


def main(count: int) -> None:
    """Measure, print and keep."""
    if not SERVERS:
        sys.exit("没有 Kafka，请运行 make engines | no Kafka here: run make engines")
    figures: dict[str, Any] = {"messages": count, "bytes each": len(payment(0).value or b""), "batch": BATCH}
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), count) as (source, topic, _):
        target = open_lake(lake.LakeSettings(), Path(folder))
        for _ in range(ROUNDS):
            theirs.append(bare(topic, count))
            ours.append(landing(source, topic, target, count))
    figures["bare client, consume and drop (messages/s)"] = [round(one) for one in theirs]
    figures["Kafka to lake (messages/s)"] = [round(one) for one in ours]
    figures["ratio of the medians"] = round(sorted(ours)[ROUNDS // 2] / sorted(theirs)[ROUNDS // 2], 2)
    figures["aim"] = 0.3
    _machine.keep("kafka-to-lake", figures)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
