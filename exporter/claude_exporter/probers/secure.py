"""TLS over bytes: the caller moves what arrives and what has to be sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from claude_exporter.probers.timestamps import CHUNK


class Channel:
    """One TLS session, as its client."""

    __slots__ = ("_incoming", "_outgoing", "closed", "session")

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.session = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self.closed = False

    def handshake(self, arrived: bytes = b"") -> bool:
        """Take the handshake as far as it goes; true once it is done."""
        if arrived:
            self._incoming.write(arrived)
        try:
            self.session.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def encrypt(self, plain: bytes) -> None:
        """Queue `plain` for `unsent`."""
        self.session.write(plain)

    def unsent(self) -> bytes:
        """Take what has to be sent now."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def decrypt(self, arrived: bytes) -> Iterator[bytes]:
        """What the peer said with `arrived`; sets `closed` where it said that it is done."""
        self._incoming.write(arrived)
        while not self.closed:
            try:
                plain = self.session.read(CHUNK)
            except ssl.SSLWantReadError:
                return
            if plain:
                yield plain
            else:
                self.closed = True
