"""The live stream of one's own notices (server-sent events, WHATWG HTML §9.2).

While nothing happens a stream holds neither a thread nor a transaction: it waits at the bell of `kernel.wake`. Each turn
it asks anew who is there, so that it ends with the session; then it sends what came after the last number it sent.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.wake import Wake
from zhengtong.office.notices import queries, rules, schemas
from zhengtong.office.notices.errors import TooManyStreams
from zhengtong.office.notices.routes import shown
from zhengtong.office.notices.routes.ground import routes
from zhengtong.office.notices.settings import Notices

AT_A_TIME = 100
HIGHEST = 2**62
RETRY_MS = 2000
_open: Counter[UUID] = Counter()
_counting = threading.Lock()


class Streamed(schemas.NoticeOut):
    """A notice as the stream sends it. `quiet`: within the reader's quiet hours; show no pop-up."""

    quiet: bool


class Bye(BaseModel):
    """Why the stream ends."""

    reason: str


@dataclass(frozen=True, slots=True)
class News:
    """What one look has found."""

    here: bool
    count: schemas.CountOut
    notices: list[Streamed]


@routes.get("/notices/stream", needs=web.SIGNED_IN)
def stream_notices(
    request: Request,
    database: Database,
    wake: Wake,
    actor: Actor,
    chosen: web.Given[Settings],
    after: Annotated[int | None, Query(ge=0, le=HIGHEST, description="send what came after this number")] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=30)] = None,
) -> StreamingResponse:
    """One's own notices as they come. A browser that reconnects says the last number it saw and misses nothing."""
    limits = chosen.of(Notices)
    seq = _number(last_event_id, after)
    if seq is None:
        with database.read() as session:
            seq = queries.count_of(session, actor.subject).last_seq
    live = _Live(request, database, wake, actor, seq, limits.heartbeat_s)
    _take_seat(actor.subject, limits.streams_per_person)
    return _Seated(actor.subject, live.events())


def _take_seat(subject: UUID, limit: int) -> None:
    """This will count one more open stream, before it is answered: two that come at once are two. Raises TooManyStreams."""
    with _counting:
        if _open[subject] >= limit:
            raise TooManyStreams(limit=limit)
        _open[subject] += 1


class _Seated(StreamingResponse):
    """A stream that gives its seat back when it is over, however it ends."""

    def __init__(self, subject: UUID, events: AsyncIterator[str]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self.subject = subject

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with _counting:
                _open[self.subject] -= 1


def _number(last_event_id: str | None, after: int | None) -> int | None:
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        return min(int(last_event_id), HIGHEST)
    return after


class _Live:
    """One open stream."""

    def __init__(
        self, request: Request, database: Database, wake: Wake, actor: Actor, seq: int, heartbeat_s: float
    ) -> None:
        self.request = _quiet(request)
        self.database, self.wake = database, wake
        self.actor, self.seq, self.heartbeat_s = actor, seq, heartbeat_s
        self.topics = (queries.topic(actor.subject), queries.EVERYONE, f"sessions:{actor.subject}")

    async def events(self) -> AsyncIterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        told: schemas.CountOut | None = None
        while True:
            seen = [self.wake.seen(topic) for topic in self.topics]
            news = await run_in_threadpool(self._look)
            if not news.here:
                yield _event("bye", Bye(reason="signed_out"))
                return
            if told is None:
                yield _event("hello", news.count)
            for notice in news.notices:
                yield _event("notice", notice, number=notice.seq)
            if told not in (None, news.count):
                yield _event("count", news.count)
            told = news.count
            if len(news.notices) == AT_A_TIME:
                continue
            if not await self._rung(seen):
                yield ": still here\n\n"
            if self.wake.stopped:
                yield _event("bye", Bye(reason="stopping"))
                return

    def _look(self) -> News:
        now = clock.now()
        with self.database.read() as session:
            site: web.Site = self.request.app.state.site
            present = site.sign_in(session, self.request, now=now)
            here = present is not None and present.subject == self.actor.subject
            found = queries.notices_after(session, self.actor.subject, self.seq, limit=AT_A_TIME) if here else []
            habits = queries.habits_of(session, self.actor.subject)
            count = shown.count(queries.count_of(session, self.actor.subject))
        quiet = rules.is_quiet(habits, now)
        notices = [
            Streamed(**dict(shown.notice(row)), quiet=quiet and row.urgency is not rules.Urgency.URGENT)
            for row in found
        ]
        self.seq = max([self.seq, *(row.seq or 0 for row in found)])
        return News(here, count, notices)

    async def _rung(self, seen: list[int]) -> bool:
        """Waits for news, at most until the next heartbeat; True when something rang."""
        waits = [
            asyncio.ensure_future(self.wake.wait_async(topic, count, self.heartbeat_s))
            for topic, count in zip(self.topics, seen, strict=True)
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return [self.wake.seen(topic) for topic in self.topics] != seen


def _quiet(request: Request) -> Request:
    """The same request, asking in a way that does not count as use: an open page alone keeps nobody signed in."""
    return Request({**request.scope, "query_string": b"quiet=1"})


def _event(name: str, content: BaseModel, *, number: int | None = None) -> str:
    mark = f"id: {number}\n" if number is not None else ""
    return f"{mark}event: {name}\ndata: {content.model_dump_json()}\n\n"
