"""Exchanges and files as their two sides see them."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.permissions import CHANGE_DELIVERIES, READ_DELIVERIES
from zhengtong.sharing.gateway.tables import Exchange, SentFile

Delivery = TypeVar("Delivery", Exchange, SentFile)


def visible(actor: Actor, kind: type[Delivery]) -> Select[Delivery]:
    """Those where the actor's scope reaches the provider or the consumer."""
    scope, statement = actor.scope(READ_DELIVERIES), select(kind)
    if scope.everywhere:
        return statement
    return statement.where(or_(kind.consumer_id.in_(scope.departments), kind.provider_id.in_(scope.departments)))


def find_exchanges(actor: Actor, *, text: str | None, state: str | None) -> Select[Exchange]:
    """By agreement, item or receiver; by state."""
    statement = visible(actor, Exchange)
    if state:
        statement = statement.where(Exchange.state == state)
    return statement.where(_named(Exchange, text)) if text else statement


def find_files(actor: Actor, *, text: str | None) -> Select[SentFile]:
    """By agreement or item."""
    statement = visible(actor, SentFile)
    return statement.where(_named(SentFile, text)) if text else statement


def get_exchange(session: Session, actor: Actor, exchange_id: UUID) -> Exchange:
    """Raises ExchangeNotFound."""
    found = session.scalar(visible(actor, Exchange).where(Exchange.id == exchange_id))
    if found is None:
        raise errors.ExchangeNotFound()
    return found


def get_file(session: Session, actor: Actor, file_id: UUID) -> SentFile:
    """Raises SentFileNotFound."""
    found = session.scalar(visible(actor, SentFile).where(SentFile.id == file_id))
    if found is None:
        raise errors.SentFileNotFound()
    return found


def may_change(actor: Actor, delivery: Exchange | SentFile) -> bool:
    """True for who arranges the deliveries of the consumer."""
    return actor.scope(CHANGE_DELIVERIES).covers(delivery.consumer_id)


def _named(kind: type[Exchange] | type[SentFile], text: str) -> ColumnElement[bool]:
    return or_(
        kind.agreement == text.upper(),
        kind.item_code == text.upper(),
        kind.item_name.contains(text, autoescape=True),
    )
