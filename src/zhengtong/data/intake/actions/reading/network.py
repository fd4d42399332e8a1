"""Who may be called: a name is resolved once, its addresses are checked, and the checked address is the one connected to."""

import ipaddress
import socket
import ssl
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore
import httpx

from zhengtong.data.intake import errors
from zhengtong.data.intake.rules import addresses


def resolved(host: str, port: int, allowed: Sequence[str]) -> str:
    """An address of the host that may be called. Raises SourceAddressRefused, SourceAway."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise errors.SourceAway(why=f"{host}: {failure}") from failure
    known = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not known or any(addresses.is_refused(address, allowed) for address in known):
        raise errors.SourceAddressRefused(host=host)
    return next((one for one in known if ipaddress.ip_address(one.partition("%")[0]).version == 4), known[0])


class _Guarded(httpcore.SyncBackend):
    """Connects to checked addresses only, so that a name cannot change its meaning between the look and the call."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = resolved(host, port, self._allowed)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise errors.SourceAddressRefused(host=path)


class _Transport(httpx.HTTPTransport):
    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_Guarded(allowed), max_connections=2
        )


def opened(allowed: Sequence[str], *, timeout_s: float) -> httpx.Client:
    """A client that follows no redirects, uses no proxy of the environment, and calls only what may be called."""
    return httpx.Client(
        transport=_Transport(allowed),
        timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 10)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "zhengtong-intake"},
    )
