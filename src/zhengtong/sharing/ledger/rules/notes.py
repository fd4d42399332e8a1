"""Signed notes and checkpoints as C2SP writes them (signed-note, tlog-checkpoint, tlog-cosignature).

SM2 has no number among C2SP's kinds of signature, so that its keys bear 0xff and a name of their own; Ed25519 (0x01 for the log, 0x04
for a witness) stands beside it for stock verifiers. A line that nobody here knows is left alone, as the format demands.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

ED25519, ED25519_COSIGNATURE = b"\x01", b"\x04"
SM2 = b"\xffzhengtong.sm2-sm3.v1"
SM2_COSIGNATURE = b"\xffzhengtong.sm2-sm3.cosignature.v1"
KINDS = {"ed25519": ED25519, "ed25519-cosignature": ED25519_COSIGNATURE, "sm2": SM2, "sm2-cosignature": SM2_COSIGNATURE}
LONGEST = 1_000_000
_NAME = re.compile(r"[^\s+]+")
Verify = Callable[[str, bytes, bytes, bytes], bool]
"""`verify(algorithm, public, signature, message)` with the algorithm "sm2" or "ed25519"; SM2 public keys are 04‖x‖y."""


class NoteWrong(ValueError):
    """The text is not a signed note, or not a checkpoint; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that signs notes: `kind` is one of KINDS. Told as `name+hash+base64`, as C2SP writes verifier keys."""

    name: str
    kind: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + KINDS[self.kind] + self.public).digest()[:4]

    @property
    def algorithm(self) -> str:
        return self.kind.partition("-")[0]

    @property
    def cosigns(self) -> bool:
        return self.kind.endswith("-cosignature")

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(KINDS[self.kind] + self.public).decode()}"

    @classmethod
    def of(cls, text: str) -> "Key":
        """Read a verifier key. Raises NoteWrong."""
        name, _, rest = text.strip().partition("+")
        told, _, coded = rest.partition("+")
        data = _decoded(coded)
        kinds = sorted(KINDS.items(), key=lambda kind: -len(kind[1]))
        found = next((cls(name, kind, data[len(mark) :]) for kind, mark in kinds if data.startswith(mark)), None)
        if not _NAME.fullmatch(name) or found is None or found.id.hex() != told:
            raise NoteWrong(f"not a verifier key: {text[:80]!r}")
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line: who, the key's four bytes, and the rest."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a line break, and its signatures."""

    text: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(str(line) for line in self.lines)

    def with_lines(self, more: Iterable[Line]) -> "Note":
        """With these lines too; one that stands there already is not written twice."""
        return Note(self.text, tuple(dict.fromkeys((*self.lines, *more))))

    @classmethod
    def of(cls, told: str) -> "Note":
        """Read a note. Raises NoteWrong."""
        if len(told) > LONGEST or any(ord(one) < 32 and one != "\n" for one in told):
            raise NoteWrong("not a note: too long, or it holds control characters")
        text, cut, signed = told.rpartition("\n\n")
        if not cut or not signed.endswith("\n"):
            raise NoteWrong("not a note: no empty line before its signatures, or no line break at its end")
        return cls(text + "\n", tuple(line_of(one) for one in signed[:-1].split("\n")))


def line_of(told: str) -> Line:
    """Read one signature line. Raises NoteWrong."""
    mark, _, rest = told.partition(" ")
    name, _, coded = rest.partition(" ")
    data = _decoded(coded)
    if mark != "—" or not _NAME.fullmatch(name) or len(data) < 5:
        raise NoteWrong(f"not a signature line: {told[:80]!r}")
    return Line(name, data[:4], data[4:])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin, how many leaves, their root, and the hash of the state they make."""

    origin: str
    size: int
    root: bytes
    state: bytes | None = None
    others: tuple[str, ...] = ()

    def text(self) -> str:
        extension = [f"state {self.state.hex()}"] if self.state else []
        root = base64.b64encode(self.root).decode()
        return "\n".join([self.origin, str(self.size), root, *extension, *self.others, ""])

    @classmethod
    def of(cls, text: str) -> "Checkpoint":
        """Read it. Raises NoteWrong."""
        origin, *rest = text.removesuffix("\n").split("\n")
        if len(rest) < 2 or not origin or not re.fullmatch(r"0|[1-9][0-9]{0,17}", rest[0]):
            raise NoteWrong("not a checkpoint: origin, size and root should be its first three lines")
        root = _decoded(rest[1])
        if len(root) != 32:
            raise NoteWrong("not a checkpoint: its root is not of 32 bytes")
        states = [one[6:] for one in rest[2:] if re.fullmatch(r"state [0-9a-f]{64}", one)]
        others = tuple(one for one in rest[2:] if not one.startswith("state "))
        return cls(origin, int(rest[0]), root, bytes.fromhex(states[0]) if states else None, others)


def cosigned(text: str, seconds: int) -> bytes:
    """What a witness signs: that it saw this checkpoint at this time (tlog-cosignature)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def signed_line(key: Key, signature: bytes, seconds: int | None = None) -> Line:
    """The line of a signature; a witness's bears its time in front."""
    stamp = b"" if seconds is None else seconds.to_bytes(8)
    return Line(key.name, key.id, stamp + signature)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that held: by which key, and when it says it was made (witnesses only)."""

    key: Key
    seconds: int | None


def verified(note: Note, keys: Sequence[Key], verify: Verify) -> list[Signed]:
    """The signatures that hold, of keys that are known; one that is made with a known key and does not hold raises NoteWrong."""
    held: list[Signed] = []
    known = {(key.name, key.id): key for key in keys}
    for line in note.lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        seconds, signature, message = None, line.signature, note.text.encode()
        if key.cosigns:
            seconds, signature = int.from_bytes(line.signature[:8]), line.signature[8:]
            message = cosigned(note.text, seconds)
        if not verify(key.algorithm, key.public, signature, message):
            raise NoteWrong(f"the signature of {key.name} ({key.algorithm}) does not hold")
        if key not in [one.key for one in held]:
            held.append(Signed(key, seconds))
    return held


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteWrong(f"not base64: {text[:40]!r}") from None
