"""联盟链: what was agreed and done, in an order that nobody can change unseen.

Typed entries in canonical JSON are leaves of one RFC 6962 tree over SM3; the root of each group commit is signed by the city with SM2, and
checkpoints are co-signed by witnesses on the departments' own machines. Members, agreements, item versions and points are a state that the
entries make by a pure function; its hash stands in every checkpoint. Never personal data: receipts bear references keyed by person.

    placed = ledger.append(session, [ledger.Entry("receipt@1", id, now, member, body)], now=now)
    head = ledger.sign_head(session, origin=ledger.origin_of(settings), keyring=keyring, crypto=crypto, now=now)
    proof = ledger.prove(session, placed[0].index, size=head.size)

Batches (`BatchLanded`) and item versions (`ItemPublished`) are heard; agreements and the gateway call `append`.
"""

from zhengtong.kernel.capability import Capability
from zhengtong.sharing.ledger import tables
from zhengtong.sharing.ledger.actions.appending import TOPIC, Held, Placed, append, hold
from zhengtong.sharing.ledger.actions.checkpoints import make_checkpoint
from zhengtong.sharing.ledger.actions.following import awaited, followed, note_stop, set_consensus, take_in
from zhengtong.sharing.ledger.actions.keys import city_key, join
from zhengtong.sharing.ledger.actions.loading import load
from zhengtong.sharing.ledger.actions.members import add_member, add_witness
from zhengtong.sharing.ledger.actions.rounds import CHECKPOINT
from zhengtong.sharing.ledger.actions.signing import SignedHead, ask_signer, seal, sign_head, sign_text
from zhengtong.sharing.ledger.actions.subjects import SubjectKeys, note_uses, shred_subject, uses_of
from zhengtong.sharing.ledger.events import EVENTS, AlarmRaised, Anchored, SealGiven
from zhengtong.sharing.ledger.jobs import JOBS, LISTENERS, TIMERS
from zhengtong.sharing.ledger.permissions import PERMISSIONS
from zhengtong.sharing.ledger.queries.audits import told
from zhengtong.sharing.ledger.queries.checking import check_ledger, checkpoint_holds
from zhengtong.sharing.ledger.queries.checkpoints import best_checkpoint, full_note, latest, receipt_bundle, witnesses
from zhengtong.sharing.ledger.queries.exports import export_lines, write_tiles
from zhengtong.sharing.ledger.queries.keys import custody_of, log_keys, member_of, origin_of, signed_there, verify_seal
from zhengtong.sharing.ledger.queries.states import contract, contracts, member, state, state_hash
from zhengtong.sharing.ledger.queries.subjects import references_of
from zhengtong.sharing.ledger.queries.trees import Head, consistency, contract_seq, entry_at, find, head, prove, root_at
from zhengtong.sharing.ledger.queries.verifying import verifier
from zhengtong.sharing.ledger.routes import routes
from zhengtong.sharing.ledger.rules import (
    CITY,
    ENDED,
    IN_FORCE,
    PROPOSED,
    SUSPENDED,
    Checkpoint,
    ContractState,
    Entry,
    EntryForm,
    EntryWrong,
    Key,
    Note,
    NoteWrong,
    Proof,
    State,
    Written,
    apply,
    apply_bytes,
    bundle,
    canonical,
    hash_of,
    leaf_hash,
    subject_reference,
    verify_bundle,
)
from zhengtong.sharing.ledger.rules.digests import hmac_sm3, sm3, sm3_after
from zhengtong.sharing.ledger.rules.notes import cosigned, signed_line, verified
from zhengtong.sharing.ledger.rules.seals import Seal, greeting, message_of
from zhengtong.sharing.ledger.rules.witnessing import ANSWERS, Asked, Kept, Verdict, judge
from zhengtong.sharing.ledger.settings import Ledger
from zhengtong.sharing.ledger.tables import LedgerCheckpoint, LedgerEntry, LedgerWitness

capability = Capability(
    name="ledger",
    group="sharing",
    zh="联盟链",
    en="Ledger",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
    listeners=LISTENERS,
    jobs=JOBS,
    timers=TIMERS,
    settings=Ledger,
)

__all__ = [
    "ANSWERS",
    "CHECKPOINT",
    "CITY",
    "ENDED",
    "IN_FORCE",
    "PROPOSED",
    "SUSPENDED",
    "TOPIC",
    "AlarmRaised",
    "Anchored",
    "Asked",
    "Checkpoint",
    "ContractState",
    "Entry",
    "EntryForm",
    "EntryWrong",
    "Head",
    "Held",
    "Kept",
    "Key",
    "Ledger",
    "LedgerCheckpoint",
    "LedgerEntry",
    "LedgerWitness",
    "Note",
    "NoteWrong",
    "Placed",
    "Proof",
    "Seal",
    "SealGiven",
    "SignedHead",
    "State",
    "SubjectKeys",
    "Verdict",
    "Written",
    "add_member",
    "add_witness",
    "append",
    "apply",
    "apply_bytes",
    "ask_signer",
    "awaited",
    "best_checkpoint",
    "bundle",
    "canonical",
    "capability",
    "check_ledger",
    "checkpoint_holds",
    "city_key",
    "consistency",
    "contract",
    "contract_seq",
    "contracts",
    "cosigned",
    "custody_of",
    "entry_at",
    "export_lines",
    "find",
    "followed",
    "full_note",
    "greeting",
    "hash_of",
    "head",
    "hmac_sm3",
    "hold",
    "join",
    "judge",
    "latest",
    "leaf_hash",
    "load",
    "log_keys",
    "make_checkpoint",
    "member",
    "member_of",
    "message_of",
    "note_stop",
    "note_uses",
    "origin_of",
    "prove",
    "receipt_bundle",
    "references_of",
    "root_at",
    "seal",
    "set_consensus",
    "shred_subject",
    "sign_head",
    "sign_text",
    "signed_line",
    "signed_there",
    "sm3",
    "sm3_after",
    "state",
    "state_hash",
    "subject_reference",
    "tables",
    "take_in",
    "told",
    "uses_of",
    "verified",
    "verifier",
    "verify_bundle",
    "verify_seal",
    "witnesses",
    "write_tiles",
]
