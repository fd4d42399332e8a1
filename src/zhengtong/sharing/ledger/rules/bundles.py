"""What is handed out to be proved elsewhere: a receipt with its path and signed root, and the layout of an export.

A bundle is one JSON object (`zhengtong-receipt@1`); an export is a folder: `checkpoint`, `keys.json`, `entries.jsonl`, `checkpoints.jsonl`,
and the tiles of tlog-tiles under `tile/`. `tools/verify.py` and the page verify both by themselves; here is what writes them.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhengtong.sharing.ledger.rules import notes, tree
from zhengtong.sharing.ledger.rules.entries import Entry
from zhengtong.sharing.ledger.rules.tree import Digest

RECEIPT, EXPORT = "zhengtong-receipt@1", "zhengtong-export@1"


@dataclass(frozen=True, slots=True)
class Proof:
    """The path from a leaf to the root over `size` leaves."""

    index: int
    size: int
    leaf: bytes
    path: tuple[bytes, ...]

    def root(self, digest: Digest) -> bytes | None:
        """The root it leads to; None where the path's length is wrong."""
        return tree.root_of_inclusion(digest, self.leaf, self.index, self.size, self.path)


def bundle(
    entry: bytes, proof: Proof, root: bytes, note: str, keys: Sequence[notes.Key], needed: int
) -> dict[str, Any]:
    """The receipt bundle. `note`: the signed checkpoint over `proof.size` leaves; `needed`: how many witnesses the city's policy asks."""
    return {
        "format": RECEIPT,
        "entry": entry.decode(),
        "index": proof.index,
        "tree_size": proof.size,
        "path": [one.hex() for one in proof.path],
        "root": root.hex(),
        "note": note,
        "keys": [str(key) for key in keys],
        "witnesses_needed": needed,
    }


class BundleWrong(ValueError):
    """The bundle proves nothing; the sentence says what does not hold."""


def verify_bundle(
    told: Mapping[str, Any], digest: Digest, verify: notes.Verify, *, trusted: Sequence[notes.Key]
) -> Entry:
    """This will check the bundle with the keys that the reader trusts, and return its entry. Raises BundleWrong, NoteWrong, EntryWrong."""
    if told.get("format") != RECEIPT:
        raise BundleWrong(f"not a {RECEIPT}")
    data = str(told["entry"]).encode()
    entry = Entry.of(data)
    note = notes.Note.of(str(told["note"]))
    checkpoint = notes.Checkpoint.of(note.text)
    path = tuple(bytes.fromhex(one) for one in told["path"])
    proof = Proof(int(told["index"]), int(told["tree_size"]), tree.leaf_hash(digest, data), path)
    if checkpoint.size != proof.size or proof.root(digest) != checkpoint.root:
        raise BundleWrong(f"entry {proof.index} does not stand under the checkpoint of {checkpoint.size} entries")
    own = [
        one
        for one in notes.verified(note, trusted, verify)
        if not one.key.cosigns and one.key.name == checkpoint.origin
    ]
    if not own:
        raise BundleWrong(f"no trusted key of {checkpoint.origin} has signed the checkpoint")
    return entry


def tile_path(level: int, number: int, width: int = tree.WIDTH) -> str:
    """Where tlog-tiles puts a tile; level −1 stands for the entries.

    >>> tile_path(0, 1234067), tile_path(1, 0, 70)
    ('tile/0/x001/x234/067', 'tile/1/000.p/70')
    """
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == tree.WIDTH else f".p/{width}"
    return f"tile/{'entries' if level < 0 else level}/{'/'.join(parts)}{partial}"


def entry_tile(entries: Iterable[bytes]) -> bytes:
    """The entries of a tile, each after its length in two bytes (tlog-tiles); one of 64 KB or more stands as its digest's promise: refused."""
    return b"".join(len(one).to_bytes(2) + one for one in entries)


def proof_text(path: Sequence[bytes]) -> str:
    """A path in lines of base64, as tlog-witness sends it."""
    return "".join(base64.b64encode(one).decode() + "\n" for one in path)
