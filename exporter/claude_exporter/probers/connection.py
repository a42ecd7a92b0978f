"""The way to a target: proxies, resolution, connection and TLS, one attempt at one address."""

from __future__ import annotations

import asyncio
import os
import ssl
import weakref
from collections.abc import Mapping

from claude_exporter.core.model import Phase
from claude_exporter.probers.addresses import Endpoint, is_ip, parse_endpoint
from claude_exporter.probers.attempt import Attempt
from claude_exporter.probers.certificate import facts_of_peer
from claude_exporter.probers.faults import TunnelError
from claude_exporter.probers.http_answer import Answer
from claude_exporter.probers.nameserver import ServerResolver
from claude_exporter.probers.proxy import Proxies, Proxy, proxies_of
from claude_exporter.probers.resolve import (
    Address,
    Resolver,
    SystemResolver,
    Workers,
    address_of_ip,
)
from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.probers.stream import Stream
from claude_exporter.probers.timestamps import keep_stamping
from claude_exporter.probers.trust import Contexts, Trust


class Connector:
    """
    Makes every prober's connections; made once, because what it keeps is dear.

    Raises ValueError, with what was expected, for settings or proxy variables it cannot use.
    """

    def __init__(self, settings: NetworkSettings, environ: Mapping[str, str] = os.environ) -> None:
        workers = Workers()
        weakref.finalize(self, keep_stamping().close)
        self.settings = settings
        self.contexts = Contexts(workers)
        self._resolver = _resolver_of(settings, workers)
        use_environment = settings.proxy_from_environment
        self._proxies = proxies_of(environ) if use_environment else Proxies()
        self._connect_to = {
            parse_endpoint(origin.lower()): parse_endpoint(place)
            for origin, place in settings.connect_to.items()
        }

    def proxy_for(self, scheme: str, endpoint: Endpoint) -> Proxy | None:
        """The proxy before `endpoint`; an endpoint of `connect_to` is where it says, no further."""
        if endpoint in self._connect_to:
            return None
        return self._proxies.proxy_for(scheme, endpoint)

    async def prepare(self, *, verify: bool) -> None:
        """Load what TLS needs, once; before a deadline runs, because no target can help it."""
        await self.contexts.context(Trust(verify, self.settings.ca_file))

    async def open(
        self, seen: Attempt, endpoint: Endpoint, proxy: Proxy | None = None, *, tunnel: bool = False
    ) -> Stream:
        """Connect to `endpoint`, through `proxy` where one is given; phases go into `seen`."""
        place = proxy.endpoint if proxy else self._connect_to.get(endpoint, endpoint)
        address = await self._resolve(seen, place)
        seen.ip = address.ip
        seen.enter(Phase.CONNECT, f"connecting to {address.ip} port {place.port}")
        stream = Stream(asyncio.get_running_loop(), address.family)
        try:
            took = await stream.connect(address.address)
            if proxy and tunnel:
                took += await _tunnel(stream, endpoint, proxy)
        except BaseException:
            stream.close()
            raise
        seen.leave(Phase.CONNECT, took)
        return stream

    async def secure(
        self, seen: Attempt, stream: Stream, server_name: str, *, verify: bool = True
    ) -> None:
        """Speak TLS on `stream`; the certificate goes into `seen` also where it is refused."""
        context = await self.contexts.context(Trust(verify, self.settings.ca_file))
        seen.enter(Phase.TLS, f"TLS handshake with {server_name}")
        try:
            took = await stream.handshake(context, server_name)
        except ssl.SSLError:
            if stream.channel is not None:
                seen.tls = facts_of_peer(stream.channel.peer(verified=False))
            raise
        seen.leave(Phase.TLS, took)
        if stream.channel is not None:
            seen.tls = facts_of_peer(stream.channel.peer(verified=verify))

    async def locate(self, seen: Attempt, endpoint: Endpoint) -> Address:
        """Where `endpoint` is, for what needs no connection; the phase goes into `seen`."""
        return await self._resolve(seen, self._connect_to.get(endpoint, endpoint))

    async def _resolve(self, seen: Attempt, place: Endpoint) -> Address:
        if is_ip(place.host):
            return address_of_ip(place)
        seen.enter(Phase.RESOLVE, f"resolving {place.host}")
        address = await self._resolver.resolve(place)
        if address.took is not None:
            seen.leave(Phase.RESOLVE, address.took)
        return address


def _resolver_of(settings: NetworkSettings, workers: Workers) -> Resolver:
    if settings.resolver is None:
        return SystemResolver(workers, settings.ip_protocol)
    server = parse_endpoint(settings.resolver, 53)
    if not is_ip(server.host):
        raise ValueError(f"resolver: expected ip:port, not {settings.resolver!r}")
    return ServerResolver(server, settings.ip_protocol)


async def _tunnel(stream: Stream, endpoint: Endpoint, proxy: Proxy) -> float:
    """Have the proxy connect us; answers the seconds it took."""
    authorization = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    request = f"CONNECT {endpoint} HTTP/1.1\r\nHost: {endpoint}\r\n{authorization}\r\n"
    answer = Answer("CONNECT", 0)
    try:
        ended_at = await stream.exchange(request.encode(), answer)
        if answer.status != 200:
            raise TunnelError(f"the proxy answered CONNECT with status {answer.status}")
    finally:
        answer.release()
    return ended_at - stream.sent_at
