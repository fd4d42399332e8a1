"""The city's side of the front: calls whose seal was checked there are decided and committed here, and answered through it."""

import asyncio
import functools
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from zhengtong.kernel import clock, errors, logs
from zhengtong.kernel.web import problems
from zhengtong.office import identity
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions.committing import Bound, Message, Outcome, Pending
from zhengtong.sharing.gateway.actions.foretelling import Foretold
from zhengtong.sharing.gateway.actions.serving import Gateway, session_of
from zhengtong.sharing.gateway.routes import replies
from zhengtong.sharing.gateway.routes.crossing import Crossing, Take
from zhengtong.sharing.gateway.routes.door import Door
from zhengtong.sharing.gateway.routes.front import wire
from zhengtong.sharing.gateway.routes.taking import Came, pending

log = logs.get("gateway")


class Desk:
    """One a front, in the loop of the city's server. `send` takes what goes to the front; `stamp` gives the headers that each answer of
    the server has: its date."""

    def __init__(self, door: Door, send: Callable[[bytes], None], stamp: Callable[[], wire.Headers]) -> None:
        self._door, self._send, self._stamp = door, send, stamp
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._epoch = door.gateway().epoch

    def call(self, call: wire.Call) -> None:
        """This will have a call decided, committed and answered."""
        gateway, now = self._door.gateway(), datetime.fromisoformat(call.request_in.decode())
        place, session = _read(call.alike)[:2]
        said = (call.alike.purpose, call.case, call.alike.person, call.alike.factor)
        came = Came(place, said, call.body, Message(call.message_id.decode(), now, len(call.body)))
        crossing = self._door.crossing(self._loop, gateway)
        crossing.is_fed = True
        tell = crossing.telling(functools.partial(self._tell, call, came))
        if came.is_quick and gateway.remembers(session, place[1]):
            here = gateway.committer.at_once is not None
            self._submit(crossing, tell, lambda: _taken(gateway, call, came, tell, here=here))
        else:
            later = self._loop.run_in_executor(None, _taken, gateway, call, came, tell)
            later.add_done_callback(lambda done: self._submit(crossing, tell, done.result))

    def _submit(self, crossing: Crossing, tell: Take, taken: Callable[[], Pending]) -> None:
        try:
            call = taken()
        except errors.Problem as problem:
            tell(Outcome(problem=problem))
        except Exception:
            log.exception("gateway.unexpected")
            tell(Outcome(problem=problems.Unexpected()))
        else:
            crossing.submit(call)

    def _tell(self, call: wire.Call, came: Came, outcome: Outcome) -> None:
        try:
            self._answer(call, came, outcome)
        except Exception:  # the others of the group are to be told all the same
            log.exception("gateway.unexpected")
            self._say(wire.frame(wire.ANSWER, call.number, wire.http(500, [(b"content-length", b"0")], b"")))

    def _answer(self, call: wire.Call, came: Came, outcome: Outcome) -> None:
        message, answer, told = came.message, outcome.answer, "served"
        if outcome.problem is not None or answer is None:
            problem = outcome.problem or problems.Unexpected()
            told = replies.outcome_of(problem)
            if isinstance(problem, identity.ServiceSignInRefused):
                self._door.gateway().forget_session(_read(call.alike).session)
                self._say(wire.frame(wire.OVER, call.alike.session))
            response = replies.refusal(_scope(call), problem, message.id)
            body = wire.http(response.status_code, (*self._stamp(), *response.raw_headers), bytes(response.body))
            self._say(wire.frame(wire.ANSWER, call.number, body))
        elif answer.bound is not None:
            index = b"" if outcome.index is None else b"%d" % outcome.index
            self._say(wire.frame(wire.SERVED, call.number, str(outcome.receipt_id).encode(), index))
        else:
            headers = (*self._stamp(), *replies.headers_of(outcome, answer, message.id))
            self._say(wire.frame(wire.ANSWER, call.number, wire.http(200, headers, answer.body)))
        replies.count(came.place[2], told, (clock.now() - message.request_in).total_seconds())

    def _say(self, told: bytes) -> None:
        """What a turn of the loop has to say goes out at once."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(told)

    def _flush(self) -> None:
        told, self._out = self._out, []
        epoch = self._door.gateway().epoch
        if epoch != self._epoch:
            self._epoch = epoch
            told.append(wire.frame(wire.CHANGED))
        self._send(b"".join(told))


def _taken(gateway: Gateway, call: wire.Call, came: Came, tell: Take, *, here: bool = False) -> Pending:
    """The call as the committer takes it; what was answered ahead is let pass where it rests on the same."""
    read, at, now = _read(call.alike), identity.read_time(call.at.decode()), came.message.request_in
    assert at is not None
    caller = gateway.admitted(read.session, call.nonce.decode(), at=at, address=read.address, now=now)
    if read.belief:
        said = rules.read_stated(*came.said)
        ready = gateway.foretold(
            caller,
            came.place[:2],
            said,
            _foretold(call, read),
            came.message,
            tell,
            lambda decision: pending(gateway, caller, came, tell, here=True).answer(decision),
        )
        if ready is not None:
            return ready
    return pending(gateway, caller, came, tell, here=here)


def _foretold(call: wire.Call, read: "_Read") -> Foretold:
    bound = Bound(bytes.fromhex(call.salt.decode()), call.digest.decode(), int(call.size))
    return Foretold(read.fields, read.keys, read.belief, int(call.rows), read.copy, _names(call.subjects), bound)


class _Read(NamedTuple):
    """What calls say alike, read. `place`: agreement, item, operation."""

    place: tuple[str, str, str]
    session: UUID
    address: str
    fields: tuple[str, ...]
    keys: tuple[str, ...]
    belief: str
    copy: str


@functools.lru_cache(4096)
def _read(alike: wire.Alike) -> _Read:
    place, session = rules.read_path(alike.path.decode("latin-1")), session_of(alike.session.decode())
    assert place is not None
    assert session is not None
    told = alike.belief.decode(), alike.copy.decode()
    return _Read(place, session, alike.address.decode(), _names(alike.fields), _names(alike.keys), *told)


def _names(told: bytes) -> tuple[str, ...]:
    return tuple(told.decode().split(",")) if told else ()


def _scope(call: wire.Call) -> dict[str, object]:
    """As much of the request as a refusal is worded by."""
    headers = [(b"accept-language", call.alike.language)]
    return {
        "type": "http",
        "method": "POST",
        "path": call.alike.path.decode("latin-1"),
        "query_string": b"",
        "headers": headers,
    }
