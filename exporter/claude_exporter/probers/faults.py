"""
What each exception of a connection means: a closed table from exception to `Sign`.

Exceptions are named, not imported, so that a library that only one part uses costs the others
nothing. A class without a row of its own has the row of its nearest base.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import httptools

from claude_exporter.core.model import Sign


class ProtocolError(Exception):
    """The peer speaks, but not what was agreed: garbage, a cut answer, endless headers."""


class LookupFailedError(OSError):
    """The name has no usable address, or nobody would tell."""


class TunnelError(OSError):
    """The proxy would not connect us."""


FAULTS: Final = (OSError, EOFError, ProtocolError, httptools.HttpParserError)
"""What a connection raises for the peer's or the network's fault; the rest is ours."""

SIGN_OF_EXCEPTION: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "socket.gaierror": Sign.DNS,
        "socket.herror": Sign.DNS,
        "claude_exporter.probers.faults.LookupFailedError": Sign.DNS,
        "dns.exception.Timeout": Sign.TIMEOUT,
        "dns.exception.DNSException": Sign.DNS,
        "ssl.SSLError": Sign.TLS,
        "builtins.TimeoutError": Sign.TIMEOUT,
        "builtins.EOFError": Sign.PROTOCOL,
        "asyncio.exceptions.LimitOverrunError": Sign.PROTOCOL,
        "claude_exporter.probers.faults.ProtocolError": Sign.PROTOCOL,
        "claude_exporter.probers.faults.TunnelError": Sign.CONNECT,
        "httptools.parser.errors.HttpParserError": Sign.PROTOCOL,
        "h2.exceptions.H2Error": Sign.PROTOCOL,
        "hpack.exceptions.HPACKError": Sign.PROTOCOL,
        "httpx.TimeoutException": Sign.TIMEOUT,
        "httpx.NetworkError": Sign.CONNECT,
        "httpx.ProxyError": Sign.CONNECT,
        "httpx.ProtocolError": Sign.PROTOCOL,
        "httpx.UnsupportedProtocol": Sign.PROTOCOL,
        "httpx.DecodingError": Sign.PROTOCOL,
        "httpx.TooManyRedirects": Sign.PROTOCOL,
        "builtins.UnicodeError": Sign.DNS,
        "builtins.OSError": Sign.CONNECT,
    }
)

_PRECISE: Final = frozenset((Sign.DNS, Sign.TLS))
"""Libraries wrap these in a plain connect error; the cause below it says more."""


def sign_of_exception(exc: BaseException) -> Sign:
    """The sign of what a connection raised; `unexpected` for an exception of no known kind."""
    signs = [_own_sign(cause) for cause in _causes(exc)]
    known = [sign for sign in signs if sign is not None]
    if not known:
        return Sign.UNEXPECTED
    if known[0] is Sign.CONNECT:
        return next((sign for sign in known if sign in _PRECISE), Sign.CONNECT)
    return known[0]


def text_of_exception(exc: BaseException) -> str:
    """Say for a person what an exception was."""
    # An SSLError that OpenSSL did not raise has none of its attributes.
    refusal, reason = getattr(exc, "verify_message", None), getattr(exc, "reason", None)
    if refusal and isinstance(exc, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {refusal}"
    if reason and isinstance(exc, ssl.SSLError):
        return str(reason).replace("_", " ").lower()
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return str(exc) or type(exc).__name__


def _own_sign(exc: BaseException) -> Sign | None:
    for base in type(exc).__mro__:
        sign = SIGN_OF_EXCEPTION.get(f"{base.__module__}.{base.__qualname__}")
        if sign is not None:
            return sign
    return None


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from, outermost first."""
    seen: set[int] = set()
    cause: BaseException | None = exc
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
