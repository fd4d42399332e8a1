"""The door of /share/v1: bare ASGI beside the pages' app, for each microsecond counts here.

    POST /share/v1/agreements/{number}/items/{code}/lookup | batch | rows | count | relay

A call is sealed by a service session (docs/reference/service-accounts.md), and with it what its headers say (percent-encoded UTF-8):
X-Zhengtong-Purpose, -Case, and where a person sits at the system, -Person and -Factor-At. The answer's headers name its receipt.
Nothing of a value is logged or counted here.
"""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

from zhengtong.kernel import clock, errors, logs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.web import problems
from zhengtong.office import identity
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions import relay
from zhengtong.sharing.gateway.actions.committing import Message, Outcome, Pending
from zhengtong.sharing.gateway.actions.serving import Gateway
from zhengtong.sharing.gateway.errors import NotCommitted, facts_of

PREFIX = "/share/v1/agreements/"
LARGEST = 1 << 20
SAID = (b"x-zhengtong-purpose", b"x-zhengtong-case", b"x-zhengtong-person", b"x-zhengtong-factor-at")
MANY, LOOK_S, LOOKS, TRIES = 16, 0.001, 4, 20
"""From how many calls in two groups on a group waits for more, how often is looked whether more have come, and how many times at most:
a commit costs as much as several calls. And how many times is tried to commit while somebody else writes for a moment."""
RING_S = 0.1
"""How long after a commit in the loop's thread those who wait for the ledger to grow are woken."""
CALLS = Counter("zhengtong_share_calls_total", "Governed calls", ["operation", "outcome"])
TOOK = Histogram(
    "zhengtong_share_seconds",
    "Time of a governed call",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10),
)
log = logs.get("gateway")
_ID = re.compile(r"[\w-]{8,64}")
_PLAIN = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_counted: dict[tuple[str, str], Any] = {}


class Door:
    """Takes the governed calls, and leaves everything else to the app behind it."""

    def __init__(self, app: ASGIApp, gateway: Callable[[], Gateway]) -> None:
        self._app, self._gateway = app, gateway
        self._crossings: dict[asyncio.AbstractEventLoop, _Crossing] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX) or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        place = rules.read_path(scope["raw_path"].decode("latin-1"))
        if place is None:
            await self._app(scope, receive, send)
            return
        began, told = time.perf_counter(), "problem"
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        message_id = given if _ID.fullmatch(given) else new_id().hex
        try:
            outcome = await self._answered(scope, receive, place, headers, message_id)
            if outcome.problem is not None:
                raise outcome.problem
            told = "served"
            await _send_answer(send, outcome, message_id)
        except errors.Problem as problem:
            told = "refused" if problem.status in (401, 403) else told
            await _send_problem(scope, receive, send, problem, message_id)
        except Exception:
            logs.request_id.set(message_id)
            log.exception("gateway.unexpected")
            await _send_problem(scope, receive, send, problems.Unexpected(), message_id)
        _count(place[2], told, time.perf_counter() - began)

    async def _answered(
        self, scope: Scope, receive: Receive, place: tuple[str, str, str], headers: dict[bytes, bytes], message_id: str
    ) -> Outcome:
        gateway, now = self._gateway(), clock.now()
        body = await _body(receive)
        signature = headers.get(b"authorization", b"").decode("latin-1")

        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()
        crossing = self._crossing(loop, gateway)
        tell = crossing.telling(done)
        came = _Came(place, headers, signature, body, Message(message_id, now, len(body)))
        if place[2] == "lookup" and SAID[2] not in headers and gateway.remembers(signature, place[1]):
            call = _take(gateway, scope, came, tell, here=gateway.committer.at_once is not None)
        else:
            threads = gateway.relay_threads if place[2] == "relay" else None
            call = await loop.run_in_executor(threads, _take, gateway, scope, came, tell)
        crossing.submit(call)
        outcome = await done
        if call.signed and isinstance(outcome.problem, identity.ServiceSignInRefused):
            gateway.forget_session(call.signed[0])
        return outcome

    def _crossing(self, loop: asyncio.AbstractEventLoop, gateway: Gateway) -> "_Crossing":
        known = self._crossings.get(loop)
        if known is None or known.gateway is not gateway:
            self._crossings = {one: kept for one, kept in self._crossings.items() if not one.is_closed()}
            known = self._crossings[loop] = _Crossing(loop, gateway)
        return known


@dataclass(frozen=True, slots=True)
class _Came:
    """A request as it came."""

    place: tuple[str, str, str]
    headers: dict[bytes, bytes]
    signature: str
    body: bytes
    message: Message


def _take(
    gateway: Gateway, scope: Scope, came: _Came, tell: Callable[[Outcome], None], *, here: bool = False
) -> Pending:
    """The call, once its caller is known and its question read. Its rows are read ahead, unless it is quick and to be committed `here`."""
    place, headers, body, now = came.place, came.headers, came.body, came.message.request_in
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    client = scope.get("client")
    address = client[0] if client else ""
    lines = identity.said_in(scope["headers"])
    caller = gateway.admit(
        came.signature, method="POST", target=target, lines=lines, body=body, address=address, now=now
    )
    said = rules.read_stated(*[headers.get(name, b"") for name in SAID])
    if said.person:
        caller = gateway.at_hand_of(caller, said, now=now)
    if place[2] == "relay":
        return gateway.relayed(caller, relay.read_question(place[:2], said, body), came.message, tell, now=now)
    asked = rules.read_asked(place, said, body, gateway.limits)
    call = gateway.pending(caller, asked, came.message, tell, now=now)
    if not here:
        gateway.prepare(call, asked)
    return call


class _Crossing:
    """Between a loop and the committer. Calls that came in one turn of the loop are a group, and where many came together before, those
    of the next moment with them: committed in the loop's own thread as soon as nobody else writes. Where that takes long, they are
    handed to the committer's thread together, and their outcomes come back together, for each crossing is dear."""

    def __init__(self, loop: asyncio.AbstractEventLoop, gateway: Gateway) -> None:
        self.gateway = gateway
        self._loop, self._thread = loop, threading.get_ident()
        self._calls: list[Pending] = []
        self._last, self._wanted, self._soon, self._tried = 1, 1, False, 0
        self._later: asyncio.TimerHandle | None = None
        self._told: deque[tuple[asyncio.Future[Outcome], Outcome]] = deque()
        self._lock, self._called, self._rings = threading.Lock(), False, False

    def submit(self, call: Pending) -> None:
        """This will hand the call over once the loop has taken what else has come. Where few come, none waits for others."""
        self._calls.append(call)
        if self._soon:
            return
        if len(self._calls) >= self._wanted or self.gateway.committer.at_once is None:
            if self._later:
                self._later.cancel()
            self._loop.call_soon(self._loop.call_soon, self._hand)  # in the turn between, what has come is taken too
            self._soon = True
        elif not self._later:
            self._later = self._loop.call_later(LOOK_S, self._look, len(self._calls), 1)

    def _look(self, seen: int, looks: int) -> None:
        came, left = len(self._calls) - seen, LOOKS - looks
        if left and came * left >= self._wanted - len(self._calls):
            self._later = self._loop.call_later(LOOK_S, self._look, len(self._calls), looks + 1)
        else:
            self._hand()

    def _hand(self) -> None:
        committer = self.gateway.committer
        came = len(self._calls)
        calls, self._calls = self._calls[: committer.group], self._calls[committer.group :]
        try:
            outcomes = committer.settled_here(calls)
        except Exception:  # nobody else would tell them
            log.exception("gateway.unexpected", calls=len(calls))
            outcomes = [Outcome(problem=NotCommitted(retry_after_s=1)) for _ in calls]
        if outcomes is None and self._tried < TRIES and committer.at_once and committer.is_ready:
            self._calls[:0] = calls
            self._later, self._soon, self._tried = None, True, self._tried + 1
            self._loop.call_later(LOOK_S, self._hand)
            return
        again = came + self._last  # who was answered just now asks again
        self._wanted, self._last = min(again, committer.group) if again >= MANY else 1, came
        self._later, self._soon, self._tried = None, bool(self._calls), 0
        if self._calls:
            self._loop.call_soon(self._hand)
        if outcomes is None:
            for call, problem in committer.submit_all(calls):
                call.tell(Outcome(problem=problem))
            return
        for call, outcome in zip(calls, outcomes, strict=True):
            call.tell(outcome)
        if committer.at_once and committer.at_once.has_rung and not self._rings:
            self._rings = True
            self._loop.call_later(RING_S, self._ring)

    def _ring(self) -> None:
        self._rings = False
        if self.gateway.committer.at_once:
            self.gateway.committer.at_once.ring()

    def telling(self, done: "asyncio.Future[Outcome]") -> Callable[[Outcome], None]:
        """What tells this call its outcome, from any thread."""

        def tell(outcome: Outcome) -> None:
            if threading.get_ident() == self._thread:
                if not done.done():
                    done.set_result(outcome)
                return
            with self._lock:
                self._told.append((done, outcome))
                first, self._called = not self._called, True
            if first:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there any more
                    self._loop.call_soon_threadsafe(self._settle)

        return tell

    def _settle(self) -> None:
        with self._lock:
            told, self._told, self._called = self._told, deque(), False
        for done, outcome in told:
            if not done.done():
                done.set_result(outcome)


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise problems.TooLarge(limit_mb=LARGEST >> 20)
    if len(body) > LARGEST:
        raise problems.TooLarge(limit_mb=LARGEST >> 20)
    return body


async def _send_answer(send: Send, outcome: Outcome, message_id: str) -> None:
    answer = outcome.answer
    assert answer is not None
    assert outcome.receipt_id is not None
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *_PLAIN,
        (b"x-request-id", message_id.encode()),
        (b"x-zhengtong-receipt", str(outcome.receipt_id).encode()),
        (b"x-zhengtong-salt", outcome.salt.hex().encode()),
    ]
    if outcome.index is not None:
        headers.append((b"x-zhengtong-index", b"%d" % outcome.index))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _send_problem(scope: Scope, receive: Receive, send: Send, problem: errors.Problem, message_id: str) -> None:
    logs.request_id.set(message_id)
    response = problems.respond(Request(scope), problem)
    response.headers["x-request-id"] = message_id
    if more := facts_of(problem):
        response.body = json.dumps({**json.loads(bytes(response.body)), **more}, ensure_ascii=False).encode()
        response.headers["content-length"] = str(len(response.body))
    await response(scope, receive, send)


def _count(operation: str, outcome: str, took: float) -> None:
    child = _counted.get((operation, outcome))
    if child is None:
        child = _counted[operation, outcome] = CALLS.labels(operation, outcome)
    child.inc()
    TOOK.observe(took)
