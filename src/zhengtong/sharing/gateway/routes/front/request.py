"""A request as the front reads it: by httptools, as the city's server does; only the plainest is the front's."""

from typing import Any

import httptools

from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.routes.door import PREFIX

BEGIN = b"POST " + PREFIX.encode()
MOST = 64 << 10
"""What a look-up may be long, in bytes, with its headers; what is longer is the city's business."""
NOT_PLAIN = frozenset(
    (b"transfer-encoding", b"expect", b"upgrade", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded")
)
"""Headers that make a request the city's: they want more than an answer, or tell of somebody in between."""


class Request:
    """One request of a connection after another. `raw`: all that came of it, to be given away with the connection."""

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpRequestParser(self)
        self.raw = self.url = self.body = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self._messages, self._whole, self._lasts = 0, False, False

    def feed(self, data: bytes) -> bool:
        """Takes what came; False once it cannot be the front's any more."""
        self.raw += data
        if len(self.raw) > MOST or not (self.raw.startswith(BEGIN) or BEGIN.startswith(self.raw)):
            return False
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return False
        return self._messages <= 1 and (not self._whole or self._is_plain())

    @property
    def is_whole(self) -> bool:
        """True once it has come to its end."""
        return self._whole

    def clear(self) -> None:
        """This will make room for the next."""
        self.raw, self._messages, self._whole = b"", 0, False

    def _is_plain(self) -> bool:
        place = rules.read_path(self.url.decode("latin-1"))
        return (
            self._lasts
            and place is not None
            and place[2] == "lookup"
            and NOT_PLAIN.isdisjoint([one for one, _ in self.headers])
        )

    def on_message_begin(self) -> None:
        self._messages += 1
        if self._messages == 1:
            self.url = self.body = b""
            self.headers = []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._lasts = self._parser.get_http_version() == "1.1" and self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self._whole = True
