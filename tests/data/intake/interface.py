"""A bureau's HTTP interface, real and on loopback: cases by page, offset, cursor or link; it can be slow, busy, wrong or huge."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Interface:
    """`with Interface(rows) as one:` answers at `one.url`. `one.script`: answers to give first, each (status, headers, body)."""

    def __init__(self, rows):
        self.rows, self.script, self.seen, self.tokens = list(rows), [], [], []
        self.size, self.wants = 100, lambda headers, query: True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def do_POST(self):
                outer.give_token(self)

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def url(self, path):
        return self.base + path

    def give_token(self, call):
        form = parse_qs(call.rfile.read(int(call.headers["content-length"])).decode())
        self.tokens.append((call.headers["authorization"], form))
        self.send(call, 200, {}, {"access_token": f"token {len(self.tokens)}", "expires_in": 3600})

    def answer(self, call):
        parts = urlsplit(call.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.seen.append((parts.path, query, dict(call.headers)))
        if self.script:
            self.send(call, *self.script.pop(0))
            return
        if not self.wants(call.headers, query):
            self.send(call, 401, {}, {"error": "who are you"})
            return
        self.send(call, *getattr(self, "by_" + parts.path.strip("/"))(query))

    def by_page(self, query):
        at = (int(query.get("page", "1")) - 1) * int(query.get("size", self.size))
        some = self.changed(query)[at : at + int(query.get("size", self.size))]
        return 200, {}, {"code": 0, "data": {"total": len(self.changed(query)), "items": some}}

    def by_offset(self, query):
        at = int(query.get("from", "0"))
        return 200, {}, self.rows[at : at + int(query["count"])]

    def by_cursor(self, query):
        at = int(query.get("after") or 0)
        following = at + self.size
        return (
            200,
            {},
            {"rows": self.rows[at:following], "next": str(following) if following < len(self.rows) else None},
        )

    def by_link(self, query):
        at = int(query.get("at", "0"))
        more = {"Link": f'</link?at={at + self.size}>; rel="next"'} if at + self.size < len(self.rows) else {}
        return 200, more, self.rows[at : at + self.size]

    def by_deaf(self, query):
        return 200, {}, self.rows[: self.size]

    def by_abroad(self, query):
        return 200, {"Link": '<http://example.org/steal>; rel="next"'}, self.rows[: self.size]

    def by_bomb(self, query):
        return 200, {"Content-Encoding": "gzip"}, gzip.compress(b"[" + b" " * (3 << 20) + b"]")

    def changed(self, query):
        return [row for row in self.rows if row["changed_no"] >= int(query.get("since", 0))]

    def send(self, call, status, headers, body):
        if body is None:  # hang up in the middle
            call.send_response(200)
            call.send_header("content-length", "1000")
            call.end_headers()
            call.wfile.write(b'[{"a"')
            return
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        call.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            call.send_header(name, value)
        call.send_header("content-length", str(len(content)))
        call.end_headers()
        call.wfile.write(content)
