"""The HTTP client of the sources: polite, without cookies, dialling where it is told to."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpcore
import httpx
from dns.asyncresolver import Resolver
from dns.exception import DNSException

from claude_exporter import __version__
from claude_exporter.probers.addresses import (
    PORT_OF_SCHEME,
    Endpoint,
    is_ip,
    parse_endpoint,
)
from claude_exporter.probers.proxy import Proxies, Proxy, proxies_of
from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.probers.trust import Trust, make_context

USER_AGENT: Final = (
    f"claude-exporter/{__version__} (+Prometheus exporter; polls politely with ETag)"
)
FAMILIES: Final = {"any": socket.AF_UNSPEC, "ip4": socket.AF_INET, "ip6": socket.AF_INET6}
CONNECTIONS: Final = 20
# Shorter than any poll's interval: a connection never grows stale between two polls.
IDLE_TIMEOUT: Final = 5.0


def make_client(
    network: NetworkSettings, timeout: float = 10.0, environ: Mapping[str, str] = os.environ
) -> httpx.AsyncClient:
    """
    One client for all sources; the caller closes it.

    *timeout* bounds each wait for the network, not a whole exchange; proxies come from *environ*.
    Raises TrustError for an unusable `ca_file`, ProxyError for a proxy we cannot speak to.
    """
    trust = make_context(Trust(ca_file=network.ca_file))
    proxies = proxies_of(environ) if network.proxy_from_environment else Proxies()
    return httpx.AsyncClient(
        transport=RoutedTransport(network, trust, proxies),
        timeout=timeout,
        headers={"user-agent": USER_AGENT},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        # Proxies are ours to choose; .netrc would send a password that nobody meant for us.
        trust_env=False,
    )


class Dialer(httpcore.AsyncNetworkBackend):
    """Opens connections as the network settings say; names in TLS and HTTP stay as they are."""

    def __init__(self, network: NetworkSettings) -> None:
        self._network = network
        self._backend = httpcore.AnyIOBackend()
        self._resolver = _resolver_of(network.resolver)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; raises httpcore's errors."""
        elsewhere = self._network.connect_to.get(f"{host}:{port}")
        if elsewhere is not None:
            endpoint = parse_endpoint(elsewhere)
            host, port = endpoint.host, endpoint.port
        *others, last = await self._addresses(host, port)
        for address in others:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                continue
        return await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        if is_ip(host) or (self._resolver is None and self._network.ip_protocol == "any"):
            return (host,)
        family = FAMILIES[self._network.ip_protocol]
        try:
            return await self._resolve(host, port, family)
        except (DNSException, socket.gaierror) as exc:
            raise httpcore.ConnectError(f"{host}: {exc}") from exc

    async def _resolve(self, host: str, port: int, family: int) -> Sequence[str]:
        if self._resolver is not None:
            return tuple((await self._resolver.resolve_name(host, family)).addresses())
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM
        )
        return tuple(str(address[0]) for *_, address in found)


class DirectTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport, with the connections opened by a dialler."""

    def __init__(self, trust: ssl.SSLContext, dialer: Dialer) -> None:
        # The parent cannot be given a network backend, so its pool is made here instead.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=CONNECTIONS,
            keepalive_expiry=IDLE_TIMEOUT,
            http2=True,
            network_backend=dialer,
        )


class RoutedTransport(httpx.AsyncBaseTransport):
    """Takes the environment's proxies, never for an address that `connect_to` sends elsewhere."""

    def __init__(self, network: NetworkSettings, trust: ssl.SSLContext, proxies: Proxies) -> None:
        self._direct = DirectTransport(trust, Dialer(network))
        self._connect_to = network.connect_to
        self._proxies = proxies
        self._proxied = {
            proxy: _proxy_transport(proxy, trust) for proxy in proxies.of_scheme.values()
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request the way its address goes."""
        return await self._route(request.url).handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()

    def _route(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        endpoint = Endpoint(url.host, url.port or PORT_OF_SCHEME.get(url.scheme, 0))
        if str(endpoint) in self._connect_to:
            return self._direct
        proxy = self._proxies.proxy_for(url.scheme, endpoint)
        return self._direct if proxy is None else self._proxied[proxy]


def _proxy_transport(proxy: Proxy, trust: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    secret = {} if proxy.authorization is None else {"Proxy-Authorization": proxy.authorization}
    spoken_to = httpx.Proxy(f"http://{proxy.endpoint}", headers=secret)
    return httpx.AsyncHTTPTransport(verify=trust, http2=True, proxy=spoken_to)


def _resolver_of(server: str | None) -> Resolver | None:
    if server is None:
        return None
    endpoint = parse_endpoint(server, 53)
    resolver = Resolver(configure=False)
    resolver.nameservers = [endpoint.host]
    resolver.port = endpoint.port
    return resolver
