"""Short messages, against a real HTTP gateway on loopback."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.ports import free_port
from zhengtong.engines import sms
from zhengtong.engines.sms import http, log

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SECRET = "s3cret-for-signing"


def text(**changes: Any) -> sms.Text:
    given = {"to": "138 0013 8000", "template": "SMS_101", "params": {"name": "李明", "code": "864209"}, "id": "0198c5"}
    return sms.Text(**{**given, **changes})


class Gateway:
    """What came in, and what goes back."""

    def __init__(self, status: int = 200, answer: bytes = b'{"id": "r-1"}', **headers: str) -> None:
        self.status, self.answer, self.headers = status, answer, headers
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.breaks = self.sleeps = False


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if gateway.sleeps:
                time.sleep(1)
            if gateway.breaks or gateway.sleeps:
                self.close_connection = True
                return
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(gateway.answer)))
            self.end_headers()
            self.wfile.write(gateway.answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/send"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def carrier(url: str, **changes: Any) -> sms.Sms:
    told: dict[str, Any] = {"engine": "http", "url": url, "key": "yunxi", "secret": SECRET, "timeout_s": 5}
    return http.open_http(sms.SmsSettings(**{**told, **changes}))


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_a_message_goes_signed_with_its_template_and_id(algorithm: str) -> None:
    if algorithm not in hashlib.algorithms_available:
        pytest.skip("this Python has no SM3")
    gateway = Gateway()
    with serving(gateway) as url:
        assert carrier(url, algorithm=algorithm).send(text(), now=NOW) == "r-1"
    headers, body = gateway.came[0]
    told = {"id": "0198c5", "to": "13800138000", "template": "SMS_101", "params": {"name": "李明", "code": "864209"}}
    assert json.loads(body) == told
    signed = headers["x-timestamp"].encode() + b"\n" + body
    assert headers["x-signature"] == hmac.new(SECRET.encode(), signed, algorithm).hexdigest()
    assert headers["x-timestamp"] == str(int(NOW.timestamp()))
    assert headers["idempotency-key"] == "0198c5"
    assert headers["x-key"] == "yunxi"


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (400, sms.SmsRefused),
        (403, sms.SmsRefused),
        (404, sms.SmsRefused),
        (302, sms.SmsRefused),
        (408, sms.SmsUnavailable),
        (429, sms.SmsUnavailable),
        (500, sms.SmsUnavailable),
        (503, sms.SmsUnavailable),
    ],
)
def test_for_now_and_for_good_are_told_apart(status: int, wrong: type[Exception]) -> None:
    gateway = Gateway(status, '{"message": "模板未报备"}'.encode(), Retry_After="30", Location="http://127.0.0.1:1/")
    with serving(gateway) as url, pytest.raises(wrong, match="模板未报备") as caught:
        carrier(url).send(text(), now=NOW)
    assert len(gateway.came) == 1
    if isinstance(caught.value, sms.SmsUnavailable):
        assert caught.value.retry_after_s == 30
        assert caught.value.facts["in_flight"] is False


def test_a_gateway_that_says_no_with_200_is_understood_by_its_field() -> None:
    gateway = Gateway(answer='{"code": "isv.BUSINESS_LIMIT", "message": "触发流控"}'.encode())
    with serving(gateway) as url:
        with pytest.raises(sms.SmsRefused, match="BUSINESS_LIMIT"):
            carrier(url, ok_field="code").send(text(), now=NOW)
        gateway.answer = b'{"code": "OK", "id": 7}'
        assert carrier(url, ok_field="code").send(text(), now=NOW) == "7"
        gateway.answer = b"<html>"
        with pytest.raises(sms.SmsRefused):
            carrier(url, ok_field="code").send(text(), now=NOW)
        assert carrier(url).send(text(), now=NOW) == ""


@pytest.mark.parametrize("fault", ["breaks", "sleeps"])
def test_a_break_or_silence_after_handing_over_is_for_now_and_in_flight(fault: str) -> None:
    gateway = Gateway()
    setattr(gateway, fault, True)
    with serving(gateway) as url, pytest.raises(sms.SmsUnavailable) as caught:
        carrier(url, timeout_s=0.3).send(text(), now=NOW)
    assert caught.value.facts["in_flight"] is True


def test_a_gateway_that_is_not_there_is_for_now() -> None:
    port = free_port()
    with pytest.raises(sms.SmsUnavailable) as caught:
        carrier(f"http://127.0.0.1:{port}/").send(text(), now=NOW)
    assert caught.value.facts["in_flight"] is False


def test_an_endless_answer_is_cut() -> None:
    with serving(Gateway(answer=b"x" * 5_000_000)) as url:
        assert carrier(url).send(text(), now=NOW) == ""


@pytest.mark.parametrize("number", ["", "12345", "1280013800", "abc", "+86", "13800138000x", "１３８００１３８０００"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(sms.NumberInvalid):
        log.open_log(sms.SmsSettings()).send(text(to=number), now=NOW)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("13800138000", "13800138000"), ("+86 138-0013-8000", "13800138000"), ("+85291234567", "+85291234567")],
)
def test_a_number_is_understood_as_typed(typed: str, plain: str) -> None:
    assert sms.number(typed) == plain


def test_logs_and_errors_show_no_whole_number_and_no_parameter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    told = repr(text())
    with caplog.at_level("INFO"), serving(Gateway()) as url:
        carrier(url).send(text(), now=NOW)
        log.open_log(sms.SmsSettings()).send(text(), now=NOW)
        with pytest.raises(sms.NumberInvalid) as caught:
            carrier(url).send(text(to="138001380001"), now=NOW)
    shown = capsys.readouterr()
    told += caplog.text + shown.out + shown.err + str(caught.value)
    assert "138****8000" in told
    assert not any(
        secret in told for secret in ("13800138000", "138 0013 8000", "138001380001", "864209", "李明", SECRET)
    )


def test_the_demo_keeps_full_texts_in_a_file_of_its_own(tmp_path: Path) -> None:
    place = tmp_path / "sms" / "outbox.jsonl"
    sender = log.open_log(sms.SmsSettings(outbox=place))
    for number in range(3):
        sender.send(text(id=str(number)), now=NOW)
    kept = [json.loads(line) for line in place.read_text("utf-8").splitlines()]
    assert [one["id"] for one in kept] == ["0", "1", "2"]
    assert kept[0]["params"]["code"] == "864209"
    assert place.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "told",
    [
        {"engine": "http"},
        {"engine": "http", "url": "ftp://x", "secret": "s"},
        {"engine": "http", "url": "http://gateway.example/", "secret": "s"},
        {"engine": "http", "url": "https://gateway.example/"},
        {"algorithm": "md5"},
    ],
)
def test_settings_that_cannot_work_are_refused_at_start(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        sms.SmsSettings(**told)
