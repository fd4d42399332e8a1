"""The state that the entries make, as it is kept beside them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.rules import ContractState, State, states
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.rules.states import CONTRACTS, MEMBERS, Value
from zhengtong.sharing.ledger.tables import LedgerState


def value_of(session: Session, section: str, key: str) -> Value | None:
    """One value of the state."""
    found = select(LedgerState.value).where(LedgerState.section == section, LedgerState.key == key)
    return session.scalar(found)


def state(session: Session) -> State:
    """All of the state: members, contracts, item_versions, points, seq."""
    sections: dict[str, dict[str, Value]] = {}
    for section, key, value in session.execute(select(LedgerState.section, LedgerState.key, LedgerState.value)):
        sections.setdefault(section, {})[key] = value
    return State(**sections, seq=trees.contract_seq(session))


def contract(session: Session, agreement_id: object) -> ContractState | None:
    """An agreement as the ledger knows it; None before it was proposed, or while that waits for consensus."""
    found = value_of(session, CONTRACTS, str(agreement_id))
    return states.contract_of(str(agreement_id), found) if found else None


def contracts(session: Session) -> dict[str, ContractState]:
    """All agreements, by id: one read."""
    rows = session.execute(select(LedgerState.key, LedgerState.value).where(LedgerState.section == CONTRACTS))
    return {key: states.contract_of(key, value) for key, value in rows}


def member(session: Session, name: str) -> Value | None:
    """A member by its id (a department's, in hex): its name, keys, whether it left."""
    return value_of(session, MEMBERS, name)


def state_hash(session: Session) -> bytes:
    """The hash of the state, from the digests kept with its values."""
    rows = session.execute(select(LedgerState.section, LedgerState.key, LedgerState.digest))
    parts = {(section, key): digest for section, key, digest in rows}
    return states.state_hash(sm3, trees.contract_seq(session), parts)
