"""SM3 (GB/T 32905) as this interpreter has it: from hashlib, or from the wheel that brings its own OpenSSL."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any


def _made() -> Callable[[bytes], bytes]:
    """The digest function: a copy of a fresh hasher is quicker than to have OpenSSL look its name up each time."""
    if "sm3" not in hashlib.algorithms_available:
        return _wheel
    fresh = hashlib.new("sm3")

    def digest(data: bytes) -> bytes:
        hasher = fresh.copy()
        hasher.update(data)
        return hasher.digest()

    return digest


def _wheel(data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes

    hasher = hashes.Hash(hashes.SM3())
    hasher.update(data)
    return hasher.finalize()


sm3 = _made()
"""The 32-byte digest: `sm3(b"abc")` begins with 66c7f0f4."""


def sm3_after(begin: bytes, rest: bytes) -> bytes:
    """The digest of both together; a beginning that comes again is taken in once."""
    if "sm3" not in hashlib.algorithms_available:
        return sm3(begin + rest)
    hasher = _begun(begin).copy()
    hasher.update(rest)
    return bytes(hasher.digest())


@functools.lru_cache(256)
def _begun(begin: bytes) -> Any:
    return hashlib.new("sm3", begin)


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The 32-byte keyed digest (RFC 2104 over SM3)."""
    key = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    return sm3(key.translate(_OUTER) + sm3(key.translate(_INNER) + data))


_INNER, _OUTER = bytes(one ^ 0x36 for one in range(256)), bytes(one ^ 0x5C for one in range(256))
