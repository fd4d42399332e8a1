"""A service account's own program, as docs/reference/service-accounts.md tells it: open with SM2, then seal each request."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from fastapi.testclient import TestClient

from zhengtong.engines.crypto import Crypto, PrivateKey

ORIGIN = "http://localhost:8600"


@dataclass
class Machine:
    client: TestClient
    crypto: Crypto
    key: PrivateKey
    system: str
    key_id: str
    session: str = ""
    call_key: bytes = field(default=b"", repr=False)

    def opening(self, now: datetime, **changed: str) -> dict[str, str]:
        told = {"system": self.system, "key": self.key_id, "time": now.isoformat(), "nonce": secrets.token_hex(16)}
        text = "\n".join(("ZT-SERVICE-SESSION-1", ORIGIN, told["system"], told["key"], told["time"], told["nonce"]))
        told["signature"] = self.crypto.sign(self.key, text.encode()).hex()
        return {**told, **changed}

    def open(self, now: datetime, **changed: str) -> httpx.Response:
        answer = self.client.post("/api/v1/service-sessions", json=self.opening(now, **changed))
        if answer.status_code == 200:
            self.session = answer.json()["session"]
            self.call_key = self.crypto.decrypt(self.key, bytes.fromhex(answer.json()["sealed_key"]))
        return answer

    def header(self, method: str, target: str, content: bytes, now: datetime, **changed: str) -> str:
        parts = {
            "session": self.session,
            "time": now.isoformat(),
            "nonce": secrets.token_hex(16),
            "body": self.crypto.sm3(content).hex(),
        }
        text = "\n".join(("ZT-HMAC-SM3-2", method, target, *parts.values()))
        parts["signature"] = self.crypto.hmac_sm3(self.call_key, text.encode()).hex()
        parts |= changed
        return "ZT-HMAC-SM3 " + ", ".join(f"{name}={value}" for name, value in parts.items())

    def call(self, method: str, target: str, now: datetime, content: bytes = b"", **changed: str) -> httpx.Response:
        headers = {"authorization": self.header(method, target, content, now, **changed)}
        if content:
            headers["content-type"] = "application/json"
        return self.client.request(method, target, content=content, headers=headers)


def told(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json().get("detail", "")
