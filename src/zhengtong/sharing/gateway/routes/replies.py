"""How the outcome of a governed call leaves: its headers, its body, its count. Nothing of a value is logged or counted here."""

import json
from typing import Any

from fastapi import Request, Response
from prometheus_client import Counter, Histogram
from starlette.types import Scope

from zhengtong.kernel import errors, logs
from zhengtong.kernel.web import problems
from zhengtong.sharing.gateway.actions.committing import Answer, Outcome
from zhengtong.sharing.gateway.errors import facts_of

CALLS = Counter("zhengtong_share_calls_total", "Governed calls", ["operation", "outcome"])
TOOK = Histogram(
    "zhengtong_share_seconds",
    "Time of a governed call",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10),
)
_PLAIN = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_counted: dict[tuple[str, str], Any] = {}


def headers_of(outcome: Outcome, answer: Answer, message_id: str) -> list[tuple[bytes, bytes]]:
    """What goes before an answer."""
    index = b"" if outcome.index is None else b"%d" % outcome.index
    told = str(outcome.receipt_id).encode(), outcome.salt.hex().encode(), index
    return headers(answer.media_type.encode(), answer.size, message_id.encode(), *told)


def headers(
    media_type: bytes, size: int, message_id: bytes, receipt: bytes, salt: bytes, index: bytes
) -> list[tuple[bytes, bytes]]:
    """An answer's headers: with them its receipt, where that stands on the ledger (`index`, empty: it waits for its place), and the `salt`
    that binds the bytes to it."""
    told = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % size),
        *_PLAIN,
        (b"x-request-id", message_id),
        (b"x-zhengtong-receipt", receipt),
        (b"x-zhengtong-salt", salt),
    ]
    if index:
        told.append((b"x-zhengtong-index", index))
    return told


def refusal(scope: Scope, problem: errors.Problem, message_id: str) -> Response:
    """The problem as a response, in the language that the request's headers ask for."""
    logs.request_id.set(message_id)
    response = problems.respond(Request(scope), problem)
    response.headers["x-request-id"] = message_id
    if more := facts_of(problem):
        response.body = json.dumps({**json.loads(bytes(response.body)), **more}, ensure_ascii=False).encode()
        response.headers["content-length"] = str(len(response.body))
    return response


def outcome_of(problem: errors.Problem) -> str:
    """What a call that ended so is counted as."""
    return "refused" if problem.status in (401, 403) else "problem"


def count(operation: str, outcome: str, took: float) -> None:
    """This will count a call. `took`: seconds."""
    child = _counted.get((operation, outcome))
    if child is None:
        child = _counted[operation, outcome] = CALLS.labels(operation, outcome)
    child.inc()
    TOOK.observe(took)
