"""A consumer whose handler is slow, for two seconds; says by how many MB the process grew:
`python -m tests.engines.broker.greedy URL ENGINE SERVERS TOPIC BUFFER_KB`."""

import resource
import sys
import threading
import time

from zhengtong.engines import open_broker
from zhengtong.engines.broker import BrokerSettings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(url, engine, servers, topic, buffer_kb):
    database = Database(url)
    chosen = BrokerSettings(engine=engine, servers=servers, security="plaintext", batch=20, buffer_kb=int(buffer_kb))
    broker = open_broker(chosen, database, Wake(database))
    stop, begun = threading.Event(), []

    def handle(session, messages):
        begun.append(begun[0] if begun else (time.monotonic(), peak_mb()))
        time.sleep(0.05)
        if time.monotonic() - begun[0][0] > 4:
            stop.set()

    broker.consumer("slow", [topic], handle).run(stop)
    print(round(peak_mb() - begun[0][1]), len(begun))


if __name__ == "__main__":
    main(*sys.argv[1:])
