"""A receipt, verified by its reader alone: the entry stands under a root that the city has signed, with keys the reader trusts.

The bundle is `zhengtong-receipt@1`: canonical entry, index, path (RFC 6962 over SM3), and a signed checkpoint (C2SP signed note).
Nothing here asks the city. Which keys to trust is the reader's own choice: keep them from the day the agreement was signed.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from zhengtong_client.errors import ReceiptWrong
from zhengtong_client.sm2 import PublicKey, sm3

FORMAT = "zhengtong-receipt@1"
_SM2, _WITNESS = b"\xffzhengtong.sm2-sm3.v1", b"\xffzhengtong.sm2-sm3.cosignature.v1"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that signs checkpoints, as the city publishes it: `name+id+base64`."""

    name: str
    id: bytes
    public: PublicKey
    is_witness: bool

    @classmethod
    def of(cls, text: str) -> "TrustedKey | None":
        """Read one; None for a kind that is not SM2 (an Ed25519 key for other verifiers). Raises ReceiptWrong."""
        name, _, rest = text.strip().partition("+")
        told, _, coded = rest.partition("+")
        data = _decoded(coded)
        if sha256(f"{name}\n".encode() + data).digest()[:4].hex() != told:
            raise ReceiptWrong(f"公钥 {name} 残缺", f"the key of {name} is damaged")
        for mark in (_WITNESS, _SM2):
            if data.startswith(mark):
                return cls(name, bytes.fromhex(told), PublicKey(data[len(mark) :]), mark is _WITNESS)
        return None


def trusted(texts: Iterable[str]) -> tuple[TrustedKey, ...]:
    """The SM2 keys among these lines."""
    return tuple(key for key in map(TrustedKey.of, texts) if key)


@dataclass(frozen=True, slots=True)
class Proved:
    """What a receipt proves: this entry stood on the ledger of `origin` when it had `size` entries; `witnesses` saw that too."""

    entry: Mapping[str, Any]
    index: int
    origin: str
    size: int
    witnesses: tuple[str, ...]

    @property
    def at(self) -> datetime:
        """When the entry was made."""
        return datetime.fromisoformat(str(self.entry["at"]))

    @property
    def body(self) -> Mapping[str, Any]:
        """What the entry says."""
        body: Mapping[str, Any] = self.entry["body"]
        return body


@dataclass(frozen=True, slots=True)
class Receipt:
    """The bundle that came with an answer."""

    bundle: Mapping[str, Any]

    def verify(self, keys: Iterable[TrustedKey | str], *, witnesses: int = 0) -> Proved:
        """This will check it against the keys the reader trusts. `witnesses`: so many of them must have co-signed; a receipt of the last
        minute has none yet, ask for it again later. Raises ReceiptWrong, saying what does not hold."""
        known = tuple(key for one in keys if (key := TrustedKey.of(one) if isinstance(one, str) else one))
        return verify(self.bundle, known, witnesses=witnesses)

    def save(self, path: Any) -> None:
        """Keep it as a file; `zhengtong verify FILE` and any other reader of the format take it."""
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - any path-like
            json.dump(dict(self.bundle), file, ensure_ascii=False)


def verify(bundle: Mapping[str, Any], keys: Iterable[TrustedKey], *, witnesses: int = 0) -> Proved:
    """As Receipt.verify, for a bundle read from a file."""
    try:
        proved = _verified(bundle, {(key.name, key.id): key for key in keys})
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as broken:
        raise ReceiptWrong(f"凭证残缺：{broken}", f"the receipt is malformed: {broken}") from None
    if len(proved.witnesses) < witnesses:
        raise ReceiptWrong(
            "见证人签名不足", f"{len(proved.witnesses)} witnesses have signed, {witnesses} are asked for"
        )
    return proved


def _verified(bundle: Mapping[str, Any], known: Mapping[tuple[str, bytes], TrustedKey]) -> Proved:
    if bundle["format"] != FORMAT:
        raise ReceiptWrong(f"不是 {FORMAT}", f"not a {FORMAT}")
    text, _, signed = str(bundle["note"]).rpartition("\n\n")
    text += "\n"
    origin, size_line, root_line = text.split("\n")[:3]
    size, root = int(size_line), _decoded(root_line)
    data, index = str(bundle["entry"]).encode(), int(bundle["index"])
    if _root(sm3(b"\0" + data), index, size, [bytes.fromhex(one) for one in bundle["path"]]) != root:
        raise ReceiptWrong("凭证不在所附的检查点之下", "the entry does not stand under the checkpoint")
    city, witnesses = _signers(origin, text, signed, known)
    if not city:
        raise ReceiptWrong(f"检查点没有 {origin} 的可信签名", f"no trusted key of {origin} has signed the checkpoint")
    return Proved(json.loads(data), index, origin, size, tuple(witnesses))


def _signers(
    origin: str, text: str, signed: str, known: Mapping[tuple[str, bytes], TrustedKey]
) -> tuple[bool, list[str]]:
    """Whether the city signed, and the witnesses that did. A line of a trusted key that does not hold is an error."""
    city, witnesses = False, []
    for line in signed.splitlines():
        mark, name, coded = line.split(" ")
        data = _decoded(coded)
        key = known.get((name, data[:4]))
        if mark != "—" or key is None:
            continue
        message, signature = text.encode(), data[4:]
        if key.is_witness:
            seconds, signature = int.from_bytes(signature[:8]), signature[8:]
            message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        if not key.public.verify(signature, message):
            raise ReceiptWrong(f"{name} 的签名不成立", f"the signature of {name} does not hold")
        if key.is_witness:
            witnesses.append(name)
        else:
            city = city or name == origin
    return city, witnesses


def _root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that the path leads to (RFC 9162 §2.1.3.2). Raises ReceiptWrong where its length is wrong."""
    if not 0 <= index < size:
        raise ReceiptWrong("序号超出检查点", "the index lies beyond the checkpoint")
    node, last, found = index, size - 1, leaf
    for one in path:
        if last == 0:
            raise ReceiptWrong("路径过长", "the path is too long")
        if node & 1 or node == last:
            found = sm3(b"\1" + one + found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = sm3(b"\1" + found + one)
        node, last = node >> 1, last >> 1
    if last:
        raise ReceiptWrong("路径过短", "the path is too short")
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ReceiptWrong(f"不是 base64：{text[:40]}", f"not base64: {text[:40]}") from None
