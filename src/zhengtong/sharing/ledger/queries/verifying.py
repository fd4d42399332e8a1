"""Signatures checked: SM2 by the engine, Ed25519 for stock verifiers."""

from zhengtong.engines.crypto import Crypto, KeyInvalid, PublicKey
from zhengtong.sharing.ledger.rules import notes


def verifier(crypto: Crypto) -> notes.Verify:
    """`verify(algorithm, public, signature, message)` as the rules ask for it."""

    def verify(algorithm: str, public: bytes, signature: bytes, message: bytes) -> bool:
        if algorithm == "ed25519":
            return _ed25519(public, signature, message)
        try:
            return len(signature) == 64 and crypto.verify(PublicKey.from_bytes(public), signature, message)
        except KeyInvalid:
            return False

    return verify


def _ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
