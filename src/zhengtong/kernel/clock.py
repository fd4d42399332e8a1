"""The one clock. Read it in routes and jobs; everywhere else `now` is an argument."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_read: list[Callable[[], datetime]] = [lambda: datetime.now(UTC)]


def now() -> datetime:
    """This moment, aware, in UTC, to the microsecond."""
    return _read[-1]()


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Within the block the clock stands still at `at` (aware)."""
    if at.tzinfo is None:
        raise ValueError("a fixed clock needs an aware time")
    with running(lambda: at.astimezone(UTC)):
        yield


@contextmanager
def running(read: Callable[[], datetime]) -> Iterator[None]:
    """Within the block `read()` is the clock (a demo's faster day, a test's steps)."""
    _read.append(read)
    try:
        yield
    finally:
        _read.remove(read)


def seconds(count: float) -> timedelta:
    """A span of `count` seconds."""
    return timedelta(seconds=count)
