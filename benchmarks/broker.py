"""How many messages a second the broker takes in, and has take effect, beside a bare client of Kafka in the same run.

`python -m benchmarks.broker` prints the table and writes benchmarks/results/broker-<date>.json. Kafka where ZT_TEST_KAFKA names one (make
engines); the log in our own tables always, on SQLite and, where ZT_TEST_POSTGRES_URL names one, on PostgreSQL. The bare client
(confluent-kafka, the same settings) drops what it reads; ours moves the group's place in the database with every batch, and in the last row
also keeps a row a message. Figures that touch the disk depend on it: durable commits a second stand beside them.
"""

import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, insert, text
from sqlalchemy.orm import Session

from zhengtong.engines import broker, open_broker
from zhengtong.kernel.db import Base, Database, new_id
from zhengtong.kernel.wake import Wake

RESULTS = Path(__file__).parent / "results"
COUNT, APPEND, BATCH, BYTES = 200_000, 2_000, 2_000, 120
SERVERS = os.environ.get("ZT_TEST_KAFKA", "")
SHELF = Table("bench_shelf", MetaData(), Column("id", Integer, primary_key=True), Column("value", LargeBinary))
MESSAGES = [broker.Message(os.urandom(BYTES // 2).hex().encode(), f"key {n % 1000}".encode()) for n in range(APPEND)]


def per_second(work: Callable[[], None]) -> int:
    """Messages a second of `work`, which moves them all."""
    begun = time.perf_counter()
    work()
    return round(COUNT / (time.perf_counter() - begun))


def append_all(opened: broker.Broker, topic: str) -> None:
    for _ in range(COUNT // APPEND):
        opened.append(topic, MESSAGES)


def drop(session: Session, messages: Sequence[broker.Received]) -> None:
    """An effect of nothing: only the place moves."""


def shelve(session: Session, messages: Sequence[broker.Received]) -> None:
    """One row a message."""
    session.execute(insert(SHELF), [{"value": one.value} for one in messages])


def consume_all(opened: broker.Broker, topic: str, handler: broker.Handler) -> None:
    stop, handled = threading.Event(), 0

    def count(session: Session, messages: Sequence[broker.Received]) -> None:
        nonlocal handled
        handler(session, messages)
        handled += len(messages)
        if handled >= COUNT:
            stop.set()

    opened.consumer(f"bench-{new_id().hex}", [topic], count).run(stop)


def bare_produce(topic: str) -> None:
    from confluent_kafka import Producer

    producer = Producer(
        {
            "bootstrap.servers": SERVERS,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 2,
            "compression.type": "zstd",
        }
    )
    for _ in range(COUNT // APPEND):
        for one in MESSAGES:
            producer.produce(topic, one.value, one.key)
        producer.flush()


def bare_consume(topic: str) -> None:
    from confluent_kafka import Consumer

    given = {
        "bootstrap.servers": SERVERS,
        "group.id": f"bare-{new_id().hex}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": True,
    }
    consumer, read = Consumer(given), 0
    consumer.subscribe([topic])
    while read < COUNT:
        read += sum(one.error() is None for one in consumer.consume(BATCH, 0.2))
    consumer.close()


@contextmanager
def opened_on(database: Database, **given: Any) -> Iterator[tuple[broker.Broker, str]]:
    """A broker and a topic of four partitions; our tables made anew."""
    Base.metadata.create_all(database.engine)
    SHELF.metadata.create_all(database.engine)
    bell = Wake(database)
    bell.start()
    chosen = broker.BrokerSettings.model_validate({"batch": BATCH, **given})
    opened, topic = open_broker(chosen, database, bell), f"bench.{new_id().hex}"
    opened.create_topic(topic, partitions=4)
    yield opened, topic
    opened.close()
    bell.stop()


def commits(database: Database) -> int:
    """Commits of one changed row a second, over one second."""
    count, begun = 0, time.perf_counter()
    with database.write() as session:
        session.execute(insert(SHELF), [{"value": b""}])
    while time.perf_counter() - begun < 1.0:
        with database.write() as session:
            session.execute(text("update bench_shelf set value = :value where id = 1"), {"value": str(count).encode()})
        count += 1
    return count


def measure(database: Database, **given: Any) -> dict[str, float]:
    """The figures of one adapter over one database."""
    with opened_on(database, **given) as (opened, topic):
        figures: dict[str, float] = {
            "append, 2,000 at a time (messages/s)": per_second(lambda: append_all(opened, topic)),
            "consume, the place kept (messages/s)": per_second(lambda: consume_all(opened, topic, drop)),
            "consume, a row a message (messages/s)": per_second(lambda: consume_all(opened, topic, shelve)),
            "one-row commits/s": commits(database),
        }
        if given.get("engine") == "kafka":
            figures["bare client, produce (messages/s)"] = per_second(lambda: bare_produce(topic))
            figures["bare client, consume and drop (messages/s)"] = per_second(lambda: bare_consume(topic))
            for what, ours, bare in (
                ("append", "append, 2,000 at a time (messages/s)", "bare client, produce (messages/s)"),
                ("consume", "consume, the place kept (messages/s)", "bare client, consume and drop (messages/s)"),
                (
                    "a row a message",
                    "consume, a row a message (messages/s)",
                    "bare client, consume and drop (messages/s)",
                ),
            ):
                figures[f"{what}, of the bare client (ratio)"] = round(figures[ours] / figures[bare], 2)
    return figures


def main() -> None:
    """Measure, print and keep."""
    kafka = {"engine": "kafka", "servers": SERVERS, "security": "plaintext"}
    found, load = {}, os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        found["our tables, SQLite"] = measure(Database(f"sqlite:///{folder}/own.sqlite"))
        if SERVERS:
            found["Kafka, places in SQLite"] = measure(Database(f"sqlite:///{folder}/kafka.sqlite"), **kafka)
    if url := os.environ.get("ZT_TEST_POSTGRES_URL"):
        found["our tables, PostgreSQL"] = measure(Database(url))
    for name, figures in found.items():
        print(name)
        for what, figure in figures.items():
            print(f"  {what:<46} {figure:>12,}")
    at = datetime.now(UTC)
    told = {
        "at": at.isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before",
        "messages": f"{COUNT:,} of {BYTES} bytes, 1,000 keys, 4 partitions",
        "figures": found,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"broker-{at:%Y-%m-%d}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
