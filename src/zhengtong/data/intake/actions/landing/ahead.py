"""Work ahead in a thread: the next thing is being made while the last one is used."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Runs an iterator in one thread of its own, one thing ahead; what it raises is raised in `next`. `close` closes it there."""

    def __init__(self, things: Iterator[T]) -> None:
        self._things = things
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="intake-ahead")
        self._coming: Future[T | None] = self._ask()

    def ready(self, timeout_s: float) -> bool:
        """True once the next thing, the end or a failure is there."""
        return bool(wait([self._coming], timeout_s).done)

    def next(self) -> T | None:
        """The next thing, waiting for it; None at the end."""
        found = self._coming.result()
        if found is not None:
            self._coming = self._ask()
        return found

    def __iter__(self) -> Iterator[T]:
        while (found := self.next()) is not None:
            yield found

    def close(self) -> None:
        """This will end the iterator, in its thread, and wait for that."""
        close = getattr(self._things, "close", None)
        if close:
            self._pool.submit(close).result()
        self._pool.shutdown()

    def _ask(self) -> "Future[T | None]":
        return self._pool.submit(next, self._things, None)
