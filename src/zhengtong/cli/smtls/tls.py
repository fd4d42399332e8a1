"""TLS over asyncio by OpenSSL's memory buffers: what goes over the wire on one side, a protocol that knows no TLS on the other."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from OpenSSL import SSL

from zhengtong.cli.smtls.asked import Asked

SUITE = b"TLS_SM4_GCM_SM3"
HANDSHAKE_S = 10.0
PIECE = 65_536


def server_context(asked: Asked) -> SSL.Context:
    """RFC 8998 only, with the certificate asked for. Raises SSL.Error where OpenSSL is too old or a file is wrong."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(SUITE)
    context.use_certificate_chain_file(str(asked.chain))
    context.use_privatekey_file(str(asked.key))
    context.check_privatekey()
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    if asked.clients:
        context.load_verify_locations(str(asked.clients))
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
        if asked.revoked:
            _refuse_revoked(context, asked)
    return context


def _refuse_revoked(context: SSL.Context, asked: Asked) -> None:
    from cryptography import x509
    from OpenSSL.crypto import X509StoreFlags

    assert asked.revoked
    store = context.get_cert_store()
    assert store
    store.add_crl(x509.load_pem_x509_crl(asked.revoked.read_bytes()))
    store.set_flags(X509StoreFlags.CRL_CHECK)


class TlsProtocol(asyncio.Protocol):
    """One connection: shakes hands, then lets the `inner` protocol believe it speaks over a plain transport."""

    def __init__(self, context: SSL.Context, inner: Callable[[], asyncio.Protocol]) -> None:
        self._make_inner = inner
        self.inner: asyncio.Protocol | None = None
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._wire: asyncio.Transport | None = None
        self._shaken = self._closing = False
        self.reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)
        self._late = asyncio.get_running_loop().call_later(HANDSHAKE_S, self._wire.abort)

    def data_received(self, data: bytes) -> None:
        self._tls.bio_write(data)
        self.advance()

    def eof_received(self) -> bool:
        return bool(self.inner and self.inner.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        self._closing = True
        if self.inner:
            self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        if self.inner:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self.inner:
            self.inner.resume_writing()

    def advance(self) -> None:
        """What has come in is taken as far as it goes."""
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._begin()
            while self.reading and not self._closing:
                data = self._tls.recv(PIECE)
                assert self.inner
                self.inner.data_received(data)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.close()
        except SSL.Error:
            self._flush()
            self.close()
        self._flush()

    def _begin(self) -> None:
        self._shaken = True
        self._late.cancel()
        self.inner = self._make_inner()
        self.inner.connection_made(TlsTransport(self))

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and not self._closing:
            rest = rest[self._tls.send(rest[:PIECE]) :]
            self._flush()

    def close(self) -> None:
        """The other side is told that this was the end, so that nothing can be cut off unseen."""
        if not self._closing and self._wire:
            self._closing = True
            if self._shaken:
                self._tls.shutdown()
            self._flush()
            self._wire.close()

    def _flush(self) -> None:
        while self._wire and not self._wire.is_closing():
            try:
                self._wire.write(self._tls.bio_read(PIECE))
            except SSL.WantReadError:
                return

    @property
    def wire(self) -> asyncio.Transport:
        assert self._wire
        return self._wire

    @property
    def is_closing(self) -> bool:
        return self._closing or self.wire.is_closing()


class TlsTransport(asyncio.Transport):
    """What the inner protocol writes to."""

    def __init__(self, outer: TlsProtocol) -> None:
        super().__init__()
        self._outer = outer

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._outer.send(bytes(data))

    def close(self) -> None:
        self._outer.close()

    def abort(self) -> None:
        self._outer.wire.abort()

    def is_closing(self) -> bool:
        return self._outer.is_closing

    def pause_reading(self) -> None:
        self._outer.reading = False
        self._outer.wire.pause_reading()

    def resume_reading(self) -> None:
        if not self._outer.reading and not self.is_closing():
            self._outer.reading = True
            self._outer.wire.resume_reading()
            asyncio.get_running_loop().call_soon(self._outer.advance)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return True if name == "sslcontext" else self._outer.wire.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._outer.wire.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._outer.wire.get_write_buffer_size()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._outer.inner = cast(asyncio.Protocol, protocol)
