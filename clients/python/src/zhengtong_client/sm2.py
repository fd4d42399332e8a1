"""SM2 and SM3 by the system's OpenSSL (libcrypto ≥ 3), called through ctypes: sign, verify, open what was sealed to a key.

GB/T 32918 (SM2), GB/T 32905 (SM3). The signer's id is 1234567812345678, as both sides of a Zhengtong city use it.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import re
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_void_p
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from zhengtong_client.errors import KeyWrong, NoLibcrypto

ID = b"1234567812345678"
_BLOCK = 64
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")  # id-ecPublicKey, curve sm2p256v1
_NAMES = (
    "libcrypto.so.3",
    "libcrypto.3.dylib",
    "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
    "libcrypto-3-x64.dll",
)
_SIZE = POINTER(c_size_t)
_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "ERR_clear_error": (None, []),
    "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(c_void_p), c_long]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_void_p), c_long]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_is_a": (c_int, [c_void_p, c_char_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_size_t]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_sm3": (c_void_p, []),
    "EVP_Digest": (c_int, [c_char_p, c_size_t, POINTER(c_ubyte), c_void_p, c_void_p, c_void_p]),
    "EVP_DigestSignInit": (c_int, [c_void_p] * 5),
    "EVP_DigestSign": (c_int, [c_void_p, POINTER(c_ubyte), _SIZE, c_char_p, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p] * 5),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_PKEY_decrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_decrypt": (c_int, [c_void_p, POINTER(c_ubyte), _SIZE, c_char_p, c_size_t]),
}


def sm3(data: bytes) -> bytes:
    """The 32-byte SM3 digest.

    >>> sm3(b"abc").hex()[:16]
    '66c7f0f462eeedd9'
    """
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    lib, out = _library(), (c_ubyte * 32)()
    _must(lib.EVP_Digest(data, len(data), out, None, lib.EVP_sm3(), None) == 1)
    return bytes(out)


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC (RFC 2104) over SM3."""
    key = (sm3(key) if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inside = sm3(bytes(byte ^ 0x36 for byte in key) + data)
    return sm3(bytes(byte ^ 0x5C for byte in key) + inside)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A system's own key. Read it with `from_pem_file`; it stays in this process."""

    der: bytes = field(repr=False)

    @classmethod
    def from_pem_file(cls, path: str | Path) -> "PrivateKey":
        return cls.from_pem(Path(path).read_text("ascii"))

    @classmethod
    def from_pem(cls, text: str) -> "PrivateKey":
        """From PKCS #8 or SEC 1 PEM, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2` writes it."""
        der = _unarmoured(text, "(?:EC )?PRIVATE KEY")
        _loaded(der, private=True)
        return cls(der)

    def sign(self, message: bytes) -> bytes:
        """A DER signature over SM3(Z ‖ message)."""
        lib, key = _library(), _loaded(self.der, private=True)
        with _digesting(key, lib.EVP_DigestSignInit) as digest:
            out, size = (c_ubyte * 128)(), c_size_t(128)
            _must(lib.EVP_DigestSign(digest, out, byref(size), message, len(message)) == 1)
        return bytes(out[: size.value])

    def decrypt(self, cipher: bytes) -> bytes:
        """What was sealed to this key (SM2, DER of GB/T 35276). Raises KeyWrong when it does not open."""
        lib, key = _library(), _loaded(self.der, private=True)
        context = _Owned(lib.EVP_PKEY_CTX_new(key.pointer, None), lib.EVP_PKEY_CTX_free)
        _must(lib.EVP_PKEY_decrypt_init(context.pointer) == 1)
        out, size = (c_ubyte * len(cipher))(), c_size_t(len(cipher))
        if lib.EVP_PKEY_decrypt(context.pointer, out, byref(size), cipher, len(cipher)) != 1:
            lib.ERR_clear_error()
            raise KeyWrong("密文不是封给这把密钥的，或已被改动", "this was not sealed to this key, or was changed")
        return bytes(out[: size.value])


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of the SM2 curve, 04‖x‖y."""

    point: bytes

    @classmethod
    def from_hex(cls, text: str) -> "PublicKey":
        point = bytes.fromhex(text)
        return cls(b"\x04" + point if len(point) == 64 else point)

    @classmethod
    def from_pem(cls, text: str) -> "PublicKey":
        return cls(_unarmoured(text, "PUBLIC KEY")[-65:])

    def verify(self, signature: bytes, message: bytes) -> bool:
        """True where the signature (r‖s of 64 bytes, or DER) is this key's over the message."""
        lib = _library()
        der = _as_der(signature) if len(signature) == 64 else signature
        body = _ALGORITHM + _tlv(3, b"\0" + self.point)
        key = _loaded(_tlv(0x30, body), private=False)
        with _digesting(key, lib.EVP_DigestVerifyInit) as digest:
            good = lib.EVP_DigestVerify(digest, der, len(der), message, len(message)) == 1
        lib.ERR_clear_error()
        return bool(good)


class _Owned:
    def __init__(self, pointer: int | None, free: Any) -> None:
        _must(pointer is not None)
        self.pointer = pointer
        weakref.finalize(self, free, pointer).atexit = False


class _digesting:
    """A digest context of a key; the id is set before the start, since Z is hashed first."""

    def __init__(self, key: _Owned, start: Any) -> None:
        lib = _library()
        self._context = _Owned(lib.EVP_PKEY_CTX_new(key.pointer, None), lib.EVP_PKEY_CTX_free)
        self._digest = _Owned(lib.EVP_MD_CTX_new(), lib.EVP_MD_CTX_free)
        _must(lib.EVP_PKEY_CTX_set1_id(self._context.pointer, ID, len(ID)) == 1)
        lib.EVP_MD_CTX_set_pkey_ctx(self._digest.pointer, self._context.pointer)
        _must(start(self._digest.pointer, None, lib.EVP_sm3(), None, key.pointer) == 1)

    def __enter__(self) -> int | None:
        return self._digest.pointer

    def __exit__(self, *_: object) -> None:
        del self._digest, self._context


@cache
def _loaded(der: bytes, *, private: bool) -> _Owned:
    lib = _library()
    text = ctypes.create_string_buffer(der, len(der))
    decode = lib.d2i_AutoPrivateKey if private else lib.d2i_PUBKEY
    pointer = decode(None, byref(c_void_p(ctypes.addressof(text))), len(der))
    if not pointer:
        lib.ERR_clear_error()
        raise KeyWrong("不是有效的密钥", "not a valid key")
    key = _Owned(pointer, lib.EVP_PKEY_free)
    if lib.EVP_PKEY_is_a(key.pointer, b"SM2") != 1:
        raise KeyWrong("不是 SM2 密钥", "not an SM2 key")
    return key


@cache
def _library() -> ctypes.CDLL:
    found = ctypes.util.find_library("crypto")
    for name in (*_NAMES, *([found] if found else [])):
        try:
            lib = ctypes.CDLL(name)
            for function, (result, arguments) in _PROTOTYPES.items():
                getattr(lib, function).restype, getattr(lib, function).argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        return lib
    raise NoLibcrypto


def _must(well: bool) -> None:
    if not well:
        _library().ERR_clear_error()
        raise RuntimeError("libcrypto failed in an SM2 or SM3 call")


def _unarmoured(text: str, label: str) -> bytes:
    found = re.search(f"-----BEGIN ({label})-----(.+?)-----END \\1-----", text, re.DOTALL)
    if not found:
        raise KeyWrong(
            "没有可读的 PEM 段（加了口令的密钥请先解开）",
            "no readable PEM block (an encrypted key must be opened first)",
        )
    return base64.b64decode("".join(found[2].split()))


def _as_der(raw: bytes) -> bytes:
    numbers = (part.lstrip(b"\0") or b"\0" for part in (raw[:32], raw[32:]))
    return _tlv(0x30, b"".join(_tlv(2, b"\0" + one if one[0] & 128 else one) for one in numbers))


def _tlv(tag: int, body: bytes) -> bytes:
    assert len(body) < 128, "only short values are written here"
    return bytes([tag, len(body)]) + body
