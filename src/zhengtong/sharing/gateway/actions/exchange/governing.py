"""Each chunk is allowed by the contract and receipted before it leaves, once."""

import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.committing import Answer, Item, Message, Outcome
from zhengtong.sharing.gateway.actions.committing.pending import masks_of
from zhengtong.sharing.gateway.actions.exchange.preparing import Leaving, Rows, subjects
from zhengtong.sharing.gateway.actions.exchange.reading import Chunk
from zhengtong.sharing.gateway.actions.exchange.target import Place
from zhengtong.sharing.gateway.actions.serving import Gateway, Wanted
from zhengtong.sharing.gateway.tables import Call, Exchange, ExchangeStep

WAITS_FOR_RATE = 30


class Governed:
    """The contract's word on an exchange's chunks."""

    def __init__(self, run: jobs.Run, gateway: Gateway, exchange: Exchange, how: Leaving) -> None:
        self._run, self._gateway, self._exchange, self._how = run, gateway, exchange, how
        self._pause = threading.Event()

    def __call__(self, place: Place, rows: Rows, chunk: Chunk) -> None:
        """This will return once a receipt for these rows stands. Raises CallRefused, and what the committer says."""
        version, number = place.upto, place.chunk if place.version != place.upto else -1
        with self._run.read() as session:
            if session.get(ExchangeStep, (self._exchange.id, version, number)) is not None:
                return
            receipt = self._made_before(session, self._message_id(place))
        if receipt is None:
            receipt = self._receipted(place, rows, chunk)
        with self._run.write() as session:
            step = ExchangeStep(exchange_id=self._exchange.id, version=version, chunk=number, at=self._run.now())
            step.rows_put, step.rows_gone, step.receipt_id = rows.count, chunk.went.num_rows, receipt
            session.add(step)

    def check(self) -> None:
        """Raises CallRefused where the contract would refuse now; nothing is written of that on the ledger."""
        decision = self._gateway.decide_ahead(request_of(self._exchange, self._how, 1, self._run.now()))
        if not decision.allowed:
            raise errors.CallRefused(condition=decision.code, why=decision.why, remedy=decision.remedy, receipt="")

    def _receipted(self, place: Place, rows: Rows, chunk: Chunk) -> UUID:
        named = tuple(sorted({self._gateway.answerer.subject(one) for one in subjects(chunk.came, self._how)}))
        body = rows.csv + b"\n".join(name.encode() for name in ["", *chunk.went["_batch_id"].to_pylist()])
        answer = Answer(body, rows.count, str(place.upto), named, media_type="text/csv")
        for _ in range(WAITS_FOR_RATE):
            now = self._run.now()
            request = request_of(self._exchange, self._how, max(rows.count, 1), now)
            wanted = Wanted(
                request, item_of(self._exchange), Message(self._message_id(place), now, 0), self._checked(answer)
            )
            outcome = self._gateway.settle([wanted])[0]
            if isinstance(outcome.problem, errors.RateExceeded):
                self._pause.wait(outcome.problem.retry_after_s or 1)
                continue
            return receipt_of(outcome)
        raise errors.RateExceeded(rate=1, retry_after_s=60)

    def _checked(self, answer: Answer) -> Callable[[agreements.Decision], Answer]:
        how = self._how

        def given(decision: agreements.Decision) -> Answer:
            if masks_of(decision) != {name: mask for name, mask in how.masks.items() if mask != "omit"}:
                raise errors.ContractChanged()
            return answer

        return given

    def _made_before(self, session: Session, message_id: str) -> UUID | None:
        """The receipt of this very chunk, where a run was killed just after it was made."""
        call = select(Call.receipt_id).where(
            Call.item_id == self._exchange.item_id, Call.message_id == message_id, Call.code == ""
        )
        return session.scalar(call)

    def _message_id(self, place: Place) -> str:
        return f"{self._exchange.id.hex}.{place.upto}.{place.chunk}"


def request_of(exchange: Exchange, how: Leaving, keys: int, now: datetime) -> agreements.CallRequest:
    """The call that stands for a chunk."""
    return agreements.CallRequest(
        agreement=exchange.agreement,
        item_id=exchange.item_id.hex,
        operation="table",
        fields=tuple(name for name, mask in how.masks.items() if mask != "omit"),
        purpose=exchange.purpose,
        department_id=exchange.consumer_id.hex,
        at=now,
        case_number=exchange.case_number,
        system_id=exchange.system_id.hex,
        keys=keys,
    )


def item_of(exchange: Exchange) -> Item:
    return Item(exchange.item_code, exchange.item_id, exchange.provider_id)


def receipt_of(outcome: Outcome) -> UUID:
    """The receipt of what may leave. Raises the problem: a refusal, or what kept it from being written."""
    if outcome.problem is not None:
        raise outcome.problem
    assert outcome.receipt_id
    return outcome.receipt_id
