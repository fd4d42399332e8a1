"""One-time codes: which time step a code belongs to, and how recovery codes are written and kept."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

STEP_S = 30
WINDOW = 1
RECOVERY_CODES = 10
RECOVERY_GROUPS = (4, 4, 4, 4)
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")


def matching_counter(otp: Callable[[int], str], code: str, *, at: datetime, after: int) -> int | None:
    """The time step (RFC 6238) whose code this is, one step of clock drift either way; None when it is none of them or
    not later than `after`, the step last used.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    >>> now = int(noon.timestamp()) // STEP_S
    >>> matching_counter(lambda step: f"{step % 1000000:06}", f"{now % 1000000:06}", at=noon, after=now)
    """
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    present = int(at.timestamp()) // STEP_S
    steps = range(present - WINDOW, present + WINDOW + 1)
    found = [step for step in steps if hmac.compare_digest(otp(step), typed)]
    return next((step for step in found if step > after), None)


def recovery_digest(code: str, subject: bytes) -> bytes:
    """What is kept of a recovery code (80 random bits, so one fast hash is enough); bound to its subject.

    >>> recovery_digest("abcd-efgh-jkmn-0123", b"s") == recovery_digest("ABCDEFGHJKMNO1 23", b"s")
    True
    """
    plain = "".join(letter for letter in code.upper().translate(_MISREAD) if letter in CROCKFORD)
    return hashlib.sha256(b"zt-recovery" + subject + plain.encode()).digest()
