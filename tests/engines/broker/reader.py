"""A small program that consumes a topic into effects until it is killed: `python -m tests.engines.broker.reader URL ENGINE SERVERS TOPIC`."""

import sys
import threading

from tests.engines.broker.effects import leave
from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerSettings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake


def main(url, engine, servers, topic):
    database = Database(url)
    bell = Wake(database)
    bell.start()
    chosen = BrokerSettings(engine=engine, servers=servers, security="plaintext", batch=20)

    def handle(session, messages):
        leave(session, messages)
        session.flush()
        print(messages[-1].offset, flush=True)

    open_broker(chosen, database, bell).consumer("g", [topic], handle).run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
