"""`python -m zhengtong.cli.front LISTENING WIRE HANDS`: the front of a city, which starts it, gives it three descriptors, and
tells it the settings over its standard input."""

import asyncio
import gc
import pickle
import signal
import socket
import sys
from typing import Any

import uvloop

from zhengtong import app
from zhengtong.cli.front.given import COLLECTED_AFTER, Given
from zhengtong.kernel import logs
from zhengtong.sharing.gateway import GatewaySettings, front


class _City(asyncio.Protocol):
    """What the city tells; without a city there is no front."""

    def __init__(self, taking: front.Front) -> None:
        self._front, self._frames = taking, front.wire.Frames()

    def connection_made(self, transport: Any) -> None:
        self._front.city = transport

    def data_received(self, data: bytes) -> None:
        for kind, told in self._frames.feed(data):
            self._front.heard(kind, told)

    def connection_lost(self, _: Exception | None) -> None:
        if not self._front.over.done():
            self._front.over.set_result(None)


async def _serve(descriptors: list[int], given: Given) -> None:
    loop = asyncio.get_running_loop()
    listening, told, hands = (socket.socket(fileno=one) for one in descriptors)
    chosen = given.settings
    with app.reading_gateway(chosen, began=given.began) as (gateway, crypto):
        taking = front.Front(gateway, crypto, front.hands.Giver(hands), chosen.of(GatewaySettings).queue)
        transport, _ = await loop.create_unix_connection(lambda: _City(taking), sock=told)
        server = await loop.create_server(taking.connection, sock=listening)
        taking.stopping.add_done_callback(lambda _: server.close())
        taking.look_round()
        transport.write(front.wire.frame(front.wire.READY))
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        await taking.over
        transport.close()


def main() -> None:
    """The city says when it is over, not the terminal."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    given: Given = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from the city, which has started this process
    kernel = given.settings.kernel
    logs.set_up(kernel.log, kernel.log_level)
    uvloop.run(_serve([int(one) for one in sys.argv[1:]], given))


if __name__ == "__main__":
    main()
