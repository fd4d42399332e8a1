"""Short messages: a template with its parameters to one number, as China's carriers want it.

The promise: `send` returns once the gateway has taken the message, with its receipt; a refusal for good (SmsRefused) and a failure to
try again after (SmsUnavailable) are told apart; the message's id goes along, so that a gateway can drop a repetition. At least once.
Logs show masked numbers and never a parameter. Adapters: `log` (the default: sends to nobody) and `http` (a city's SMS gateway).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Protocol, Self
from urllib.parse import urlsplit

from pydantic import Field as Setting
from pydantic import SecretStr, model_validator

from zhengtong.kernel import errors, settings

_NUMBER = re.compile(r"1[3-9]\d{9}|\+\d{6,15}")


class SmsSettings(settings.Section):
    """Where short messages go."""

    engine: Literal["log", "http"] = Setting(
        default="log", description="短信引擎；log 只记日志，不外发 | SMS engine; log sends to nobody"
    )
    outbox: Path | None = Setting(
        default=None,
        description="log 引擎另存全文的文件（演示用），空为不存 | file where log keeps full texts (demo); empty: none",
    )
    url: str = Setting(default="", description="短信网关地址 | the SMS gateway's address")
    key: str = Setting(default="", description="网关分配的应用号 | the key the gateway gave")
    secret: SecretStr = Setting(default=SecretStr(""), description="签名密钥 | the signing secret")
    algorithm: Literal["sha256", "sm3"] = Setting(
        default="sha256", description="签名的摘要算法 | digest of the signature"
    )
    ok_field: str = Setting(
        default="",
        description="应答中表示成败的字段，空则只看 HTTP 状态 | answer's field that tells success; empty: the HTTP status alone",
    )
    ok_value: str = Setting(default="OK", description="成功时该字段的值 | its value on success")
    timeout_s: float = Setting(default=10, gt=0, le=120, description="时限（秒）| time limit, seconds")

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if self.engine != "http":
            return self
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("sms.url 不是网址 | sms.url is no web address")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("sms.url 须用 https（本机除外）| sms.url must be https, but on this machine")
        if not self.secret.get_secret_value():
            raise ValueError("sms.secret 未填 | sms.secret is empty")
        return self


@dataclass(frozen=True, slots=True)
class Text:
    """What is sent: the carrier's template code and its parameters. `id` is kept over retries."""

    to: str = field(repr=False)
    template: str
    params: Mapping[str, str] = field(repr=False)
    id: str


@dataclass(frozen=True, slots=True)
class Features:
    """What an adapter does."""

    engine: str
    delivers: bool


class Sms(Protocol):
    """The carrier."""

    @property
    def features(self) -> Features: ...
    def send(self, text: Text, *, now: datetime) -> str:
        """The gateway's receipt, "" when it gives none. Raises NumberInvalid, SmsRefused, SmsUnavailable."""


class NumberInvalid(errors.Invalid):
    zh = "“{number}”不是有效的手机号码。"
    en = "“{number}” is no valid mobile number."


class SmsRefused(errors.Invalid):
    zh = "短信网关拒收（{code}：{reason}），不再重试。请核对号码与模板。"
    en = "The SMS gateway refuses this message ({code}: {reason}); it is not tried again. Check the number and the template."


class SmsUnavailable(errors.Unavailable):
    """`facts["in_flight"]`: the message was handed over and the answer never came, so that a retry may repeat it."""

    zh = "短信暂时发不出去（{reason}），稍后重试。"
    en = "Short messages cannot be sent at present ({reason}); it will be tried again."


def number(text: str) -> str:
    """The number without spaces and dashes; +86 left out. Raises NumberInvalid, which tells it masked.

    >>> number("+86 138-0013-8000")
    '13800138000'
    """
    plain = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"\+861[3-9]\d{9}", plain):
        plain = plain[3:]
    if not _NUMBER.fullmatch(plain):
        raise NumberInvalid(number=hidden(plain))
    return plain


def hidden(number: str) -> str:
    """For logs.

    >>> hidden("13800138000")
    '138****8000'
    """
    return f"{number[:3]}****{number[-4:]}" if len(number) > 8 else "****"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
