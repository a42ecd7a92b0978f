"""HTTP proxies as the environment names them, read once."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from claude_exporter.probers.addresses import Endpoint, ascii_host

_DEFAULT_PORT: Final = 80
_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class ProxyError(ValueError):
    """A proxy variable that cannot be used; the text never holds its password."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One HTTP proxy; `authorization` is the value of Proxy-Authorization and never printed."""

    endpoint: Endpoint
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of NO_PROXY: a name with its subdomains, a ".domain", an address or a network."""

    name: str = ""
    network: _IpNetwork | None = None
    port: int | None = None

    def covers(self, endpoint: Endpoint, address: _IpAddress | None) -> bool:
        """Whether it speaks of this endpoint, whose host is `address` where it is one."""
        if self.port not in (None, endpoint.port):
            return False
        if address is not None or self.network is not None:
            return address is not None and self.network is not None and address in self.network
        if self.name.startswith("."):
            return endpoint.host.endswith(self.name)
        return endpoint.host == self.name or endpoint.host.endswith(f".{self.name}")


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which proxy, if any, stands before which host."""

    of_scheme: Mapping[str, Proxy] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    off: bool = False

    def proxy_for(self, scheme: str, endpoint: Endpoint) -> Proxy | None:
        """The proxy to ask; loopback never has one, because a proxy's loopback is not ours."""
        proxy = self.of_scheme.get(scheme)
        if proxy is None or self.off or endpoint.host == "localhost":
            return None
        address = _address(endpoint.host)
        if address is not None and address.is_loopback:
            return None
        exempt = any(exemption.covers(endpoint, address) for exemption in self.exemptions)
        return None if exempt else proxy


def proxies_of(environ: Mapping[str, str]) -> Proxies:
    """
    Read HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; a lower-case name goes before.

    Where REQUEST_METHOD is set we may be a CGI program, and HTTP_PROXY is a request's header
    `Proxy:`; it is not believed. Raises ProxyError for a proxy we cannot speak to.
    """
    of_scheme: dict[str, Proxy] = {}
    for scheme in ("http", "https"):
        names = [f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"]
        if "REQUEST_METHOD" in environ:
            names = [name for name in names if name != "HTTP_PROXY"]
        name = next((name for name in names if environ.get(name)), None)
        if name is not None:
            of_scheme[scheme] = _read_proxy(name, environ[name])
    entries = [text.strip() for text in _no_proxy(environ).split(",") if text.strip()]
    exemptions = tuple(_read_exemption(text.lower()) for text in entries if text != "*")
    return Proxies(of_scheme, exemptions, off="*" in entries)


def _no_proxy(environ: Mapping[str, str]) -> str:
    return environ.get("no_proxy") or environ.get("NO_PROXY") or ""


def _read_proxy(name: str, text: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme != "http":
        found = f"a {parts.scheme}:// one" if host else "one that cannot be read"
        raise ProxyError(f"{name}: expected the URL of an http:// proxy, not {found}")
    endpoint = Endpoint(ascii_host(host), port or _DEFAULT_PORT)
    if parts.username is None:
        return Proxy(endpoint)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(endpoint, f"Basic {base64.b64encode(pair.encode()).decode()}")


def _read_exemption(text: str) -> Exemption:
    network = _network(text)
    if network is not None:
        return Exemption(network=network)
    host, colon, port = text.rpartition(":")
    if colon and port.isdecimal():
        network = _network(host.strip("[]"))
        return Exemption(_domain(host), network, int(port))
    return Exemption(_domain(text))


def _domain(text: str) -> str:
    return text.removeprefix("*") if text.startswith("*.") else text


def _network(text: str) -> _IpNetwork | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _address(host: str) -> _IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
