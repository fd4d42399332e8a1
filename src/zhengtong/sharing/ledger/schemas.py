"""What goes over the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Url = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$", max_length=300)
]


class CosignerOut(BaseModel):
    witness_id: UUID
    name: str
    at: datetime


class CheckpointOut(BaseModel):
    """A signed root. `added`: entries since the one before. `valid`: enough witnesses have signed it."""

    number: int
    size: int
    added: int
    root: str
    state_hash: str
    at: datetime
    cosigners: list[CosignerOut]
    needed: int
    valid: bool


class CheckpointFull(CheckpointOut):
    note: str


class WitnessOut(BaseModel):
    id: UUID
    name: str
    department_id: UUID | None
    url: str
    keys: list[str]
    active: bool
    size: int = Field(description="entries under the last checkpoint it signed")
    behind: int = Field(description="entries it has not signed yet")
    seen_at: datetime | None
    trouble: str
    version: int


class NewWitness(BaseModel):
    name: Name
    url: Url
    keys: list[Annotated[str, StringConstraints(max_length=400)]] = Field(min_length=1, max_length=8)
    department_id: UUID | None = None


class WitnessChange(BaseModel):
    active: bool


class ValidatorOut(BaseModel):
    name: str
    alive: bool
    power: int


class ChainOut(BaseModel):
    engine: str
    height: int | None
    behind: int
    waiting: int
    halted: bool
    validators: list[ValidatorOut]


class LedgerOut(BaseModel):
    """The ledger at a glance. `open_window`: entries that no valid checkpoint covers yet."""

    origin: str
    size: int
    root: str
    contract_seq: int
    members: int
    agreements: int
    open_window: int
    needed: int
    latest: CheckpointOut | None
    alarms: int
    keys: list[str]
    chain: ChainOut
    same_machine: bool = Field(description="all witnesses run on this machine: a demonstration, not independence")
    abilities: dict[str, bool]


class EntryLine(BaseModel):
    index: int
    id: UUID
    type: str
    about: str
    at: datetime
    by: str
    by_name: str
    by_name_en: str
    leaf: str


class LedgerEntryOut(EntryLine):
    """One entry. `provable`: a checkpoint covers it; before that it is being anchored."""

    body: dict[str, Any]
    provable: bool
    checkpoint: int | None


class ConsistencyOut(BaseModel):
    old: int
    new: int
    old_root: str
    new_root: str
    path: list[str]


class MemberKeyOut(BaseModel):
    key_id: str
    public: str
    custody: str
    made_at: datetime
    replaced_at: datetime | None
    revoked_at: datetime | None


class MemberOut(BaseModel):
    department_id: UUID
    name: str
    name_en: str
    custody: str
    key_id: str
    keys: list[MemberKeyOut]
    abilities: dict[str, bool]


class NewMember(BaseModel):
    department_id: UUID


class NewMemberKey(BaseModel):
    """`public`: the SM2 key that the department's own signer holds, in hex; empty: a key kept here."""

    public: Annotated[str, StringConstraints(strip_whitespace=True, max_length=130, pattern=r"^[0-9a-fA-F]*$")] = ""


class Revocation(BaseModel):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class LedgerAlarmOut(BaseModel):
    id: UUID
    kind: str
    told: str
    evidence: dict[str, str]
    at: datetime
    seen_by: str
    seen_at: datetime | None


class SealRequestOut(BaseModel):
    """Something that waits for a department's signer. `payload`: the very bytes, in hex."""

    id: UUID
    department_id: UUID
    digest: str
    payload: str
    about: str
    asked_by_name: str
    asked_at: datetime
    state: str


class SignatureIn(BaseModel):
    """`signature`: r‖s in hex over the seal; empty: the officer did not sign. `at`, `greeting`: who says so."""

    signature: Annotated[str, StringConstraints(max_length=128, pattern=r"^[0-9a-f]*$")] = ""
    at: int = 0
    greeting: Annotated[str, StringConstraints(max_length=128, pattern=r"^[0-9a-f]*$")] = ""
