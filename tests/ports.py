"""Ports for the servers that the tests start.

They lie below those that the system gives to outgoing connections, a thousand for each worker: a port asked of the
system and given back may be somebody else's by the time the server starts.
"""

import itertools
import os
import socket

FIRST, EACH, WORKERS = 20_000, 1_000, 12
_OURS = FIRST + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS * EACH
_NUMBERS = itertools.count(os.getpid())


def free_port() -> int:
    """A port that nobody listens on, and that was not given before."""
    for number in _NUMBERS:
        port = _OURS + number % EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("unreachable: the numbers never end")
