"""The tcp prober: connects, and with `tls` shakes hands; sends nothing."""

from __future__ import annotations

from typing import cast

from pydantic import BaseModel, ConfigDict

from claude_exporter.core.model import ProbeResult, Sign, Target
from claude_exporter.probers.addresses import parse_endpoint
from claude_exporter.probers.attempt import Attempt, Finding
from claude_exporter.probers.spec import ProbeContext


class TcpOptions(BaseModel):
    """What else to do on the connection."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tls: bool = False
    verify: bool = True
    server_name: str | None = None


async def probe_tcp(target: Target, context: ProbeContext) -> ProbeResult:
    """Connect once; never through a proxy, because that would probe the proxy."""
    options = cast("TcpOptions", target.options)
    if options.tls:
        await context.connector.prepare(verify=options.verify)
    seen = Attempt(target)
    return await seen.run(_connect(target.address, options, context, seen))


def tcp_address_problem(address: str) -> str | None:
    """Say what keeps `address` from being probed, None where nothing does."""
    try:
        parse_endpoint(address)
    except ValueError as exc:
        return str(exc)
    return None


async def _connect(
    address: str, options: TcpOptions, context: ProbeContext, seen: Attempt
) -> Finding:
    endpoint = parse_endpoint(address)
    stream = await context.connector.open(seen, endpoint)
    try:
        if options.tls:
            name = options.server_name or endpoint.host
            await context.connector.secure(seen, stream, name, verify=options.verify)
    finally:
        stream.close()
    return Finding(Sign.OK, success=True)
