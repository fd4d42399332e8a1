"""What the front is told and tells, within one process: beliefs, what is no look-up in its plain form, silent connections."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.sharing.gateway.place import FIRMS, NUMBER, Place
from tests.sharing.gateway.test_calls import ROW
from zhengtong import app
from zhengtong.kernel import clock
from zhengtong.kernel.db import new_id
from zhengtong.sharing import gateway, ledger
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions import foretelling
from zhengtong.sharing.gateway.actions.serving import Caller
from zhengtong.sharing.gateway.routes.front import outside, wire
from zhengtong.sharing.gateway.routes.front.request import MOST, Request
from zhengtong.sharing.gateway.tables import Call

BODY = json.dumps({"key": {"uscc": FIRMS[0]}}).encode()
SAID = (b"job_subsidy", b"12", b"", b"")
PLAIN = b"POST /share/v1/agreements/XY-1/items/A-1/lookup HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"


def in_a_loop(work: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def foretold(place: Place, front: outside.Front) -> tuple[wire.Call, bytes]:
    """A call as the front would tell it, and the answer it would have made."""
    now, path = clock.now(), f"{place.path}/lookup"
    caller = Caller(place.session, "n" * 20, place.system, place.labour, "127.0.0.1")
    (told, own), answer = front._foretold(path, SAID, BODY, caller, now)
    purpose, case, *hand = SAID
    alike = wire.Alike(place.session.hex.encode(), b"127.0.0.1", path.encode(), purpose, *hand, b"", *told)
    at, nonce = now.isoformat().encode(), new_id().hex.encode()
    return wire.Call(alike, b"1", nonce, at, b"m" * 8, at, case, *own, BODY), answer


def frames_for(
    place: Place, changed: Callable[[wire.Call], wire.Call]
) -> tuple[wire.Call, bytes, list[tuple[int, bytes]]]:
    """What a front that believes the same as the city would tell and have made, and what the city answers it, changed."""

    async def work() -> tuple[wire.Call, bytes, list[tuple[int, bytes]]]:
        sent: list[bytes] = []
        door = gateway.Door(app.create_app(place.city, work=False), gateway=lambda: place.city.gateway)
        desk = gateway.front.Desk(door, sent.append, lambda: [(b"date", b"today")])
        front = outside.Front(place.city.gateway, place.city.engines.crypto, None, 10)  # type: ignore[arg-type]
        call, answer = foretold(place, front)
        call = changed(call)
        desk.call(call)
        frames: list[tuple[int, bytes]] = []
        for _ in range(500):
            frames = list(wire.Frames().feed(b"".join(sent)))
            if any(kind in (wire.SERVED, wire.ANSWER) for kind, _ in frames):
                break
            await asyncio.sleep(0.02)
        return call, answer, frames

    return in_a_loop(work)  # type: ignore[no-any-return]


def entry_at(place: Place, index: int) -> ledger.Entry:
    with place.city.database.read() as session:
        row = session.scalars(select(ledger.LedgerEntry).where(ledger.LedgerEntry.index == index)).one()
        return ledger.Entry.of(row.entry)


def test_an_answer_that_rests_on_what_the_city_decides_is_let_pass_and_bound_to_its_receipt(place: Place) -> None:
    call, answer, frames = frames_for(place, lambda call: call)
    ((_, told),) = (one for one in frames if one[0] == wire.SERVED)
    number, receipt, index = told.split(b"\n")
    entry = entry_at(place, int(index))
    assert (number, receipt) == (b"1", str(entry.id).encode())
    assert entry.body["answer"] == ledger.sm3(bytes.fromhex(call.salt.decode()) + answer).hex()
    assert {name: json.loads(answer)["rows"][0][name] for name in ROW} == ROW


def test_a_belief_is_of_the_fields_the_masks_and_the_rows(place: Place) -> None:
    door = place.city.gateway
    caller = Caller(place.session, "n" * 20, place.system, place.labour, "127.0.0.1")
    asked = rules.read_asked((NUMBER, place.code, "lookup"), rules.Stated("job_subsidy", "12"), BODY, door.limits)
    request, shape, _ = door._request(caller, asked, clock.now())
    plan, decision, beliefs = shape.plan, door.decide_ahead(request), foretelling.Beliefs()
    assert plan is not None
    assert decision.allowed
    belief = beliefs.of(plan, decision, 50)
    assert foretelling.Beliefs().of(replace(plan), decision._replace(masks=dict(decision.masks)), 50) == belief
    others = [
        (plan, decision, 49),
        (replace(plan, fields=plan.fields[1:]), decision, 50),
        (plan, decision._replace(masks={**decision.masks, "name": "full"}), 50),
        (plan, decision._replace(rows=("another",)), 50),
    ]
    assert belief not in {beliefs.of(*one) for one in others}  # type: ignore[arg-type]


@pytest.mark.parametrize("belief", [b"f" * 64, b""], ids=["another belief", "nothing made ahead"])
def test_an_answer_that_rests_on_something_else_is_made_anew_by_the_city(place: Place, belief: bytes) -> None:
    salt = b"5a" * 16
    _, _, frames = frames_for(
        place,
        lambda call: call._replace(alike=call.alike._replace(belief=belief), salt=salt, digest=b"0" * 64),
    )
    ((_, told),) = (one for one in frames if one[0] == wire.ANSWER)
    number, _, answer = told.partition(b"\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    headers = dict(one.split(": ", 1) for one in head.decode().split("\r\n")[1:])
    assert (number, head[:15], headers["date"]) == (b"1", b"HTTP/1.1 200 OK", "today")
    assert {name: json.loads(body)["rows"][0][name] for name in ROW} == ROW
    entry = entry_at(place, int(headers["x-zhengtong-index"]))
    assert entry.body["answer"] == ledger.sm3(bytes.fromhex(headers["x-zhengtong-salt"]) + body).hex()
    assert headers["x-zhengtong-salt"] != salt.decode()


def test_of_a_call_that_is_told_twice_one_is_answered(place: Place) -> None:
    kept: list[wire.Call] = []
    frames_for(place, lambda call: kept.append(call) or call)  # type: ignore[func-returns-value]
    _, _, frames = frames_for(place, lambda _: kept[0])
    kinds = [kind for kind, _ in frames]
    assert wire.OVER in kinds
    assert wire.SERVED not in kinds
    assert b"HTTP/1.1 401" in next(told for kind, told in frames if kind == wire.ANSWER)
    with place.city.database.read() as session:
        assert len(list(session.scalars(select(Call.receipt_id)))) == 1


def test_the_front_is_told_when_contracts_change(place: Place, client: TestClient) -> None:
    place.call(client, "lookup", {"key": {"uscc": FIRMS[0]}})
    place.end()
    _, _, frames = frames_for(place, lambda call: call)
    assert wire.CHANGED in [kind for kind, _ in frames]
    assert b"HTTP/1.1 403" in next(told for kind, told in frames if kind == wire.ANSWER)


@pytest.mark.parametrize(
    ("came", "taken"),
    [
        (PLAIN, True),
        (PLAIN.replace(b"host: a", b"connection: keep-alive"), True),
        (b"GET / HTTP/1.1\r\n", False),
        (b"POST /share/v1/agre", True),
        (b"POST /share/v2/agre", False),
        (PLAIN.replace(b"/lookup", b"/batch"), False),
        (PLAIN.replace(b"/lookup", b"/lookup?a=1"), False),
        (PLAIN.replace(b"/A-1/", b"/A-1/x/"), False),
        (PLAIN.replace(b"1.1", b"1.0"), False),
        (PLAIN.replace(b"host: a", b"connection: close"), False),
        (PLAIN.replace(b"host: a", b"expect: 100-continue"), False),
        (PLAIN.replace(b"host: a", b"x-forwarded-for: 1.2.3.4"), False),
        (PLAIN.replace(b"content-length: 2\r\n\r\n{}", b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), False),
        (PLAIN.replace(b"content-length: 2", b"content-length: 2\r\ncontent-length: 3"), False),
        (PLAIN.replace(b"content-length: 2", b"content-length: x"), False),
        (PLAIN + PLAIN, False),
        (PLAIN.replace(b"content-length: 2", b"content-length: 99999") + b"x" * MOST, False),
    ],
    ids=["plain", "stays", "a page", "so far", "another path", "a batch", "a query", "a longer path", "HTTP/1.0", "closes", "expects",
         "forwarded", "chunked", "two lengths", "no length", "two at once", "long"],
)  # fmt: skip
def test_only_a_look_up_in_its_plain_form_is_taken(came: bytes, taken: bool) -> None:
    request = Request()
    assert request.feed(came) is taken
    if taken:
        assert request.is_whole == came.endswith(b"{}")
    assert request.raw == came


def test_a_call_with_a_line_feed_in_a_field_or_a_zero_byte_where_many_are_alike_makes_no_frame() -> None:
    alike = wire.Alike(*[b"x"] * len(wire.Alike._fields))
    call = wire.Call(alike, *[b"x"] * (len(wire.Call._fields) - 1))._replace(case=b"a\0b", body=b"a\nb\0\n")
    framed = call.framed()
    assert framed is not None
    assert wire.read_call(framed[5:]) == call
    assert call._replace(case=b"a\nb").framed() is None
    assert call._replace(alike=alike._replace(purpose=b"a\nb")).framed() is None
    assert call._replace(alike=alike._replace(purpose=b"a\0b")).framed() is None


class Transport:
    """What a connection does with its transport."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.left = 0

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else self

    def fileno(self) -> int:
        return 7

    def is_closing(self) -> bool:
        return "close" in self.did

    def get_write_buffer_size(self) -> int:
        return self.left

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: self.did.append(name)


class Taking:
    """A front that takes everything, and keeps what is given away."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def take(self, *_: Any) -> bool:
        return True

    def give_away(self, _: Any, __: int, came: bytes) -> None:
        self.given.append(came)

    def made(self, _: Any) -> None: ...


def test_a_silent_connection_is_closed_after_an_answer_and_given_away_before_one() -> None:
    async def work() -> None:
        front = Taking()
        now = asyncio.get_running_loop().time
        for begin, answered, did in ((b"", False, "abort"), (PLAIN[:50], False, "abort"), (PLAIN, True, "close")):
            transport, connection = Transport(), outside.Connection(front)  # type: ignore[arg-type]
            connection.connection_made(transport)
            if begin:
                connection.data_received(begin)
            if answered:
                connection.look(now() + 1)
                assert not transport.did, "a call that waits is not silent"
                connection.answer(b"HTTP/1.1 200 OK\r\n\r\n")
            connection.look(now() - 5)
            assert did not in transport.did
            connection.look(now() + 1)
            assert transport.did[-1] == did
        assert front.given == [b"", PLAIN[:50]]

    in_a_loop(work)


def test_what_is_on_its_way_out_goes_before_the_connection_does() -> None:
    async def work() -> None:
        front, transport = Taking(), Transport()
        connection = outside.Connection(front)  # type: ignore[arg-type]
        connection.connection_made(transport)
        connection.data_received(PLAIN)
        connection.answer(b"HTTP/1.1 200 OK\r\n\r\n")
        transport.left = 10
        connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
        assert not front.given
        connection.data_received(b"GET /2 HTTP/1.1\r\n\r\n")
        transport.left = 0
        await asyncio.sleep(3 * outside.LOOK_S)
        assert front.given == [b"GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"]

    in_a_loop(work)
