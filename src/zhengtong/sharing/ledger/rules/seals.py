"""A department's seal: its SM2 signature over the very bytes of what it agreed to, and who kept the key."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_SAID = b"zhengtong-seal@1\n"
_ASKED = "zhengtong-signer@1"


@dataclass(frozen=True, slots=True)
class Seal:
    """`signature`: r‖s in hex. `custody`: "platform" (the key is kept here and used after step-up) or "department" (its own machine)."""

    member: str
    key_id: str
    custody: str
    signature: str

    def told(self) -> dict[str, str]:
        """As it stands in an entry."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Seal":
        """Read back."""
        return cls(*(str(told[name]) for name in ("member", "key_id", "custody", "signature")))


def message_of(payload: bytes) -> bytes:
    """What is signed: said to be a seal, so that nothing else that the key signs can be taken for one."""
    return _SAID + payload


def greeting(member: str, seconds: int) -> bytes:
    """What a signer signs to be told what waits for it."""
    return f"{_ASKED}\n{member}\n{seconds}\n".encode()
