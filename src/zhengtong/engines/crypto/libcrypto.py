"""国密 by the system's OpenSSL ≥ 3: SM2 through EVP (ctypes), SM4-GCM through the `cryptography` wheel, SM3 through `hashlib` (half as
fast again as the wheel's on short texts, benchmarks/crypto.py) and where this Python's has none, through the wheel.

OpenSSL's EVP has SM2 signatures with an id and SM2 encryption; no wheel offers both. A loaded key costs more than a signature (0.4 ms
against 0.3), so the last 256 of each kind stay loaded.
"""

import ctypes
import ctypes.util
import functools
import hashlib
import os
import platform
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_ulong, c_void_p
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from zhengtong.engines import crypto
from zhengtong.kernel import errors

_NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto-3-arm64.dll", "libcrypto-3.dll")
_PLACES = (
    "",
    "/opt/homebrew/opt/openssl@3/lib/",
    "/usr/local/opt/openssl@3/lib/",
    "/usr/local/lib64/",
    "/usr/local/lib/",
)
_TIMING = errors.Words(
    "此处理器上 OpenSSL ≥ 3.2 的 SM2 用时随私钥变化（CVE-2025-9231 等），同机他人或可测出；请用 OpenSSL 3.0、x86-64 机器或密码机",
    "on this processor SM2 of OpenSSL ≥ 3.2 takes a time that depends on the private key (CVE-2025-9231 and kin), which others on the "
    "machine might measure; use OpenSSL 3.0, an x86-64 machine or a cryptographic device",
)
_SM2_NID = 1172
NONCES_AT_ONCE = 256
_BLOCK = 64
_BUFFER, _SIZE = c_char_p, POINTER(c_size_t)
_PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "OpenSSL_version_num": (c_ulong, []),
    "OpenSSL_version": (c_char_p, [c_int]),
    "ERR_clear_error": (None, []),
    "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(c_void_p), c_long]),
    "d2i_PUBKEY": (c_void_p, [c_void_p, POINTER(c_void_p), c_long]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_is_a": (c_int, [c_void_p, c_char_p]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, [c_void_p, c_char_p, c_char_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, _BUFFER, c_size_t]),
    "EVP_sm3": (c_void_p, []),
    "EVP_DigestSignInit": (c_int, [c_void_p] * 5),
    "EVP_DigestSign": (c_int, [c_void_p, POINTER(c_ubyte), _SIZE, _BUFFER, c_size_t]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p] * 5),
    "EVP_DigestVerify": (c_int, [c_void_p, _BUFFER, c_size_t, _BUFFER, c_size_t]),
    "EVP_PKEY_encrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_encrypt": (c_int, [c_void_p, POINTER(c_ubyte), _SIZE, _BUFFER, c_size_t]),
    "EVP_PKEY_decrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_decrypt": (c_int, [c_void_p, POINTER(c_ubyte), _SIZE, _BUFFER, c_size_t]),
    "EC_GROUP_new_by_curve_name": (c_void_p, [c_int]),
    "EC_GROUP_free": (None, [c_void_p]),
    "EC_POINT_new": (c_void_p, [c_void_p]),
    "EC_POINT_free": (None, [c_void_p]),
    "EC_POINT_mul": (c_int, [c_void_p] * 6),
    "EC_POINT_point2oct": (c_size_t, [c_void_p, c_void_p, c_int, POINTER(c_ubyte), c_size_t, c_void_p]),
    "BN_bin2bn": (c_void_p, [_BUFFER, c_int, c_void_p]),
    "BN_clear_free": (None, [c_void_p]),
}


class LibCrypto:
    """The Crypto port on the system's libcrypto."""

    def __init__(self, path: Path | None = None) -> None:
        self._lib = _loaded(path)
        version = self._lib.OpenSSL_version(0).decode()
        caution = caution_of(platform.machine(), self._lib.OpenSSL_version_num())
        self.features = crypto.Features("libcrypto", version, sm2_encryption=True, any_id=True, caution=caution)
        has_sm3 = "sm3" in hashlib.algorithms_available
        self._sm3: Callable[[], Any] = hashlib.new("sm3").copy if has_sm3 else WheelSm3
        self._private = functools.lru_cache(256)(self._load_private)
        self._public = functools.lru_cache(256)(self._load_public)
        self._schedule = functools.lru_cache(256)(self._begun)
        self._group = self._owned(self._lib.EC_GROUP_new_by_curve_name(_SM2_NID), self._lib.EC_GROUP_free)

    def sm3(self, data: bytes) -> bytes:
        digest = self._sm3()
        digest.update(data)
        return bytes(digest.digest())

    def sm3_of(self, chunks: Iterable[bytes]) -> bytes:
        digest = self._sm3()
        for chunk in chunks:
            digest.update(chunk)
        return bytes(digest.digest())

    def hmac_sm3(self, key: bytes, data: bytes) -> bytes:
        inside, outside = (one.copy() for one in self._schedule(key))
        inside.update(data)
        outside.update(inside.digest())
        return bytes(outside.digest())

    def _begun(self, key: bytes) -> tuple[Any, Any]:
        """The two digests of RFC 2104 with the key taken in: half the work of a short text, done once a key."""
        block = (self.sm3(key) if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        inside, outside = self._sm3(), self._sm3()
        inside.update(bytes(one ^ 0x36 for one in block))
        outside.update(bytes(one ^ 0x5C for one in block))
        return inside, outside

    def sm4_seal(self, key: bytes, plain: bytes, aad: bytes = b"") -> bytes:
        nonce = _nonce()
        sealing = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(aad)
        return nonce + sealing.update(plain) + sealing.finalize() + sealing.tag

    def sm4_open(self, key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        if len(sealed) < crypto.NONCE + crypto.TAG:
            raise crypto.SealBroken
        nonce, body, tag = sealed[: crypto.NONCE], sealed[crypto.NONCE : -crypto.TAG], sealed[-crypto.TAG :]
        opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(aad)
        try:
            return opening.update(body) + opening.finalize()
        except InvalidTag:
            raise crypto.SealBroken from None

    def sm4_blocks(self, key: bytes, blocks: bytes) -> bytes:
        naming = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - a permutation, see the port
        return naming.update(blocks) + naming.finalize()

    def new_key(self) -> crypto.PrivateKey:
        while True:
            scalar = crypto.random(32)
            if 1 <= int.from_bytes(scalar) <= crypto.N - 2:
                return self.private_key(scalar)

    def private_key(self, scalar: bytes) -> crypto.PrivateKey:
        if len(scalar) != 32 or not 1 <= int.from_bytes(scalar) <= crypto.N - 2:
            raise crypto.KeyInvalid(
                why=errors.Words("私钥应为 1 至 n-2 的 32 字节数", "expected 32 bytes from 1 to n-2")
            )
        lib = self._lib
        with (
            self._own("BN_bin2bn", scalar, 32, None, free="BN_clear_free") as number,
            self._own("EC_POINT_new", self._group.pointer, free="EC_POINT_free") as point,
        ):
            self._must(lib.EC_POINT_mul(self._group.pointer, point, number, None, None, None) == 1)
            out = (c_ubyte * 65)()
            self._must(lib.EC_POINT_point2oct(self._group.pointer, point, 4, out, 65, None) == 65)
        return crypto.PrivateKey(scalar, crypto.PublicKey(bytes(out)))

    def sign(self, key: crypto.PrivateKey, message: bytes, id: bytes = crypto.DEFAULT_ID) -> bytes:
        lib = self._lib
        with self._digesting(self._private(key), lib.EVP_DigestSignInit, id) as digest:
            der = self._answer(128, lambda out, size: lib.EVP_DigestSign(digest, out, size, message, len(message)))
        return crypto.signature_to_raw(der)

    def verify(self, key: crypto.PublicKey, signature: bytes, message: bytes, id: bytes = crypto.DEFAULT_ID) -> bool:
        try:
            der = crypto.signature_to_der(crypto.signature_to_raw(signature))
        except crypto.SignatureMalformed:
            return False
        with self._digesting(self._public(key), self._lib.EVP_DigestVerifyInit, id) as digest:
            good: bool = self._lib.EVP_DigestVerify(digest, der, len(der), message, len(message)) == 1
        if not good:
            self._lib.ERR_clear_error()
        return good

    def encrypt(self, key: crypto.PublicKey, plain: bytes) -> bytes:
        if not plain:
            raise ValueError("SM2 encrypts at least one byte")
        held = self._public(key)
        while True:
            with self._own("EVP_PKEY_CTX_new", held.pointer, None, free="EVP_PKEY_CTX_free") as sealing:
                self._must(self._lib.EVP_PKEY_encrypt_init(sealing) == 1)
                call = functools.partial(self._lib.EVP_PKEY_encrypt, sealing)
                der = self._answer(len(plain) + 160, lambda out, size, call=call: call(out, size, plain, len(plain)))
            # GB/T 32918.4 §6.1 A5 draws again when the key stream is all zeros (a short text would stand in clear); 3.0 does not.
            if crypto.cipher_to_raw(der)[97:] != plain:
                return der

    def decrypt(self, key: crypto.PrivateKey, cipher: bytes) -> bytes:
        der = crypto.cipher_to_der(cipher) if cipher[:1] == b"\x04" else cipher
        lib, held = self._lib, self._private(key)
        with self._own("EVP_PKEY_CTX_new", held.pointer, None, free="EVP_PKEY_CTX_free") as opening:
            self._must(lib.EVP_PKEY_decrypt_init(opening) == 1)
            out, size = (c_ubyte * (len(der) + 64))(), c_size_t(len(der) + 64)
            if lib.EVP_PKEY_decrypt(opening, out, byref(size), der, len(der)) != 1:
                lib.ERR_clear_error()
                raise crypto.SealBroken
            return bytes(out[: size.value])

    @contextmanager
    def _digesting(self, key: "_Owned", start: Callable[..., int], id: bytes) -> Iterator[c_void_p]:
        """A digest context for this key and id; the id must be set before the start, since Z is hashed first."""
        lib = self._lib
        with self._own("EVP_PKEY_CTX_new", key.pointer, None, free="EVP_PKEY_CTX_free") as context:
            self._must(lib.EVP_PKEY_CTX_set1_id(context, id, len(id)) == 1)
            with self._own("EVP_MD_CTX_new", free="EVP_MD_CTX_free") as digest:
                lib.EVP_MD_CTX_set_pkey_ctx(digest, context)
                self._must(start(digest, None, lib.EVP_sm3(), None, key.pointer) == 1)
                yield digest

    def _answer(self, room: int, call: Callable[..., int]) -> bytes:
        out, size = (c_ubyte * room)(), c_size_t(room)
        self._must(call(out, byref(size)) == 1)
        return bytes(out[: size.value])

    def _load_private(self, key: crypto.PrivateKey) -> "_Owned":
        return self._decoded(self._lib.d2i_AutoPrivateKey, key.to_der())

    def _load_public(self, key: crypto.PublicKey) -> "_Owned":
        return self._decoded(self._lib.d2i_PUBKEY, key.to_der())

    def _decoded(self, decode: Callable[..., int | None], der: bytes) -> "_Owned":
        text = ctypes.create_string_buffer(der, len(der))
        key = self._owned(decode(None, byref(c_void_p(ctypes.addressof(text))), len(der)), self._lib.EVP_PKEY_free)
        ctypes.memset(text, 0, len(der))
        self._must(self._lib.EVP_PKEY_is_a(key.pointer, b"SM2") == 1)
        return key

    def _owned(self, pointer: int | None, free: Callable[[int], None]) -> "_Owned":
        self._must(pointer is not None)
        return _Owned(pointer or 0, free)

    @contextmanager
    def _own(self, make: str, *given: Any, free: str) -> Iterator[c_void_p]:
        pointer = getattr(self._lib, make)(*given)
        self._must(pointer is not None)
        try:
            yield pointer
        finally:
            getattr(self._lib, free)(pointer)

    def _must(self, well: bool) -> None:
        """The error queue is cleared, for Python's own ssl shares it in this thread; its text is not told."""
        if not well:
            self._lib.ERR_clear_error()
            raise RuntimeError("libcrypto failed in an SM2 call")


class _Drawn(threading.local):
    """Nonces drawn from the operating system many at once: each draw gives up the interpreter's lock."""

    def __init__(self) -> None:
        self.left: Iterator[bytes] = iter(())


_drawn = _Drawn()


def _nonce() -> bytes:
    """A nonce that nobody else has: of this thread's own draw, none of which outlives a fork."""
    found = next(_drawn.left, None)
    if found is None:
        drawn = crypto.random(crypto.NONCE * NONCES_AT_ONCE)
        _drawn.left = iter([drawn[at : at + crypto.NONCE] for at in range(0, len(drawn), crypto.NONCE)])
        found = next(_drawn.left)
    return found


def _forget() -> None:
    global _drawn
    _drawn = _Drawn()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class WheelSm3:
    """SM3 of the `cryptography` wheel with hashlib's face."""

    def __init__(self, data: bytes = b"", begun: hashes.Hash | None = None) -> None:
        self._digest = begun or hashes.Hash(hashes.SM3())
        self.update = self._digest.update
        self.digest = self._digest.finalize
        self.update(data)

    def copy(self) -> "WheelSm3":
        return WheelSm3(begun=self._digest.copy())


class _Owned:
    """A pointer freed when nobody holds it any more."""

    def __init__(self, pointer: int, free: Callable[[int], None]) -> None:
        self.pointer = pointer
        weakref.finalize(self, free, pointer).atexit = False


def caution_of(machine: str, version: int) -> errors.Words | None:
    """OpenSSL ≥ 3.2 multiplies SM2 points on ARM64 and RISC-V in a time that depends on the key: CVE-2025-9231 mended one such place,
    the skipping of zero digits stayed. On x86-64, and everywhere in 3.0 and 3.1, the constant-time ladder is used."""
    return _TIMING if machine.lower() in ("aarch64", "arm64", "riscv64") and version >= 0x30200000 else None


def open_libcrypto(path: Path | None) -> LibCrypto:
    """This will load libcrypto. Raises CryptoAbsent, saying what was found instead."""
    return LibCrypto(path)


def _loaded(path: Path | None) -> ctypes.CDLL:
    found = ctypes.util.find_library("crypto")
    names = (
        [str(path)] if path else [*(place + name for name in _NAMES for place in _PLACES), *([found] if found else [])]
    )
    for name in names:
        try:
            lib = ctypes.CDLL(name)
        except OSError:
            continue
        return _typed(lib)
    zh = f"找不到 {path or 'libcrypto 3'}"
    raise crypto.CryptoAbsent(why=errors.Words(zh, f"{path or 'libcrypto 3'} was not found"))


def _typed(lib: ctypes.CDLL) -> ctypes.CDLL:
    try:
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError:
        why = errors.Words("libcrypto 太旧，低于 3.0", "libcrypto is older than 3.0")
        raise crypto.CryptoAbsent(why=why) from None
    context = lib.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if context is None:
        lib.ERR_clear_error()
        why = errors.Words("系统的 libcrypto 去掉了 SM2", "the system's libcrypto was built without SM2")
        raise crypto.CryptoAbsent(why=why)
    lib.EVP_PKEY_CTX_free(context)
    return lib
