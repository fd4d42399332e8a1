"""How long a sign-in must wait after failures, and in which count a failure stands.

Three counts: the account as strangers try it, the account from where its owner is known (a device cookie, or an address
the owner signed in from lately), and the address. A stranger's failures slow strangers down; the owner, who comes from
somewhere known, has a count of their own, so that no one can lock another out (OWASP: device cookies).
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` failures cost nothing; then the wait is `first`, doubled with each further failure up to `most`; all is
    forgotten `forget` after the last failure."""

    free: int
    first: timedelta
    most: timedelta
    forget: timedelta


ACCOUNT = Patience(free=5, first=timedelta(seconds=2), most=timedelta(minutes=15), forget=timedelta(hours=24))
ADDRESS = Patience(free=30, first=timedelta(seconds=1), most=timedelta(minutes=15), forget=timedelta(hours=1))


def wait(patience: Patience, failures: int) -> timedelta:
    """How long after the last of so many failures the next try is heard.

    >>> [int(wait(ACCOUNT, n).total_seconds()) for n in (0, 4, 5, 6, 9, 30)]
    [0, 0, 2, 4, 32, 900]
    """
    over = failures - patience.free
    if over < 0:
        return timedelta(0)
    longer: timedelta = patience.first * 2 ** min(over, 30)
    return min(longer, patience.most)


def left_s(patience: Patience, failures: int, last: datetime, now: datetime) -> int:
    """The whole seconds until the next try is heard; 0 when it is heard now."""
    left = last + wait(patience, failures) - now
    return max(0, -int(-left.total_seconds() // 1))


def still_counts(patience: Patience, last: datetime, now: datetime) -> bool:
    """True while a failure is not forgotten."""
    return now - last < patience.forget


def network(address: str) -> str:
    """The part of an address one subscriber holds: an IPv4 address whole, the first 64 bits of an IPv6 one.

    >>> network("2001:db8:1:2:aaaa::7"), network("10.1.2.3"), network("::ffff:10.1.2.3"), network("")
    ('2001:db8:1:2::/64', '10.1.2.3', '10.1.2.3', 'unknown')
    """
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def bucket(kind: str, *parts: str) -> str:
    """The name of a count. Hashed: what was typed as a login name may have been a password."""
    return f"{kind}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}"


def buckets(login: str, address: str, *, device: str | None, known_address: bool) -> Iterable[tuple[str, Patience]]:
    """The counts in which a try for this login name stands."""
    name = login.strip().casefold()
    place = network(address)
    yield bucket("address", place), ADDRESS
    if device:
        yield bucket("device", name, device), ACCOUNT
    elif known_address:
        yield bucket("place", name, place), ACCOUNT
    else:
        yield bucket("account", name), ACCOUNT
