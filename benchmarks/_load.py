"""Small HTTP/1.1 load generators: keep-alive connections that ask one after another; requests per second and latencies.

Loopback only; bounded in time and connections. `press` costs the least, for it shares the processors with what it measures: requests are
made before it begins.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import uvloop


async def ask(host: str, port: int, requests: list[bytes], until: float, times: list[float], wrong: list[int]) -> None:
    """Asks the requests in turn until the time is over, noting each latency in seconds and each status that is not 2xx."""
    reader, writer = await asyncio.open_connection(host, port)
    for request in cycle(requests):
        if (begun := time.perf_counter()) >= until:
            break
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        await reader.readexactly(int(length.split(b":")[1]))
        times.append(time.perf_counter() - begun)
        if head[9:10] != b"2":
            wrong.append(int(head[9:12]))
    writer.close()


async def load(
    address: str, requests: list[tuple[str, str]], *, connections: int, seconds: float, headers: list[str]
) -> dict[str, float]:
    """Asks `requests` (method, path) of the address in turn on each connection.

    Returns requests per second, p50 and p99 in ms, and how many answers were not 2xx.
    """
    parts = urlsplit(address)
    assert parts.hostname in ("127.0.0.1", "localhost", "::1"), "loopback only"
    extra = "".join(f"{header}\r\n" for header in headers)
    asked = [
        f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{extra}Content-Length: 0\r\n\r\n".encode()
        for method, path in requests
    ]
    times: list[float] = []
    wrong: list[int] = []
    begun = time.perf_counter()
    asking = (ask(parts.hostname, parts.port or 80, asked, begun + seconds, times, wrong) for _ in range(connections))
    await asyncio.gather(*asking)
    took = time.perf_counter() - begun
    times.sort()
    return {
        "per_second": round(len(times) / took),
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
        "not_ok": len(wrong),
    }


def press(
    port: int, requests: Iterator[bytes], connections: int, seconds: float, *, rate: float = 0
) -> dict[str, float]:
    """Requests per second, p50 and p99 in ms, and how many answers were not 200 or never came. `rate`: begun at most so many a second."""
    return uvloop.run(_pressed(port, requests, connections, seconds, rate))


async def _pressed(
    port: int, requests: Iterator[bytes], connections: int, seconds: float, rate: float
) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    run = _Run(requests, seconds, rate, connections, loop.create_future())
    await asyncio.gather(
        *(loop.create_connection(lambda: _Asker(run, loop), "127.0.0.1", port) for _ in range(connections))
    )
    await asyncio.wait_for(run.over, seconds + 60)
    took, times = time.perf_counter() - run.begun, sorted(run.times)
    return {
        "per_second": round(len(times) / took),
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
        "not_ok": run.wrong,
        "asked": len(times),
    }


class _Run:
    """What all connections of a run share."""

    def __init__(
        self, requests: Iterator[bytes], seconds: float, rate: float, connections: int, over: "asyncio.Future[None]"
    ) -> None:
        self.requests, self.rate, self.left, self.over = requests, rate, connections, over
        self.begun = time.perf_counter()
        self.until = self.begun + seconds
        self.times: list[float] = []
        self.wrong = self.sent = 0

    def gone(self) -> None:
        self.left -= 1
        if not self.left and not self.over.done():
            self.over.set_result(None)


class _Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: _Run, loop: asyncio.AbstractEventLoop) -> None:
        self._run, self._loop = run, loop
        self._got, self._waits = b"", False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        run, now = self._run, time.perf_counter()
        if now >= run.until:
            self._transport.close()
            return
        run.sent += 1
        due = run.begun + run.sent / run.rate if run.rate else 0.0
        if due > now:
            self._loop.call_later(due - now, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        self._began, self._waits = time.perf_counter(), True
        self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        got = self._got = self._got + data
        if not _is_whole(got):
            return
        self._run.times.append(time.perf_counter() - self._began)
        self._run.wrong += not got.startswith(b"HTTP/1.1 200")
        self._got, self._waits = b"", False
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        self._run.wrong += self._waits
        self._run.gone()


def _is_whole(got: bytes) -> bool:
    """True once an answer has come to its end."""
    head, end, body = got.partition(b"\r\n\r\n")
    if not end:
        return False
    head = head.lower()
    place = head.find(b"content-length: ")
    if place < 0:
        return body.endswith(b"0\r\n\r\n")
    stop = head.find(b"\r", place)
    return len(body) >= int(head[place + 16 : stop if stop > 0 else None])
