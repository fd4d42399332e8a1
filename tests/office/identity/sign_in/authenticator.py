"""A passkey in software, after WebAuthn Level 3: makes P-256 credentials and answers challenges, as a browser's would."""

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Credential:
    id: bytes
    key: ec.EllipticCurvePrivateKey
    user: bytes
    count: int = 0


@dataclass
class Authenticator:
    """`verifies`: whether it asks its user for finger or PIN."""

    origin: str = "http://localhost:8600"
    verifies: bool = True
    credentials: list[Credential] = field(default_factory=list)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """As navigator.credentials.create(…).toJSON()."""
        credential = Credential(os.urandom(16), ec.generate_private_key(ec.SECP256R1()), options["user"]["id"].encode())
        self.credentials.append(credential)
        numbers = credential.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", 16) + credential.id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], ATTESTED, 0) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        response = {
            "clientDataJSON": encoded(client),
            "attestationObject": encoded(attestation),
            "transports": ["internal"],
        }
        return self._told(credential, response)

    def get(self, options: dict[str, Any], credential: Credential | None = None) -> dict[str, Any]:
        """As navigator.credentials.get(…).toJSON()."""
        credential = credential or self.credentials[0]
        credential.count += 1
        data = self._data(options["rpId"], 0, credential.count)
        client = self._client("webauthn.get", options["challenge"])
        signature = credential.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
            "userHandle": credential.user.decode(),
        }
        return self._told(credential, response)

    def _data(self, rp_id: str, flags: int, count: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _told(self, credential: Credential, response: dict[str, Any]) -> dict[str, Any]:
        id = encoded(credential.id)
        return {
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
