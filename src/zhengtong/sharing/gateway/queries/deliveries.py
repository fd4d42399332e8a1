"""Exchanges and files as their two sides see them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.permissions import CHANGE_DELIVERIES, READ_DELIVERIES
from zhengtong.sharing.gateway.queries import progress
from zhengtong.sharing.gateway.queries.names import names_of, purpose_words
from zhengtong.sharing.gateway.schemas import deliveries as wire
from zhengtong.sharing.gateway.tables import Exchange, ExchangeStep, SentFile

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


def exchange_lines(session: Session, actor: Actor, rows: Sequence[Exchange]) -> list[wire.ExchangeOut]:
    """Exchanges in a list, with names."""
    named = _named_sides(session, rows)
    return [wire.ExchangeOut.of(one, named=named[one.id], may_change=may_change(actor, one)) for one in rows]


def exchange_out(session: Session, actor: Actor, one: Exchange) -> wire.ExchangeOut:
    """One exchange, and how far it is."""
    (line,) = exchange_lines(session, actor, [one])
    return line.model_copy(update={"progress": progress.of(session, one)})


def find_steps(exchange: Exchange) -> Select[ExchangeStep]:
    """The steps of an exchange."""
    return select(ExchangeStep).where(ExchangeStep.exchange_id == exchange.id)


def step_out(one: ExchangeStep) -> wire.ExchangeStepOut:
    """One step."""
    return wire.ExchangeStepOut(
        lake_version=one.version, rows_put=one.rows_put, rows_gone=one.rows_gone, receipt_id=one.receipt_id, at=one.at
    )


def file_lines(session: Session, actor: Actor, rows: Sequence[SentFile]) -> list[wire.FileOut]:
    """Files in a list, with names."""
    named = _named_sides(session, rows)
    return [wire.FileOut.of(one, named=named[one.id], may_change=may_change(actor, one)) for one in rows]


def _named_sides(session: Session, rows: Sequence[Exchange] | Sequence[SentFile]) -> Mapping[UUID, dict[str, Any]]:
    names = names_of(
        session,
        departments=[side for one in rows for side in (one.provider_id, one.consumer_id)],
        subjects=[one.system_id for one in rows],
    )
    return {
        one.id: {
            "provider": names.place(one.provider_id),
            "consumer": names.place(one.consumer_id),
            "system": names.subject(one.system_id),
            "purpose_words": purpose_words(one.purpose),
        }
        for one in rows
    }


def may_change(actor: Actor, delivery: Exchange | SentFile) -> bool:
    """True for who arranges the deliveries of the consumer."""
    return actor.scope(CHANGE_DELIVERIES).covers(delivery.consumer_id)


def _named(kind: type[Exchange] | type[SentFile], text: str) -> ColumnElement[bool]:
    return or_(
        kind.agreement == text.upper(),
        kind.item_code == text.upper(),
        kind.item_name.contains(text, autoescape=True),
    )
