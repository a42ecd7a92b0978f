"""Every exception a connection can raise has one sign."""

import asyncio
import importlib
import socket
import ssl

import dns.exception
import dns.resolver
import h2.exceptions
import httptools
import httpx
import pytest

from claude_exporter.core.model import Sign
from claude_exporter.probers.faults import (
    SIGN_OF_EXCEPTION,
    LookupFailedError,
    ProtocolError,
    TunnelError,
    sign_of_exception,
    text_of_exception,
)

SIGNS = {
    "a name that does not exist": (socket.gaierror(-2, "Name or service not known"), Sign.DNS),
    "an old resolver's error": (socket.herror(1, "Unknown host"), Sign.DNS),
    "our own lookup": (LookupFailedError("x: NXDOMAIN"), Sign.DNS),
    "dnspython's NXDOMAIN": (dns.resolver.NXDOMAIN(), Sign.DNS),
    "a name server that is silent": (dns.exception.Timeout(timeout=1), Sign.TIMEOUT),
    "a name that cannot be one": (UnicodeError("label too long"), Sign.DNS),
    "a refused certificate": (ssl.SSLCertVerificationError(1, "expired"), Sign.TLS),
    "TLS that ends early": (ssl.SSLEOFError(8, "eof"), Sign.TLS),
    "our deadline": (TimeoutError(), Sign.TIMEOUT),
    "the kernel's patience": (TimeoutError(110, "Connection timed out"), Sign.TIMEOUT),
    "a refused connection": (ConnectionRefusedError(111, "Connection refused"), Sign.CONNECT),
    "a reset": (ConnectionResetError(104, "Connection reset by peer"), Sign.CONNECT),
    "a broken pipe": (BrokenPipeError(32, "Broken pipe"), Sign.CONNECT),
    "no route": (OSError(113, "No route to host"), Sign.CONNECT),
    "a proxy that refuses": (TunnelError("status 403"), Sign.CONNECT),
    "a cut answer": (ProtocolError("closed"), Sign.PROTOCOL),
    "no HTTP": (httptools.HttpParserError("Expected HTTP/"), Sign.PROTOCOL),
    "an early end": (EOFError(), Sign.PROTOCOL),
    "an early end of a stream": (asyncio.IncompleteReadError(b"", 7), Sign.PROTOCOL),
    "a line without end": (asyncio.LimitOverrunError("long", 7), Sign.PROTOCOL),
    "HTTP/2 gone wrong": (h2.exceptions.ProtocolError(), Sign.PROTOCOL),
    "httpx: no connection": (httpx.ConnectError("x"), Sign.CONNECT),
    "httpx: a broken connection": (httpx.ReadError("x"), Sign.CONNECT),
    "httpx: a slow connection": (httpx.ConnectTimeout("x"), Sign.TIMEOUT),
    "httpx: a slow answer": (httpx.ReadTimeout("x"), Sign.TIMEOUT),
    "httpx: the pool's patience": (httpx.PoolTimeout("x"), Sign.TIMEOUT),
    "httpx: no HTTP": (httpx.RemoteProtocolError("x"), Sign.PROTOCOL),
    "httpx: a bad encoding": (httpx.DecodingError("x"), Sign.PROTOCOL),
    "httpx: redirects without end": (httpx.TooManyRedirects("x"), Sign.PROTOCOL),
    "httpx: a proxy that refuses": (httpx.ProxyError("x"), Sign.CONNECT),
    "a fault of ours": (KeyError("x"), Sign.UNEXPECTED),
}


@pytest.mark.parametrize(("exc", "sign"), SIGNS.values(), ids=SIGNS)
def test_sign(exc, sign):
    """The class of the exception, or its nearest base, says the sign."""
    assert sign_of_exception(exc) is sign


CAUSES = {
    "a lookup": (socket.gaierror(-2, "unknown"), Sign.DNS),
    "a certificate": (ssl.SSLCertVerificationError(1, "expired"), Sign.TLS),
    "a refusal": (ConnectionRefusedError(111, "refused"), Sign.CONNECT),
    "nothing known": (KeyError("x"), Sign.CONNECT),
}


@pytest.mark.parametrize(("cause", "sign"), CAUSES.values(), ids=CAUSES)
def test_cause(cause, sign):
    """Where a library wraps a cause in a plain connect error, the cause counts."""
    exc = httpx.ConnectError("failed")
    exc.__cause__ = httpx.TransportError("between")
    exc.__cause__.__cause__ = cause

    assert sign_of_exception(exc) is sign


def test_circle_of_causes_ends():
    """Exceptions that name each other as their cause are read once."""
    one, two = httpx.ConnectError("1"), httpx.ConnectError("2")
    one.__cause__, two.__cause__ = two, one

    assert sign_of_exception(one) is Sign.CONNECT


@pytest.mark.parametrize("name", SIGN_OF_EXCEPTION)
def test_every_row_names_a_class(name):
    """No row is dead: each names a class that exists under exactly this name."""
    module, _, cls = name.rpartition(".")
    found = getattr(importlib.import_module(module), cls)

    assert f"{found.__module__}.{found.__qualname__}" == name


TEXTS = {
    "the system's own words": (
        ConnectionRefusedError(111, "Connection refused"),
        "Connection refused",
    ),
    "an exception without words": (EOFError(), "EOFError"),
    "TLS of ours": (ssl.SSLEOFError(8, "closed"), "closed"),
    "a certificate error of ours": (ssl.SSLCertVerificationError(1, "expired"), "expired"),
}


@pytest.mark.parametrize(("exc", "text"), TEXTS.values(), ids=TEXTS)
def test_text(exc, text):
    """What a person reads."""
    assert text_of_exception(exc) == text
