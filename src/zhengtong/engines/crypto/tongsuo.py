"""国密 by the Tongsuo wheel (`pip install 'zhengtong[tongsuo]'`): for machines whose system libcrypto has no SM2.

It signs and verifies under the default id only and has no SM2 encryption.
"""

import functools
import hmac
from collections.abc import Iterable
from typing import Any

from tongsuopy.crypto import exceptions, hashes
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.ciphers import Cipher, aead, algorithms, modes

from zhengtong.engines import crypto
from zhengtong.kernel import errors

_BLOCK = 64
_SM3 = ec.ECDSA(hashes.SM3())


class Tongsuo:
    """The Crypto port on the Tongsuo wheel."""

    def __init__(self) -> None:
        from tongsuopy.__about__ import __version__

        self.features = crypto.Features(
            engine="tongsuo", version=f"tongsuopy {__version__}", sm2_encryption=False, any_id=False
        )
        self._private = functools.lru_cache(256)(_private)
        self._public = functools.lru_cache(256)(_public)

    def sm3(self, data: bytes) -> bytes:
        return self.sm3_of((data,))

    def sm3_of(self, chunks: Iterable[bytes]) -> bytes:
        digest = hashes.Hash(hashes.SM3())
        for chunk in chunks:
            digest.update(chunk)
        return bytes(digest.finalize())

    def hmac_sm3(self, key: bytes, data: bytes) -> bytes:
        """HMAC of RFC 2104 over SM3, for the wheel binds none."""
        block = (self.sm3(key) if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        inner = self.sm3(bytes(one ^ 0x36 for one in block) + data)
        return self.sm3(bytes(one ^ 0x5C for one in block) + inner)

    def sm4_seal(self, key: bytes, plain: bytes, aad: bytes = b"") -> bytes:
        nonce = crypto.random(crypto.NONCE)
        return nonce + bytes(aead.SM4GCM(key).encrypt(nonce, plain, aad))

    def sm4_open(self, key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        if len(sealed) < crypto.NONCE + crypto.TAG:
            raise crypto.SealBroken
        try:
            return bytes(aead.SM4GCM(key).decrypt(sealed[: crypto.NONCE], sealed[crypto.NONCE :], aad))
        except exceptions.InvalidTag:
            raise crypto.SealBroken from None

    def sm4_blocks(self, key: bytes, blocks: bytes) -> bytes:
        naming = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
        return bytes(naming.update(blocks) + naming.finalize())

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
        numbers = ec.derive_private_key(int.from_bytes(scalar), ec.SM2()).public_key().public_numbers()
        return crypto.PrivateKey(scalar, crypto.PublicKey(b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)))

    def sign(self, key: crypto.PrivateKey, message: bytes, id: bytes = crypto.DEFAULT_ID) -> bytes:
        self._default_only(id)
        return crypto.signature_to_raw(self._private(key).sign(message, _SM3))

    def verify(self, key: crypto.PublicKey, signature: bytes, message: bytes, id: bytes = crypto.DEFAULT_ID) -> bool:
        self._default_only(id)
        try:
            der = crypto.signature_to_der(crypto.signature_to_raw(signature))
            self._public(key).verify(der, message, _SM3)
        except (crypto.SignatureMalformed, exceptions.InvalidSignature, exceptions.InternalError):
            return False
        return True

    def encrypt(self, key: crypto.PublicKey, plain: bytes) -> bytes:
        raise self._without(errors.Words("SM2 加密", "SM2 encryption"))

    def decrypt(self, key: crypto.PrivateKey, cipher: bytes) -> bytes:
        raise self._without(errors.Words("SM2 解密", "SM2 decryption"))

    def _default_only(self, id: bytes) -> None:
        if not hmac.compare_digest(id, crypto.DEFAULT_ID):
            raise self._without(errors.Words("默认标识以外的签名者标识", "signer ids other than the default"))

    def _without(self, what: errors.Words) -> crypto.NotOffered:
        return crypto.NotOffered(engine=self.features.engine, what=what)


def open_tongsuo() -> Tongsuo:
    """This will open the wheel's engine."""
    return Tongsuo()


def _private(key: crypto.PrivateKey) -> Any:
    return ec.derive_private_key(int.from_bytes(key.scalar), ec.SM2())


def _public(key: crypto.PublicKey) -> Any:
    return ec.EllipticCurvePublicNumbers(int.from_bytes(key.x), int.from_bytes(key.y), ec.SM2()).public_key()
