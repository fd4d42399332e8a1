"""What has happened, told to whom it concerns: an outbox in the transaction of the deed, delivered after it.

Each listener gets each event at least once, and its effects in the database exactly once: a delivery is a job that
commits with them. Events of one key reach a listener in order; one that fails for good becomes a dead letter and lets
the next ones pass.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from zhengtong.kernel import clock, jobs
from zhengtong.kernel.audit import Serial
from zhengtong.kernel.db import Base, new_id


@dataclass(frozen=True)
class Event:
    """A past fact. A subclass is a frozen dataclass with `type = "room.fact@1"`; that shape is never edited again."""

    type: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """Events of one key are heard in order; by default the value of the first field."""
        return str(next(iter(vars(self).values()), ""))


class EventRow(Base):
    """An announced event, kept as it was told."""

    __tablename__ = "event"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (Index(None, "type", "seq"), Index(None, "key", "seq"))


@dataclass(frozen=True, slots=True)
class Listener:
    """`function(session, event, *, now, …given)` hears every event of the type."""

    name: str
    event: type[Event]
    function: Callable[..., Any] = field(repr=False)

    def job(self) -> jobs.Job:
        """The job that delivers to this listener."""

        def deliver(session: Session, *, now: datetime, event_id: str, **givens: Any) -> None:
            row = session.scalars(select(EventRow).where(EventRow.id == UUID(event_id))).one()
            self.function(session, read(self.event, row.payload), now=now, **givens)

        return jobs.Job(self.name, deliver, asks=self.function)


Listeners = Mapping[str, tuple[Listener, ...]]


def by_type(listeners: Iterable[Listener]) -> Listeners:
    """Listeners by the type they hear. Raises ValueError when two share a name."""
    found: dict[str, tuple[Listener, ...]] = {}
    names: set[str] = set()
    for listener in listeners:
        if listener.name in names:
            raise ValueError(f"two listeners are named {listener.name}")
        names.add(listener.name)
        found[listener.event.type] = (*found.get(listener.event.type, ()), listener)
    return found


def announce(session: Session, event: Event) -> UUID:
    """This will keep the event and have it delivered once the transaction is committed; returns its id."""
    row = EventRow(id=new_id(), type=event.type, key=event.key, payload=payload_of(event), at=clock.now())
    session.add(row)
    listeners: Listeners = session.info.get("listeners", {})
    for listener in listeners.get(event.type, ()):
        key = f"{listener.name}:{event.key}" if event.key else None
        jobs.enqueue(session, jobs.Job(listener.name, listener.function), key=key, event_id=str(row.id))
    return row.id


_ADAPTERS: dict[type[Event], TypeAdapter[Any]] = {}


def _adapter(kind: type[Event]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def payload_of(event: Event) -> dict[str, Any]:
    """The event as JSON values."""
    return cast(dict[str, Any], _adapter(type(event)).dump_python(event, mode="json"))


def read(kind: type[Event], payload: dict[str, Any]) -> Event:
    """The event from its JSON values."""
    event: Event = _adapter(kind).validate_python(payload)
    return event
