"""What goes over the wire about service accounts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from zhengtong.office.identity.rules.organisation import RoleScope
from zhengtong.office.identity.schemas.departments import DepartmentRef
from zhengtong.office.identity.schemas.words import PRINTABLE, In, Name, PermissionName, Reason

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500, pattern=PRINTABLE)]
PublicKeyText = Annotated[str, StringConstraints(min_length=66, max_length=1000)]


class GrantView(In):
    """A permission, and how far it reaches from the account's department."""

    permission: PermissionName
    scope: RoleScope


class NewServiceAccount(In):
    name: Name
    department_id: UUID
    purpose: Why
    contact_id: UUID | None = None
    grants: Annotated[list[GrantView], Field(max_length=200)] = Field(default_factory=list)


class ServiceAccountEdit(In):
    version: int
    name: Name | None = None
    purpose: Why | None = None
    grants: Annotated[list[GrantView], Field(max_length=200)] | None = None


class Stop(In):
    reason: Reason


class NewKey(In):
    public_key: PublicKeyText = Field(description="SM2 public key: PEM, or hex of 04‖x‖y")
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = Field(None, description="a year from the beginning when left out; two at most")


class KeyOut(BaseModel):
    """A public key of a service account."""

    id: UUID
    public_key: str
    fingerprint: str = Field(description="SM3 of 04‖x‖y, hex")
    added_at: datetime
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None
    revoked_why: str | None
    last_used_at: datetime | None
    state: str = Field(description="waiting, valid, expired or revoked")


class ServiceAccountOut(BaseModel):
    """A service account, with its keys and what it may do."""

    id: UUID
    version: int
    name: str
    department: DepartmentRef
    purpose: str
    contact_id: UUID | None
    active: bool
    created_at: datetime
    last_used_at: datetime | None
    keys: list[KeyOut]
    grants: list[GrantView]
    abilities: dict[str, bool]


class ServiceSignIn(In):
    """See docs/reference/service-accounts.md."""

    system: Annotated[str, StringConstraints(max_length=40)]
    key: Annotated[str, StringConstraints(max_length=40)]
    time: Annotated[str, StringConstraints(max_length=40)]
    nonce: Annotated[str, StringConstraints(max_length=64)]
    signature: Annotated[str, StringConstraints(max_length=200)] = Field(description="SM2, r‖s or DER, hex")


class ServiceSession(BaseModel):
    """An open session of a service account."""

    session: UUID
    sealed_key: str = Field(description="the call key, SM2-encrypted to the account's key; DER of GB/T 35276, hex")
    ends_at: datetime
