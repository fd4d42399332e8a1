"""The door of /share/v1: bare ASGI beside the pages' app, for each microsecond counts here.

    POST /share/v1/agreements/{number}/items/{code}/lookup | batch | rows | count | relay

A call is sealed by a service session (docs/reference/service-accounts.md), and with it what its headers say (percent-encoded UTF-8):
X-Zhengtong-Purpose, -Case, and where a person sits at the system, -Person and -Factor-At. The answer's headers name its receipt.
Nothing of a value is logged or counted here.
"""

import asyncio
import re
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from zhengtong.kernel import clock, errors, logs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.web import problems
from zhengtong.office import identity
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions.committing import Message, Outcome, Pending
from zhengtong.sharing.gateway.actions.serving import Gateway, session_in
from zhengtong.sharing.gateway.routes import replies
from zhengtong.sharing.gateway.routes.crossing import Crossing
from zhengtong.sharing.gateway.routes.taking import SAID, Came, pending

PREFIX = "/share/v1/agreements/"
LARGEST = 1 << 20
log = logs.get("gateway")
_ID = re.compile(r"[\w-]{8,64}")


class Door:
    """Takes the governed calls, and leaves everything else to the app behind it."""

    def __init__(self, app: ASGIApp, gateway: Callable[[], Gateway]) -> None:
        self._app, self.gateway = app, gateway
        self._crossings: dict[asyncio.AbstractEventLoop, Crossing] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX) or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        place = rules.read_path(scope["raw_path"].decode("latin-1"))
        if place is None:
            await self._app(scope, receive, send)
            return
        began, told = time.perf_counter(), "served"
        headers = dict(scope["headers"])
        message_id = message_id_of(headers)
        try:
            outcome = await self._answered(scope, receive, place, headers, message_id)
            if outcome.problem is not None:
                raise outcome.problem
            await _send_answer(send, outcome, message_id)
        except errors.Problem as problem:
            told = replies.outcome_of(problem)
            await replies.refusal(scope, problem, message_id)(scope, receive, send)
        except Exception:
            told = "problem"
            logs.request_id.set(message_id)
            log.exception("gateway.unexpected")
            await replies.refusal(scope, problems.Unexpected(), message_id)(scope, receive, send)
        replies.count(place[2], told, time.perf_counter() - began)

    async def _answered(
        self, scope: Scope, receive: Receive, place: tuple[str, str, str], headers: dict[bytes, bytes], message_id: str
    ) -> Outcome:
        gateway, now = self.gateway(), clock.now()
        body = await _body(receive)
        signature = headers.get(b"authorization", b"").decode("latin-1")

        loop = asyncio.get_running_loop()
        done: asyncio.Future[Outcome] = loop.create_future()
        crossing = self.crossing(loop, gateway)
        tell = crossing.telling(lambda outcome: None if done.done() else done.set_result(outcome))
        came = Came(place, said_of(headers), body, Message(message_id, now, len(body)))
        if came.is_quick and gateway.remembers(session_in(signature), place[1]):
            call = _take(gateway, scope, signature, came, tell, here=gateway.committer.at_once is not None)
        else:
            threads = gateway.relay_threads if place[2] == "relay" else None
            call = await loop.run_in_executor(threads, _take, gateway, scope, signature, came, tell)
        crossing.submit(call)
        outcome = await done
        if call.signed and isinstance(outcome.problem, identity.ServiceSignInRefused):
            gateway.forget_session(call.signed[0])
        return outcome

    def crossing(self, loop: asyncio.AbstractEventLoop, gateway: Gateway) -> Crossing:
        """Between this loop and the gateway's committer: one for all who submit in the loop, so that their calls are groups together."""
        known = self._crossings.get(loop)
        if known is None or known.gateway is not gateway:
            self._crossings = {one: kept for one, kept in self._crossings.items() if not one.is_closed()}
            known = self._crossings[loop] = Crossing(loop, gateway)
        return known


def message_id_of(headers: dict[bytes, bytes]) -> str:
    """What the caller names the message, or a name for it."""
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _ID.fullmatch(given) else new_id().hex


def said_of(headers: dict[bytes, bytes]) -> tuple[bytes, bytes, bytes, bytes]:
    """What the headers SAID say, empty where they are not there."""
    purpose, case, person, factor = SAID
    empty = b""
    return (
        headers.get(purpose, empty),
        headers.get(case, empty),
        headers.get(person, empty),
        headers.get(factor, empty),
    )


def _take(
    gateway: Gateway,
    scope: Scope,
    signature: str,
    came: Came,
    tell: Callable[[Outcome], None],
    *,
    here: bool = False,
) -> Pending:
    """The call, once its caller is known and its question read."""
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    client = scope.get("client")
    address = client[0] if client else ""
    lines, now = identity.said_in(scope["headers"]), came.message.request_in
    caller = gateway.admit(
        signature, method="POST", target=target, lines=lines, body=came.body, address=address, now=now
    )
    return pending(gateway, caller, came, tell, here=here)


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
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": replies.headers_of(outcome, answer, message_id),
        }
    )
    await send({"type": "http.response.body", "body": answer.body})
