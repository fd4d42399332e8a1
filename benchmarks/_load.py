"""A small HTTP/1.1 load generator: keep-alive connections that ask one after another; requests per second and latencies.

Loopback only; bounded in time and connections.
"""

import asyncio
import time
from itertools import cycle
from urllib.parse import urlsplit


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
