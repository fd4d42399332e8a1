"""Programs that fork processes to be killed. They end with their test, and all that they forked, however the test ends:

a process left over would go on working, and take the work of the tests that come after it.
"""

import os
import select
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def nursery(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """The program, begun; at the end of the block it is killed with all that it forked."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, **options
    ) as program:
        try:
            yield program
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)


def end_with_the_test() -> None:
    """To be called by such a program: when nobody holds its input any more (the tests themselves were killed), all ends."""
    assert os.getpid() == os.getpgrp(), "it leads no group of its own"
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    held = select.poll()
    held.register(0, 0)  # nothing but the hanging up
    held.poll()
    os.killpg(os.getpgrp(), signal.SIGKILL)
