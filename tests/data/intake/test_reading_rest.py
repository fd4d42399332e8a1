"""Reading a real HTTP interface: pages, credentials, waiting when asked to, and what must not be called or believed."""

from contextlib import contextmanager

import pytest

from tests.data.intake.interface import Interface
from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import network
from zhengtong.data.intake.actions.reading.calling import Caller
from zhengtong.data.intake.actions.reading.rest import RestReader
from zhengtong.data.intake.rules import kinds

HERE = ["127.0.0.0/8"]
CASES = [
    {"case_id": f"D{n:04}", "name": f"何{n}", "changed_no": n, "home": {"division": "990102"}, "tags": ["低保"]}
    for n in range(1, 251)
]


@pytest.fixture(scope="module")
def server():
    with Interface(CASES) as one:
        yield one


@pytest.fixture
def interface(server):
    server.rows, server.script, server.seen, server.tokens = list(CASES), [], [], []
    server.size, server.wants = 100, lambda headers, query: True
    return server


@contextmanager
def reading(interface, path, secret="", allowed=HERE, chunk_rows=1000, answer_mb=1, **told):
    told = kinds.Rest(url=interface.url(path), **{"timeout_s": 10, **told})
    with network.opened(allowed, timeout_s=told.timeout_s) as client:
        yield RestReader(told, Caller(told, secret, client, answer_mb=answer_mb), chunk_rows=chunk_rows)


PAGES = {
    "/page": {"rows_path": "data.items", "paging": {"how": "page", "size_parameter": "size", "size": 60}},
    "/page?x=1": {"rows_path": "data.items", "paging": {"how": "page", "total_path": "data.total", "size": 100}},
    "/offset": {"paging": {"how": "offset", "parameter": "from", "size_parameter": "count", "size": 70}},
    "/cursor": {"rows_path": "rows", "paging": {"how": "cursor", "parameter": "after"}},
    "/link": {"paging": {"how": "link"}},
}


def ids(chunks):
    return [row["case_id"] for chunk in chunks for row in chunk.rows.to_pylist()]


@pytest.mark.parametrize("path", PAGES)
def test_all_pages_are_read_in_order(interface, path):
    with reading(interface, path, **PAGES[path]) as reader:
        chunks = list(reader.chunks(None))
    assert ids(chunks) == [case["case_id"] for case in CASES]
    row = chunks[0].rows.to_pylist()[6]
    assert row == {"case_id": "D0007", "name": "何7", "changed_no": "7", "home.division": "990102", "tags": '["低保"]'}


@pytest.mark.parametrize("path", PAGES)
def test_reading_goes_on_at_the_page_after_the_cursor(interface, path):
    with reading(interface, path, chunk_rows=50, **PAGES[path]) as reader:
        chunks = list(reader.chunks(None))
    assert len(chunks) > 2
    for at, chunk in enumerate(chunks):
        with reading(interface, path, **PAGES[path]) as reader:
            assert ids(chunks[: at + 1]) + ids(reader.chunks(chunk.cursor)) == [case["case_id"] for case in CASES]


def test_the_first_page_is_asked_for_once_though_the_columns_are_looked_at(interface):
    with reading(interface, "/page", **PAGES["/page?x=1"]) as reader:
        reader.columns()
        assert reader.total() == 250
        list(reader.chunks(None))
    assert [query.get("page") for _, query, _ in interface.seen] == ["1", "2", "3"]


SINCE = {**PAGES["/page"], "since_parameter": "since", "since_column": "changed_no"}


def test_the_next_run_asks_only_for_what_has_changed_since(interface):
    with reading(interface, "/page", **SINCE) as reader:
        cursor = list(reader.chunks(None))[-1].cursor
    interface.rows = [*CASES, {**CASES[0], "changed_no": 251}, {**CASES[1], "changed_no": 250}]
    with reading(interface, "/page", **SINCE) as reader:
        chunks = list(reader.chunks(cursor))
    assert [(row["case_id"], row["changed_no"]) for row in chunks[0].rows.to_pylist()] == [
        ("D0001", "251"),
        ("D0002", "250"),
    ]
    assert interface.seen[-1][1]["since"] == "250"
    with reading(interface, "/page", **SINCE) as reader:
        assert ids(reader.chunks(chunks[-1].cursor)) == []


def test_a_run_that_was_cut_off_keeps_asking_from_where_it_began(interface):
    with reading(interface, "/page", chunk_rows=50, **SINCE) as reader:
        first = next(iter(reader.chunks(None)))
    with reading(interface, "/page", **SINCE) as reader:
        assert len(ids(reader.chunks(first.cursor))) == 250 - 60
    assert "since" not in interface.seen[-1][1]


SIGNED = {
    "bearer": ({"how": "bearer"}, lambda headers, query: headers["authorization"] == "Bearer k-1"),
    "basic": ({"how": "basic", "user": "zt"}, lambda headers, query: headers["authorization"] == "Basic enQ6ay0x"),
    "header": ({"how": "header", "name": "X-Api-Key"}, lambda headers, query: headers["x-api-key"] == "k-1"),
    "query": ({"how": "query", "name": "key"}, lambda headers, query: query["key"] == "k-1"),
}


@pytest.mark.parametrize("how", SIGNED)
def test_credentials_are_sent_as_the_interface_wants_them(interface, how):
    auth, interface.wants = SIGNED[how]
    with reading(interface, "/link", "k-1", auth=auth, paging={"how": "link"}) as reader:
        assert len(ids(reader.chunks(None))) == 250


def test_client_credentials_get_a_token_that_is_renewed_when_refused(interface):
    auth = {"how": "oauth2", "user": "zt", "token_url": interface.url("/token"), "scope": "read"}
    interface.wants = lambda headers, query: headers["authorization"] == f"Bearer token {len(interface.tokens)}"
    with reading(interface, "/link", "k-1", auth=auth, paging={"how": "link"}) as reader:
        reader.columns()
        interface.script = [(401, {}, {})]
        assert len(ids(reader.chunks(None))) == 250
    assert [form["scope"] for _, form in interface.tokens] == [["read"], ["read"]]


def test_wrong_credentials_are_told_without_showing_them(interface):
    interface.wants = lambda headers, query: False
    auth = {"how": "query", "name": "key"}
    with reading(interface, "/page", "s3cret-word", auth=auth) as reader, pytest.raises(errors.LoginRefused) as refused:
        reader.columns()
    assert "s3cret-word" not in str(refused.value)


def test_a_busy_interface_is_asked_again_after_the_time_it_names(interface):
    interface.script = [(429, {"Retry-After": "0"}, {}), (503, {"Retry-After": "Thu, 05 Mar 2020 00:00:00 GMT"}, {})]
    with reading(interface, "/link", paging={"how": "link"}) as reader:
        assert len(ids(reader.chunks(None))) == 250


def test_a_long_wait_is_left_to_the_run(interface):
    interface.script = [(429, {"Retry-After": "600"}, {})]
    with reading(interface, "/link") as reader, pytest.raises(errors.SourceAway) as away:
        reader.columns()
    assert away.value.retry_after_s == 600


WRONG = {
    "not JSON": ((200, {}, b"<html>"), errors.AnswerUnreadable),
    "not UTF-8": ((200, {}, b'["\xff\xfe"]'), errors.AnswerUnreadable),
    "NaN": ((200, {}, b'[{"a": NaN}]'), errors.AnswerUnreadable),
    "deep": ((200, {}, b"[" * 100_000), errors.AnswerUnreadable),
    "no rows": ((200, {}, {"items": 3}), errors.AnswerUnreadable),
    "moved": ((302, {"Location": "http://example.org/"}, {}), errors.AnswerUnreadable),
    "not there": ((404, {}, {}), errors.AnswerRefused),
    "broken": ((500, {}, {}), errors.SourceAway),
    "hangs up": ((200, {}, None), errors.SourceAway),
    "too large": ((200, {}, b"[" + b" " * (2 << 20) + b"]"), errors.AnswerTooLarge),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_answer_is_told(interface, what):
    answer, problem = WRONG[what]
    interface.script = [answer]
    with reading(interface, "/page") as reader, pytest.raises(problem) as told:
        reader.columns()
    assert told.value.say("zh")
    assert told.value.say("en")


def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off(interface):
    with reading(interface, "/bomb") as reader, pytest.raises(errors.AnswerTooLarge):
        reader.columns()


def test_pages_that_do_not_go_on_are_noticed(interface):
    with reading(interface, "/deaf", paging={"how": "page"}) as reader, pytest.raises(errors.PagingEndless):
        list(reader.chunks(None))


def test_a_link_to_another_host_is_not_followed_with_our_credentials(interface):
    told = {"auth": {"how": "bearer"}, "paging": {"how": "link"}}
    with reading(interface, "/abroad", "k", **told) as reader, pytest.raises(errors.SourceAddressRefused):
        list(reader.chunks(None))


def test_a_record_that_is_no_object_waits_apart_and_the_others_are_read(interface):
    interface.rows = [*CASES[:3], "a word", {"case_id": "x", "a": {"b": 1}, "a.b": 2}, *CASES[3:5]]
    with reading(interface, "/link", paging={"how": "link"}) as reader:
        (chunk,) = reader.chunks(None)
    assert chunk.rows.num_rows == 5
    assert [(one.line, one.raw[:6]) for one in chunk.bad] == [(4, "a word"), (5, "{'case")]


def test_new_fields_come_after_those_that_were_known(interface):
    interface.size = 2
    interface.rows = [*CASES[:2], {"case_id": "x", "extra": None}]
    with reading(interface, "/link", paging={"how": "link"}) as reader:
        known = [column.name for column in reader.columns()]
        (chunk,) = reader.chunks(None)
    assert chunk.rows.schema.names == [*known, "extra"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://169.254.169.254/"]
)
def test_this_machine_and_its_cloud_are_not_called(url):
    with network.opened([], timeout_s=2) as client, pytest.raises(errors.SourceAddressRefused):
        client.get(url)


def test_a_source_that_does_not_answer_is_away():
    told = kinds.Rest(url="http://127.0.0.1:9/")
    with network.opened(HERE, timeout_s=2) as client, pytest.raises(errors.SourceAway):
        RestReader(told, Caller(told, "", client, answer_mb=1)).columns()


@pytest.mark.parametrize("headers", [{"Authorization": "x"}, {"cookie": "x"}, {"X\r\nHost": "x"}, {"X": "a\r\nb"}])
def test_headers_that_would_carry_credentials_or_break_lines_are_refused(headers):
    with pytest.raises(ValueError, match="header|凭据|pattern"):
        kinds.Rest(url="http://x/", headers=headers)
