"""Passwords by argon2id as OWASP advises: 19 MiB, two passes, one lane; a few at a time, so that memory stays bounded."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

AT_ONCE = 4
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_room = threading.BoundedSemaphore(AT_ONCE)
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$CAA8Am0XrXyFccy0eYw1Pg$3CtzNDN1sXXSY2QV5qv0ynwxwIZcEjvCzMx+Ms6HmOM"


def hashed(password: str) -> str:
    """The hash to keep. Takes tens of milliseconds: call it outside write transactions."""
    with _room:
        return _hasher.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """True where the password is the one kept; as slow for nobody's (`kept` None) as for anybody's."""
    with _room:
        try:
            return _hasher.verify(kept or NOBODY, password) and kept is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """True where a hash was made with other settings than today's."""
    return _hasher.check_needs_rehash(kept)
