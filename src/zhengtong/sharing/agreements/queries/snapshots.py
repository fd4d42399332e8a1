"""What decisions are made on: every agreement with its terms, as the ledger says, prepared once for each change of them."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.office import deadlines, identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import rules
from zhengtong.sharing.agreements.queries import packs
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms

YEARS = range(1980, 2201)


def snapshot(session: Session) -> rules.Snapshot:
    """Everything a decision needs, as of `ledger.contract_seq`: make it again when that has grown, or the catalogue has changed."""
    seq = ledger.contract_seq(session)
    kept = ledger.contracts(session)
    found = list(session.scalars(select(Agreement)))
    terms = _terms(session)
    merged = merged_into(session)
    contracts = []
    for one in found:
        there = kept.get(str(one.id))
        version = in_force_version(there)
        told = terms.get((one.id, version))
        if there is not None and told is not None:
            contracts.append(_contract(one, there, version, told, merged))
    items = {UUID(item) for one in contracts for item in one.terms.item_ids}
    levels = field_levels(session, items)
    return rules.Snapshot.of(seq, packs.policy(), contracts, levels=levels, works=working_days(session))


def in_force_version(contract: ledger.ContractState | None) -> int:
    """The version whose terms hold: the present one, or the one before it while a changed one waits for its seals."""
    if contract is None:
        return 0
    return int(contract.was["version"]) if contract.was else contract.version


def field_levels(session: Session, items: set[UUID]) -> dict[str, dict[str, str]]:
    """The levels of items' fields, by item in hex."""
    levels: dict[str, dict[str, str]] = {one.hex: {} for one in items}
    columns = (catalogue.Field.item_id, catalogue.Field.name, catalogue.Field.level)
    for item, name, level in session.execute(select(*columns).where(catalogue.Field.item_id.in_(items))):
        levels[item.hex][name] = str(level)
    return levels


def working_days(session: Session) -> Callable[[date], bool]:
    """Whether a day is worked; False in a year whose holidays are not known."""
    known = deadlines.calendar(session)
    years = frozenset(known.known_years)
    return lambda day: day.year in years and known.is_working(day)


def merged_into(session: Session) -> dict[str, str]:
    """The departments that were merged, and into which."""
    found = select(identity.Department.id, identity.Department.merged_into_id)
    rows = session.execute(found.where(identity.Department.merged_into_id.is_not(None)))
    return {one.hex: into.hex for one, into in rows if into}


def with_successors(department: str, merged: Mapping[str, str]) -> tuple[str, ...]:
    """The department and those it went into, one after another."""
    line = [department]
    while (into := merged.get(line[-1])) and into not in line:
        line.append(into)
    return tuple(line)


def _terms(session: Session) -> dict[tuple[UUID, int], AgreementTerms]:
    return {(one.agreement_id, one.number): one for one in session.scalars(select(AgreementTerms))}


def _contract(
    one: Agreement, there: ledger.ContractState, version: int, told: AgreementTerms, merged: Mapping[str, str]
) -> rules.Contract:
    return rules.Contract.of(
        id=one.id.hex,
        number=one.number,
        version=version,
        status=_status(one, there),
        parties=(there.provider, with_successors(there.consumer, merged)),
        terms=rules.Terms.of(told.terms),
        terms_digest=told.digest,
    )


def _status(one: Agreement, there: ledger.ContractState) -> rules.Status:
    """The ledger's; a stop made here counts before the chain's validators have ordered it."""
    stopped = one.status in (rules.Status.SUSPENDED, rules.Status.ENDED)
    return one.status if stopped and one.awaits else rules.Status(there.status)
