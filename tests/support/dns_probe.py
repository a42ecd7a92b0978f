"""One question to a DNS server, as the dns prober asks it."""

from support.dns_server import answer

from claude_exporter.core.model import ProbeResult, Surface, Target
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.dns import DnsOptions, probe_dns
from claude_exporter.probers.spec import NetworkSettings, ProbeContext

NAME = "claude.test."
RECORD = f"{NAME} 60 IN A 192.0.2.7"
NETWORK = NetworkSettings(proxy_from_environment=False)


def target(address: str, timeout: float = 5.0, **options: object) -> Target:
    return Target(
        name="resolver",
        surface=Surface.CONTROL,
        prober="dns",
        address=address,
        timeout=timeout,
        options=DnsOptions.model_validate({"query_name": NAME, **options}),
    )


async def probe(asked: Target, network: NetworkSettings = NETWORK) -> ProbeResult:
    return await probe_dns(asked, ProbeContext(connector=Connector(network), user_agent="test"))


def one(*records: str, **more: object):
    return lambda query: [answer(query, *records, **more).to_wire()]
