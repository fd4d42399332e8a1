"""The front itself: what it does with the connections, in a process of its own (`zhengtong.cli.front` starts it)."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from email.utils import formatdate
from typing import Any, NamedTuple

from zhengtong.engines.crypto import Crypto
from zhengtong.kernel import clock, errors
from zhengtong.office import identity
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions.foretelling import Foretold
from zhengtong.sharing.gateway.actions.serving import Caller, Gateway, session_of
from zhengtong.sharing.gateway.routes import replies
from zhengtong.sharing.gateway.routes.door import message_id_of, said_of
from zhengtong.sharing.gateway.routes.front import wire
from zhengtong.sharing.gateway.routes.front.hands import Giver
from zhengtong.sharing.gateway.routes.front.request import MOST, Request

IDLE_S = 5.0
"""How long a connection may be silent: after an answer it is closed then, as the city's server does; before one it is given to the city."""
LOOK_S = 0.05
"""How often is looked whether an answer has gone out, before its connection is given away."""
TOGETHER = 32
Told = tuple[tuple[bytes, bytes, bytes, bytes], tuple[bytes, bytes, bytes, bytes, bytes]]
"""What `wire.Alike` (from `fields` on) and `wire.Call` (from `rows` on) have of an answer made ahead."""
NOTHING: Told = ((b"", b"", b"", b""), (b"", b"", b"", b"", b""))


class Waiting(NamedTuple):
    """A call that the city has: who waits for it, and the answer that was made ahead."""

    connection: "Connection"
    message_id: bytes
    salt: bytes
    body: bytes


class Front:
    """The connections, and what is told the city. `gateway`: of this process, to read and believe, never to commit; `most`: calls that may
    wait at once."""

    def __init__(self, gateway: Gateway, crypto: Crypto, giver: Giver, most: int) -> None:
        self._gateway, self._crypto, self._giver, self._most = gateway, crypto, giver, most
        self._loop = asyncio.get_running_loop()
        self._connections: set[Connection] = set()
        self._waiting: dict[bytes, Waiting] = {}
        self._number, self._out = 0, list[bytes]()
        self._stamp: list[tuple[bytes, bytes]] = []
        self.city: asyncio.WriteTransport | None = None
        self.stopping: asyncio.Future[None] = self._loop.create_future()
        self.over: asyncio.Future[None] = self._loop.create_future()

    def connection(self) -> "Connection":
        return Connection(self)

    def take(self, connection: "Connection", request: Request) -> bool:
        """This will have the request answered; False where it is the city's business."""
        if len(self._waiting) >= self._most:
            return False
        headers, now = dict(request.headers), clock.now()
        signature, message_id = headers.get(b"authorization", b"").decode("latin-1"), message_id_of(headers)
        said, path = said_of(headers), request.url.decode("latin-1")
        try:
            signed = identity.read_signed_call(signature, now=now)
            session = self._gateway.session(signed.session, now)
            lines = identity.said_in(request.headers)
            identity.check_seal(
                self._crypto, session.call_key, signed, method="POST", target=path, said=lines, body=request.body
            )
            caller = Caller(session.id, signed.nonce, session.system_id, session.department_id, connection.address)
            told, body = self._foretold(path, said, request.body, caller, now)
        except errors.Problem:
            return False
        self._number += 1
        (purpose, case, person, factor), (alike, own) = said, told
        language, address = headers.get(b"accept-language", b""), connection.address.encode()
        call = wire.Call(
            wire.Alike(signed.said.session.encode(), address, request.url, purpose, person, factor, language, *alike),
            b"%d" % self._number,
            signed.nonce.encode(),
            signed.said.time.encode(),
            message_id.encode(),
            now.isoformat().encode(),
            case,
            *own,
            request.body,
        )
        framed = call.framed()
        if framed is None:
            return False
        self._waiting[call.number] = Waiting(connection, call.message_id, call.salt, body)
        self._tell(framed)
        return True

    def _foretold(
        self, path: str, said: tuple[bytes, bytes, bytes, bytes], body: bytes, caller: Caller, now: datetime
    ) -> tuple[Told, bytes]:
        """What the call would be answered, in lines, and the answer."""
        place = rules.read_path(path)
        assert place is not None
        stated = rules.read_stated(*said)
        if stated.person:
            return NOTHING, b""
        asked = rules.read_asked(place, stated, body, self._gateway.limits)
        made = self._gateway.foretell(caller, asked, now=now)
        return (_lines(made[0]), made[1]) if made else (NOTHING, b"")

    def heard(self, kind: int, told: bytes) -> None:
        """What the city tells."""
        if kind == wire.SERVED:
            number, receipt, index = told.split(b"\n")
            if one := self._waiting.pop(number, None):
                headers = replies.headers(b"application/json", len(one.body), one.message_id, receipt, one.salt, index)
                one.connection.answer(wire.http(200, (*self._stamp, *headers), one.body))
        elif kind == wire.ANSWER:
            number, _, answer = told.partition(b"\n")
            if one := self._waiting.pop(number, None):
                one.connection.answer(answer)
        elif kind == wire.OVER:
            self._gateway.forget_session(session_of(told.decode()))
        elif kind == wire.CHANGED:
            self._gateway.forget()
        elif kind == wire.STOP:
            self.stop()

    def give_away(self, connection: "Connection", descriptor: int, came: bytes) -> None:
        """This will give the connection to the city, with what came on it."""
        self._giver.give(descriptor, came)
        self._connections.discard(connection)

    def made(self, connection: "Connection") -> None:
        self._connections.add(connection)

    def lost(self, connection: "Connection") -> None:
        self._connections.discard(connection)
        self._ends()

    def look_round(self) -> None:
        """This will close the connections that are silent, or give them away, once a second."""
        self._stamp = [(b"date", formatdate(time.time(), usegmt=True).encode())]
        now = self._loop.time()
        for one in list(self._connections):
            one.look(now - IDLE_S)
        self._loop.call_later(1, self.look_round)

    def stop(self) -> None:
        """This will answer what waits, close the other connections, and end."""
        if not self.stopping.done():
            self.stopping.set_result(None)
        for one in list(self._connections):
            one.close_soon()
        self._ends()

    def _ends(self) -> None:
        if self.stopping.done() and not self._connections and not self.over.done():
            self.over.set_result(None)

    def _tell(self, told: bytes) -> None:
        """What a turn of the loop has to say goes out together, TOGETHER at most: the city is not to wait for the rest of a long turn."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(told)
        if len(self._out) >= TOGETHER:
            self._flush()

    def _flush(self) -> None:
        told, self._out = self._out, []
        if self.city and told:
            self.city.write(b"".join(told))


def _lines(told: Foretold) -> Told:
    bound, fields, keys = told.bound, ",".join(told.fields).encode(), ",".join(told.keys).encode()
    alike = fields, keys, told.belief.encode(), told.copy.encode()
    salt, digest, size = bound.salt.hex().encode(), bound.digest.encode(), b"%d" % bound.size
    return alike, (b"%d" % told.rows, ",".join(told.subjects).encode(), salt, digest, size)


class Connection(asyncio.Protocol):
    """One caller's. While a request of it is on its way what comes meanwhile waits."""

    def __init__(self, front: Front) -> None:
        self._front, self._request = front, Request()
        self._later, self._busy, self._answered, self._closing = b"", False, False, False
        self._since = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        self._since = asyncio.get_running_loop().time()
        self._front.made(self)

    def data_received(self, data: bytes) -> None:
        if self._busy:
            self._later += data
            if len(self._later) > MOST:
                self._transport.pause_reading()
        elif not self._request.feed(data):
            self._give_away()
        elif self._request.is_whole:
            self._busy = self._front.take(self, self._request)
            if not self._busy:
                self._give_away()

    def answer(self, answer: bytes) -> None:
        """This will send the answer, and go on with what has come meanwhile."""
        if self._transport.is_closing():
            return
        self._transport.write(answer)
        self._busy, self._answered = False, True
        self._since = asyncio.get_running_loop().time()
        self._request.clear()
        if self._closing:
            self._transport.close()
        elif self._later:
            self._transport.resume_reading()
            later, self._later = self._later, b""
            self.data_received(later)

    def look(self, before: float) -> None:
        """This will close the connection, or give it away, where it has been silent since before that time of the loop."""
        if self._busy or self._since > before:
            return
        if self._answered and not self._request.raw:
            self._transport.close()
        else:
            self._give_away()

    def close_soon(self) -> None:
        """This will close the connection once nothing is on its way."""
        self._closing = True
        if not self._busy:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        self._front.lost(self)

    def _give_away(self) -> None:
        self._transport.pause_reading()
        if self._transport.get_write_buffer_size():  # what is on its way out goes first
            self._busy = True
            asyncio.get_running_loop().call_later(LOOK_S, self._give_away)
            return
        with suppress(OSError):  # the machine has no descriptor left: then the connection is over
            descriptor = self._transport.get_extra_info("socket").fileno()
            self._front.give_away(self, descriptor, self._request.raw + self._later)
        self._transport.abort()
