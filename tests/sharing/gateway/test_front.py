"""The front: a process of its own that takes look-ups before the city, over real sockets; what is not in order is the city's business."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.sharing.gateway import served
from tests.sharing.gateway.place import FIRMS, Place, put_rows
from zhengtong.cli.serving import free_port
from zhengtong.kernel import clock
from zhengtong.office.identity.tables.service_accounts import SystemKey
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway.tables import Call

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="connections are looked up in /proc")
KEY = {"key": {"uscc": FIRMS[0]}}
QUOTA, CALLS = 100, 1000
FORWARDED = {"X-Forwarded-For": "127.0.0.1"}
"""With it a look-up is the city's business."""


@dataclass
class Fronted:
    """The city's process, its front, and the place as this process sees it."""

    place: Place
    port: int
    city: "subprocess.Popen[str]"

    @property
    def front(self) -> int:
        """The process of the front, 0 where there is none just then."""
        children = Path(f"/proc/{self.city.pid}/task/{self.city.pid}/children").read_text().split()
        return int(children[0]) if children else 0

    def request(
        self, body: Any = KEY, operation: str = "lookup", *, more: dict[str, str] | None = None, **seal: Any
    ) -> bytes:
        """A sealed call, as it goes out."""
        data, path = json.dumps(body).encode(), f"{self.place.path}/{operation}"
        headers = {**self.place.headers(data, path, **seal), **(more or {}), "Content-Length": str(len(data))}
        lines = [f"POST {path} HTTP/1.1", "Host: here", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join((*lines, "", "")).encode() + data

    def open(self) -> "Line":
        return Line(socket.create_connection(("127.0.0.1", self.port), timeout=30), self)

    def ask(self, request: bytes) -> "Answer":
        """What one request on a connection of its own is answered."""
        with self.open() as line:
            return line.ask(request)


class Line:
    """One connection."""

    def __init__(self, sock: socket.socket, fronted: Fronted) -> None:
        self.sock, self._fronted, self._got = sock, fronted, b""

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def ask(self, request: bytes) -> "Answer":
        self.sock.sendall(request)
        return self.read()

    def read(self) -> "Answer":
        while b"\r\n\r\n" not in self._got:
            self._more()
        head, _, rest = self._got.partition(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", head.lower())
        size = int(found[1]) if found else 0
        while len(rest) < size:
            self._more()
            rest = self._got.partition(b"\r\n\r\n")[2]
        self._got = rest[size:]
        return Answer.of(head, rest[:size])

    def _more(self) -> None:
        data = self.sock.recv(1 << 16)
        assert data, f"the connection was closed after {self._got!r}"
        self._got += data

    @property
    def is_the_front_s(self) -> bool:
        """True while the front holds the other end."""
        mine = self.sock.getsockname()[1]
        ends = [one.split() for one in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        (inode,) = [
            one[9] for one in ends if one[2].endswith(f":{mine:04X}") and one[1].endswith(f":{self._fronted.port:04X}")
        ]
        held = Path(f"/proc/{self._fronted.front}/fd")
        return f"socket:[{inode}]" in [str(one.readlink()) for one in held.iterdir() if one.is_symlink()]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, head: bytes, body: bytes) -> "Answer":
        first, *lines = head.decode().split("\r\n")
        return cls(int(first.split()[1]), dict(one.lower().split(": ", 1) for one in lines), body)

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@contextmanager
def fronted_city(folder: Path, url: str = "", **terms: Any) -> Iterator[Fronted]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tests.sharing.gateway.served",
        str(folder),
        str(port),
        "3",
        "1",
        json.dumps(terms),
        url,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as city:
        assert city.stdout is not None
        line = city.stdout.readline()
        seen = served.opened(folder, url)
        try:
            yield Fronted(served.heard(line, seen), port, city)
        finally:
            seen.close()
            city.terminate()
            assert city.wait(30) == 0


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fronted]:
    with fronted_city(tmp_path_factory.mktemp("fronted")) as made:
        yield made


def receipt_of(place: Place, answer: Answer) -> ledger.Entry:
    with place.city.database.read() as session:
        found = select(ledger.LedgerEntry).where(ledger.LedgerEntry.index == int(answer.headers["x-zhengtong-index"]))
        return ledger.Entry.of(session.scalars(found).one().entry)


def test_the_front_answers_as_the_city_does_and_with_a_receipt(fronted: Fronted) -> None:
    with fronted.open() as line, fronted.open() as other:
        mine, theirs = line.ask(fronted.request()), other.ask(fronted.request(more=FORWARDED))
        assert line.is_the_front_s
        assert not other.is_the_front_s
        again = line.ask(fronted.request({"key": {"uscc": FIRMS[1]}, "fields": ["uscc", "name"]}))
        none = line.ask(fronted.request({"key": {"uscc": "911100000000000000"}}))
    assert (mine.status, mine.told) == (theirs.status, theirs.told) == (200, mine.told)
    assert set(mine.headers) == set(theirs.headers)
    assert again.told["rows"] == [{"uscc": FIRMS[1], "name": "乙**"}]
    assert none.told["rows"] == []
    for one in (mine, theirs, again, none):
        entry = receipt_of(fronted.place, one)
        assert str(entry.id) == one.headers["x-zhengtong-receipt"]
        assert entry.body["answer"] == ledger.sm3(bytes.fromhex(one.headers["x-zhengtong-salt"]) + one.body).hex()
        with fronted.place.city.database.read() as session:
            call = session.scalars(select(Call).where(Call.receipt_id == entry.id)).one()
        assert call.response_bytes == len(one.body)
        assert call.message_id == one.headers["x-request-id"]


REFUSED: dict[str, tuple[Callable[[Fronted], bytes], int]] = {
    "another seal": (lambda one: one.request(signature="0" * 64), 401),
    "another body": (lambda one: one.request().replace(FIRMS[0].encode(), FIRMS[1].encode()), 401),
    "stale": (lambda one: one.request(at=clock.now() - timedelta(minutes=6)), 401),
    "no session": (lambda one: one.request(session="0" * 32), 401),
    "no header": (lambda one: re.sub(rb"Authorization: [^\r]*\r\n", b"", one.request()), 401),
    "a field not agreed": (lambda one: one.request({**KEY, "fields": ["remark"]}), 403),
    "another purpose": (lambda one: one.request(**{"X-Zhengtong-Purpose": "audit"}), 403),
    "not JSON": (lambda one: one.request("x"), 422),
    "not a key": (lambda one: one.request({"key": {"paid_on": "2026-03-01"}}), 403),
    "a person not of the staff": (lambda one: one.request(**{"X-Zhengtong-Person": "nobody"}), 422),
    "too large": (lambda one: one.request({**KEY, "fields": ["x" * 60] * 20_000}), 413),
    "not HTTP": (lambda _: b"POST /share/v1/agreements/\x00\r\n\r\n", 400),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_not_in_order_is_refused_as_the_city_refuses_it(fronted: Fronted, wrong: str) -> None:
    make, status = REFUSED[wrong]
    answer = fronted.ask(make(fronted))
    assert answer.status == status, answer.body
    if status != 400:
        assert answer.told["code"]
        assert answer.headers["content-language"] == "zh"


def test_a_refusal_is_in_the_caller_s_language(fronted: Fronted) -> None:
    answer = fronted.ask(fronted.request({**KEY, "fields": ["remark"]}, more={"Accept-Language": "en"}))
    assert (answer.status, answer.headers["content-language"]) == (403, "en")


def test_a_call_is_taken_once(fronted: Fronted) -> None:
    request = fronted.request()
    with fronted.open() as line:
        assert line.ask(request).status == 200
        replayed = line.ask(request)
        assert replayed.status == 401
    assert fronted.ask(request.replace(b"Host: here", b"Host: here\r\nX-Forwarded-For: 127.0.0.1")).status == 401


def test_other_requests_of_the_connection_are_the_city_s(fronted: Fronted) -> None:
    with fronted.open() as line:
        assert line.ask(fronted.request()).status == 200
        assert line.is_the_front_s
        page = line.ask(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert page.status == 200, page
        assert not line.is_the_front_s
        batch = line.ask(fronted.request({"key": "uscc", "values": list(FIRMS[:2])}, "batch"))
        assert len(batch.told["rows"]) == 2
        assert line.ask(fronted.request()).status == 200


def test_requests_come_in_any_pieces_and_several_at_once(fronted: Fronted) -> None:
    with fronted.open() as line:
        request = fronted.request()
        for place in range(0, len(request), 97):
            line.sock.sendall(request[place : place + 97])
            time.sleep(0.001)
        assert line.read().status == 200
        assert line.is_the_front_s
        line.sock.sendall(fronted.request({"key": {"uscc": FIRMS[1]}}) + fronted.request({"key": {"uscc": FIRMS[2]}}))
        assert [line.read().told["rows"][0]["uscc"] for _ in range(2)] == list(FIRMS[1:3])
    with fronted.open() as line:
        first, second = fronted.request({"key": {"uscc": FIRMS[1]}}), fronted.request({"key": {"uscc": FIRMS[2]}})
        line.sock.sendall(first)
        line.sock.sendall(second)
        assert [line.read().told["rows"][0]["uscc"] for _ in range(2)] == list(FIRMS[1:3])


def test_who_goes_before_the_answer_disturbs_nobody(fronted: Fronted) -> None:
    before = len(receipts(fronted))
    for _ in range(5):
        with fronted.open() as line:
            line.sock.sendall(fronted.request())
    until = time.monotonic() + 10
    while len(receipts(fronted)) < before + 5 and time.monotonic() < until:
        time.sleep(0.05)
    assert fronted.ask(fronted.request()).status == 200


def receipts(fronted: Fronted) -> list[Any]:
    with fronted.place.city.database.read() as session:
        return list(session.scalars(select(Call.receipt_id)))


def test_what_changes_holds_from_the_next_call_on(fronted: Fronted) -> None:
    place = fronted.place
    with fronted.open() as line:
        assert line.ask(fronted.request()).status == 200
        place.end()
        refused = line.ask(fronted.request())
        assert (refused.status, refused.told["condition"]) == (403, "status"), refused
        place.end("agreement.resumed@1")
        assert line.ask(fronted.request()).status == 200
        put_rows(place, 2, version=2)
        until = time.monotonic() + 10
        while (answer := line.ask(fronted.request())).told["version"] != "1.2" and time.monotonic() < until:
            time.sleep(0.1)
        assert answer.told["version"] == receipt_of(place, answer).body["copy"] == "1.2"
        assert line.is_the_front_s


async def many(fronted: Fronted, requests: list[bytes]) -> list[int]:
    async def one(request: bytes) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", fronted.port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return int(head.split()[1])

    return list(await asyncio.gather(*(one(request) for request in requests)))


def test_the_quota_is_exact_through_the_front_and_the_city_at_once(tmp_path: Path, database_url: str) -> None:
    with fronted_city(tmp_path, database_url, daily_quota=QUOTA) as fronted:
        requests = [fronted.request(more=FORWARDED if number % 4 == 0 else None) for number in range(CALLS)]
        with ThreadPoolExecutor(1) as thread:  # a browser that was tested before leaves its loop in this one
            statuses = thread.submit(asyncio.run, many(fronted, requests)).result()
        assert statuses.count(200) == QUOTA
        assert statuses.count(403) == CALLS - QUOTA
        with fronted.place.city.database.read() as session:
            kept = list(session.scalars(select(Call.status)))
        assert (kept.count(200), kept.count(403)) == (QUOTA, CALLS - QUOTA)


def test_a_front_that_is_killed_is_missed_by_nobody_and_ends_with_its_city(tmp_path: Path) -> None:
    with fronted_city(tmp_path) as fronted:
        first = fronted.front
        os.kill(first, signal.SIGKILL)
        until = time.monotonic() + 40
        statuses, again = [], 0
        while time.monotonic() < until and not again:
            with suppress(AssertionError, OSError), fronted.open() as line:  # the moment between the two
                statuses.append(line.ask(fronted.request()).status)
                again = fronted.front if line.is_the_front_s else 0
        assert set(statuses) == {200}
        assert again not in (0, first)
        with fronted.place.city.database.write() as session:
            session.execute(update(SystemKey).values(revoked_at=clock.now()))
        with fronted.open() as line:
            assert line.ask(fronted.request()).status == 401
        fronted.city.kill()
        fronted.city.wait()
        until = time.monotonic() + 10
        while Path(f"/proc/{again}").exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert not Path(f"/proc/{again}").exists(), "a front outlived its city"
        fronted.city.returncode = 0
