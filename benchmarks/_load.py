"""A small HTTP/1.1 load generator: keep-alive connections that ask one after another; requests per second and latencies.

`python -m benchmarks._load http://127.0.0.1:8600/path --connections 16 --seconds 4 --header 'Cookie: …' --post '{"a":1}'`
prints one JSON line. Loopback only.
"""

import argparse
import asyncio
import json
import sys
import time
from urllib.parse import urlsplit


async def ask(host: str, port: int, request: bytes, until: float, times: list[float], wrong: list[int]) -> None:
    """Asks until the time is over, noting each latency in seconds and each status that is not 2xx."""
    reader, writer = await asyncio.open_connection(host, port)
    while (begun := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        await reader.readexactly(int(length.split(b":")[1]))
        times.append(time.perf_counter() - begun)
        if head[9:10] != b"2":
            wrong.append(int(head[9:12]))
    writer.close()


async def load(
    url: str, *, connections: int, seconds: float, headers: list[str], post: str | None = None, method: str = "POST"
) -> dict[str, float]:
    """Requests per second, p50 and p99 in ms, and how many answers were not 2xx."""
    parts = urlsplit(url)
    assert parts.hostname in ("127.0.0.1", "localhost", "::1"), "loopback only"
    body = (post or "").encode()
    extra = "".join(f"{header}\r\n" for header in headers)
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if post is not None else ""
    method, path = (method if post is not None else "GET"), parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{extra}{kind}\r\n".encode() + body
    times: list[float] = []
    wrong: list[int] = []
    begun = time.perf_counter()
    until = begun + seconds
    await asyncio.gather(
        *(ask(parts.hostname, parts.port or 80, request, until, times, wrong) for _ in range(connections))
    )
    took = time.perf_counter() - begun
    times.sort()
    return {
        "per_second": round(len(times) / took),
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
        "not_ok": len(wrong),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--post", help="a JSON body; the method is --method")
    parser.add_argument("--method", default="POST")
    chosen = parser.parse_args()
    facts = asyncio.run(
        load(
            chosen.url,
            connections=chosen.connections,
            seconds=chosen.seconds,
            headers=chosen.header,
            post=chosen.post,
            method=chosen.method,
        )
    )
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
