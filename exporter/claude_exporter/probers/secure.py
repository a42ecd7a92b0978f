"""TLS over bytes: the caller moves what arrives and what has to be sent."""

from __future__ import annotations

import _ssl
import ssl
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, Protocol

from claude_exporter.probers.timestamps import CHUNK

_PUBLIC: Final = hasattr(ssl.SSLObject, "get_unverified_chain")
_DER: Final[int] = getattr(_ssl, "ENCODING_DER", 2)


class Peer(NamedTuple):
    """The other side of a session; chains are in DER, its own certificate first."""

    version: str
    cipher: str
    presented: tuple[bytes, ...]
    trusted: tuple[bytes, ...]


class Channel(Protocol):
    """One TLS session, as its client."""

    closed: bool

    def handshake(self, arrived: bytes = b"") -> bool:
        """Take the handshake as far as it goes; true once it is done."""

    def encrypt(self, plain: bytes) -> None:
        """Queue `plain` for `unsent`."""

    def unsent(self) -> bytes:
        """Take what has to be sent now."""

    def decrypt(self, arrived: bytes) -> Iterator[bytes]:
        """What the peer said with `arrived`; sets `closed` where it said that it is done."""

    def peer(self, *, verified: bool) -> Peer:
        """What is known of the other side, also where verification just failed."""


class TlsContext(Protocol):
    """The settings of many sessions."""

    def open(self, server_name: str) -> Channel:
        """Begin a session as the client of `server_name`."""


class SslContext:
    """The ssl module's own context."""

    __slots__ = ("_context",)

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def open(self, server_name: str) -> Channel:
        """Begin a session as the client of `server_name`."""
        return SslChannel(self._context, server_name)


class SslChannel:
    """One TLS session of the ssl module, as its client."""

    __slots__ = ("_incoming", "_outgoing", "_session", "closed")

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._session = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=server_name
        )
        self.closed = False

    def handshake(self, arrived: bytes = b"") -> bool:
        """Take the handshake as far as it goes; true once it is done."""
        if arrived:
            self._incoming.write(arrived)
        try:
            self._session.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def encrypt(self, plain: bytes) -> None:
        """Queue `plain` for `unsent`."""
        self._session.write(plain)

    def unsent(self) -> bytes:
        """Take what has to be sent now."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def decrypt(self, arrived: bytes) -> Iterator[bytes]:
        """What the peer said with `arrived`; sets `closed` where it said that it is done."""
        self._incoming.write(arrived)
        while not self.closed:
            try:
                plain = self._session.read(CHUNK)
            except ssl.SSLWantReadError:
                return
            if plain:
                yield plain
            else:
                self.closed = True

    def peer(self, *, verified: bool) -> Peer:
        """What is known of the other side, also where verification just failed."""
        cipher = self._session.cipher()
        return Peer(
            version=self._session.version() or "",
            cipher=cipher[0] if cipher else "",
            presented=self._chain("get_unverified_chain"),
            trusted=self._chain("get_verified_chain") if verified else (),
        )

    def _chain(self, method: str) -> tuple[bytes, ...]:
        # Until 3.13 only the inner object can tell; it can since 3.10, and also after a failure.
        session = self._session
        source: Any = session if _PUBLIC else session._sslobj  # type: ignore[attr-defined] # noqa: SLF001
        return tuple(_ders(getattr(source, method)() or ()))


def _ders(chain: Iterable[Any]) -> Iterable[bytes]:
    return (entry if _PUBLIC else entry.public_bytes(_DER) for entry in chain)
