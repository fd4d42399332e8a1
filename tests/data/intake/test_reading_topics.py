"""Reading topics of real brokers: in our own tables, and in Kafka where there is one."""

import json
import os
import shutil

import pytest

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading.topics import TopicReader
from zhengtong.data.intake.rules import kinds
from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerSettings, Message
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.wake import Wake

KAFKA = os.environ.get("ZT_TEST_KAFKA", "")


@pytest.fixture
def database(sqlite_template, tmp_path):
    """The broker's own spec runs on every database; here one is enough."""
    path = tmp_path / "zhengtong.sqlite"
    shutil.copy(sqlite_template, path)
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(params=["in_process", "kafka"])
def broker(request, database):
    chosen = BrokerSettings()
    if request.param == "kafka":
        if not KAFKA:
            pytest.skip("no Kafka here: run `make engines`")
        chosen = BrokerSettings(engine="kafka", servers=KAFKA, security="plaintext", timeout_s=20)
    opened = open_broker(chosen, database, Wake(database))
    yield opened
    opened.close()


@pytest.fixture
def topic(broker):
    name = f"tax.payments.{new_id().hex[-12:]}"
    broker.create_topic(name, partitions=3)
    return name


def payment(number, **more):
    value = {"payment_id": f"P{number:05}", "amount_fen": 100 * number, **more}
    return Message(json.dumps(value).encode(), f"{number}".encode())


def reader(broker, topic, chunk_rows=1000, **told):
    return TopicReader(kinds.Topic(topic=topic, **told), broker, chunk_rows=chunk_rows)


def payments(chunks):
    return sorted(row["payment_id"] for chunk in chunks for row in chunk.rows.to_pylist())


def numbered(*numbers):
    return [f"P{number:05}" for number in numbers]


def test_each_message_is_read_once_over_runs(broker, topic):
    broker.append(topic, [payment(n) for n in range(250)])
    first = list(reader(broker, topic, chunk_rows=100).chunks(None))
    assert payments(first) == numbered(*range(250))
    assert [chunk.rows.num_rows for chunk in first] == [100, 100, 50]
    broker.append(topic, [payment(n) for n in range(250, 260)])
    fresh = reader(broker, topic)
    assert fresh.waiting(first[-1].cursor) == 10
    again = list(fresh.chunks(first[-1].cursor))
    assert payments(again) == numbered(*range(250, 260))
    assert again[0].first_row == 251
    assert list(reader(broker, topic).chunks(again[-1].cursor)) == []


def test_reading_goes_on_after_any_cursor(broker, topic):
    broker.append(topic, [payment(n) for n in range(120)])
    chunks = list(reader(broker, topic, chunk_rows=25).chunks(None))
    for at, chunk in enumerate(chunks):
        rest = reader(broker, topic).chunks(chunk.cursor)
        assert payments([*chunks[: at + 1], *rest]) == numbered(*range(120))


def test_what_comes_while_a_run_reads_waits_for_the_next(broker, topic):
    broker.append(topic, [payment(n) for n in range(20)])
    reading = reader(broker, topic, chunk_rows=10)
    chunks = reading.chunks(None)
    seen = [next(chunks)]
    broker.append(topic, [payment(n) for n in range(20, 40)])
    seen += chunks
    assert payments(seen) == numbered(*range(20))
    assert payments(reader(broker, topic).chunks(seen[-1].cursor)) == numbered(*range(20, 40))


POISON = {
    b"{": "JSON",
    b'"a word"': "对象",
    b"\xff\xfe{}": "UTF-8",
    b'{"a": 1, "a": 2}': "重复",
    b'{"a": NaN}': "JSON",
    b"[" * 5000: "嵌套",
    json.dumps([{}] * 10_001).encode(): "10000",
}


def test_what_is_no_row_waits_apart_with_its_place_and_the_rest_is_read(broker, topic):
    broker.append(topic, [payment(1), *(Message(value, b"1") for value in POISON), payment(2)])
    (chunk,) = reader(broker, topic).chunks(None)
    assert payments([chunk]) == numbered(1, 2)
    assert len(chunk.bad) == len(POISON)
    for value, bad in zip(POISON, chunk.bad, strict=True):
        assert POISON[value] in bad.why_zh
        assert bad.raw.encode("utf-8", "replace")[:1] == value.decode("utf-8", "replace").encode()[:1]
    assert list(reader(broker, topic).chunks(chunk.cursor)) == []


def test_a_message_of_nothing_but_deletion_moves_the_place_only(broker, topic):
    broker.append(topic, [Message(None, b"1"), Message(b"", b"1"), payment(1)])
    (chunk,) = reader(broker, topic).chunks(None)
    assert (chunk.rows.num_rows, len(chunk.bad)) == (1, 0)


def test_csv_messages_need_as_many_values_as_names(broker, topic):
    broker.append(
        topic,
        [Message("P1,何记豆花店,100".encode(), b"1"), Message(b'P2,"a,b"', b"1"), Message(b"P3,x,3\r\nP4,y,4", b"1")],
    )
    (chunk,) = reader(broker, topic, form="csv", columns=("id", "name", "amount")).chunks(None)
    assert [row["id"] for row in chunk.rows.to_pylist()] == ["P1", "P3", "P4"]
    assert "应为 3 个" in chunk.bad[0].why_zh


def test_columns_are_those_of_the_newest_messages_and_later_ones_are_added(broker, topic):
    broker.append(topic, [payment(1)])
    reading = reader(broker, topic)
    assert [column.name for column in reading.columns()] == ["payment_id", "amount_fen"]
    broker.append(topic, [payment(2, kind="VAT")])
    (chunk,) = reader(broker, topic).chunks(None)
    assert chunk.rows.schema.names == ["payment_id", "amount_fen", "kind"]


def test_a_new_source_may_begin_at_the_end(broker, topic):
    broker.append(topic, [payment(1)])
    late = reader(broker, topic, start="latest")
    assert list(late.chunks(None)) == []


def test_a_topic_that_is_not_there_is_told(broker):
    with pytest.raises(errors.SourceRefused):
        reader(broker, "no.such.topic").columns()


def test_messages_that_expired_before_they_were_read_are_told(broker, topic):
    broker.append(topic, [payment(n) for n in range(3)])
    cursor = list(reader(broker, topic).chunks(None))[-1].cursor
    before = {"offsets": dict.fromkeys(cursor["offsets"], -5), "row": 0}
    with pytest.raises(errors.MessagesLost):
        list(reader(broker, topic).chunks(before))


def test_a_trial_reads_ten_rows(broker, topic):
    broker.append(topic, [payment(n) for n in range(30)])
    assert sum(chunk.rows.num_rows for chunk in reader(broker, topic).chunks(None, limit=10)) == 10
