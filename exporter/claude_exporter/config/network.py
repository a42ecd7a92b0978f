"""How the exporter reaches the world, as the configuration says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from claude_exporter.config.fields import FilePath, HostPort
from claude_exporter.config.section import Section


class NetworkConfig(Section):
    """How the exporter reaches the world; it holds for all targets and status pages."""

    resolver: HostPort | None = Field(
        default=None, description="DNS server asked instead of the system's resolver."
    )
    connect_to: Mapping[HostPort, HostPort] = Field(
        default_factory=dict,
        description="Connect elsewhere for a host:port, like curl's --connect-to; the TLS name, "
        "the Host header and the certificate check keep the original name.",
    )
    ca_file: FilePath | None = Field(
        default=None, description="PEM file of certificate authorities trusted beside the system's."
    )
    proxy_from_environment: bool = Field(
        default=True, description="Obey HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."
    )
    ip_protocol: Literal["any", "ip4", "ip6"] = Field(
        default="any", description="Which IP version connections use."
    )
    max_in_flight: int = Field(
        default=256, ge=1, le=10_000, description="How many probes may run at the same time."
    )
