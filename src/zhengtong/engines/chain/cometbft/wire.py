"""Protocol Buffers (proto3), the part that ABCI needs: varints, bytes, texts, messages within messages.

A shape says the fields of a message by number; a message is a dict with a value for each of them. What is unknown is skipped, what is
zero is not written, both as proto3 has it. Source: the encoding page of Protocol Buffers.

>>> shape = {"height": Field(1, INT), "txs": Field(2, BYTES, many=True)}
>>> decode(shape, encode(shape, {"height": 300, "txs": [b"a", b""]}))
{'height': 300, 'txs': [b'a', b'']}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INT, BYTES, TEXT = "int", "bytes", "text"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


class Malformed(ValueError):
    """The bytes are no message of this shape."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field's number, its kind (INT, BYTES, TEXT or a shape), and whether it comes many times."""

    number: int
    kind: "str | Mapping[str, Field]"
    many: bool = False


Shape = Mapping[str, Field]


def encode(shape: Shape, message: Mapping[str, Any]) -> bytes:
    """The message as bytes, its fields in the shape's order."""
    out = bytearray()
    for name, field in shape.items():
        value = message.get(name)
        if field.many:
            for one in value or ():
                _put(out, field, one)
        elif value or (value is not None and not isinstance(field.kind, str)):
            _put(out, field, value)
    return bytes(out)


def decode(shape: Shape, data: bytes) -> dict[str, Any]:
    """The message, with zeros, empty values, [] or None where the bytes say nothing. Raises Malformed."""
    names = {field.number: (name, field) for name, field in shape.items()}
    message: dict[str, Any] = {name: _empty(field) for name, field in shape.items()}
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = _take(data, at, key & 7)
        known = names.get(key >> 3)
        if known is None:
            continue
        name, field = known
        value = _as(field, value)
        if field.many:
            message[name].append(value)
        else:
            message[name] = value
    return message


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, and where it ends. Raises Malformed."""
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("a number has no end")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def written(number: int) -> bytes:
    """A number as a varint; a negative one in ten bytes.

    >>> written(300).hex(), written(-1).hex()
    ('ac02', 'ffffffffffffffffff01')
    """
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _put(out: bytearray, field: Field, value: Any) -> None:
    if field.kind == INT:
        out += written(field.number << 3 | _VARINT) + written(int(value))
        return
    if field.kind == BYTES:
        body = value
    elif field.kind == TEXT:
        body = value.encode()
    else:
        assert not isinstance(field.kind, str)
        body = encode(field.kind, value)
    out += written(field.number << 3 | _LENGTH) + written(len(body)) + body


def _take(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind == _VARINT:
        return varint(data, at)
    if kind == _LENGTH:
        width, at = varint(data, at)
    elif kind in _WIDTHS:
        width = _WIDTHS[kind]
    else:
        raise Malformed(f"a field of kind {kind}")
    end = at + width
    if end > len(data):
        raise Malformed("a field ends behind the message")
    return bytes(data[at:end]), end


def _as(field: Field, value: Any) -> Any:
    if (field.kind == INT) != isinstance(value, int):
        raise Malformed(f"field {field.number} is of another kind")
    if field.kind == INT:
        return value - (1 << 64) if value >= 1 << 63 else value
    if field.kind == BYTES:
        return value
    if field.kind == TEXT:
        return value.decode("utf-8", "replace")
    assert not isinstance(field.kind, str)
    return decode(field.kind, value)


def _empty(field: Field) -> Any:
    if field.many:
        return []
    return {INT: 0, BYTES: b"", TEXT: ""}.get(field.kind) if isinstance(field.kind, str) else None
