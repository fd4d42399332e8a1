"""Civil affairs' own service: cases of relief by pages, to whoever has the key. On this machine only."""

import json
import sqlite3
import threading
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .stores import RELIEF

MOST = 500


class CivilService:
    """`with CivilService(store, key) as service:` answers `GET {service.address}/api/relief?page=1&size=200` in JSON:
    `{"total": …, "page": …, "pages": …, "rows": […]}`; `since` gives only what changed after that number."""

    def __init__(self, store: Path, key: str, *, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"store": store, "key": key})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="civil", daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "CivilService":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    store: Path
    key: str
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path != "/api/relief":
            return self._answer(HTTPStatus.NOT_FOUND, {"error": "no such page"})
        if self.headers.get("X-Api-Key") != self.key:
            return self._answer(HTTPStatus.UNAUTHORIZED, {"error": "the key is wrong"})
        try:
            page, size, since = (int(parse_qs(asked.query).get(name, [default])[0]) for name, default in _DEFAULTS)
        except ValueError:
            return self._answer(HTTPStatus.BAD_REQUEST, {"error": "page, size and since are whole numbers"})
        return self._answer(HTTPStatus.OK, self._page(max(1, page), min(MOST, max(1, size)), since))

    def _page(self, page: int, size: int, since: int) -> dict[str, Any]:
        with closing(sqlite3.connect(self.store)) as connection:
            total = connection.execute("SELECT count(*) FROM relief WHERE changed_no > ?", [since]).fetchone()[0]
            found = connection.execute(
                f"SELECT {', '.join((*RELIEF, 'changed_no'))} FROM relief WHERE changed_no > ?"  # noqa: S608
                " ORDER BY changed_no, case_id LIMIT ? OFFSET ?",
                [since, size, (page - 1) * size],
            ).fetchall()
        rows = [dict(zip((*RELIEF, "changed_no"), row, strict=True)) for row in found]
        return {"total": total, "page": page, "pages": -(-total // size), "rows": rows}

    def _answer(self, status: HTTPStatus, told: dict[str, Any]) -> None:
        body = json.dumps(told, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Its visitors are not the demo's news."""


_DEFAULTS = (("page", "1"), ("size", "200"), ("since", "0"))
