"""What a witness does with a checkpoint it is shown (C2SP tlog-witness): co-sign what continues what it saw; never sign a fork."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhengtong.sharing.ledger.rules import notes, tree
from zhengtong.sharing.ledger.rules.tree import Digest

LONGEST_PROOF = 63


class Verdict(StrEnum):
    """What comes of it; each stands for one HTTP answer of tlog-witness."""

    SIGN = "sign"
    UNKNOWN_LOG = "unknown_log"
    NOT_SIGNED = "not_signed"
    MALFORMED = "malformed"
    OTHER_SIZE = "other_size"
    FORK = "fork"


ANSWERS = {
    Verdict.SIGN: 200,
    Verdict.UNKNOWN_LOG: 404,
    Verdict.NOT_SIGNED: 403,
    Verdict.MALFORMED: 400,
    Verdict.OTHER_SIZE: 409,
    Verdict.FORK: 422,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An add-checkpoint request."""

    old: int
    proof: tuple[bytes, ...]
    note: notes.Note

    def to_text(self) -> str:
        from zhengtong.sharing.ledger.rules.bundles import proof_text

        return f"old {self.old}\n{proof_text(self.proof)}\n{self.note}"

    @classmethod
    def of(cls, told: str) -> "Asked":
        """Read the request's body. Raises NoteWrong."""
        head, cut, rest = told.partition("\n\n")
        first, *coded = head.split("\n")
        number = first.removeprefix("old ")
        if not cut or not first.startswith("old ") or not (number.isascii() and number.isdigit()):
            raise notes.NoteWrong("not an add-checkpoint request: its first line should read `old N`")
        if len(coded) > LONGEST_PROOF:
            raise notes.NoteWrong("the proof is longer than any can be")
        proof = tuple(notes._decoded(one) for one in coded)
        return cls(int(number), proof, notes.Note.of(rest))


@dataclass(frozen=True, slots=True)
class Kept:
    """The last checkpoint of a log that the witness signed."""

    size: int
    root: bytes


NOTHING = Kept(0, b"")


def judge(
    asked: Asked, kept: Kept, *, origin: str, keys: Sequence[notes.Key], digest: Digest, verify: notes.Verify
) -> tuple[Verdict, notes.Checkpoint | None]:
    """What the witness must answer, and the checkpoint where it could be read."""
    try:
        checkpoint = notes.Checkpoint.of(asked.note.text)
        if checkpoint.origin != origin:
            return Verdict.UNKNOWN_LOG, checkpoint
        held = notes.verified(asked.note, keys, verify)
    except notes.NoteWrong:
        return Verdict.NOT_SIGNED, None
    if not any(one.key.name == origin and not one.key.cosigns for one in held):
        return Verdict.NOT_SIGNED, checkpoint
    if asked.old > checkpoint.size:
        return Verdict.MALFORMED, checkpoint
    if checkpoint.size == kept.size and checkpoint.root != kept.root:
        return Verdict.FORK, checkpoint
    if asked.old != kept.size:
        return Verdict.OTHER_SIZE, checkpoint
    whole = tree.is_consistent(digest, kept.size, checkpoint.size, kept.root, checkpoint.root, asked.proof)
    return (Verdict.SIGN if whole else Verdict.FORK), checkpoint
