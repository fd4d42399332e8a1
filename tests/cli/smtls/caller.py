"""A caller of the front, in a process of its own since OpenSSL is configured by the process.

    echo '{"ca": …, "suite": …, "requests": [[method, path, headers, body], …]}' | python -m tests.cli.smtls.caller PORT

Prints one JSON line: the answers, or why the handshake failed.
"""

import http.client
import io
import json
import socket
import sys
from typing import Any

from OpenSSL import SSL


class Wrapped:
    """What http.client reads and writes."""

    def __init__(self, tls: SSL.Connection) -> None:
        self._tls = tls

    def sendall(self, data: bytes) -> None:
        self._tls.sendall(data)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(Raw(self._tls))  # type: ignore[arg-type]

    def close(self) -> None: ...


class Raw(io.RawIOBase):
    def __init__(self, tls: SSL.Connection) -> None:
        self._tls = tls

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        try:
            return int(self._tls.recv_into(into))
        except (SSL.ZeroReturnError, SSL.SysCallError):
            return 0


def opened(port: int, asked: dict[str, Any]) -> SSL.Connection:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(asked.get("suite", "TLS_SM4_GCM_SM3").encode())
    context.load_verify_locations(asked["ca"])
    context.set_verify(SSL.VERIFY_PEER)
    if asked.get("key"):
        context.use_privatekey_file(asked["key"])
        context.use_certificate_chain_file(asked["chain"])
    wire = socket.create_connection(("127.0.0.1", port), timeout=30)
    wire.settimeout(None)
    tls = SSL.Connection(context, wire)
    tls.set_connect_state()
    tls.do_handshake()
    return tls


def main() -> None:
    port, asked = int(sys.argv[1]), json.load(sys.stdin)
    try:
        tls = opened(port, asked)
        connection = http.client.HTTPConnection("localhost", port)
        connection.sock = Wrapped(tls)  # type: ignore[assignment]
        answers = []
        for method, path, headers, body in asked["requests"]:
            connection.request(method, path, body=body.encode() if body else None, headers=headers)
            response = connection.getresponse()
            answers.append({"status": response.status, "body": response.read().decode()})
        told: dict[str, Any] = {
            "cipher": tls.get_cipher_name(),
            "version": tls.get_protocol_version_name(),
            "answers": answers,
        }
    except (SSL.Error, OSError, http.client.HTTPException) as failure:
        told = {"refused": f"{type(failure).__name__}: {failure}"}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
