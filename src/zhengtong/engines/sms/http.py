"""Short messages by a city's gateway: a signed JSON POST.

Body: {"id", "to", "template", "params"}. Headers: `X-Key`, `X-Timestamp` (seconds since 1970), `X-Signature` = hex of
HMAC(secret, timestamp ‖ "\\n" ‖ body), `Idempotency-Key` = id. Answer: 2xx, optionally JSON with the receipt in `id`.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import httpx

from zhengtong.engines import sms
from zhengtong.kernel import errors, logs

log = logs.get(__name__)

_MOST_REASON = 200
_MOST_ANSWER = 64 * 1024
_TRY_AGAIN = (408, 425, 429)
_NO_SM3 = errors.Words(
    "本机 Python 没有 SM3，请改用 sms.algorithm = sha256", "this Python has no SM3; set sms.algorithm = sha256"
)


class HttpSms:
    """The Sms port on an HTTP gateway."""

    features = sms.Features(engine="http", delivers=True)

    def __init__(self, settings: sms.SmsSettings) -> None:
        if settings.algorithm not in hashlib.algorithms_available:
            raise sms.SmsUnavailable(reason=_NO_SM3, in_flight=False)
        self._settings = settings
        self._client = httpx.Client(timeout=settings.timeout_s, follow_redirects=False, trust_env=False)

    def send(self, text: sms.Text, *, now: datetime) -> str:
        to = sms.number(text.to)
        told = {"id": text.id, "to": to, "template": text.template, "params": dict(text.params)}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        code, answer, retry_after_s = self._post(body, self._headers(body, text.id, now))
        receipt = self._receipt(code, answer, retry_after_s)
        log.info("sms.sent", to=sms.hidden(to), template=text.template, id=text.id, receipt=receipt)
        return receipt

    def close(self) -> None:
        """This will close the connections that were kept."""
        self._client.close()

    def _headers(self, body: bytes, id: str, now: datetime) -> dict[str, str]:
        timestamp = str(int(now.timestamp()))
        secret = self._settings.secret.get_secret_value().encode()
        signature = hmac.new(secret, timestamp.encode() + b"\n" + body, self._settings.algorithm).hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": id,
            "X-Key": self._settings.key,
            "X-Timestamp": timestamp,
            "X-Signature": signature,
        }

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, int | None]:
        try:
            with self._client.stream("POST", self._settings.url, content=body, headers=headers) as answer:
                content = b""
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > _MOST_ANSWER:
                        break
                return answer.status_code, content, _seconds(answer.headers.get("Retry-After", ""))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            reason = errors.Words("连接不上网关", "the gateway cannot be reached")
            raise sms.SmsUnavailable(reason=reason, in_flight=False) from None
        except httpx.HTTPError:
            reason = errors.Words("网关没有答完", "the gateway did not answer to the end")
            raise sms.SmsUnavailable(reason=reason, in_flight=True) from None

    def _receipt(self, code: int, answer: bytes, retry_after_s: int | None) -> str:
        told = _parsed(answer)
        reason = str(told.get("message") or told.get("error") or "")[:_MOST_REASON]
        if code >= 500 or code in _TRY_AGAIN:
            raise sms.SmsUnavailable(
                reason=f"HTTP {code} {reason}".strip(), in_flight=False, retry_after_s=retry_after_s
            )
        if not 200 <= code < 300:
            raise sms.SmsRefused(code=code, reason=reason or "HTTP")
        field = self._settings.ok_field
        if field and str(told.get(field, "")) != self._settings.ok_value:
            raise sms.SmsRefused(code=str(told.get(field, "")) or "?", reason=reason or field)
        return str(told.get("id", ""))[:_MOST_REASON]


def open_http(settings: sms.SmsSettings) -> HttpSms:
    """This will send by the gateway named in the settings."""
    return HttpSms(settings)


def _parsed(answer: bytes) -> dict[str, Any]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _seconds(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 6 else None
