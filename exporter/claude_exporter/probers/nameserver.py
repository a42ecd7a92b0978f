"""Resolution by one configured DNS server, over UDP and, for a long answer, TCP."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Final, cast

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype

from claude_exporter.probers.addresses import Endpoint
from claude_exporter.probers.faults import LookupFailedError
from claude_exporter.probers.resolve import Address, address_of_ip, has_ipv6_route
from claude_exporter.probers.spec import IpProtocol

_ORDER: Final = {
    "ip4": (dns.rdatatype.A,),
    "ip6": (dns.rdatatype.AAAA,),
}
_ANY_WITH_IPV6: Final = (dns.rdatatype.AAAA, dns.rdatatype.A)
_ANY: Final = (dns.rdatatype.A, dns.rdatatype.AAAA)
# The probe's own deadline ends a lookup; this only bounds one that has lost its probe.
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class ServerResolver:
    """
    Asks `server` and nobody else: no hosts file, no search list, no second try.

    With `any`, IPv6 is asked first only where this host has a route for it.
    """

    server: Endpoint
    ip_protocol: IpProtocol = "any"

    async def resolve(self, endpoint: Endpoint) -> Address:
        """Raises LookupFailedError with the server's answer code."""
        begun = perf_counter()
        for kind in self._kinds():
            ip = await self._ask(endpoint.host, kind)
            if ip is not None:
                family, address, _ = address_of_ip(Endpoint(ip, endpoint.port))
                return Address(family, address, perf_counter() - begun)
        raise LookupFailedError(f"no address for {endpoint.host}")

    def _kinds(self) -> tuple[dns.rdatatype.RdataType, ...]:
        if self.ip_protocol == "any":
            return _ANY_WITH_IPV6 if has_ipv6_route() else _ANY
        return _ORDER[self.ip_protocol]

    async def _ask(self, host: str, kind: dns.rdatatype.RdataType) -> str | None:
        try:
            query = dns.message.make_query(host, kind)
            answer, _ = await dns.asyncquery.udp_with_fallback(
                query, self.server.host, timeout=_PATIENCE, port=self.server.port
            )
            if answer.rcode() != dns.rcode.NOERROR:
                raise LookupFailedError(f"{host}: {dns.rcode.to_text(answer.rcode())}")
            records = cast("dns.message.QueryMessage", answer).resolve_chaining().answer
        except dns.exception.DNSException as exc:
            raise LookupFailedError(f"{host}: {exc}") from exc
        return None if records is None else str(records[0].address)
