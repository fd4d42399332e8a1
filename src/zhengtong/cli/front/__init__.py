"""The city's front, a process of its own that the server starts and watches: while it accepts the connections the server does not; where it
is gone the server accepts them again, and starts another (ADR 0026)."""

import asyncio
import pickle
import socket
import subprocess
import sys
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any

import uvicorn

from zhengtong import app
from zhengtong.cli.front.given import Given
from zhengtong.kernel import logs
from zhengtong.sharing import gateway
from zhengtong.sharing.gateway import front

STARTS_WITHIN_S, STOPS_WITHIN_S = 30.0, 5.0
AGAIN_S = (1.0, 5.0, 30.0)
"""How long is waited before another is started: after the first end, the second, and each later one; one that has lived LIVED_S was sound."""
LIVED_S = 60.0
log = logs.get("front")


class Keeper:
    """One a server. `open` once that answers; `close` before it stops."""

    def __init__(self, door: gateway.Door, listening: socket.socket, city: app.City) -> None:
        self._door, self._listening, self._open = door, listening.dup(), city
        self._ended, self._ready_at, self._closing = 0, 0.0, False
        self._process: subprocess.Popen[bytes] | None = None
        self._taker: front.hands.Taker | None = None
        self._city: asyncio.WriteTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, server: uvicorn.Server) -> None:
        """This will start the front and wait until it accepts; where it does not, the server goes on as it is, and another is started."""
        self._server, self._loop = server, asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        if not await self._start():
            return
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), STARTS_WITHIN_S)
        except TimeoutError:
            log.warning("front.slow", waited_s=STARTS_WITHIN_S)

    async def close(self) -> None:
        """This will have what waits answered, and the front end."""
        self._closing = True
        if self._city and not self._city.is_closing():
            self._city.write(front.wire.frame(front.wire.STOP))
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, STOPS_WITHIN_S)
            self._process.kill()
            self._process.wait()
        self._listening.close()

    async def _start(self) -> bool:
        """This will start a process; False, and another try later, where the machine has none to give."""
        try:
            await self._begin()
        except OSError:
            log.exception("front.not_started")
            self._process = None
            self.gone()
            return False
        return True

    async def _begin(self) -> None:
        (told, theirs), (taken, given) = socket.socketpair(), front.hands.pair()
        descriptors = [one.fileno() for one in (self._listening, theirs, given)]
        command = [sys.executable, "-m", "zhengtong.cli.front", *map(str, descriptors)]
        with theirs, given:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=descriptors)  # noqa: S603 - our own program
        assert self._process.stdin is not None
        with self._process.stdin as told_first, suppress(BrokenPipeError):
            told_first.write(pickle.dumps(Given(self._open.settings, self._open.gateway.began)))
        self._taker = front.hands.Taker(taken, self._handed)
        await self._loop.create_unix_connection(lambda: _Wire(self), sock=told)

    def met(self, city: asyncio.WriteTransport) -> front.Desk:
        self._city = city
        return front.Desk(self._door, city.write, lambda: self._server.server_state.default_headers)

    def ready(self) -> None:
        """The front accepts; the server need not any more."""
        for one in self._server.servers:
            one.close()
        self._server.servers.clear()
        self._ready_at = self._loop.time()
        if not self._ready.done():
            self._ready.set_result(None)

    def gone(self) -> None:
        """The front has ended: the server accepts again, and another is started."""
        if self._taker:
            self._taker.close()
            self._taker = None
        if not self._ready.done():
            self._ready.set_result(None)
        if self._closing:
            return
        if self._ready_at and self._loop.time() - self._ready_at > LIVED_S:
            self._ended = 0
        wait, self._ended, self._ready_at = AGAIN_S[min(self._ended, len(AGAIN_S) - 1)], self._ended + 1, 0.0
        log.error("front.ended", again_in_s=wait)
        self._beside(self._again(wait))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _again(self, wait: float) -> None:
        if not self._server.servers:
            one = await self._loop.create_server(self._protocol, sock=self._listening.dup())
            self._server.servers.append(one)
        process = self._process
        if process:
            await asyncio.to_thread(process.wait)
        await asyncio.sleep(wait)
        if not self._closing:
            await self._start()

    def _protocol(self, came: bytes = b"") -> asyncio.Protocol:
        """What the server would make for a connection; `came`: what it has said already."""
        server, config = self._server, self._server.config
        kind: Any = config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=config, server_state=server.server_state, app_state=server.lifespan.state, _loop=self._loop
        )
        if came:
            begin = made.connection_made

            def connection_made(transport: asyncio.BaseTransport) -> None:
                begin(transport)
                made.data_received(came)

            made.connection_made = connection_made  # type: ignore[method-assign]
        return made

    def _handed(self, connection: socket.socket, came: bytes) -> None:
        connection.setblocking(False)
        taking = self._loop.connect_accepted_socket(lambda: self._protocol(came), connection)
        self._beside(_quietly(taking))


class _Wire(asyncio.Protocol):
    """What the front tells."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._frames = keeper, front.wire.Frames()

    def connection_made(self, transport: Any) -> None:
        self._desk = self._keeper.met(transport)

    def data_received(self, data: bytes) -> None:
        for kind, told in self._frames.feed(data):
            if kind == front.wire.CALL:
                self._desk.call(front.wire.read_call(told))
            elif kind == front.wire.READY:
                self._keeper.ready()

    def connection_lost(self, _: Exception | None) -> None:
        self._keeper.gone()


async def _quietly(taking: Awaitable[Any]) -> None:
    with suppress(OSError):  # the caller has gone meanwhile
        await taking
