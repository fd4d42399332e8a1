"""What is true of a ledger: the tree, the entries, the state they make, notes and bundles. Pure; the digest function is an argument."""

from zhengtong.sharing.ledger.rules.bundles import EXPORT, RECEIPT, BundleWrong, Proof, bundle, tile_path, verify_bundle
from zhengtong.sharing.ledger.rules.canonical import NotCanonical, canonical
from zhengtong.sharing.ledger.rules.entries import CITY, TYPES, Entry, EntryForm, EntryWrong, Written
from zhengtong.sharing.ledger.rules.notes import Checkpoint, Key, Note, NoteWrong
from zhengtong.sharing.ledger.rules.states import (
    ENDED,
    IN_FORCE,
    PROPOSED,
    SUSPENDED,
    ContractState,
    State,
    apply,
    apply_bytes,
    hash_of,
)
from zhengtong.sharing.ledger.rules.subjects import subject_reference
from zhengtong.sharing.ledger.rules.tree import Digest, Frontier, leaf_hash

__all__ = [
    "CITY",
    "ENDED",
    "EXPORT",
    "IN_FORCE",
    "PROPOSED",
    "RECEIPT",
    "SUSPENDED",
    "TYPES",
    "BundleWrong",
    "Checkpoint",
    "ContractState",
    "Digest",
    "Entry",
    "EntryForm",
    "EntryWrong",
    "Frontier",
    "Key",
    "NotCanonical",
    "Note",
    "NoteWrong",
    "Proof",
    "State",
    "Written",
    "apply",
    "apply_bytes",
    "bundle",
    "canonical",
    "hash_of",
    "leaf_hash",
    "subject_reference",
    "tile_path",
    "verify_bundle",
]
