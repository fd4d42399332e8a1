"""Serving the city until a signal comes: the socket first, so that a taken port is one sentence and not a stack."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing

import uvicorn

from zhengtong import app
from zhengtong.cli import words
from zhengtong.cli.errors import AddressRefused, PortTaken
from zhengtong.cli.front import Keeper
from zhengtong.cli.front.given import COLLECTED_AFTER
from zhengtong.kernel.settings import Kernel
from zhengtong.sharing import gateway

GRACE_S = 5
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def bound(kernel: Kernel) -> socket.socket:
    """A socket bound to the address of the settings. Raises PortTaken or AddressRefused."""
    family = socket.AF_INET6 if ":" in kernel.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((kernel.host, kernel.port))
        found.listen(2048)
    except OSError as failure:
        found.close()
        if failure.errno == errno.EADDRINUSE:
            raise PortTaken(port=kernel.port, other=kernel.port + 1) from failure
        raise AddressRefused(host=kernel.host, port=kernel.port, reason=failure.strerror) from failure
    return found


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(city: app.City, listening: socket.socket, *, ready: Callable[[], None]) -> None:
    """This will answer requests and work the jobs until SIGINT or SIGTERM; `ready` is called once it answers."""
    door = _door(city)
    config = uvicorn.Config(
        door or app.create_app(city),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=not city.settings.kernel.demo,
        timeout_graceful_shutdown=GRACE_S,
        ws="none",
    )
    fronted = city.settings.of(gateway.GatewaySettings).front and sys.platform == "linux"
    keeper = Keeper(door, listening, city) if door and fronted else None
    server = _Server(config, ready, city.wake.stop, keeper)
    previous = {number: signal.signal(number, _ignored) for number in SIGNALS}
    try:
        with closing(listening):
            server.run(sockets=[listening])
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if not server.started:
        raise RuntimeError("the server did not start; the lines above say why")
    words.tell("已停止。", "Stopped.")


def _door(city: app.City) -> gateway.Door | None:
    """What takes governed calls before the city's app sees them, for each microsecond counts there; not in a demo, which shows its own
    date, nor where each request is traced."""
    if city.settings.kernel.demo or city.settings.kernel.telemetry_url:
        return None
    return gateway.Door(app.create_app(city), gateway=lambda: city.gateway)


def work(city: app.City) -> None:
    """This will work the jobs, without answering requests, until SIGINT or SIGTERM."""
    asyncio.run(_until_signal(city))
    words.tell("已停止。", "Stopped.")


async def _until_signal(city: app.City) -> None:
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    city.start()
    await stop.wait()


def _ignored(number: int, _: object) -> None:
    """uvicorn raises the signal again after it has stopped; by then there is nothing left to stop."""


class _Server(uvicorn.Server):
    """`stopping` is called before the connections are waited for, so that open streams say goodbye at once."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        stopping: Callable[[], None],
        keeper: Keeper | None,
    ) -> None:
        super().__init__(config)
        self._ready, self._stopping, self._keeper = ready, stopping, keeper

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        gc.freeze()  # what the city has read to open stays, too
        gc.set_threshold(*COLLECTED_AFTER)
        if self.started:
            if self._keeper:
                await self._keeper.open(self)
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._keeper:
            await self._keeper.close()
        await asyncio.to_thread(self._stopping)
        await super().shutdown(sockets=sockets)
