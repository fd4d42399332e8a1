"""DER (X.690), as much as a certificate needs.

>>> sequence(integer(1), boolean(True)).hex()
'30060201010101ff'
>>> oid("1.2.156.10197.1.501").hex()
'06082a811ccf55018375'
"""

import ipaddress
from datetime import UTC, datetime


def tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 128 + len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, b"".join(parts))


def one_of_set(part: bytes) -> bytes:
    return tlv(0x31, part)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def boolean(value: bool) -> bytes:
    return tlv(0x01, b"\xff" if value else b"\0")


def bits(body: bytes, unused: int = 0) -> bytes:
    return tlv(0x03, bytes([unused]) + body)


def octets(body: bytes) -> bytes:
    return tlv(0x04, body)


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytes([first * 40 + second])
    for part in rest:
        digits = [part & 127]
        while part := part >> 7:
            digits.append(part & 127 | 128)
        body += bytes(reversed(digits))
    return tlv(0x06, body)


def time(at: datetime) -> bytes:
    """UTCTime to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5)."""
    utc = at.astimezone(UTC)
    if utc.year < 2050:
        return tlv(0x17, utc.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, utc.strftime("%Y%m%d%H%M%SZ").encode())


def explicit(number: int, body: bytes) -> bytes:
    return tlv(0xA0 + number, body)


def implicit(number: int, body: bytes) -> bytes:
    return tlv(0x80 + number, body)


def address(text: str) -> bytes:
    """A subject alternative name: an iPAddress where the text is one, else a dNSName."""
    try:
        return implicit(7, ipaddress.ip_address(text).packed)
    except ValueError:
        return implicit(2, text.encode("idna"))
