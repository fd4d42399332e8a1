"""The live stream over a real server: what comes is seen at once, a reconnect misses nothing, an idle stream costs nothing."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import time as clock_time

import httpx
import pytest
import uvicorn

from tests.office.notices.conftest import KIND
from zhengtong.kernel import wake as bells
from zhengtong.kernel.settings import Settings
from zhengtong.office.notices import Notices, queries, rules
from zhengtong.office.notices.rules import Habits

PATH = "/api/v1/notices/stream"


@pytest.fixture
def address(app) -> Iterator[str]:
    """The room's site, served for real."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


class Heard:
    """What one open stream has sent, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.lines = response.iter_lines()
        self.last_id = ""

    def next(self) -> tuple[str, dict]:
        name = ""
        for line in self.lines:
            if line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                return name, json.loads(line[6:])
        raise EOFError

    def until(self, wanted: str) -> dict:
        while True:
            name, content = self.next()
            if name == wanted:
                return content

    def comment(self) -> str:
        return next(line for line in self.lines if line.startswith(":"))


@contextmanager
def listening(address, headers, last_id="", query="") -> Iterator[Heard]:
    asked = {**headers, **({"Last-Event-ID": last_id} if last_id else {})}
    with (
        httpx.Client(timeout=60, trust_env=False) as client,
        client.stream("GET", f"{address}{PATH}{query}", headers=asked) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Heard(response)


def patiently(is_so: Callable[[], bool]) -> None:
    """Waits until it is so, as long as a slow machine may need."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_let_in(address, headers) -> bool:
    with (
        httpx.Client(timeout=60, trust_env=False) as client,
        client.stream("GET", address + PATH, headers=headers) as response,
    ):
        return response.status_code == 200


@pytest.fixture
def reader(everyone, someone, people):
    return everyone.add(someone(subject=people[0]))


def test_a_notice_is_seen_at_once_and_counted(address, reader, people, tell, site, monkeypatch):
    """Not when the stream looks around by itself: it would not for an hour."""
    monkeypatch.setitem(site.givens[Settings].of(Notices).__dict__, "heartbeat_s", 3600)
    with listening(address, reader) as heard:
        assert heard.until("hello") == {"unread": 0, "urgent": 0, "last_seq": 0}
        tell(people[:1])
        name, notice = heard.next()
        assert (name, notice["seq"], notice["kind"], notice["title"]["zh"]) == (
            "notice",
            1,
            KIND,
            "3 个后台任务多次重试后仍失败",
        )
        assert heard.until("count")["unread"] == 1


def test_nothing_of_others_is_seen(address, reader, people, tell):
    with listening(address, reader) as heard:
        heard.until("hello")
        tell(people[1:])
        tell(people[:1], parameters={"count": 7, "name": "own"})
        assert heard.until("notice")["title"]["en"].startswith("7 ")


def test_a_reconnect_misses_nothing_and_repeats_nothing(address, reader, people, tell):
    seen, last_id, told = [], "0", 0
    for _ in range(5):
        with listening(address, reader, last_id) as heard:
            told += tell(people[:1])
            while len(seen) < told:
                seen.append(heard.until("notice")["seq"])
            last_id = heard.last_id
        told += tell(people[:1]) + tell(people[:1])
    assert seen == list(range(1, len(seen) + 1))
    assert (len(seen), told) == (13, 15)


def test_more_than_one_page_of_missed_notices_comes_whole(address, reader, people, tell):
    for _ in range(250):
        tell(people[:1])
    with listening(address, reader, last_id="0") as heard:
        assert heard.until("hello")["unread"] == 250
        assert [heard.until("notice")["seq"] for _ in range(250)] == list(range(1, 251))


def test_without_a_last_number_only_what_is_new_comes(address, reader, people, tell):
    tell(people[:1])
    with listening(address, reader) as heard:
        assert heard.until("hello")["last_seq"] == 1
        tell(people[:1])
        assert heard.until("notice")["seq"] == 2


@pytest.mark.parametrize("nonsense", ["abc", "-5", "9" * 25, "１２"])
def test_a_last_number_that_is_none_is_passed_over(address, reader, nonsense):
    with httpx.Client(timeout=60, trust_env=False) as client:
        asked = {**reader, "Last-Event-ID": nonsense.encode()}
        with client.stream("GET", address + PATH, headers=asked) as response:
            assert Heard(response).until("hello")["last_seq"] == 0


def test_what_is_read_in_another_window_changes_the_count(address, reader, people, tell, client):
    tell(people[:1])
    with listening(address, reader) as heard:
        assert heard.until("hello")["unread"] == 1
        assert client.post("/api/v1/notices/read", json={}, headers=reader).json()["marked"] == 1
        assert heard.until("count") == {"unread": 0, "urgent": 0, "last_seq": 1}


def test_quiet_hours_are_told_and_urgent_breaks_through(address, reader, people, tell, habits_are):
    here = time.time() / 3600 + 8
    hours = (clock_time(int(here - 1) % 24), clock_time(int(here + 2) % 24))
    habits_are(people[0], Habits(quiet_from=hours[0], quiet_until=hours[1]))
    with listening(address, reader) as heard:
        heard.until("hello")
        tell(people[:1])
        assert heard.until("notice")["quiet"] is True
        tell(people[:1], urgency=rules.Urgency.URGENT)
        assert heard.until("notice")["quiet"] is False


def test_the_stream_ends_with_the_session(address, reader, people, everyone, database):
    with listening(address, reader) as heard:
        heard.until("hello")
        everyone.actors.clear()
        with database.write() as session:
            bells.ring(session, f"sessions:{people[0]}")
        assert heard.until("bye") == {"reason": "signed_out"}
        with pytest.raises(EOFError):
            heard.next()


def test_the_stream_ends_when_the_program_stops(address, reader, site):
    with listening(address, reader) as heard:
        heard.until("hello")
        site.wake.stop()
        assert heard.until("bye") == {"reason": "stopping"}


def test_an_idle_stream_holds_no_connection_and_no_thread(address, reader, everyone, someone, people, database):
    others = [everyone.add(someone(subject=person)) for person in people]
    threads = threading.active_count
    with listening(address, others[0]) as first, listening(address, others[1]) as second:
        first.until("hello")
        second.until("hello")
        patiently(lambda: database.engine.pool.checkedout() == 0)
        with database.write():
            before = threads()
        patiently(lambda: threads() <= before)


def test_a_heartbeat_comes_when_nothing_else_does(address, reader, site, monkeypatch):
    chosen = site.givens[Settings]
    monkeypatch.setitem(chosen.of(Notices).__dict__, "heartbeat_s", 0.1)
    with listening(address, reader) as heard:
        heard.until("hello")
        assert heard.comment() == ": still here"


def test_one_person_cannot_hold_streams_without_end(address, reader, site):
    limit = site.givens[Settings].of(Notices).streams_per_person
    with ExitStack() as stack:
        held = [stack.enter_context(listening(address, reader)) for _ in range(limit)]
        for heard in held:
            heard.until("hello")
        refused = httpx.get(address + PATH, headers={**reader, "accept-language": "en"}, trust_env=False, timeout=60)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")
    patiently(lambda: is_let_in(address, reader))


def test_those_who_come_at_once_are_counted_each(address, reader, site):
    limit = site.givens[Settings].of(Notices).streams_per_person
    answers: list[int] = []
    done = threading.Event()

    def listen() -> None:
        with (
            httpx.Client(timeout=60, trust_env=False) as client,
            client.stream("GET", address + PATH, headers=reader) as response,
        ):
            answers.append(response.status_code)
            done.wait(60)

    listeners = [threading.Thread(target=listen) for _ in range(limit + 4)]
    for one in listeners:
        one.start()
    patiently(lambda: len(answers) == len(listeners))
    done.set()
    for one in listeners:
        one.join(60)
    assert sorted(answers) == [200] * limit + [429] * 4


def test_nobody_hears_without_signing_in(address):
    assert httpx.get(address + PATH, trust_env=False).status_code == 401


def test_a_killed_and_restarted_reader_still_sees_each_number_once(address, reader, people, tell, database):
    """A writer goes on while the reader's connection is cut at any moment."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            tell(people[:1])
            time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    seen, last_id = [], "0"
    try:
        for _ in range(8):
            with listening(address, reader, last_id) as heard:
                for _ in range(7):
                    seen.append(heard.until("notice")["seq"])
                last_id = heard.last_id
    finally:
        stop.set()
        writer.join()
    assert seen == list(range(1, 57))
    with database.read() as session:
        assert queries.count_of(session, people[0]).last_seq >= 56
