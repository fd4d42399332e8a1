"""Work that goes on in a thread of its own beside what a command does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDS_WITHIN_S = 10


@contextmanager
def going(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Within the block `work` goes on; the event it is given says when to stop, and leaving waits for it."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(ENDS_WITHIN_S)
