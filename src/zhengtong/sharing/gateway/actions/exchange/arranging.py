"""Exchanges arranged, paused, changed and ended by the receiving department."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.engines.broker import checked_topic
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit, jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Words
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.exchange import opening
from zhengtong.sharing.gateway.actions.exchange.reconciling import RECONCILE
from zhengtong.sharing.gateway.actions.exchange.running import RUN_EXCHANGE
from zhengtong.sharing.gateway.permissions import CHANGE_DELIVERIES
from zhengtong.sharing.gateway.rules.exchanging import TABLE, ExchangeState, Into
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.tables import Exchange

TABLE_NAME = Words(
    "表名应为 表 或 模式.表，用小写字母、数字、下划线",
    "a table is named table or schema.table, in small letters, digits and _",
)


@dataclass(frozen=True, slots=True)
class Basis:
    """Under which agreement, of which item, for which system and purpose."""

    agreement: str
    item: str
    system_id: UUID
    purpose: str
    case_number: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where rows are to go. `url`: a database's, with account and password."""

    into: Into
    target: str
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Party:
    """An agreement's two sides and its item, as a delivery names them."""

    agreement: str
    provider_id: UUID
    consumer_id: UUID
    item: catalogue.Item


def party_of(session: Session, actor: Actor, basis: Basis, *, now: datetime) -> Party:
    """The agreement, for who arranges its consumer's deliveries. Raises AgreementNotYours, ItemNotServed."""
    agreement = session.scalar(select(agreements.Agreement).where(agreements.Agreement.number == basis.agreement))
    if agreement is None or not actor.scope(CHANGE_DELIVERIES).covers(agreement.department_id):
        raise errors.AgreementNotYours(number=basis.agreement)
    require(actor, CHANGE_DELIVERIES, agreement, now=now)
    item = catalogue.item_by_code(session, basis.item)
    if item is None:
        raise errors.ItemNotServed(agreement=basis.agreement, item=basis.item)
    return Party(agreement.number, agreement.provider_id, agreement.department_id, item)


def add_exchange(
    session: Session,
    actor: Actor,
    basis: Basis,
    destination: Destination,
    *,
    keyring: Keyring,
    chosen: GatewaySettings,
    now: datetime,
) -> Exchange:
    """This will arrange an exchange; its first copy begins at once. The contract decides at every step.

    Raises AgreementNotYours, ItemNotServed, TargetWrong, AddressNotAllowed, TargetAway.
    """
    party = party_of(session, actor, basis, now=now)
    exchange = Exchange(
        id=new_id(),
        agreement=party.agreement,
        item_id=party.item.id,
        item_code=party.item.number or party.item.code,
        item_name=party.item.name_zh,
        provider_id=party.provider_id,
        consumer_id=party.consumer_id,
        system_id=basis.system_id,
        purpose=basis.purpose,
        case_number=basis.case_number,
        into=destination.into,
        target=destination.target,
        address="",
        state=ExchangeState.ACTIVE,
        shape=[],
        created_at=now,
        created_by_name=actor.name,
    )
    _direct(exchange, destination, keyring=keyring, chosen=chosen)
    session.add(exchange)
    session.flush()
    audit.record(session, actor, "gateway.exchange_added", exchange, after=_told(exchange))
    ask_run(session, exchange, now=now)
    return exchange


def redirect(
    session: Session,
    actor: Actor,
    exchange: Exchange,
    url: str,
    *,
    keyring: Keyring,
    chosen: GatewaySettings,
    now: datetime,
) -> None:
    """This will change the account or address of the receiver's database; what it has tells where to go on."""
    _check(actor, exchange, now=now)
    before = _told(exchange)
    _direct(exchange, Destination(Into(exchange.into), exchange.target, url), keyring=keyring, chosen=chosen)
    audit.record(session, actor, "gateway.exchange_redirected", exchange, before=before, after=_told(exchange))
    ask_run(session, exchange, now=now)


def confirm(session: Session, actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    """This will let a held exchange go on with the columns as they are now: new ones are added, all rows are sent again."""
    _check(actor, exchange, now=now)
    if exchange.state != ExchangeState.HELD:
        raise errors.ExchangeHeld(why=Words("它并没有停下", "it is not held"))
    exchange.state, exchange.trouble, exchange.shape = ExchangeState.ACTIVE, None, []
    exchange.terms = "confirmed"
    audit.record(session, actor, "gateway.exchange_confirmed", exchange)
    ask_run(session, exchange, now=now)


def pause(session: Session, actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    """This will let an exchange rest after the step it is at; what the receiver has stays there. Raises ExchangeHeld."""
    _check(actor, exchange, now=now)
    if exchange.state != ExchangeState.ACTIVE:
        raise errors.ExchangeHeld(why=Words("它没有在运行", "it is not running"))
    exchange.state = ExchangeState.PAUSED
    audit.record(session, actor, "gateway.exchange_paused", exchange)


def resume(session: Session, actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    """This will let a paused exchange go on from where it rests. Raises ExchangeHeld."""
    _check(actor, exchange, now=now)
    if exchange.state != ExchangeState.PAUSED:
        raise errors.ExchangeHeld(why=Words("它并没有暂停", "it is not paused"))
    exchange.state = ExchangeState.ACTIVE
    audit.record(session, actor, "gateway.exchange_resumed", exchange)
    ask_run(session, exchange, now=now)


def stop(session: Session, actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    """This will end an exchange. What the receiver has stays there; the agreement says what becomes of it."""
    _check(actor, exchange, now=now)
    exchange.state, exchange.sealed = ExchangeState.STOPPED, None
    audit.record(session, actor, "gateway.exchange_stopped", exchange)


def ask_again(session: Session, actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    """This will have the exchange run now, for who arranges it."""
    _check(actor, exchange, now=now)
    ask_run(session, exchange, now=now)


def ask_run(session: Session, exchange: Exchange, *, now: datetime) -> None:
    """This will have the exchange brought up to date; runs of one exchange follow each other."""
    mark = f"exchange:{exchange.id}"
    jobs.enqueue(session, RUN_EXCHANGE, key=mark, exchange_id=str(exchange.id))


def ask_reconcile(session: Session, actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    """This will have source and receiver compared. Raises ExchangeHeld for a topic, which cannot be read back."""
    _check(actor, exchange, now=now)
    if exchange.into != Into.DATABASE:
        raise errors.ExchangeHeld(why=Words("消息主题不能对账", "a topic cannot be compared"))
    jobs.enqueue(session, RECONCILE, key=f"exchange:{exchange.id}", exchange_id=str(exchange.id))


def _direct(exchange: Exchange, destination: Destination, *, keyring: Keyring, chosen: GatewaySettings) -> None:
    if destination.into is Into.TOPIC:
        exchange.target = checked_topic(destination.target)
        return
    if not TABLE.fullmatch(destination.target):
        raise errors.TargetWrong(why=TABLE_NAME)
    url = opening.parsed(destination.url)
    opening.resolved(url.host or "", url.port or 0, chosen.networks)
    opening.seal(exchange, url, keyring)


def _check(actor: Actor, exchange: Exchange, *, now: datetime) -> None:
    if not actor.scope(CHANGE_DELIVERIES).covers(exchange.consumer_id):
        raise errors.ExchangeNotFound()
    require(actor, CHANGE_DELIVERIES, now=now)


def _told(exchange: Exchange) -> dict[str, str]:
    return {
        "agreement": exchange.agreement,
        "item": exchange.item_code,
        "to": exchange.address,
        "target": exchange.target,
    }
