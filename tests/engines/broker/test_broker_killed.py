"""Consumers and brokers killed in the middle: nothing acknowledged is lost, nothing takes effect twice."""

import random
import threading
import time
from collections import Counter

import pytest

from tests.births import births
from tests.engines.broker.conftest import KAFKA, running
from tests.engines.broker.effects import counted, effects, in_order, leave
from tests.engines.broker.reader import read
from tests.engines.broker.test_broker_spec import until
from tools import kafka
from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerAway, BrokerSettings, Message
from zhengtong.kernel.logs import get

log = get("test")


def read_and_die(url, engine, topic, after_s):
    """A consumer process that is killed `after_s` after its first batch."""
    hearing, telling = births.Pipe(duplex=False)
    child = births.Process(target=read, args=(url, engine, KAFKA, topic, telling), daemon=True)
    child.start()
    telling.close()
    hearing.recv()
    time.sleep(after_s)
    child.kill()
    child.join()
    hearing.close()


def until_all(database, many):
    """Waits as long as it goes on, however slowly; a minute without any progress fails."""
    while (here := counted(database)) < many:
        until(lambda here=here: counted(database) > here, seconds=60)


def check_killed(broker, topic, database, engine, kills):
    dice = random.Random(kills)
    url = database.url.render_as_string(hide_password=False)
    many = 1_500 * kills
    for n in range(0, many, 500):
        broker.append(topic, [Message(f"word {one}".encode(), f"key {one % 9}".encode()) for one in range(n, n + 500)])
    for _ in range(kills):
        read_and_die(url, engine, topic, dice.uniform(0.0, 0.3))
    assert 0 < counted(database) < many, "the kills came too late to prove anything"
    with running(broker.consumer("g", [topic], leave)) as failures:
        until_all(database, many)
    found = effects(database)
    assert not failures
    assert Counter((one.partition, one.offset) for one in found).most_common(1)[0][1] == 1
    assert {one.word for one in found} == {f"word {n}" for n in range(many)}
    assert in_order(found)


@pytest.mark.soak
@pytest.mark.timeout(2400)
def test_a_consumer_killed_twenty_times_loses_nothing_and_repeats_nothing(broker, topic, database, engine):
    check_killed(broker, topic, database, engine, 20)


@pytest.fixture
def own_kafka(tmp_path):
    """A broker of this test's own, to be killed."""
    if not KAFKA:
        pytest.skip("no Kafka here: run `make engines`")
    home = tmp_path / "kafka"
    kafka.start(home)
    yield home
    kafka.remove(home)


class Teller(threading.Thread):
    """Appends numbered messages, ten at a time, and remembers what was acknowledged; what failed it tells again."""

    def __init__(self, broker, topic):
        super().__init__(daemon=True)
        self.broker, self.topic, self.stop, self.acknowledged, self.again = broker, topic, threading.Event(), 0, 0

    def run(self):
        while not self.stop.wait(0.005):
            numbers = range(self.acknowledged, self.acknowledged + 10)
            try:
                self.broker.append(
                    self.topic, [Message(f"word {n}".encode(), f"key {n % 5}".encode()) for n in numbers]
                )
            except BrokerAway as away:
                log.info("told again", reason=str(away))
                self.again += 1
            else:
                self.acknowledged += 10


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_broker_killed_and_restarted_loses_nothing_and_nothing_is_done_twice(own_kafka, here):
    database, bell = here
    chosen = BrokerSettings(engine="kafka", servers=kafka.address(own_kafka), security="plaintext", timeout_s=60)
    broker = open_broker(chosen, database, bell)
    broker.create_topic("told")
    teller = Teller(broker, "told")
    teller.start()
    with running(broker.consumer("g", ["told"], leave)) as failures:
        for kill in (True, False):
            here = counted(database)
            until(lambda here=here: counted(database) > here + 100, seconds=120)
            kafka.stop(own_kafka, kill=kill)
            acknowledged = teller.acknowledged
            time.sleep(1)
            assert teller.acknowledged <= acknowledged + 10  # what was under way may still have been told
            kafka.start(own_kafka)
            until(lambda acknowledged=acknowledged: teller.acknowledged > acknowledged + 100, seconds=60)
        teller.stop.set()
        teller.join()
        until(lambda: {one.word for one in effects(database)} >= {f"word {n}" for n in range(teller.acknowledged)})
    found = effects(database)
    broker.close()
    assert not failures
    assert Counter((one.partition, one.offset) for one in found).most_common(1)[0][1] == 1
    assert len(found) <= teller.acknowledged + 10 * teller.again, "only what was told again may be there again"
    if not teller.again:
        assert in_order(found)
