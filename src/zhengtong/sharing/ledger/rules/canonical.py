"""Canonical JSON (RFC 8785) of whole numbers and text: one value, one string of bytes, wherever and whenever it is written."""

import json
import re
from collections.abc import Callable
from json import encoder
from typing import Any

GREATEST = 2**53 - 1
KEYS_KEPT = 2_000
_PLAIN = re.compile(r"[0-9A-Za-z.:_-]*")
"""Texts that are written as they are."""


class NotCanonical(ValueError):
    """The value cannot stand on the ledger; the sentence says where and why."""


def _encoder() -> Callable[[Any], str]:
    """The standard encoder, made once: `JSONEncoder.encode` makes a new one for each value."""
    plain = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    quoted: Any = encoder.encode_basestring
    pieces = make(None, plain.default, quoted, None, ":", ",", True, False, False)
    return lambda value: "".join(pieces(value, 0))


_encode = _encoder()
_sound_keys: set[str] = set()


def canonical(value: Any) -> bytes:
    """The value's bytes. Keys are sorted, nothing is put between; numbers are whole and below 2^53. Raises NotCanonical.

    >>> canonical({"b": [1, True, None], "a": "政"}).decode()
    '{"a":"政","b":[1,true,null]}'
    """
    kind = type(value)
    if kind is str and _PLAIN.fullmatch(value):
        return b'"%b"' % value.encode()
    if not _is_sound(value):
        _complain(value, "")
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        raise NotCanonical("a text holds half a character (a lone surrogate)") from None


def read(data: bytes) -> Any:
    """The value of canonical bytes. Raises NotCanonical for any others, so that no two readings are possible."""
    try:
        value = json.loads(data, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as wrong:
        raise NotCanonical(f"not JSON: {wrong}") from None
    if canonical(value) != data:
        raise NotCanonical("the bytes are not in canonical form")
    return value


def _no_float(text: str) -> Any:
    raise NotCanonical(f"{text} is not a whole number")


def _is_sound(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        for key, one in value.items():
            if key not in _sound_keys and not _is_key(key):
                return False
            if type(one) is not str and not _is_sound(one):
                return False
        return True
    if kind is list or kind is tuple:
        return all(map(_is_sound, value))
    if kind is int:
        return bool(-GREATEST <= value <= GREATEST)
    return kind is str or kind is bool or value is None


def _is_key(key: Any) -> bool:
    """True for ASCII text, which is remembered."""
    if type(key) is not str or not key.isascii():
        return False
    if len(_sound_keys) < KEYS_KEPT:
        _sound_keys.add(key)
    return True


def _complain(value: Any, place: str) -> None:
    """This will raise, naming the place."""
    here = place.removeprefix(".") or "the value"
    if isinstance(value, dict):
        for key, one in value.items():
            if type(key) is not str or not key.isascii():
                raise NotCanonical(f"{here} has the key {key!r}; keys are ASCII text")
            _complain(one, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            _complain(one, f"{place}[{number}]")
    elif not _is_sound(value):
        if isinstance(value, int):
            raise NotCanonical(f"{here} is too large a number: {value}")
        kind = type(value).__name__
        raise NotCanonical(f"{here} is a {kind}; only text, whole numbers, lists and objects stand there")
