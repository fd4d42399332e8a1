"""Cities that work on their intake until the test kills them. The program loads all that is heavy once; for each line `URL FOLDER` it is
given it makes a process of its own that opens the city and works, says its number, and `done` once nothing is left to do."""

import os
import signal
import sys
import threading
from pathlib import Path

import deltalake  # noqa: F401
import duckdb  # noqa: F401
import ibis.backends.duckdb  # noqa: F401
import pyarrow.compute
import pyarrow.csv  # noqa: F401
from sqlalchemy import select

from tests.data.intake import place
from tests.orphans import end_with_the_test
from zhengtong.data import intake
from zhengtong.data.intake.rules import UNFINISHED
from zhengtong.kernel import jobs

SETTINGS = {"batch_rows": 300, "slice_s": 0.5, "retry_s": 0.1}


def main() -> None:
    end_with_the_test()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        url, folder = line.split()
        if os.fork() == 0:
            work(url, Path(folder))
            os._exit(0)


def work(url: str, folder: Path) -> None:
    city = place.open_city(url, folder, **SETTINGS)
    city.workers.lease = jobs.queue.LEASE / 30
    city.start()
    print(os.getpid(), flush=True)
    pause = threading.Event()
    while not is_over(city):
        pause.wait(0.05)
    print("done", flush=True)


def is_over(city) -> bool:
    with city.database.read() as session:
        return session.scalar(select(intake.Run.id).where(intake.Run.state.in_(UNFINISHED)).limit(1)) is None


if __name__ == "__main__":
    main()
