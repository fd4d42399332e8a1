"""Ports for the servers that the tools start. Standard library only."""

import contextlib
import secrets
import socket

PORTS = range(20_000, 32_000)


def free(many: int) -> list[int]:
    """As many ports that nobody has now, below those that the system gives to whoever connects: a stopped server finds its own again."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < many:
            port = secrets.randbelow(PORTS.stop - PORTS.start) + PORTS.start
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
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
