"""Electronic mail: one letter to one address.

The promise: `send` returns once the server (or the folder) has taken the letter; a refusal for good (MailRefused) and a failure to
try again after (MailUnavailable) are told apart; a letter keeps its Message-ID over retries, so that what was in flight and is sent
twice can be seen as one. At least once, never exactly once: nobody can promise more over SMTP. Adapters: `folder` (the default: .eml
files, delivered to nobody) and `smtp`.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Protocol, Self

from pydantic import Field as Setting
from pydantic import SecretStr, model_validator

from zhengtong.kernel import errors, settings

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+=/-]{1,120}@[A-Za-z0-9.-]{1,120}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


class MailSettings(settings.Section):
    """Where mail goes."""

    engine: Literal["folder", "smtp"] = Setting(
        default="folder", description="邮件引擎；folder 只写入文件夹，不外发 | mail engine; folder delivers to nobody"
    )
    folder: Path | None = Setting(
        default=None,
        description="folder 的位置，空为数据目录下 mail | where folder writes; empty: mail in the data folder",
    )
    host: str = Setting(default="", description="SMTP 服务器 | SMTP server")
    port: int = Setting(default=587, ge=1, le=65535, description="SMTP 端口 | SMTP port")
    security: Literal["starttls", "tls", "none"] = Setting(
        default="starttls", description="传输加密；none 仅限本机 | transport security; none on loopback only"
    )
    user: str = Setting(default="", description="SMTP 用户名，空为不登录 | SMTP user; empty: no sign-in")
    password: SecretStr = Setting(default=SecretStr(""), description="SMTP 口令 | SMTP password")
    ca_file: Path | None = Setting(
        default=None,
        description="服务器证书的 CA 文件，空为系统自带 | CA file for the server's certificate; empty: the system's",
    )
    timeout_s: float = Setting(
        default=20, gt=0, le=300, description="每一步的时限（秒）| time limit of each step, seconds"
    )
    sender: str = Setting(default="noreply@localhost", description="发件地址 | sender's address")
    sender_name: str = Setting(default="政通", description="发件人名称 | sender's name")

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if not _ADDRESS.fullmatch(self.sender):
            raise ValueError(f"mail.sender {self.sender!r} 不是邮件地址 | is no mail address")
        if self.engine == "smtp" and not self.host:
            raise ValueError("mail.host 未填 | mail.host is empty")
        if self.engine == "smtp" and self.security == "none" and not is_loopback(self.host):
            raise ValueError("mail.security = none 仅限本机服务器 | none is for a server on this machine only")
        return self


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. `message_id` is `<unique@domain>`, made once and kept over retries."""

    to: str
    subject: str
    text: str = field(repr=False)
    message_id: str
    sent_at: datetime
    html: str = field(default="", repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Features:
    """What an adapter does."""

    engine: str
    delivers: bool


class Mail(Protocol):
    """The post."""

    @property
    def features(self) -> Features: ...
    def send(self, letter: Letter) -> None:
        """Raises AddressInvalid, HeaderInvalid, MailRefused, MailUnavailable."""


class AddressInvalid(errors.Invalid):
    zh = "“{address}”不是有效的邮件地址。"
    en = "“{address}” is no valid mail address."


class HeaderInvalid(errors.Invalid):
    zh = "邮件的{what}中有换行或控制字符，不予发送。"
    en = "The letter's {what} has a line break or control character; it is not sent."


class MailRefused(errors.Invalid):
    zh = "邮件服务器拒收（{code}：{reason}），不再重试。请核对地址与内容。"
    en = "The mail server refuses this letter ({code}: {reason}); it is not tried again. Check the address and the content."


class MailUnavailable(errors.Unavailable):
    """`facts["in_flight"]`: the letter was handed over and the answer never came, so that a retry may repeat it."""

    zh = "邮件暂时发不出去（{reason}），稍后重试。"
    en = "Mail cannot be sent at present ({reason}); it will be tried again."


def composed(letter: Letter, settings: MailSettings) -> EmailMessage:
    """The letter as a message: 中文 headers encoded, text and HTML side by side. Raises AddressInvalid, HeaderInvalid."""
    for value, zh, en in (
        (letter.subject, "主题", "subject"),
        (letter.name, "收件人", "recipient"),
        (letter.to, "地址", "address"),
        (letter.message_id, "编号", "Message-ID"),
    ):
        if _CONTROL.search(value):
            raise HeaderInvalid(what=errors.Words(zh, en))
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise HeaderInvalid(what=errors.Words("编号", "Message-ID"))
    message = EmailMessage(SMTP)
    message["From"] = _address(settings.sender, settings.sender_name)
    message["To"] = _address(letter.to, letter.name)
    message["Subject"] = letter.subject
    message["Message-ID"] = letter.message_id
    message["Date"] = letter.sent_at
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    if letter.html:
        message.add_alternative(letter.html, subtype="html", cte="base64")
    return message


def is_loopback(host: str) -> bool:
    """True for this machine's own addresses."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def hidden(address: str) -> str:
    """For logs: l***@example.org."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"


def _address(address: str, name: str) -> Address:
    if not _ADDRESS.fullmatch(address):
        raise AddressInvalid(address=address)
    try:
        local, _, domain = address.rpartition("@")
        return Address(name, local, domain.encode("idna").decode() if not domain.isascii() else domain)
    except (ValueError, UnicodeError):
        raise AddressInvalid(address=address) from None
