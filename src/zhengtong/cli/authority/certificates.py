"""Certificates and revocation lists (RFC 5280) signed with SM2 over SM3 (1.2.156.10197.1.501)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from zhengtong.cli.authority import der
from zhengtong.engines.crypto import Crypto, PrivateKey, PublicKey, signature_to_der

SM2_WITH_SM3 = der.sequence(der.oid("1.2.156.10197.1.501"))
COMMON_NAME, COUNTRY = "2.5.4.3", "2.5.4.6"
SIGNS, ISSUES = bytes([0b1000_0000]), bytes([0b0000_0110])  # digitalSignature; keyCertSign, cRLSign
SERVER, CLIENT = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is for; without `names` it is an authority's."""

    name: str
    key: PublicKey
    serial: int
    begins: datetime
    ends: datetime
    names: tuple[str, ...] = ()
    for_client: bool = False
    is_authority: bool = False


def name_of(common: str) -> bytes:
    """The distinguished name C=CN, CN=…"""
    parts = ((COUNTRY, der.tlv(0x13, b"CN")), (COMMON_NAME, der.utf8(common)))
    return der.sequence(*(der.one_of_set(der.sequence(der.oid(kind), value)) for kind, value in parts))


def certificate(crypto: Crypto, issuer: str, issuer_key: PrivateKey, subject: Subject) -> bytes:
    """The certificate, in DER."""
    told = der.sequence(
        der.explicit(0, der.integer(2)),
        der.integer(subject.serial),
        SM2_WITH_SM3,
        name_of(issuer),
        der.sequence(der.time(subject.begins), der.time(subject.ends)),
        name_of(subject.name),
        subject.key.to_der(),
        der.explicit(3, der.sequence(*_extensions(crypto, issuer_key.public, subject))),
    )
    return _signed(crypto, issuer_key, told)


def revocation_list(
    crypto: Crypto, issuer: str, key: PrivateKey, revoked: Iterable[tuple[int, datetime]], *, number: int, now: datetime, until: datetime
) -> bytes:  # fmt: skip
    """The list of revoked serials and when, in DER."""
    entries = b"".join(der.sequence(der.integer(serial), der.time(at)) for serial, at in revoked)
    about = (
        _extension("2.5.29.35", der.sequence(der.implicit(0, key_identifier(crypto, key.public)))),
        _extension("2.5.29.20", der.integer(number)),
    )
    told = der.sequence(
        der.integer(1),
        SM2_WITH_SM3,
        name_of(issuer),
        der.time(now),
        der.time(until),
        der.sequence(entries) if entries else b"",
        der.explicit(0, der.sequence(*about)),
    )
    return _signed(crypto, key, told)


def key_identifier(crypto: Crypto, key: PublicKey) -> bytes:
    """The first 20 bytes of the key's SM3 digest (RFC 7093 §2, with SM3)."""
    return crypto.sm3(key.point)[:20]


def _extensions(crypto: Crypto, issuer: PublicKey, subject: Subject) -> list[bytes]:
    constraints = der.sequence(der.boolean(True), der.integer(0)) if subject.is_authority else der.sequence()
    usage = der.bits(ISSUES, 1) if subject.is_authority else der.bits(SIGNS, 7)
    found = [
        _extension("2.5.29.19", constraints, critical=True),
        _extension("2.5.29.15", usage, critical=True),
        _extension("2.5.29.14", der.octets(key_identifier(crypto, subject.key))),
        _extension("2.5.29.35", der.sequence(der.implicit(0, key_identifier(crypto, issuer)))),
    ]
    if not subject.is_authority:
        found.append(_extension("2.5.29.37", der.sequence(der.oid(CLIENT if subject.for_client else SERVER))))
    if subject.names:
        found.append(_extension("2.5.29.17", der.sequence(*map(der.address, subject.names))))
    return found


def _extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.sequence(der.oid(kind), der.boolean(True) if critical else b"", der.octets(value))


def _signed(crypto: Crypto, key: PrivateKey, told: bytes) -> bytes:
    return der.sequence(told, SM2_WITH_SM3, der.bits(signature_to_der(crypto.sign(key, told))))
