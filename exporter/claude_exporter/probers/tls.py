"""The tls prober: a handshake, and what the certificate says even where it is refused."""

from __future__ import annotations

from typing import Final, cast

from pydantic import BaseModel, ConfigDict

from claude_exporter.core.model import ProbeResult, Sign, Target
from claude_exporter.probers.addresses import parse_endpoint
from claude_exporter.probers.attempt import Attempt, Finding
from claude_exporter.probers.spec import ProbeContext

_PORT: Final = 443


class TlsOptions(BaseModel):
    """Whether the certificate must verify, and for which name if not the address' own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verify: bool = True
    server_name: str | None = None


async def probe_tls(target: Target, context: ProbeContext) -> ProbeResult:
    """Shake hands once, through the environment's proxy for https where there is one."""
    options = cast("TlsOptions", target.options)
    await context.connector.prepare(verify=options.verify)
    seen = Attempt(target)
    return await seen.run(_shake(target.address, options, context, seen))


def tls_address_problem(address: str) -> str | None:
    """Say what keeps `address` from being probed, None where nothing does."""
    try:
        parse_endpoint(address, _PORT)
    except ValueError as exc:
        return str(exc)
    return None


async def _shake(
    address: str, options: TlsOptions, context: ProbeContext, seen: Attempt
) -> Finding:
    endpoint = parse_endpoint(address, _PORT)
    connector = context.connector
    proxy = connector.proxy_for("https", endpoint)
    stream = await connector.open(seen, endpoint, proxy, tunnel=True)
    try:
        name = options.server_name or endpoint.host
        await connector.secure(seen, stream, name, verify=options.verify)
    finally:
        stream.close()
    return Finding(Sign.OK, success=True)
