"""The 国密 front: what is on the wire, what it forwards, whom it refuses. Both ends are one OpenSSL: interoperability is not shown here."""

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.cli.conftest import STARTS_WITHIN_S, environment
from tests.cli.smtls.wire import Tap, hello, numbers
from tests.ports import free_port
from zhengtong import engines
from zhengtong.cli import smtls
from zhengtong.cli.authority import Authority, Wanted
from zhengtong.cli.errors import SmtlsCertificate
from zhengtong.cli.smtls import serving
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.kernel import clock

ROOT = Path(__file__).resolve().parents[3]
SUITE, GROUP, SIGNATURE = 0x00C6, 41, 0x0708
SUPPORTED_GROUPS, SIGNATURES, KEY_SHARE = 10, 13, 51


async def mirror(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was asked, as JSON; /slow answers piece by piece."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    told = {
        "method": scope["method"],
        "target": scope["raw_path"].decode() + "?" + scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
        "size": len(body),
    }
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    text = json.dumps(told).encode()
    await send({"type": "http.response.body", "body": text[:10], "more_body": True})
    await send({"type": "http.response.body", "body": text[10:]})


@dataclass
class Front:
    """A running front, the authority of its certificate, and how to call it."""

    port: int
    process: subprocess.Popen[str]
    ca: Path
    callers: dict[str, tuple[Path, Path]] = field(default_factory=dict)

    def call(self, *requests: tuple[str, str, dict[str, str], str], port: int = 0, **asked: Any) -> dict[str, Any]:
        told = {"ca": str(self.ca), "requests": requests, **asked}
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.smtls.caller", str(port or self.port)],
            input=json.dumps(told),            env=environment(OPENSSL_CONF=str(smtls.CONFIGURATION)), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="module")
def city_port() -> Iterator[int]:
    server = uvicorn.Server(
        uvicorn.Config(mirror, port=free_port(), log_config=None, lifespan="off", proxy_headers=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _until(lambda: server.started)
    yield server.config.port
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    crypto = engines.open_crypto(CryptoSettings())
    return Authority.new(crypto, tmp_path_factory.mktemp("ca") / "ca", "云溪 CA", now=clock.now())


@pytest.fixture(scope="module")
def start(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Front]]:
    begun: list[subprocess.Popen[str]] = []
    _, key, chain = authority.issue(Wanted("入口", ("localhost",)), now=clock.now())
    ca = chain.parent.parent / "ca.pem"

    def run(to: int, *more: str) -> Front:
        port = free_port()
        command = [sys.executable, "-m", "zhengtong", "smtls", "--key", str(key), "--chain", str(chain)]
        command += ["--listen", f"127.0.0.1:{port}", "--to", f"127.0.0.1:{to}", "--body-mb", "1", *more]
        process = subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        begun.append(process)
        _until(lambda: process.poll() is not None or _listens(port))
        return Front(port, process, ca)

    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.wait(20)


@pytest.fixture(scope="module")
def front(start: Callable[..., Front], city_port: int) -> Front:
    return start(city_port)


def test_on_the_wire_stand_sm4_sm3_and_the_sm2_curve(front: Front) -> None:
    with Tap(front.port) as tap:
        told = front.call(("GET", "/", {}, ""), port=tap.port)
    assert told["answers"][0]["status"] == 200, told
    assert (told["cipher"], told["version"]) == ("TLS_SM4_GCM_SM3", "TLSv1.3")
    suites, chosen = hello(bytes(tap.said["server"]))
    assert suites == [SUITE]
    assert int.from_bytes(chosen[KEY_SHARE][:2]) == GROUP
    _, offered = hello(bytes(tap.said["client"]))
    assert numbers(offered[SIGNATURES]) == [SIGNATURE]
    assert b"/secret" not in tap.said["client"]


def test_path_query_and_body_arrive_as_they_were_signed_and_the_connection_serves_many(front: Front) -> None:
    target = "/share/v1/%E7%A8%8E%2f..//x?b=2&a=%20+&a="
    told = front.call(("POST", target, {}, "x" * 70_000), ("GET", "/second", {}, ""))
    first, second = (json.loads(one["body"]) for one in told["answers"])
    assert (first["method"], first["target"], first["size"]) == ("POST", target, 70_000)
    assert second["target"] == "/second?"


def test_only_the_front_says_where_a_caller_comes_from(front: Front) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=6.6.6.6",
        "X-Real-IP": "6.6.6.6",
    }
    told = front.call(("GET", "/", {**forged, "X-Zhengtong-Purpose": "kept"}, ""))
    headers = json.loads(told["answers"][0]["body"])["headers"]
    assert "6.6.6.6" not in str(headers)
    assert dict(headers)["x-forwarded-for"] == "127.0.0.1"
    assert dict(headers)["x-forwarded-proto"] == "https"
    assert dict(headers)["x-zhengtong-purpose"] == "kept"


def test_a_body_past_the_limit_is_refused(front: Front) -> None:
    told = front.call(("POST", "/", {}, "x" * 1_100_000))
    assert told["answers"][0]["status"] == 413, told


def test_a_caller_without_the_sm_suites_is_refused(front: Front) -> None:
    told = front.call(("GET", "/", {}, ""), suite="TLS_AES_128_GCM_SHA256")
    assert "refused" in told, told


def test_an_ordinary_tls_client_is_refused(front: Front) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", front.port), timeout=20) as wire, pytest.raises(ssl.SSLError):
        context.wrap_socket(wire)


def test_a_caller_refuses_a_front_of_another_authority(front: Front, tmp_path: Path) -> None:
    crypto = engines.open_crypto(CryptoSettings())
    Authority.new(crypto, tmp_path / "other", "别的 CA", now=clock.now())
    told = front.call(("GET", "/", {}, ""), ca=str(tmp_path / "other" / "ca.pem"))
    assert "certificate verify failed" in told.get("refused", ""), told


def test_what_is_not_tls_is_hung_up_on(front: Front) -> None:
    with socket.create_connection(("127.0.0.1", front.port), timeout=20) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while piece := wire.recv(4096):
            answer += piece
    assert b"HTTP" not in answer


def test_a_city_that_is_away_is_told_and_the_front_stops_cleanly(start: Callable[..., Front]) -> None:
    front = start(free_port())
    told = front.call(("GET", "/", {}, ""))
    assert told["answers"][0]["status"] == 502
    assert "没有应答" in told["answers"][0]["body"]
    front.process.send_signal(signal.SIGTERM)
    assert front.process.wait(100) == 0
    assert front.process.stdout
    said = front.process.stdout.read()
    assert "已停止" in said
    assert "Traceback" not in said


def test_callers_must_show_a_certificate_that_was_not_revoked(
    start: Callable[..., Front], city_port: int, authority: Authority
) -> None:
    good, revoked = (authority.issue(Wanted(name, for_client=True), now=clock.now()) for name in ("税务", "旧系统"))
    authority.revoke(revoked[0].serial, now=clock.now())
    folder = good[1].parent.parent
    front = start(city_port, "--clients", str(folder / "ca.pem"), "--revoked", str(folder / "crl.pem"))
    told = front.call(("GET", "/", {}, ""), key=str(good[1]), chain=str(good[2]))
    assert told["answers"][0]["status"] == 200, told
    for shown in ({}, {"key": str(revoked[1]), "chain": str(revoked[2])}):
        assert "refused" in front.call(("GET", "/", {}, ""), **shown)


def test_a_wrong_key_is_told_with_the_remedy(authority: Authority) -> None:
    one, other = (authority.issue(Wanted("x", ("localhost",)), now=clock.now()) for _ in range(2))
    with pytest.raises(SmtlsCertificate) as told:
        serving.serve(smtls.Asked("127.0.0.1", free_port(), "127.0.0.1", 1, key=one[1], chain=other[2]))
    assert str(one[1]) in str(told.value)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(stands: Callable[[], bool]) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while not stands():
        assert time.monotonic() < until, "it did not start"
        time.sleep(0.05)
