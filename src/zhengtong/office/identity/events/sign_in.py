"""What sign-in announces, so that owners hear of what happens to their accounts."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from zhengtong.kernel.events import Event


@dataclass(frozen=True)
class SignedInFromNewDevice(Event):
    """A subject who has signed in from other browsers signed in fully from one not known before."""

    type: ClassVar[str] = "identity.signed_in_from_new_device@1"
    subject_id: UUID
    session_id: UUID
    device_zh: str
    device_en: str
    address: str
    at: str


@dataclass(frozen=True)
class FactorsChanged(Event):
    """A password, code generator, passkey or set of recovery codes was added, changed or removed."""

    type: ClassVar[str] = "identity.factors_changed@1"
    subject_id: UUID
    what: str


@dataclass(frozen=True)
class RecoveryCodeUsed(Event):
    """A recovery code stood for the second factor; so many are left."""

    type: ClassVar[str] = "identity.recovery_code_used@1"
    subject_id: UUID
    left: int


SIGN_IN_EVENTS = (SignedInFromNewDevice, FactorsChanged, RecoveryCodeUsed)
