"""The gateway of one process: who may come in, what they ask, and the committer that every answer passes."""

import functools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.engines.serving import Serving
from zhengtong.kernel import clock
from zhengtong.kernel import errors as families
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.wake import Wake
from zhengtong.office import identity
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions import foretelling
from zhengtong.sharing.gateway.actions.answering import Answerer
from zhengtong.sharing.gateway.actions.committing import Answer, AtOnce, Committer, Item, Message, Outcome, Pending
from zhengtong.sharing.gateway.actions.committing.writing import Tools
from zhengtong.sharing.gateway.actions.foretelling import Beliefs, Foreteller, Foretold
from zhengtong.sharing.gateway.actions.nonces import Nonces
from zhengtong.sharing.gateway.actions.relay import Ground, Question, Relays, asker
from zhengtong.sharing.gateway.queries.hands import Hand, Hands
from zhengtong.sharing.gateway.queries.plans import Plan, Plans
from zhengtong.sharing.gateway.rules import Asked, Limits, Stated
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings

MOST_SESSIONS, MOST_SHAPES = 10_000, 2_000
CONTRACTS = "gateway.contracts"
"""Rung where what decisions rest on has changed beside the ledger: the catalogue's levels."""
AHEAD = ("lookup", "batch", "page", "count")
"""Operations whose rows are read before the committer has them: SQLite gives up the interpreter's lock at each step, and a thread that
holds up a whole group must not wait to get it back."""


class Caller(NamedTuple):
    """Whose call it is: a service account, by an open session; `nonce` of this very call."""

    session: UUID
    nonce: str
    system_id: UUID
    department_id: UUID
    address: str
    hand: Hand | None = None

    def words(self, contract: agreements.Contract | None) -> dict[str, Any]:
        """What a request says of who calls; of several posts, one that the contract names."""
        told: dict[str, Any] = {
            "department_id": self.department_id.hex,
            "system_id": self.system_id.hex,
            "address": self.address,
        }
        if self.hand:
            named = contract.terms.posts if contract else ()
            post = next((one for one in self.hand.posts if one.hex in named), self.hand.posts[0])
            told |= {"person_id": self.hand.person_id.hex, "post": post.hex, "second_factor_at": self.hand.factor_at}
        return told


@dataclass(frozen=True, slots=True)
class Wanted:
    """What another way of sharing (relay, table, file) asks to be decided and receipted. `answer` must be quick: no network."""

    request: agreements.CallRequest
    item: Item
    message: Message
    answer: Callable[[agreements.Decision], Answer]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What calls alike ask of a contract, as long as plan and contract are these: the fields given, those and the conditions' fields."""

    plan: Plan | None
    contract: agreements.Contract | None
    item: Item
    given: tuple[str, ...]
    fields: tuple[str, ...]


class Gateway:
    """Open once a process; `close` commits what waits."""

    def __init__(
        self, database: Database, wake: Wake, settings: Settings, *, crypto: Crypto, keyring: Keyring, serving: Serving
    ) -> None:
        chosen = settings.of(GatewaySettings)
        self._database, self._crypto, self._keyring = database, crypto, keyring
        self.began = clock.now()
        self._beliefs = Beliefs()
        self._nonces = Nonces()
        self._sessions: dict[UUID, identity.ServiceSession] = {}
        self._plans = Plans(database, wake)
        self._hands = Hands(database)
        self._shapes: dict[tuple[Any, ...], _Shape] = {}
        self.answerer = Answerer(serving, crypto, keyring)
        self._foreteller = Foreteller(self.answerer, crypto)
        self.limits = Limits(page=chosen.page, batch=chosen.batch)
        self.relays = Relays(database, chosen)
        self.relay_threads = ThreadPoolExecutor(chosen.relay_threads, "gateway-relay")
        self.watch: Callable[[], families.Problem | None] = lambda: None
        self.committer = Committer(
            database,
            Tools(crypto, keyring, ledger.origin_of(settings), ledger.SubjectKeys(keyring)),
            snapshot=agreements.snapshot,
            changes=lambda: wake.seen(CONTRACTS),
            watch=lambda: self.watch(),
            group=chosen.group,
            queue=chosen.queue,
            at_once=AtOnce(database, wake.ring_all) if database.is_sqlite else None,
        )

    def close(self) -> None:
        self.relay_threads.shutdown(wait=False, cancel_futures=True)
        self.committer.stop()

    def remembers(self, session: UUID | None, code: str) -> bool:
        """True when neither the session nor the item of a call needs the database."""
        return (
            session in self._sessions
            and self._plans.at_hand(code, monotonic=time.monotonic())[0]
            and self.committer.is_ready
        )

    def admit(
        self, header: str, *, method: str, target: str, lines: Sequence[str], body: bytes, address: str, now: datetime
    ) -> Caller:
        """Whose sealed call it is; its nonce is spent. `lines`: what its own headers say. Raises ServiceSignInRefused, saying why."""
        call = identity.read_signed_call(header, now=now)
        key = self.session(call.session, now).call_key
        identity.check_seal(self._crypto, key, call, method=method, target=target, said=lines, body=body)
        return self.admitted(call.session, call.nonce, at=call.at, address=address, now=now)

    def admitted(self, session_id: UUID, nonce: str, *, at: datetime, address: str, now: datetime) -> Caller:
        """The caller of a call whose seal was checked; its nonce is spent. `at`: its signed time. Raises ServiceSignInRefused."""
        session = self.session(session_id, now)
        if not self._nonces.spend(session_id, nonce, at=at, now=clock.outside(now)):
            raise identity.nonce_spent()
        return Caller(session_id, nonce, session.system_id, session.department_id, address)

    def at_hand_of(self, caller: Caller, said: Stated, *, now: datetime) -> Caller:
        """The caller with the member of staff it names. Raises CallMalformed where its department has none such."""
        return caller._replace(hand=self._hands.find(caller.department_id, said.person, said.factor_at, now=now))

    def pending(
        self, caller: Caller, asked: Asked, message: Message, tell: Callable[[Outcome], None], *, now: datetime
    ) -> Pending:
        """The call as the committer takes it."""
        request, shape, asked = self._request(caller, asked, now)
        answer = self._answering(asked, shape.plan, shape.given)
        return Pending(request, shape.item, message, answer, tell, signed=(caller.session, caller.nonce))

    def _request(self, caller: Caller, asked: Asked, now: datetime) -> tuple[agreements.CallRequest, _Shape, Asked]:
        """The call as the contract is asked; what calls alike have in common; and the question, of as many rows as are agreed."""
        names = tuple([one.field for one in asked.where])
        shape = self._shape((asked.agreement, asked.item, asked.operation, asked.fields, names))
        contract, plan = shape.contract, shape.plan
        if contract and asked.operation != "count":
            limit = asked.limit if asked.limit_said else _most(contract, asked.limit)
            keys = limit if asked.operation == "page" else asked.keys
            if (limit, keys) != (asked.limit, asked.keys):
                asked = asked.with_limit(limit, keys)
        request = agreements.CallRequest(
            agreement=asked.agreement,
            item_id=plan.item_id.hex if plan else "",
            operation=asked.operation,
            fields=shape.fields,
            purpose=asked.purpose,
            at=now,
            case_number=asked.case_number,
            keys=asked.keys,
            **caller.words(contract),
        )
        return request, shape, asked

    def _shape(self, alike: tuple[str, str, str, tuple[str, ...], tuple[str, ...]]) -> _Shape:
        """What calls of this agreement, item and operation have in common, which ask for these fields by those."""
        agreement, item, *_ = alike
        plan = self._plans.find(item, monotonic=time.monotonic())
        contract = self.committer.snapshot().find(agreement)
        shape = self._shapes.get(alike)
        if shape is None or shape.plan is not plan or shape.contract is not contract:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[alike] = _shape_of(alike, plan, contract)
        return shape

    def prepare(self, call: Pending, asked: Asked) -> None:
        """This will read the rows of a call that may take long, on the contracts as they are believed; the committer lets them pass
        where its own decision gives the same."""
        if asked.operation not in AHEAD:
            return
        before = agreements.decide(self.committer.snapshot(), call.request, used_today=0, used_total=0)
        if not before.allowed:
            return
        ready = call.answer(before)

        def checked(decision: agreements.Decision) -> Answer:
            alike = decision.masks is before.masks and decision.rows is before.rows
            if not alike and (decision.masks, decision.rows) != (before.masks, before.rows):
                raise errors.ContractChanged()
            return ready

        call.answer = checked

    def foretell(self, caller: Caller, asked: Asked, *, now: datetime) -> tuple[Foretold, bytes] | None:
        """What a look-up would be answered on the contracts as they are believed here, and the bytes of the answer."""

        def ground() -> foretelling.Ground | None:
            request, shape, limited = self._request(caller, asked, now)
            before = self.decide_ahead(request)
            if shape.plan is None or not before.allowed:
                return None
            belief = self._beliefs.of(shape.plan, before, limited.limit)
            return foretelling.Ground(shape.plan, shape.given, limited.limit, before, belief)

        believed = (self._plans.find(asked.item, monotonic=time.monotonic()), self.committer.snapshot())
        return self._foreteller.foretell((caller.session, caller.address), asked, believed, ground)

    def foretold(
        self,
        caller: Caller,
        place: tuple[str, str],
        said: Stated,
        told: Foretold,
        message: Message,
        tell: Callable[[Outcome], None],
        anew: Callable[[agreements.Decision], Answer],
    ) -> Pending | None:
        """A look-up of agreement and item that was answered ahead, as the committer takes it; None where this process knows no such item or
        agreement."""
        agreement, code = place
        shape = self._shape((agreement, code, "lookup", told.fields, told.keys))
        plan, contract = shape.plan, shape.contract
        if plan is None or contract is None:
            return None
        request = agreements.CallRequest(
            agreement=agreement,
            item_id=plan.item_id.hex,
            operation="lookup",
            fields=shape.fields,
            purpose=said.purpose,
            at=message.request_in,
            case_number=said.case_number,
            **caller.words(contract),
        )
        limit = _most(contract, self.limits.page_most)
        answer = foretelling.passing(told, lambda decision: self._beliefs.of(plan, decision, limit), anew)
        return Pending(request, shape.item, message, answer, tell, signed=(caller.session, caller.nonce))

    @property
    def epoch(self) -> tuple[int, ...]:
        """Another one whenever what is believed here may have changed."""
        return (self._plans.epoch, *self.committer.epoch)

    def forget(self) -> None:
        """This will have contracts and items read anew."""
        self._plans.forget()
        self.committer.forget()

    def relayed(
        self, caller: Caller, asked: Question, message: Message, tell: Callable[[Outcome], None], *, now: datetime
    ) -> Pending:
        """The call, once the provider's own interface has answered; refused calls reach the committer without asking it."""
        contract = self.committer.snapshot().find(asked.agreement)
        who = asker(asked, caller.words(contract), now=now)
        ground = Ground(self.decide_ahead, self._agreed, self.answerer.pseudonym, self.answerer.subject)
        made = self.relays.relayed(asked, who, message, ground)
        signed = (caller.session, caller.nonce)
        return Pending(made.request, made.item, made.message, made.answer, tell, signed=signed)

    def _agreed(self, agreement: str, item_id: str) -> tuple[Mapping[str, str], int]:
        """The masks of an item under an agreement, and the rows it gives at once."""
        contract = self.committer.snapshot().find(agreement)
        return (contract.terms.fields.get(item_id, {}), contract.terms.max_rows) if contract else ({}, 1)

    def forget_session(self, session_id: UUID | None) -> None:
        """This will ask the database about the session at its next call."""
        if session_id is not None:
            self._sessions.pop(session_id, None)

    def settle(self, calls: Sequence[Wanted]) -> list[Outcome]:
        """This will decide, reserve and receipt these calls, and wait for it: for relay, table exchange and files. Only what comes back
        with an answer may leave; a refusal has its receipt too."""
        outcomes: list[Outcome | None] = [None] * len(calls)
        left = threading.Semaphore(0)

        def told_at(place: int) -> Callable[[Outcome], None]:
            def tell(outcome: Outcome) -> None:
                outcomes[place] = outcome
                left.release()

            return tell

        for place, one in enumerate(calls):
            self.committer.submit(Pending(one.request, one.item, one.message, one.answer, told_at(place)))
        for _ in calls:
            left.acquire()
        return [one for one in outcomes if one is not None]

    def decide_ahead(self, request: agreements.CallRequest) -> agreements.Decision:
        """The decision on the contracts as they are believed now: to prepare an answer on, never to release one."""
        return agreements.decide(self.committer.snapshot(), request, used_today=0, used_total=0)

    def session(self, session_id: UUID, now: datetime) -> identity.ServiceSession:
        """The open session of this id, remembered once it is read. Raises ServiceSignInRefused."""
        kept = self._sessions.get(session_id)
        if kept is not None and kept.ends_at > now:
            return kept
        with self._database.read() as session:
            found = identity.service_session(session, session_id, self._keyring, now=now)
        if self._database.is_sqlite and found.created_at < self.began:
            raise identity.session_over()  # which nonces were spent before this process began is not known
        if len(self._sessions) >= MOST_SESSIONS:
            self._sessions.clear()
        self._sessions[session_id] = found
        return found

    def _answering(
        self, asked: Asked, plan: Plan | None, given: Sequence[str]
    ) -> Callable[[agreements.Decision], Answer]:
        def answer(decision: agreements.Decision) -> Answer:
            if plan is None:
                raise errors.ItemNotServed(agreement=asked.agreement, item=asked.item)
            return self.answerer.answer(asked, plan, given, decision)

        return answer


def session_in(header: str) -> UUID | None:
    """The session that a call's header names, not checked; None where it names none."""
    return session_of(header.partition("session=")[2][:36])


@functools.lru_cache(4096)
def session_of(text: str) -> UUID | None:
    """The session that a text names; None where it names none."""
    try:
        return UUID(text.strip('", '))
    except ValueError:
        return None


def _most(contract: agreements.Contract, asked: int) -> int:
    """How many rows are given at once where the caller has not said."""
    return min(asked, contract.terms.max_rows)


def _shape_of(
    alike: tuple[str, str, str, tuple[str, ...], tuple[str, ...]],
    plan: Plan | None,
    contract: agreements.Contract | None,
) -> _Shape:
    _, code, operation, fields, names = alike
    masks = contract.terms.fields.get(plan.item_id.hex, {}) if contract and plan else {}
    given = fields or tuple(name for name, mask in masks.items() if mask != "omit")
    given = () if operation == "count" else given
    conditions = tuple(one for one in names if one not in given)
    item = Item(code, plan.item_id, plan.provider_id) if plan else Item(code)
    return _Shape(plan, contract, item, given, (*given, *dict.fromkeys(conditions)))
