"""A run of an exchange: to the lake's newest version, or to what stops it, which is told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from zhengtong.engines.broker import Broker
from zhengtong.engines.crypto import Crypto, Keyring, Purpose
from zhengtong.engines.lake import Lake
from zhengtong.kernel import errors as families
from zhengtong.kernel import jobs
from zhengtong.kernel.settings import Settings
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway.actions import copying, telling
from zhengtong.sharing.gateway.actions.exchange import opening
from zhengtong.sharing.gateway.actions.exchange.governing import Governed
from zhengtong.sharing.gateway.actions.exchange.preparing import Leaving, condition
from zhengtong.sharing.gateway.actions.exchange.stepping import Step, advance
from zhengtong.sharing.gateway.actions.exchange.target import Place, Receiver
from zhengtong.sharing.gateway.actions.exchange.topic import Topic
from zhengtong.sharing.gateway.actions.serving import Gateway
from zhengtong.sharing.gateway.rules import exchanging
from zhengtong.sharing.gateway.rules.exchanging import ExchangeState, Into
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.tables import Exchange, ExchangeStep

SUBJECTS_AT_ONCE = 400
"""Rows of a step whose rows name persons: each gets a reference on the ledger, and an entry holds no more."""

NO_ITEM = families.Words("数据项已停用", "the item is not in force")
NO_CONTRACT = families.Words("协议不在册", "there is no such agreement")
SHAPE = families.Words(
    "数据结构或协议的字段变了，请接收方确认", "the columns have changed; the receiver should confirm"
)


@dataclass(frozen=True, slots=True)
class Ready:
    """An exchange with all that a run needs."""

    exchange: Exchange
    table: str
    how: Leaving
    terms: str
    rows: int


def run_exchange(run: jobs.Run, *, exchange_id: str) -> None:
    """This will bring the receiver up to date. What hinders it for now is written down; a timer tries again."""
    ready = prepared(run, UUID(exchange_id))
    if ready is None:
        return
    receiver: Receiver | None = None
    try:
        governed = Governed(run, run.given(Gateway), ready.exchange, ready.how)
        governed.check()
        receiver = receiver_of(run, ready.exchange)
        if ready.exchange.terms and ready.exchange.terms != ready.terms:
            receiver.begin_again(ready.how.shape, run.now())
            _forget_steps(run, ready.exchange)
        _note_terms(run, ready)
        steps = advance(
            run.given(Lake), ready.table, receiver, ready.how, rows=ready.rows, govern=governed, now=run.now
        )
        for step in steps:
            if not _note_step(run, ready.exchange.id, step):
                return
            if run.stopping:
                raise jobs.Stopping
        note(run, ready.exchange.id, trouble=None, tried_at=run.now())
    except families.Problem as problem:
        note(run, ready.exchange.id, trouble=told(problem), tried_at=run.now())
    finally:
        if receiver:
            receiver.close()


def prepared(run: jobs.Run, exchange_id: UUID) -> Ready | None:
    """What a run needs; None where it cannot go on, which is written down."""
    gateway = run.given(Gateway)
    with run.read() as session:
        exchange = session.get(Exchange, exchange_id)
        if exchange is None or exchange.state != ExchangeState.ACTIVE:
            return None
        source = copying.source_of(session, exchange.item_id)
        follow_contracts(session, gateway)
    contract = gateway.committer.snapshot().find(exchange.agreement)
    if source is None or contract is None:
        note(run, exchange_id, trouble=_words(NO_ITEM if source is None else NO_CONTRACT), tried_at=run.now())
        return None
    how = leaving_of(run, exchange, source, contract.terms)
    if exchange.shape and exchanging.difference(exchange.shape, how.shape):
        note(run, exchange_id, state=ExchangeState.HELD, trouble=_words(SHAPE), tried_at=run.now())
        return None
    chosen = run.given(Settings).of(GatewaySettings)
    named = any(one.subject for one in source.fields)
    rows = min(SUBJECTS_AT_ONCE if named else chosen.exchange_rows, contract.terms.max_rows)
    return Ready(exchange, source.table, how, terms_digest(run.given(Crypto), contract.terms, exchange.item_id), rows)


def follow_contracts(session: Session, gateway: Gateway) -> None:
    """This will have the contracts read anew where they have moved: what is done by the hour should not be refused on an old belief."""
    if gateway.committer.snapshot().seq != ledger.contract_seq(session):
        gateway.committer.forget()


def leaving_of(run: jobs.Run, exchange: Exchange, source: copying.Source, terms: agreements.Terms) -> Leaving:
    """How the item's rows leave under the terms."""
    keyring, crypto = run.given(Keyring), run.given(Crypto)
    key = bytes.fromhex(keyring.blind_index(Purpose.SUBJECTS, f"exchange:{exchange.id.hex}"))
    item = exchange.item_id.hex
    rules = [one for one in terms.rows if one.item in ("", item)]
    return Leaving(
        fields=source.fields,
        masks=dict(terms.fields.get(item, {})),
        pseudonym=run.given(Gateway).answerer.pseudonym(exchange.agreement),
        keyed=lambda data: crypto.hmac_sm3(key, data),
        blocks=crypto.sm4_blocks,
        rows=condition(rules, source.fields),
    )


def terms_digest(crypto: Crypto, terms: agreements.Terms, item_id: UUID) -> str:
    """What the receiver's rows were made under: masks and rows."""
    told_terms = terms.told()
    mine = {"fields": told_terms["fields"].get(item_id.hex, {}), "rows": told_terms["rows"]}
    return crypto.sm3(json.dumps(mine, sort_keys=True, ensure_ascii=False).encode()).hex()


def receiver_of(run: jobs.Run, exchange: Exchange) -> Receiver:
    """The receiver, opened. Raises what opening raises."""
    if exchange.into == Into.TOPIC:
        place = Place(exchange.lake_version, exchange.upto, exchange.chunk)
        return Topic(run.given(Broker), exchange.target, place, lambda at: _note_place(run, exchange.id, at))
    networks = run.given(Settings).of(GatewaySettings).networks
    return opening.database_of(exchange, run.given(Keyring), networks)


def told(problem: families.Problem) -> dict[str, str]:
    """A problem as a row keeps it."""
    return {"zh": problem.say("zh"), "en": problem.say("en")}


def _words(words: families.Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def note(run: jobs.Run, exchange_id: UUID, **facts: Any) -> None:
    """This will keep the facts; where trouble begins or is over, those concerned are told, once."""
    with run.write() as session:
        before = session.scalar(select(Exchange.trouble).where(Exchange.id == exchange_id))
        exchange = _set(session, exchange_id, facts)
        if bool(before) != bool(exchange.trouble):
            telling.tell_of_exchange(session, exchange, now=run.now())


def _set(session: Session, exchange_id: UUID, facts: Mapping[str, Any]) -> Exchange:
    exchange = session.get_one(Exchange, exchange_id, with_for_update=True)
    for name, value in facts.items():
        setattr(exchange, name, value)
    return exchange


def _note_terms(run: jobs.Run, ready: Ready) -> None:
    note(run, ready.exchange.id, terms=ready.terms, shape=ready.how.shape.told())


def _note_place(run: jobs.Run, exchange_id: UUID, place: Place) -> None:
    note(run, exchange_id, lake_version=place.version, upto=place.upto, chunk=place.chunk)


def _note_step(run: jobs.Run, exchange_id: UUID, step: Step) -> bool:
    """False where somebody has meanwhile paused or ended the exchange."""
    with run.write() as session:
        exchange = session.get_one(Exchange, exchange_id, with_for_update=True)
        stood, exchange.trouble = bool(exchange.trouble), None
        exchange.lake_version, exchange.upto, exchange.chunk = step.place
        exchange.rows_put += step.put
        exchange.rows_gone += step.gone
        exchange.last_at = run.now()
        if stood:
            telling.tell_of_exchange(session, exchange, now=run.now())
        return exchange.state == ExchangeState.ACTIVE


def _forget_steps(run: jobs.Run, exchange: Exchange) -> None:
    """Rows that go out anew are receipted anew."""
    with run.write() as session:
        session.execute(delete(ExchangeStep).where(ExchangeStep.exchange_id == exchange.id))


RUN_EXCHANGE = jobs.Job("gateway.run_exchange", run_exchange, steps=True, retries=5)
