"""A small OpenID provider that checks PKCE and can be told to lie, for what an honest provider never does."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one"})
CLIENT, SECRET = "zhengtong", "s3cret:with/odd chars"


@dataclass
class Provider:
    """`lie(claims, header)` may change what is signed; `sign_with` another key."""

    key: RSAKey = field(default_factory=lambda: KEY)
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "ShenRuochuan"})
    lie: Callable[[dict[str, Any], dict[str, Any]], None] = lambda claims, header: None
    sign_with: RSAKey | None = None
    unsigned: bool = False
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    port: int = 0

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorise(self, address: str) -> dict[str, str]:
        """What a person's sign-in at the provider gives back to the browser."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert {"openid"} <= set(asked["scope"].split())
        code = f"code-{len(self.answers)}"
        self.answers[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.answers.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        pair = base64.b64encode(b"zhengtong:s3cret%3Awith%2Fodd%20chars").decode()
        if asked is None or asked["code_challenge"] != challenge or authorization != f"Basic {pair}":
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= {"auth_time": now, **self.claims}
        header = {"alg": "RS256", "kid": "one"}
        self.lie(claims, header)
        if self.unsigned:
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            token = ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])
        else:
            token = jwt.encode(header, claims, self.sign_with or self.key)
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": token}

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }


def serve(provider: Provider) -> ThreadingHTTPServer:
    """Starts it on loopback; `shutdown` stops it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {
                "/.well-known/openid-configuration": provider.configuration(),
                "/jwks": KeySet([provider.key]).as_dict(private=False),
            }
            self._answer(200 if self.path in pages else 404, pages.get(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
