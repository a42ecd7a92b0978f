"""What a prober is, and the settings all probers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import pydantic

from claude_exporter.core.model import ProbeResult, Target

if TYPE_CHECKING:
    from claude_exporter.probers.connection import Connector

IpProtocol = Literal["any", "ip4", "ip6"]
"""`any` takes the address this host itself prefers; the others take that family or fail."""

NOWHERE_ELSE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """
    How connections are made.

    `resolver` is the "ip:port" of a DNS server, None asks the system. `connect_to` maps
    "host:port" to "host:port" before resolution and before any proxy; the Host header, SNI and
    certificate check keep the original name. `ca_file` is added to the system's trust.
    """

    resolver: str | None = None
    connect_to: Mapping[str, str] = field(default_factory=lambda: NOWHERE_ELSE)
    ca_file: str | None = None
    proxy_from_environment: bool = True
    ip_protocol: IpProtocol = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeContext:
    """What all probes share; made once."""

    connector: Connector
    user_agent: str


Probe = Callable[[Target, ProbeContext], Awaitable[ProbeResult]]
"""Never raises for the target's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProberSpec:
    """
    One prober as the registry lists it.

    `options` is frozen and forbids extra keys; `address_problem` answers None for an address it
    can probe, else "expected ..., not ...".
    """

    options: type[pydantic.BaseModel]
    probe: Probe
    address_problem: Callable[[str], str | None]
