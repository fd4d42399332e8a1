"""What a session is, how long it lasts, what its cookie is called, and how a device is named to a person."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Stage(StrEnum):
    """How far a sign-in has come. Only `full` makes an actor."""

    NONE = "none"
    SECOND_FACTOR = "second_factor"
    SET_UP = "set_up"
    FULL = "full"


class Method(StrEnum):
    """How the last factor was shown."""

    PASSWORD = "password"  # noqa: S105
    TOTP = "totp"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    OIDC = "oidc"
    LINK = "link"
    SM2 = "sm2"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts without use, and at all; and how long a sign-in may stay unfinished."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    unfinished: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Caller:
    """The browser that asks: where from, and what its cookies hold (tokens, never shown)."""

    address: str
    user_agent: str = ""
    token: str = field(default="", repr=False)
    device: str = field(default="", repr=False)
    flow: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """What passkeys are bound to (WebAuthn): the host, the origin, and the name a person is shown."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """What decides how far a sign-in must go."""

    kind: str
    has_password: bool
    must_change: bool
    has_totp: bool
    has_passkey: bool
    has_external: bool = False

    @property
    def has_second_factor(self) -> bool:
        return self.has_totp or self.has_passkey


class Missing(StrEnum):
    """What must be set up before a session is full."""

    PASSWORD = "password"  # noqa: S105
    SECOND_FACTOR = "second_factor"


def missing(account: Account, *, second_factor_shown: bool = False) -> list[Missing]:
    """What an account still has to set up: staff have a second factor (their own, or shown to the city's identity
    provider); whoever has a passkey or comes by the provider needs no password.

    >>> missing(Account("person", True, False, has_totp=False, has_passkey=False))
    [<Missing.SECOND_FACTOR: 'second_factor'>]
    >>> missing(Account("person", False, False, has_totp=False, has_passkey=True))
    []
    """
    found = []
    if account.must_change or not (account.has_password or account.has_passkey or account.has_external):
        found.append(Missing.PASSWORD)
    if account.kind == "person" and not account.has_second_factor and not second_factor_shown:
        found.append(Missing.SECOND_FACTOR)
    return found


def next_stage(account: Account, *, second_factor_shown: bool) -> Stage:
    """Where a sign-in goes on: an account that has a second factor must show it before anything else."""
    if account.has_second_factor and not second_factor_shown:
        return Stage.SECOND_FACTOR
    return Stage.SET_UP if missing(account, second_factor_shown=second_factor_shown) else Stage.FULL


TOUCH_EVERY = timedelta(seconds=60)


def is_alive(*, last_seen_at: datetime, ends_at: datetime, stage: Stage, limits: Limits, now: datetime) -> bool:
    """True while neither the idle nor the absolute limit is reached."""
    idle = limits.idle if stage == Stage.FULL else limits.unfinished
    return now < ends_at and now - last_seen_at < idle


def token_hash(token: str) -> bytes:
    """What is kept of a token of 256 random bits: it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def cookie_name(name: str, *, tls: bool) -> str:
    """Under TLS the `__Host-` prefix binds the cookie to this host, root path and TLS (RFC 6265bis §4.1.3).

    >>> cookie_name("zt_session", tls=True), cookie_name("zt_session", tls=False)
    ('__Host-zt_session', 'zt_session')
    """
    return f"__Host-{name}" if tls else name


_BROWSERS = (
    ("MicroMessenger", "微信", "WeChat"),
    ("DingTalk", "钉钉", "DingTalk"),
    ("QQBrowser", "QQ浏览器", "QQ Browser"),
    ("UCBrowser", "UC浏览器", "UC Browser"),
    ("MetaSr", "搜狗浏览器", "Sogou"),
    ("Edg", "Edge", "Edge"),
    ("Firefox", "Firefox", "Firefox"),
    ("Chrome", "Chrome", "Chrome"),
    ("Safari", "Safari", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony|HarmonyOS", "鸿蒙", "HarmonyOS"),
    ("iPhone|iPad", "iOS", "iOS"),
    ("Android", "安卓", "Android"),
    ("Windows", "Windows", "Windows"),
    ("Mac OS X", "macOS", "macOS"),
    ("UOS|Kylin|NeoKylin", "国产 Linux", "Linux (UOS/Kylin)"),
    ("Linux", "Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A device in words, from its User-Agent: a hint to its owner, never a proof."""

    zh: str
    en: str


def device(user_agent: str) -> Device:
    """What a person would call the device.

    >>> device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36").zh
    'Chrome（Linux）'
    >>> device("curl/8").en
    'Unknown device'
    """
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if not browser and not system:
        return Device("未知设备", "Unknown device")
    browser = browser or ("浏览器", "Browser")
    if not system:
        return Device(browser[0], browser[1])
    return Device(f"{browser[0]}（{system[0]}）", f"{browser[1]} on {system[1]}")


def _first(table: tuple[tuple[str, str, str], ...], text: str) -> tuple[str, str] | None:
    return next(((zh, en) for pattern, zh, en in table if re.search(pattern, text)), None)


def safe_next(path: str) -> str:
    """Where to go after a sign-in elsewhere: a path of this site, or the start page.

    >>> safe_next("/audit?q=1"), safe_next("//evil.example"), safe_next("https://evil.example"), safe_next("/\\\\evil")
    ('/audit?q=1', '/', '/', '/')
    """
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if plain and path.isprintable() else "/"
