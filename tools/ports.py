"""Ports for the servers that the tools start. Standard library only."""

import secrets
import socket
import threading

PORTS = range(20_000, 32_000)
_given: set[int] = set()
_giving = threading.Lock()


def free(many: int) -> list[int]:
    """As many ports that nobody has now and that were not given here before (servers that start side by side listen only later), below
    those that the system gives to whoever connects: a stopped server finds its own again."""
    found: list[int] = []
    with _giving:
        while len(found) < many:
            port = secrets.choice(PORTS)
            if port not in _given and is_free(port):
                _given.add(port)
                found.append(port)
    return found


def is_free(port: int) -> bool:
    """True when nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
