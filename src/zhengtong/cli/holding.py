"""One process serves one SQLite: a lock file in the data folder that says which. PostgreSQL needs none."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhengtong.cli.errors import DataInUse
from zhengtong.kernel.settings import Kernel

LOCK = "serving.lock"


def is_sqlite(kernel: Kernel) -> bool:
    """True when the database is a SQLite file."""
    return kernel.database_url.startswith("sqlite")


@contextmanager
def alone(kernel: Kernel) -> Iterator[None]:
    """Within the block this process alone holds the data. Raises DataInUse naming who holds them."""
    if not is_sqlite(kernel):
        yield
        return
    path = kernel.data / LOCK
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataInUse(holder=holder(kernel.data) or path) from None
        file.truncate(0)
        json.dump({"pid": os.getpid(), "address": kernel.address}, file)
        file.flush()
        yield
        file.truncate(0)


def holder(data: Path) -> str:
    """Who holds the data now, in words; empty when nobody does."""
    path = data / LOCK
    if not path.exists():
        return ""
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            told = file.read()
        else:
            return ""
    found = json.loads(told) if told else {}
    return f"pid {found.get('pid', '?')}, {found.get('address', '?')}"
