"""Traces reach a real collector's address on loopback; without the extra, the remedy is told."""

import http.server
import threading

import pytest
from fastapi.testclient import TestClient

from zhengtong.kernel import telemetry, web
from zhengtong.kernel.settings import SettingsWrong
from zhengtong.kernel.wake import Wake


@pytest.fixture
def collector():
    got = []

    class Collect(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", got
    server.shutdown()


def test_a_request_s_span_reaches_the_collector(database, tmp_path, collector):
    pytest.importorskip("opentelemetry.instrumentation.fastapi")
    url, got = collector
    site = web.Site(database, Wake(database), lambda session, request, now: None)
    app = web.make_app(site, [], title="t", version="0", static=tmp_path, secure=False)
    provider = telemetry.trace(app, database, url=url, service="zhengtong")
    TestClient(app).get("/some/page")
    provider.shutdown()
    assert any(b"zhengtong" in body for body in got)


def test_without_the_extra_the_remedy_is_told(database, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.instrumentation.fastapi", None)
    with pytest.raises(SettingsWrong, match="telemetry"):
        telemetry.trace(None, database, url="http://127.0.0.1:1", service="t")
