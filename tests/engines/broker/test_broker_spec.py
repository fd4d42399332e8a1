"""What every broker promises."""

import time
from collections import Counter

import pytest

from tests.engines.broker.conftest import numbered, running
from tests.engines.broker.effects import Effect, effects, in_order, leave, words
from zhengtong.engines.broker import (
    DEAD,
    Message,
    MessagesGone,
    MessageTooLarge,
    Partition,
    PlaceUnknown,
    Poison,
    TopicAbsent,
    TopicName,
)
from zhengtong.kernel import errors

pytestmark = pytest.mark.both_databases
PATIENT_S = 100


def until(true, *, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def all_read(broker, topic):
    return [one for partition, ends in broker.ends(topic).items() for one in broker.read(partition, ends.first, 10_000)]


def test_a_message_is_read_as_it_was_appended(broker, topic):
    sent = [
        Message("中文".encode(), b"k", {"来源": "民政", "a": "b"}),
        Message(None, b"gone"),
        Message(b"", b"empty"),
        Message(bytes(range(256))),
    ]
    broker.append(topic, sent)
    found = {one.key: one for one in all_read(broker, topic)}
    assert {(one.value, one.key) for one in found.values()} == {(one.value, one.key) for one in sent}
    assert found[b"k"].headers == {"来源": "民政", "a": "b"}
    assert found[b"gone"].headers == {}
    assert found[b"k"].at.tzinfo is not None


def test_a_key_always_has_one_partition_and_offsets_are_without_gaps(broker, topic):
    for start in range(0, 200, 40):
        broker.append(topic, numbered(200)[start : start + 40])
    found = all_read(broker, topic)
    lanes = {(one.key, one.partition) for one in found}
    assert len(lanes) == len({key for key, _ in lanes}) == 5
    for partition, ends in broker.ends(topic).items():
        assert [one.offset for one in found if one.partition == partition] == list(range(ends.first, ends.next))


def test_reading_from_an_offset_begins_there_and_keeps_to_the_limit(broker, topic):
    broker.append(topic, [Message(str(n).encode(), b"k") for n in range(30)])
    partition = next(one for one, ends in broker.ends(topic).items() if ends.next)
    assert [int(one.value) for one in broker.read(partition, 7, 5)] == [7, 8, 9, 10, 11]
    assert [int(one.value) for one in broker.read(partition, 28, 5)] == [28, 29]
    assert broker.read(partition, 30, 5) == []


def test_making_a_topic_twice_keeps_its_messages(broker, topic):
    broker.append(topic, numbered(3))
    broker.create_topic(topic, partitions=9)
    assert len(broker.ends(topic)) == 4
    assert len(all_read(broker, topic)) == 3


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "数据", "a b", "x" * 241])
def test_a_topic_name_that_not_every_engine_knows_is_refused(broker, name):
    with pytest.raises(TopicName):
        broker.create_topic(name)


def test_an_absent_topic_is_told_without_waiting_for_it(open_with):
    broker, began = open_with(timeout_s=PATIENT_S), time.monotonic()
    for use in (
        lambda: broker.append("test.nowhere", numbered(1)),
        lambda: broker.ends("test.nowhere"),
        lambda: broker.read(Partition("test.nowhere", 0), 0, 1),
        lambda: broker.consumer("g", ["test.nowhere"], leave).drain(),
    ):
        with pytest.raises(TopicAbsent, match="test.nowhere"):
            use()
    assert time.monotonic() - began < PATIENT_S


def test_a_message_that_is_too_large_is_refused_and_none_is_kept(broker, topic):
    with pytest.raises(MessageTooLarge, match="1000000"):
        broker.append(topic, [*numbered(3), Message(b"x" * 1_000_001)])
    assert all_read(broker, topic) == []
    broker.append(topic, [Message(b"x" * 1_000_000)])
    assert len(all_read(broker, topic)) == 1


def test_each_message_takes_effect_once_and_in_order(broker, topic, database):
    broker.append(topic, numbered(300))
    assert broker.consumer("g", [topic], leave).drain() == 300
    assert broker.consumer("g", [topic], leave).drain() == 0
    assert sorted(words(database)) == sorted(f"word {n}" for n in range(300))
    assert in_order(effects(database))
    with database.read() as session:
        places = broker.places(session, "g")
    assert places == {partition: ends.next for partition, ends in broker.ends(topic).items()}


def test_groups_read_at_their_own_pace_and_a_late_one_from_where_it_says(broker, topic, database):
    broker.append(topic, numbered(20))
    broker.consumer("first", [topic], lambda s, m: leave(s, m, "first")).drain()
    new = broker.consumer("new", [topic], lambda s, m: leave(s, m, "new"), start="latest")
    assert new.drain() == 0
    broker.append(topic, numbered(10))
    assert new.drain() == 10
    broker.consumer("late", [topic], lambda s, m: leave(s, m, "late")).drain()
    assert Counter(one.by for one in effects(database)) == {"first": 20, "new": 10, "late": 30}


def test_effects_and_place_are_one_transaction(broker, topic, database):
    broker.append(topic, numbered(40, keys=1))
    failed = []

    def fail_once(session, messages):
        leave(session, messages)
        session.flush()
        if len(failed) < 2:
            failed.append(len(messages))
            raise RuntimeError("after the effect")

    assert broker.consumer("g", [topic], fail_once).drain(idle_s=2) == 40
    assert failed == [40, 1]
    assert words(database) == [f"word {n}" for n in range(40)]


def test_what_cannot_be_handled_is_laid_aside_and_the_next_pass(broker, topic, database):
    broker.append(topic, numbered(60, keys=3))
    calls = Counter()

    def handle(session, messages):
        leave(session, messages)
        for one in messages:
            if one.value in (b"word 7", b"word 11") and len(messages) == 1:
                calls[one.value] += 1
            if one.value == b"word 7":
                raise Poison("no such department")
            if one.value == b"word 11":
                raise ValueError("a fault of ours, perhaps")

    broker.consumer("g", [topic], handle).drain(idle_s=2)
    assert calls == {b"word 7": 1, b"word 11": 3}
    assert sorted(words(database)) == sorted(f"word {n}" for n in range(60) if n not in (7, 11))
    assert in_order(effects(database))
    letters = {one.value: one for one in all_read(broker, topic + DEAD)}
    assert set(letters) == {b"word 7", b"word 11"}
    assert letters[b"word 7"].key == b"key 1"
    assert letters[b"word 7"].headers["zt-error"] == "Poison: no such department"
    assert letters[b"word 7"].headers["zt-group"] == "g"
    origin = letters[b"word 11"].headers["zt-origin"].split("/")
    assert broker.read(Partition(origin[0], int(origin[1])), int(origin[2]), 1)[0].value == b"word 11"
    assert broker.consumer("mended", [topic + DEAD], leave).drain() == 2


def test_what_passes_by_itself_is_tried_until_it_does_and_others_go_on(broker, topic, database):
    broker.append(topic, numbered(20, keys=10))
    tries = Counter()

    def handle(session, messages):
        leave(session, messages)
        if any(one.key == b"key 3" for one in messages):
            tries["key 3"] += 1
            if tries["key 3"] <= 4:  # more than the settings allow a poisonous one
                raise errors.Unavailable
        tries["others before"] += tries["key 3"] < 4

    broker.consumer("g", [topic], handle).drain(idle_s=2)
    assert sorted(words(database)) == sorted(f"word {n}" for n in range(20))
    assert tries["others before"] >= 1
    with pytest.raises(TopicAbsent):
        broker.ends(topic + DEAD)


def test_a_running_consumer_follows_a_replay_back_and_forth(broker, topic, database):
    broker.append(topic, [Message(f"word {n}".encode(), b"k") for n in range(30)])
    partition = next(one for one, ends in broker.ends(topic).items() if ends.next)
    with pytest.raises(PlaceUnknown), database.write() as session:
        broker.replay(session, "g", partition, 0)
    with running(broker.consumer("g", [topic], leave)) as failures:
        until(lambda: len(effects(database)) == 30)
        with database.write() as session:
            broker.replay(session, "g", partition, 25)
        until(lambda: len(effects(database)) == 35)
        broker.append(topic, [Message(b"word 30", b"k")])
        until(lambda: len(effects(database)) == 36)
    assert not failures
    assert words(database)[30:] == [f"word {n}" for n in range(25, 31)]


def test_a_place_that_the_topic_does_not_hold_stops_the_consumer(broker, topic, database):
    broker.append(topic, numbered(10))
    partition = next(iter(broker.ends(topic)))
    with running(broker.consumer("g", [topic], leave)) as failures:
        until(lambda: len(effects(database)) == 10 and partition in _places(broker, database), seconds=90)
    assert not failures
    with database.write() as session:
        broker.replay(session, "g", partition, 4_000)
    with running(broker.consumer("g", [topic], leave)) as failures:
        until(lambda: failures, seconds=90)
    assert isinstance(failures[0], MessagesGone)
    assert "4000" in str(failures[0])
    assert len(effects(database)) == 10


def _places(broker, database):
    with database.read() as session:
        return broker.places(session, "g")


def test_three_consumers_of_a_group_share_the_partitions(broker, topic, database):
    def slowly(name):
        def handle(session, messages):
            leave(session, messages, name)
            time.sleep(0.01)

        return broker.consumer("g", [topic], handle)

    with running(*(slowly(name) for name in "abc")) as failures:
        for start in range(0, 4_000, 200):
            broker.append(
                topic, [Message(f"word {n}".encode(), f"key {n % 16}".encode()) for n in range(start, start + 200)]
            )
            time.sleep(0.25 if start < 3_000 else 0)
        until(lambda: len(effects(database)) >= 4_000)
    found = effects(database)
    assert not failures
    assert Counter(one.word for one in found) == {f"word {n}": 1 for n in range(4_000)}
    assert in_order(found)
    assert {one.by for one in found} == {"a", "b", "c"}


def test_two_who_believe_in_one_partition_cannot_both_succeed(broker, topic, database):
    """One has taken messages and lingers; another commits them first."""
    broker.append(topic, [Message(f"word {n}".encode(), b"k") for n in range(10)])
    lingers = broker.consumer("g", [topic], lambda s, m: leave(s, m, "lingers"))
    taken = broker.subscribe("g", [topic], lingers._start_at)
    messages = []
    until(lambda: messages.extend(taken.take(50, 0.2)) or messages)
    partition = messages[0].partition
    with database.write() as session:
        broker.replay(session, "g", partition, 6)
        session.add_all(Effect(partition=0, offset=n, key="k", word=f"word {n}", by="other") for n in range(6))
    assert lingers._settle(taken, partition, messages) == 0
    until(lambda: lingers._turn(taken, 0.2))
    taken.close()
    assert [(one.word, one.by) for one in effects(database)] == [
        (f"word {n}", "other" if n < 6 else "lingers") for n in range(10)
    ]
