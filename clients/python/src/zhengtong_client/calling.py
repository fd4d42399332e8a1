"""How a call is tried: what goes out, when it is tried again, what its answer means. No network here; sync and async clients share it.

A call is tried again where it surely or probably was not answered: no connection, the city busy (429, 502, 503, 504), the line cut.
Each try is signed anew and bears the same message number. Calls only read, so a repeated one changes nothing; but where an answer was
made and lost on its way, the city has given it twice, and its receipts and the quota say so.
"""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from zhengtong_client.errors import AddressWrong, Unreachable, answered
from zhengtong_client.signing import problem_of

BUSY = frozenset((429, 502, 503, 504))
LONGEST_WAIT_S = 30.0
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often, and with which pauses: the first, doubled each time."""

    tries: int = 4
    pause_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Send:
    """Send this; the answer, or the error that httpx raised, is given back."""

    request: httpx.Request


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait so long."""

    seconds: float


Trying = Generator[Send | Wait, "httpx.Response | httpx.TransportError | None", httpx.Response]


def trying(make: Any, how: Retrying) -> Trying:
    """This will have the request sent until it is answered; `make` makes it anew for each try. Raises Unreachable, Answered."""
    for tried in range(how.tries):
        last = tried == how.tries - 1
        got = yield Send(make())
        if isinstance(got, httpx.TransportError):
            if last:
                said = f"{type(got).__name__}: {got}"
                raise Unreachable(f"政通没有应答（{said}）", f"the city did not answer ({said})") from got
            yield Wait(how.pause_s * 2**tried)
            continue
        assert got is not None
        if got.is_success:
            return got
        wait = _retry_after(got)
        if got.status_code not in BUSY or last or (wait or 0) > LONGEST_WAIT_S:
            raise answered(got.status_code, problem_of(got), wait)
        yield Wait(how.pause_s * 2**tried if wait is None else wait)
    raise AssertionError("a try always ends")


def checked(address: str) -> str:
    """The city's address. Raises AddressWrong: signed calls go over TLS, or stay on this machine."""
    url = httpx.URL(address)
    if url.scheme != "https" and not (url.scheme == "http" and url.host in HERE):
        raise AddressWrong
    return address.rstrip("/")


def path_of(agreement: str, item: str, operation: str) -> str:
    """Where an operation on an item is."""
    return f"/share/v1/agreements/{quote(agreement, safe='')}/items/{quote(item, safe='')}/{operation}"


def headers_of(purpose: str, case: str, person: str, factor_at: datetime | None) -> dict[str, str]:
    """What every governed call says of itself. Raises ValueError where `factor_at` has no zone."""
    if factor_at and factor_at.tzinfo is None:
        raise ValueError("factor_at needs a zone: datetime.now(UTC)")
    told = {"Purpose": quote(purpose), "Case": quote(case), "Person": quote(person)}
    told["Factor-At"] = factor_at.isoformat() if factor_at else ""
    return {"Content-Type": "application/json", **{f"X-Zhengtong-{name}": one for name, one in told.items() if one}}


def body_of(question: Mapping[str, Any]) -> bytes:
    """The question without what was not said."""
    said = {name: value for name, value in question.items() if value is not None}
    return json.dumps(said, ensure_ascii=False).encode()


def _retry_after(response: httpx.Response) -> float | None:
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdigit() else None
