"""A process that consumes a topic into effects until the test kills it."""

import threading
from multiprocessing.connection import Connection

from tests.engines.broker.effects import leave
from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerSettings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake


def read(url: str, engine: str, servers: str, topic: str, telling: Connection) -> None:
    """Consumes until it dies; tells the last offset of each batch."""
    database = Database(url)
    bell = Wake(database)
    bell.start()
    chosen = BrokerSettings(engine=engine, servers=servers, security="plaintext", batch=20)

    def handle(session, messages):
        leave(session, messages)
        session.flush()
        telling.send(messages[-1].offset)

    open_broker(chosen, database, bell).consumer("g", [topic], handle).run(threading.Event())
