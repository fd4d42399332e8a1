"""What a receipt and a refusal say on the ledger: who asked what, why, under which contract; never a value of the data. Pure."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Digest = Callable[[bytes], bytes]
MOST_SUBJECTS = 500
_REST = b"\x01"


@dataclass(frozen=True, slots=True)
class Said:
    """The part of an entry that is the same whether the call was served or not. Ids are hex."""

    agreement: str
    item: str
    operation: str
    purpose: str
    consumer: str
    system: str
    policy: str
    inputs: str
    outcome: str

    def body(self) -> dict[str, Any]:
        return {
            "agreement": self.agreement,
            "consumer": self.consumer,
            "inputs": self.inputs,
            "item": self.item,
            "operation": self.operation,
            "outcome": self.outcome,
            "policy": self.policy,
            "purpose": self.purpose,
            "system": self.system,
        }


def receipt_body(
    said: Said,
    *,
    contract: tuple[str, int, str],
    fields: Mapping[str, str],
    data: tuple[str, int],
    answer: str,
    subjects: Sequence[str],
) -> dict[str, Any]:
    """The body of `receipt@1`. `contract`: the agreement's id, its version, its provider. `data`: the copy's version, the rows given.
    `answer`: the digest that binds the answer's bytes. `subjects`: a keyed reference for each person or firm the answer named."""
    agreement_id, version, provider = contract
    return {
        **said.body(),
        "agreement_version": version,
        "answer": answer,
        "contract": agreement_id,
        "copy": data[0],
        "fields": [f"{name}:{fields[name]}" for name in sorted(fields)],
        "provider": provider,
        "rows": data[1],
        **_subjects(subjects),
    }


def _subjects(references: Sequence[str]) -> dict[str, Any]:
    """Each by its reference; of very many (a file, a table) only how many, and one digest over all."""
    if len(references) <= MOST_SUBJECTS:
        return {"subjects": list(references)}
    told = hashlib.sha256("\n".join(sorted(references)).encode()).hexdigest()
    return {"subjects": [], "subjects_count": len(references), "subjects_sha256": told}


def decision_body(said: Said) -> dict[str, Any]:
    """The body of `decision@1`: a call that was refused."""
    return said.body()


def rest_of(inputs: bytes, shared: int, whole: UUID) -> bytes:
    """Inputs without what they begin with: that stands with the receipt `whole` of the same group, which begins alike. Canonical JSON begins
    with a brace, never so."""
    return _REST + whole.bytes + shared.to_bytes(4) + inputs[shared:]


def read_rest(kept: bytes) -> tuple[UUID, int, bytes] | None:
    """The receipt whose inputs begin alike, how far, and what follows; None for inputs that are whole."""
    if not kept.startswith(_REST):
        return None
    return UUID(bytes=kept[1:17]), int.from_bytes(kept[17:21]), kept[21:]


def answer_digest(digest: Digest, salt: bytes, body: bytes) -> str:
    """What binds an answer to its receipt without telling it: the digest of a salt, which goes out with the answer, and its bytes."""
    return digest(salt + body).hex()
