"""A group of calls, decided in order on what is known: the contracts and the quotas, each call counting for those after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from zhengtong.kernel import errors as families
from zhengtong.kernel import logs
from zhengtong.office import identity
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.committing.pending import Answer, Counter, Pending

log = logs.get("gateway")


@dataclass(slots=True)
class Known:
    """What this process believes: the contracts as of `snapshot.seq`, the quotas by agreement. Looked at again in each transaction."""

    snapshot: agreements.Snapshot
    counters: dict[str, Counter] = field(default_factory=dict)
    changes: int = 0
    until: float = 0.0

    def holds(self, changes: int, instant: float) -> bool:
        """True while it is believed: nothing was rung since, and it is not old."""
        return self.changes == changes and instant <= self.until


class Decided(NamedTuple):
    """A call with its decision; an answer where it is to be served, a problem where it failed for another reason than the contract."""

    pending: Pending
    decision: agreements.Decision | None = None
    contract: agreements.Contract | None = None
    answer: Answer | None = None
    problem: families.Problem | None = None

    @property
    def leaves_entry(self) -> bool:
        """True for what stands on the ledger: served, or refused by the contract."""
        return self.decision is not None and self.problem is None


@dataclass(frozen=True, slots=True)
class Group:
    """The group as decided, and the quotas before and after it, by agreement."""

    calls: list[Decided]
    before: Mapping[str, Counter]
    after: Mapping[str, Counter]
    at: datetime


def decide_group(
    known: Known, waiting: Sequence[Pending], *, now: datetime, refused: Mapping[int, families.Problem]
) -> Group:
    """This will decide each call at `now`. `refused`: those, by their place, that fail before any contract is asked."""
    day, second = identity.law_day(now), int(now.timestamp())
    before: dict[str, Counter] = {}
    after: dict[str, Counter] = {}
    calls = []
    for place, one in enumerate(waiting):
        if problem := refused.get(place):
            calls.append(Decided(one, problem=problem))
            continue
        contract = known.snapshot.find(one.request.agreement)
        if contract is None:
            calls.append(_decide(known.snapshot, one, None, None, now))
            continue
        if contract.id not in after:
            kept = known.counters.get(contract.id) or Counter(day)
            before[contract.id], after[contract.id] = kept, kept.at(day, second)
        calls.append(_counted(known.snapshot, one, contract, after[contract.id], now))
    return Group(calls, before, after, now)


def agreements_asked(known: Known, waiting: Sequence[Pending]) -> set[str]:
    """The ids of the agreements that the calls name."""
    found = (known.snapshot.find(one.request.agreement) for one in waiting)
    return {contract.id for contract in found if contract}


def _counted(
    snapshot: agreements.Snapshot, one: Pending, contract: agreements.Contract, counter: Counter, now: datetime
) -> Decided:
    rate = contract.terms.rate_per_second
    if counter.used_second >= rate:
        return Decided(one, problem=errors.RateExceeded(rate=rate, retry_after_s=1))
    decided = _decide(snapshot, one, contract, counter, now)
    if decided.decision and decided.decision.allowed and decided.problem is None:
        counter.used_day += one.request.keys
        counter.used_total += one.request.keys
        counter.used_second += 1
    return decided


def _decide(
    snapshot: agreements.Snapshot,
    one: Pending,
    contract: agreements.Contract | None,
    counter: Counter | None,
    now: datetime,
) -> Decided:
    today, total = (counter.used_day, counter.used_total) if counter else (0, 0)
    words = agreements.purposes()
    decision = agreements.decide(snapshot, one.request, used_today=today, used_total=total, at=now, purposes=words)
    if not decision.allowed:
        return Decided(one, decision, contract)
    try:
        return Decided(one, decision, contract, one.answer(decision))
    except families.Problem as problem:
        return Decided(one, decision, contract, problem=problem)
    except Exception:
        log.exception("gateway.answer_failed", item=one.item.code)
        return Decided(one, decision, contract, problem=errors.NotCommitted())
