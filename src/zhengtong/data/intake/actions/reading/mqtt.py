"""MQTT: messages are taken over a session that the broker keeps for us, kept on our disk, and only then acknowledged.

The broker holds what comes while we are away (QoS 1, clean session off). What was kept but not acknowledged when we were killed comes
again, marked as such, and is told from new messages by the fingerprints of what was kept last.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import batching, network
from zhengtong.data.intake.rules import kinds, records
from zhengtong.data.intake.rules.reading import BadLine, Chunk, ColumnSeen
from zhengtong.kernel.db import new_id

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

CONNECT_S, TRIAL_S = 10.0, 5.0
TURN_S = 0.05
KEEP_ALIVE_S = 60
RAW = 2_000
TOPIC_COLUMN = "topic"
DRIVER = "paho-mqtt（pip install 'zhengtong[mqtt]'）"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message; `again`: the broker has sent it before and heard no acknowledgement."""

    topic: str
    payload: bytes
    number: int
    qos: int
    again: bool


def mark_of(topic: str, payload: bytes) -> str:
    """The fingerprint of a message."""
    return hashlib.blake2b(topic.encode() + b"\x00" + payload, digest_size=8).hexdigest()


def rows_of(told: kinds.Mqtt, topic: str, payload: bytes, place: int) -> tuple[list[records.Record], list[BadLine]]:
    """The rows of a message, each with the topic it came by."""
    try:
        rows = records.of_message(payload, told.form, told.columns)
    except records.RecordWrong as wrong:
        raw = payload[:RAW].decode("utf-8", "replace")
        return [], [BadLine(place, raw, f"{topic} 的消息{wrong.why.zh}", f"a message of {topic} {wrong.why.en}")]
    return [{TOPIC_COLUMN: topic, **row} for row in rows], []


class Line:
    """A session with the broker. `take` messages, keep them, then `acknowledge`."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._heard: list[Heard] = []
        self._connected: str | None = None
        self._subscribed = False
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message

    def open(self, host: str, port: int, topic: str) -> None:
        """This will connect and subscribe. Raises SourceAway, LoginRefused."""
        try:
            self._client.connect(host, port, keepalive=KEEP_ALIVE_S)
            self._until(lambda: self._connected is not None, "no answer")
            if self._connected:
                raise errors.LoginRefused(reason=self._connected)
            self._client.subscribe(topic, qos=1)
            self._until(lambda: self._subscribed, "no answer to the subscription")
        except (OSError, ValueError) as failure:
            raise errors.SourceAway(why=str(failure)[:200]) from failure

    def take(self, *, idle_s: float, limit: int) -> list[Heard]:
        """What comes until nothing has come for `idle_s`, or `limit` messages. Raises SourceAway when the line breaks."""
        quiet, before = time.monotonic(), len(self._heard)
        while time.monotonic() - quiet < idle_s and len(self._heard) < limit:
            self._turn()
            if len(self._heard) != before:
                quiet, before = time.monotonic(), len(self._heard)
        heard, self._heard = self._heard, []
        return heard

    def acknowledge(self, heard: Sequence[Heard]) -> None:
        """This will tell the broker that the messages are kept."""
        for one in heard:
            self._client.ack(one.number, one.qos)
        self._turn()

    def _until(self, reached: Any, otherwise: str) -> None:
        until = time.monotonic() + CONNECT_S
        while not reached():
            if time.monotonic() > until:
                raise errors.SourceAway(why=otherwise)
            self._turn()

    def _turn(self) -> None:
        outcome = self._client.loop(TURN_S)
        if outcome != 0 and not self._connected:
            raise errors.SourceAway(why=str(outcome))

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any = None) -> None:
        self._connected = str(reason) if reason.is_failure else ""

    def _on_subscribe(self, _: Any, __: Any, ___: Any, reasons: Any, ____: Any = None) -> None:
        self._subscribed = True
        if any(reason.is_failure for reason in reasons):
            self._connected = str(reasons[0])

    def _on_message(self, _: Any, __: Any, message: "MQTTMessage") -> None:
        self._heard.append(Heard(message.topic, bytes(message.payload), message.mid, message.qos, bool(message.dup)))


@contextmanager
def connected(told: kinds.Mqtt, password: str, allowed: Sequence[str], *, client_id: str, kept: bool) -> Iterator[Line]:
    """A session of this name; `kept`: the broker keeps it and holds messages for us. Raises DriverMissing, SourceAddressRefused."""
    try:
        from paho.mqtt import client as paho
        from paho.mqtt.enums import CallbackAPIVersion
    except ModuleNotFoundError as absent:
        raise errors.DriverMissing(database="MQTT", module=DRIVER) from absent
    address = network.resolved(told.host, told.port, allowed)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=not kept, manual_ack=True)
    client.connect_timeout = CONNECT_S
    if told.user:
        client.username_pw_set(told.user, password)
    if told.tls:
        client.tls_set()
        address = told.host
    line = Line(client)
    line.open(address, told.port, told.topic)
    try:
        yield line
    finally:
        client.disconnect()
        client.loop(TURN_S)


class TrialReader:
    """Listens for a moment under a name of its own; nothing is kept or acknowledged for the real session."""

    keeps_place = False

    def __init__(self, told: kinds.Mqtt, password: str, allowed: Sequence[str]) -> None:
        self._told, self._password, self._allowed = told, password, allowed
        self._heard: list[Heard] | None = None

    def columns(self) -> list[ColumnSeen]:
        return [ColumnSeen(name) for name in dict.fromkeys(name for row in self._rows()[0] for name in row)]

    def total(self) -> int | None:
        return None

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        rows, bad = self._rows()
        some = rows[:limit]
        if some or bad:
            size = sum(len(one.payload) for one in self._heard or ())
            yield Chunk(batching.of_records(some, []), {"row": len(some)}, size, 1, tuple(bad))

    def keys(self, columns: Sequence[str]) -> None:
        """Messages tell what came, not what there is."""
        return

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """Nothing lands from a trial."""

    def _rows(self) -> tuple[list[records.Record], list[BadLine]]:
        if self._heard is None:
            name = f"zhengtong-trial-{new_id().hex[-12:]}"
            with connected(self._told, self._password, self._allowed, client_id=name, kept=False) as line:
                self._heard = line.take(idle_s=TRIAL_S, limit=10)
        found = [rows_of(self._told, one.topic, one.payload, at) for at, one in enumerate(self._heard, 1)]
        return [row for rows, _ in found for row in rows], [one for _, bad in found for one in bad]
