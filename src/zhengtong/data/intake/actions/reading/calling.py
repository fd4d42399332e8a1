"""One call of an HTTP interface: signed in, paced, bounded in size, tried again when asked to wait."""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from zhengtong.data.intake import errors
from zhengtong.data.intake.rules import kinds, records
from zhengtong.kernel import clock
from zhengtong.kernel.errors import Words

TRIES = 4
LONGEST_WAIT_S = 20.0
BUSY = {429, 502, 503, 504}
MOVED = Words("地址已变动（重定向），请改用新地址", "it redirects; use the new address")
NO_TOKEN = Words("令牌地址没有给出 access_token", "the token address gave no access_token")
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every address with its query, keys included


class Answer:
    """What an interface said."""

    def __init__(self, document: Any, response: httpx.Response, size: int) -> None:
        self.document, self.bytes = document, size
        self.link = response.links.get("next", {}).get("url", "")


class Caller:
    """Calls one interface."""

    def __init__(self, told: kinds.Rest, secret: str, client: httpx.Client, *, answer_mb: int) -> None:
        self._told, self._secret, self._client, self._limit_mb = told, secret, client, answer_mb
        self._token, self._token_until = "", 0.0
        self._last_call = 0.0
        self._pause = threading.Event()

    def get(self, url: str, parameters: Mapping[str, str]) -> Answer:
        """The answer as JSON. Raises SourceAway, and the errors of what is answered wrongly."""
        for tried in range(TRIES):
            self._pace()
            response, body = self._send("GET", url, parameters=parameters, headers=self._headers(), auth=self._auth())
            if response.status_code == 401 and self._told.auth.how == "oauth2" and self._token and not tried:
                self._token = ""
                continue
            if response.status_code in BUSY:
                self._wait(response, tried)
                continue
            self._check(url, response)
            return Answer(self._parsed(url, response, body), response, len(body))
        raise errors.SourceAway(why=f"HTTP {response.status_code}")

    def _send(
        self, method: str, url: str, *, parameters: Mapping[str, str], **more: Any
    ) -> tuple[httpx.Response, bytes]:
        request_url = httpx.URL(url).copy_merge_params(dict(parameters)) if parameters else httpx.URL(url)
        try:
            with self._client.stream(method, request_url, **more) as response:
                return response, self._body(response)
        except httpx.TimeoutException:
            raise errors.SourceAway(why=f"{httpx.URL(url).host}: {self._told.timeout_s:g} s") from None
        except (httpx.TransportError, httpx.InvalidURL) as failure:
            raise errors.SourceAway(why=f"{httpx.URL(url).host}: {str(failure)[:200]}") from None

    def _body(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._limit_mb * 2**20:
                raise errors.AnswerTooLarge(limit_mb=self._limit_mb)
            parts.append(part)
        return b"".join(parts)

    def _parsed(self, url: str, response: httpx.Response, body: bytes) -> Any:
        charset = response.charset_encoding or "utf-8"
        try:
            return records.parsed(body.decode(charset).removeprefix("\ufeff"))
        except (UnicodeDecodeError, LookupError):
            raise errors.AnswerUnreadable(url=_bare(url), why=records.NO_TEXT) from None
        except records.RecordWrong as wrong:
            raise errors.AnswerUnreadable(url=_bare(url), why=wrong.why) from None

    def _check(self, url: str, response: httpx.Response) -> None:
        if response.is_redirect:
            raise errors.AnswerUnreadable(url=_bare(url), why=MOVED)
        if response.status_code in (401, 403):
            raise errors.LoginRefused(reason=f"HTTP {response.status_code}")
        if response.status_code >= 500:
            raise errors.SourceAway(why=f"HTTP {response.status_code}")
        if not response.is_success:
            raise errors.AnswerRefused(url=_bare(url), status=response.status_code)

    def _headers(self) -> dict[str, str]:
        auth = self._told.auth
        headers = {"Accept": "application/json", **self._told.headers}
        if auth.how == "bearer":
            headers["Authorization"] = f"Bearer {self._secret}"
        if auth.how == "header":
            headers[auth.name] = self._secret
        if auth.how == "oauth2":
            headers["Authorization"] = f"Bearer {self._access_token()}"
        return headers

    def _auth(self) -> tuple[str, str] | None:
        return (self._told.auth.user, self._secret) if self._told.auth.how == "basic" else None

    @property
    def key_parameter(self) -> dict[str, str]:
        """The key, where it belongs to the address."""
        auth = self._told.auth
        return {auth.name: self._secret} if auth.how == "query" else {}

    def _access_token(self) -> str:
        """The token of the client credentials (RFC 6749, §4.4), asked for again before it ends."""
        if self._token and time.monotonic() < self._token_until:
            return self._token
        auth = self._told.auth
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        response, body = self._send("POST", auth.token_url, parameters={}, data=form, auth=(auth.user, self._secret))
        self._check(auth.token_url, response)
        told = self._parsed(auth.token_url, response, body)
        token = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token:
            raise errors.AnswerUnreadable(url=_bare(auth.token_url), why=NO_TOKEN)
        lasts = told.get("expires_in")
        self._token, self._token_until = token, time.monotonic() + (lasts if isinstance(lasts, int) else 300) - 30
        return token

    def _pace(self) -> None:
        if self._told.calls_per_minute:
            wait = self._last_call + 60 / self._told.calls_per_minute - time.monotonic()
            self._pause.wait(max(wait, 0))
        self._last_call = time.monotonic()

    def _wait(self, response: httpx.Response, tried: int) -> None:
        """As long as we are asked to; what is too long to hold a worker for is left to the run. Raises SourceAway."""
        asked = _retry_after(response.headers.get("retry-after", ""))
        wait = min(0.5 * 2**tried, LONGEST_WAIT_S) if asked is None else asked
        if wait > LONGEST_WAIT_S or tried == TRIES - 1:
            raise errors.SourceAway(why=f"HTTP {response.status_code}", retry_after_s=round(wait))
        self._pause.wait(wait)


def _retry_after(header: str) -> float | None:
    if header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(((at if at.tzinfo else at.replace(tzinfo=UTC)) - _now()).total_seconds(), 0)


def _now() -> datetime:
    return clock.now()


def _bare(url: str) -> str:
    """The address without what follows it, which may hold a key."""
    return str(httpx.URL(url).copy_with(query=None, fragment=None))
