"""The broker under test: in our own tables, and in a real Kafka where there is one; each over each database."""

import os
import shutil
import threading
from contextlib import contextmanager

import pytest

from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerSettings, Message
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.wake import Wake

KAFKA = os.environ.get("ZT_TEST_KAFKA", "")


def settings_of(engine, **more):
    given = {"batch": 50, "tries": 3, **more}
    if engine == "kafka":
        given = {"engine": "kafka", "servers": KAFKA, "security": "plaintext", "timeout_s": 20, **given}
    return BrokerSettings(**given)


def numbered(count, keys=5):
    return [Message(f"word {number}".encode(), f"key {number % keys}".encode()) for number in range(count)]


@contextmanager
def running(*consumers):
    """The consumers, each in a thread of its own; what one raises is raised here at the end."""
    stop, failures = threading.Event(), []

    def run(consumer):
        try:
            consumer.run(stop)
        except Exception as failure:  # noqa: BLE001 - shown at the end
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(consumer,), daemon=True) for consumer in consumers]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        stop.set()
        for thread in threads:
            thread.join(15)
    assert not any(thread.is_alive() for thread in threads)


@pytest.fixture(params=["in_process", "kafka"])
def engine(request):
    if request.param == "kafka" and not KAFKA:
        pytest.skip("no Kafka here: run `make engines`")
    return request.param


@pytest.fixture
def bell(database):
    bell = Wake(database)
    bell.start()
    yield bell
    bell.stop()


@pytest.fixture
def open_with(engine, database, bell):
    """`open_with(tries=1)`: the broker with other settings."""
    opened = []

    def make(**more):
        opened.append(open_broker(settings_of(engine, **more), database, bell))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def broker(open_with):
    return open_with()


@pytest.fixture
def topic(broker):
    """A topic of this test's own, with four partitions."""
    name = f"test.{new_id().hex}"
    broker.create_topic(name, partitions=4)
    return name


@pytest.fixture
def here(sqlite_template, tmp_path):
    """A SQLite database and its bell, for what does not depend on the database."""
    shutil.copy(sqlite_template, tmp_path / "here.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'here.sqlite'}")
    yield database, Wake(database)
    database.close()
