"""The request goes on to the city as it came, byte for byte in its path and body, for the caller signed them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import httpcore
from starlette.types import Message, Receive, Scope, Send

from zhengtong.cli.smtls.asked import Asked

Header = tuple[bytes, bytes]
HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer", b"upgrade", b"proxy-connection")
)  # fmt: skip
TOLD_BY_US = (b"x-forwarded-", b"forwarded", b"x-real-ip")
TIMEOUT = {"connect": 5.0, "read": 120.0, "write": 60.0, "pool": 10.0}
AWAY = ("后面的政通没有应答，请稍后再试。", "The city behind this front does not answer; try again later.")
SLOW = ("后面的政通应答太慢，请稍后再试。", "The city behind this front answers too slowly; try again later.")
LARGE = ("请求正文超过这个入口的上限。", "The body is larger than this front lets through.")


class TooLarge(Exception):
    """The body is longer than the limit."""


class Forwarder:
    """An ASGI application that answers with what the city answers."""

    def __init__(self, asked: Asked) -> None:
        self._limit = asked.body_mb * 2**20
        self._host, self._port = asked.to_host.encode(), asked.to_port
        self._pool = httpcore.AsyncConnectionPool(max_connections=asked.connections, keepalive_expiry=30)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            await self._forward(scope, receive, send)
        except TooLarge:
            await _refuse(send, 413, LARGE)
        except httpcore.TimeoutException:
            await _refuse(send, 504, SLOW)
        except (httpcore.NetworkError, httpcore.ProtocolError):
            await _refuse(send, 502, AWAY)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, self._limit, awaited=_has_body(scope))
        request = httpcore.Request(
            method=scope["method"].encode(),
            url=httpcore.URL(scheme=b"http", host=self._host, port=self._port, target=_target(scope)),
            headers=headers_onward(scope),
            content=body.pieces() if _has_body(scope) else None,
            extensions={"timeout": TIMEOUT},
        )
        answering = asyncio.ensure_future(self._answer(request, send))
        leaving = asyncio.ensure_future(body.left())
        done, _ = await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (answering, leaving):
            if task not in done:
                task.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)
        if answering in done:
            answering.result()

    async def _answer(self, request: httpcore.Request, send: Send) -> None:
        response = await self._pool.handle_async_request(request)
        try:
            headers = [(name.lower(), value) for name, value in response.headers if name.lower() not in HOP_BY_HOP]
            headers = [one for one in headers if one[0] != b"transfer-encoding"]
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            stream: Any = response.aiter_stream()
            async with aclosing(stream):
                async for piece in stream:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()


class _Body:
    """The caller's body, counted; and the moment when the caller leaves."""

    def __init__(self, receive: Receive, limit: int, *, awaited: bool) -> None:
        self._receive, self._limit, self._whole = receive, limit, asyncio.Event()
        if not awaited:
            self._whole.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        size = 0
        while True:
            message: Message = await self._receive()
            if message["type"] == "http.disconnect":
                raise httpcore.ReadError("the caller left")
            size += len(message.get("body", b""))
            if size > self._limit:
                raise TooLarge
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                self._whole.set()
                return

    async def left(self) -> None:
        """Returns when the caller is gone, so that a stream nobody reads is not read on."""
        await self._whole.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


def headers_onward(scope: Scope) -> list[Header]:
    """The caller's headers; what only a front may say is said by this one, whatever the caller wrote."""
    kept = [
        (name, value) for name, value in scope["headers"] if name not in HOP_BY_HOP and not name.startswith(TOLD_BY_US)
    ]
    caller = (scope.get("client") or ("", 0))[0]
    return [*kept, (b"x-forwarded-for", caller.encode()), (b"x-forwarded-proto", b"https")]


def _target(scope: Scope) -> bytes:
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return path + (b"?" + query if query else b"")


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


async def _refuse(send: Send, status: int, words: tuple[str, str]) -> None:
    body = json.dumps({"status": status, "title": words[0], "detail": " | ".join(words)}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
