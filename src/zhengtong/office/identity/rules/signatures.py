"""What a service account signs: the canonical texts, and how far a clock may be off.

Written out in docs/reference/service-accounts.md, word for word; frozen: a change is a new first line, never an edit.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SCHEME = "ZT-HMAC-SM3"
OPENING = "ZT-SERVICE-SESSION-1"
CALL = "ZT-HMAC-SM3-2"
SAID = b"x-zhengtong-"
"""What begins the names of the headers in which a call says something: they are sealed with it."""
CLOCK_MAY_BE_OFF = timedelta(seconds=300)
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")
_USUAL = re.compile(
    r"ZT-HMAC-SM3 session=([^,\s\"]*), time=([^,\s\"]*), nonce=([^,\s\"]*), body=([^,\s\"]*), signature=([^,\s\"]*)"
)
_PAIR = re.compile(r'\s*([a-z]+)=(?:"([^"]*)"|([^,\s"]*))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Call:
    """The Authorization header of one request of a service account."""

    session: str
    time: str
    nonce: str
    body: str
    signature: str


def opening_text(origin: str, system: str, key: str, time: str, nonce: str) -> bytes:
    """What the SM2 key signs to open a session.

    >>> opening_text("https://zt.example", "s", "k", "2026-11-21T08:00:00Z", "n").decode().splitlines()[:2]
    ['ZT-SERVICE-SESSION-1', 'https://zt.example']
    """
    return "\n".join((OPENING, origin, system, key, time, nonce)).encode()


def said_in(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """What a request's own headers say, a line each, by name. The names are in lower case.

    >>> said_in([(b"host", b"zt.example"), (b"x-zhengtong-purpose", b"audit"), (b"x-zhengtong-case", b"12")])
    ('x-zhengtong-case:12', 'x-zhengtong-purpose:audit')
    """
    told = [(name + b":" + value).decode("latin-1") for name, value in headers if name.startswith(SAID)]
    return tuple(sorted(told))


def call_text(method: str, target: str, call: Call, said: Iterable[str] = ()) -> bytes:
    """What the session's key seals for each request; `target`: the raw path with its query; `said`: as `said_in` tells it."""
    return "\n".join((CALL, method.upper(), target, call.session, call.time, call.nonce, call.body, *said)).encode()


def read_call(header: str) -> Call | None:
    """The parts of `Authorization: ZT-HMAC-SM3 session=…, time=…, nonce=…, body=…, signature=…`; None when malformed.

    >>> read_call("ZT-HMAC-SM3 session=a, time=b, nonce=c, body=d, signature=e")
    Call(session='a', time='b', nonce='c', body='d', signature='e')
    >>> read_call("Bearer x") is None
    True
    """
    usual = _USUAL.fullmatch(header)
    if usual is not None:
        return Call(*usual.groups())
    scheme, _, rest = header.partition(" ")
    if scheme != SCHEME:
        return None
    found = _PAIR.findall(rest)
    pairs = {name: quoted or bare for name, quoted, bare in found}
    if len(found) != len(pairs) or set(pairs) != {"session", "time", "nonce", "body", "signature"}:
        return None
    return Call(**pairs)


def is_nonce(text: str) -> bool:
    """16 to 64 characters of the URL-safe alphabet."""
    return _NONCE.fullmatch(text) is not None


@functools.lru_cache(256)
def read_time(text: str) -> datetime | None:
    """An ISO 8601 time with a zone; None otherwise."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def is_fresh(at: datetime, now: datetime) -> bool:
    """True when a signed time is within five minutes of ours."""
    return abs(now - at) <= CLOCK_MAY_BE_OFF
