"""Host and port as text and apart, and what a URL says."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

PORT_OF_SCHEME: Final = {"http": 80, "https": 443}
_KEPT_IN_TARGET: Final = "!#$%&'()*+,/:;=?@[]~-._"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect: a name or IP address (no brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL, ready to ask: `authority` is the Host header, `path` has the query."""

    scheme: str
    endpoint: Endpoint
    authority: str
    path: str

    @property
    def encrypted(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


@lru_cache(maxsize=4096)
def parse_url(text: str) -> Url:
    """Read a URL; raises ValueError that says what was expected."""
    parts = urlsplit(text.strip())
    if parts.scheme not in PORT_OF_SCHEME or not parts.hostname:
        raise ValueError(f"expected an http:// or https:// URL, not {text!r}")
    if parts.username is not None:
        raise ValueError("expected a URL without user name and password")
    host = ascii_host(parts.hostname)
    port = parts.port or PORT_OF_SCHEME[parts.scheme]
    bracketed = f"[{host}]" if ":" in host else host
    authority = f"{bracketed}:{parts.port}" if parts.port else bracketed
    path = quote(parts.path or "/", safe=_KEPT_IN_TARGET)
    query = f"?{quote(parts.query, safe=_KEPT_IN_TARGET)}" if parts.query else ""
    return Url(parts.scheme, Endpoint(host, port), authority, path + query)


@lru_cache(maxsize=4096)
def parse_endpoint(text: str, default_port: int | None = None) -> Endpoint:
    """Read "host:port"; raises ValueError that says what was expected."""
    wanted = "host:port" if default_port is None else "host or host:port"
    problem = f"expected {wanted}, not {text!r}"
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise ValueError(problem) from exc
    port = port or default_port
    if not host or not port or parts.path or parts.query or parts.fragment or "@" in text:
        raise ValueError(problem)
    return Endpoint(ascii_host(host), port)


def ascii_host(host: str) -> str:
    """The host as DNS and TLS know it; raises ValueError for a name that cannot be one."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


@lru_cache(maxsize=4096)
def is_ip(host: str) -> bool:
    """Whether `host` is an IP address, so that there is no name to resolve."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
