"""TLS contexts: one per distinct setting, ever; making one costs more than forty handshakes."""

from __future__ import annotations

import ssl
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from claude_exporter.probers.resolve import Workers
from claude_exporter.probers.secure import SslContext, TlsContext

try:
    from claude_exporter.probers import openssl
except ImportError:  # A `cryptography` that brings no OpenSSL to talk to.
    openssl = None  # type: ignore[assignment]

LIMIT: Final = 64
"""Contexts that are kept; the one unused for longest goes first."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What has to hold for a peer to be believed."""

    verify: bool = True
    ca_file: str | None = None


class TrustError(Exception):
    """The CA file cannot be used: a fault of ours, not of a target."""


class Contexts:
    """Makes contexts off the event loop and keeps them."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._kept: OrderedDict[Trust, TlsContext] = OrderedDict()
        self._making = threading.Lock()
        self.made = 0

    async def context(self, trust: Trust) -> TlsContext:
        """The one context of this setting; raises TrustError where it cannot be made."""
        kept = self._kept.get(trust)
        if kept is not None:
            self._kept.move_to_end(trust)
            return kept
        return await self._workers.run(lambda: self._made_once(trust))

    def _made_once(self, trust: Trust) -> TlsContext:
        with self._making:
            kept = self._kept.get(trust)
            if kept is None:
                kept = self._kept[trust] = fastest_context(trust)
                self.made += 1
                if len(self._kept) > LIMIT:
                    self._kept.popitem(last=False)
            return kept


def check_authorities(ca_file: str | None) -> None:
    """Raise TrustError where *ca_file* cannot be used, before anything depends on it."""
    if ca_file is not None:
        make_context(Trust(verify=True, ca_file=ca_file))


def fastest_context(trust: Trust) -> TlsContext:
    """The context of the faster OpenSSL where it can do all that the ssl module's does."""
    context = make_context(trust)
    if openssl is not None and openssl.is_usable(context):
        return openssl.OpenSslContext(context, trust.ca_file)
    return SslContext(context)


def make_context(trust: Trust) -> ssl.SSLContext:
    """Load the system's authorities and the extra ones, about 25 ms; raises TrustError."""
    context = ssl.create_default_context()
    if trust.ca_file is not None:
        try:
            context.load_verify_locations(trust.ca_file)
        except OSError as exc:
            problem = f"ca_file: expected readable PEM certificates in {trust.ca_file}"
            raise TrustError(f"{problem}: {exc.strerror or exc}") from exc
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
