"""Rows into a topic of the broker: a message a row, by its name; one that went is a message without a value.

The place is kept in our own database, so a step that was killed after its messages is sent again: the same messages, by the same names,
with the same place in their headers. Who keeps the last message of a name has each row once.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from zhengtong.engines.broker import Broker, Message
from zhengtong.sharing.gateway.actions.exchange.preparing import Rows
from zhengtong.sharing.gateway.actions.exchange.target import NOWHERE, Place
from zhengtong.sharing.gateway.rules.exchanging import ROW, Shape

AT_ONCE = 500
Keep = Callable[[Place], None]


class Topic:
    """One topic, written by one exchange. `keep` writes the place down."""

    def __init__(self, broker: Broker, topic: str, place: Place, keep: Keep) -> None:
        self._broker, self._topic, self._place, self._keep = broker, topic, place, keep

    def place(self) -> Place:
        return self._place

    def prepare(self, shape: Shape) -> None:
        self._broker.create_topic(self._topic)

    def put(self, rows: Rows, gone: Sequence[str], shape: Shape, place: Place, *, fresh: bool, now: datetime) -> None:
        """This will send the messages, then keep the place. Raises what the broker raises."""
        headers = {"version": str(place.upto), "chunk": str(place.chunk), "at": now.isoformat()}
        messages = [Message(_told(one), one[ROW].encode(), headers) for one in rows.table.to_pylist()]
        messages += [Message(None, name.encode(), headers) for name in gone]
        for at in range(0, len(messages), AT_ONCE):
            self._broker.append(self._topic, messages[at : at + AT_ONCE])
        self._keep(place)
        self._place = place

    def begin_again(self, shape: Shape, now: datetime) -> None:
        """This will send everything again; what has gone meanwhile cannot be told, so the receiver should clear its table first."""
        reset = Message(b'{"reset":true}', b"", {"at": now.isoformat()})
        self._broker.append(self._topic, [reset])
        self._keep(NOWHERE)
        self._place = NOWHERE

    def close(self) -> None:
        """The broker is the city's own and stays open."""


def _told(row: dict[str, Any]) -> bytes:
    values = {name: _value(value) for name, value in row.items() if name != ROW}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _value(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
