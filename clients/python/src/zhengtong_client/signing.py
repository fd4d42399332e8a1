"""The two steps of a service account: open a session with an SM2 signature, then seal each request with HMAC-SM3.

The texts that are signed stand in the city's reference page “service accounts”, word for word.
"""

import secrets
import threading
from collections.abc import AsyncGenerator, Generator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from zhengtong_client import sm2
from zhengtong_client.errors import answered

SAID = "x-zhengtong-"
OPENING, CALL, SCHEME = "ZT-SERVICE-SESSION-1", "ZT-HMAC-SM3-2", "ZT-HMAC-SM3"
BEFORE_ITS_END = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Account:
    """A service account: its number, the number of its key, and the key."""

    system: str
    key_id: str
    key: sm2.PrivateKey


@dataclass(frozen=True, slots=True)
class Session:
    """An open session; `call_key` seals its requests."""

    id: str
    call_key: bytes = field(repr=False)
    ends_at: datetime


def call_signature(key: bytes, method: str, target: str, parts: dict[str, str], said: Iterable[str] = ()) -> str:
    """The HMAC-SM3 over the seven lines and what the headers say; `parts`: session, time, nonce, body, in this order."""
    text = "\n".join((CALL, method.upper(), target, *parts.values(), *said))
    return sm2.hmac_sm3(key, text.encode()).hex()


class ServiceAuth(httpx.Auth):
    """Signs every request of an httpx client, sync or async; opens a session when there is none, again when it was ended."""

    def __init__(self, account: Account, city: str, *, origin: str = "") -> None:
        """`origin`: the city's public address, where it differs from the one that is called (a 国密 TLS front, a tunnel)."""
        self._account, self._city, self._origin = account, city.rstrip("/"), (origin or city).rstrip("/")
        self._session: Session | None = None
        self._lock = threading.Lock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        session = self._usable()
        if session is None:
            session = self._opened((yield self._opening()))
        self._sign(request, session)
        response = yield request
        if response.status_code == 401:
            session = self._opened((yield self._opening()))
            self._sign(request, session)
            yield request

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.read()
        flow = self.auth_flow(request)
        asked = next(flow)
        while True:
            response = yield asked
            if asked is not request or response.status_code == 401:
                response.read()
            try:
                asked = flow.send(response)
            except StopIteration:
                return

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await request.aread()
        flow = self.auth_flow(request)
        asked = next(flow)
        while True:
            response = yield asked
            if asked is not request or response.status_code == 401:
                await response.aread()
            try:
                asked = flow.send(response)
            except StopIteration:
                return

    def _usable(self) -> Session | None:
        with self._lock:
            session = self._session
        return session if session and session.ends_at - BEFORE_ITS_END > datetime.now(UTC) else None

    def _opening(self) -> httpx.Request:
        account, time, nonce = self._account, _now(), secrets.token_hex(16)
        text = "\n".join((OPENING, self._origin, account.system, account.key_id, time, nonce))
        body = {"system": account.system, "key": account.key_id, "time": time, "nonce": nonce}
        body["signature"] = account.key.sign(text.encode()).hex()
        return httpx.Request("POST", f"{self._city}/api/v1/service-sessions", json=body)

    def _opened(self, response: httpx.Response) -> Session:
        if response.status_code != 200:
            raise answered(response.status_code, problem_of(response), None)
        told = response.json()
        key = self._account.key.decrypt(bytes.fromhex(told["sealed_key"]))
        session = Session(told["session"], key, datetime.fromisoformat(told["ends_at"]))
        with self._lock:
            self._session = session
        return session

    def _sign(self, request: httpx.Request, session: Session) -> None:
        body = sm2.sm3(request.content).hex()
        parts = {"session": session.id, "time": _now(), "nonce": secrets.token_hex(16), "body": body}
        said = sorted(
            f"{name.lower()}:{value}" for name, value in request.headers.items() if name.lower().startswith(SAID)
        )
        signature = call_signature(session.call_key, request.method, request.url.raw_path.decode("ascii"), parts, said)
        pairs = ", ".join(f"{name}={value}" for name, value in (parts | {"signature": signature}).items())
        request.headers["Authorization"] = f"{SCHEME} {pairs}"


def problem_of(response: httpx.Response) -> dict[str, object]:
    """The problem+json of an answer that was read; an empty one where it is something else."""
    try:
        told = response.json()
    except ValueError:
        return {"detail": response.text[:300]}
    return told if isinstance(told, dict) else {"detail": str(told)[:300]}


def _now() -> str:
    return datetime.now(UTC).isoformat()
