"""The front's server: uvicorn speaks HTTP, under it our TLS."""

import asyncio
import signal
from contextlib import closing
from typing import Any

import uvicorn
from OpenSSL import SSL
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from zhengtong.cli import words
from zhengtong.cli.errors import SmtlsCertificate
from zhengtong.cli.serving import GRACE_S, SIGNALS, bound
from zhengtong.cli.smtls.asked import Asked
from zhengtong.cli.smtls.forwarding import Forwarder
from zhengtong.cli.smtls.tls import TlsProtocol, server_context
from zhengtong.kernel.settings import Kernel


def serve(asked: Asked) -> None:
    """This will forward until SIGINT or SIGTERM. Raises SmtlsCertificate, PortTaken, AddressRefused."""
    try:
        context = server_context(asked)
    except (SSL.Error, OSError, ValueError) as failure:
        raise SmtlsCertificate(key=asked.key, chain=asked.chain, reason=_reason(failure)) from failure
    listening = bound(Kernel.model_validate({"host": asked.host, "port": asked.port}))
    config = uvicorn.Config(
        Forwarder(asked),
        http=_protocol(context),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=asked.connections,
        timeout_keep_alive=asked.idle_s,
        timeout_graceful_shutdown=GRACE_S,
    )
    for number in SIGNALS:  # uvicorn raises the signal again once it has stopped; by then there is nothing left to stop
        signal.signal(number, lambda *_: None)
    with closing(listening):
        _Server(config, asked).run(sockets=[listening])
    words.tell("已停止。", "Stopped.")


def _protocol(context: SSL.Context) -> type[asyncio.Protocol]:
    """uvicorn makes one of these a connection."""

    class Connection(TlsProtocol):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(context, lambda: HttpToolsProtocol(*given, **named))

    return Connection


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, asked: Asked) -> None:
        super().__init__(config)
        self._asked = asked

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            here, there = f"{self._asked.host}:{self._asked.port}", f"{self._asked.to_host}:{self._asked.to_port}"
            words.tell(
                f"国密 TLS 入口 {here} → {there}（RFC 8998）；Ctrl-C 停止。",
                f"国密 TLS front {here} → {there} (RFC 8998); Ctrl-C stops.",
            )


def _reason(failure: Exception) -> str:
    if isinstance(failure, SSL.Error) and failure.args and failure.args[0]:
        return "; ".join(str(part[-1]) for part in failure.args[0])
    return str(failure) or type(failure).__name__
