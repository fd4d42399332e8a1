"""The one clock. Read it in routes and jobs; everywhere else `now` is an argument."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

_read: list[Callable[[], datetime]] = [lambda: datetime.now(UTC)]
_ahead = [timedelta()]


def now() -> datetime:
    """This moment, aware, in UTC, to the microsecond."""
    return _read[-1]() + _ahead[0]


def outside(at: datetime) -> datetime:
    """What the clocks outside show when this one shows `at`: for what others sign or type by their own, such as one-time codes."""
    return at - _ahead[0]


def be_ahead(by: timedelta) -> None:
    """This will have the clock be `by` ahead of those outside; in a demo only (decision 0024), and never back."""
    _ahead[0] = by


def fixed(at: datetime) -> AbstractContextManager[None]:
    """Within the block the clock stands still at `at` (aware)."""
    if at.tzinfo is None:
        raise ValueError("a fixed clock needs an aware time")
    return running(lambda: at.astimezone(UTC))


@contextmanager
def running(read: Callable[[], datetime]) -> Iterator[None]:
    """Within the block `read()` is the clock (a test's steps)."""
    _read.append(read)
    try:
        yield
    finally:
        _read.remove(read)
