"""What a prober is, and the settings all probers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, Protocol

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


class ProbeRefusedError(Exception):
    """A probe was not sent, so nothing is known of its target; the text says why."""


class Purse(Protocol):
    """
    Who allows probes that carry a key, and pays for those that cost money.

    A `scope` is what is limited together; costs are whole nano-dollars. `admit` and `reserve` raise
    ProbeRefusedError. What was reserved counts as spent until `settle` says what it really cost.
    """

    def admit(self, scope: str) -> None:
        """Allow a probe that costs nothing."""

    def reserve(self, scope: str, cost: int) -> object:
        """Allow a probe that costs at most `cost`, and write that down before it is sent."""

    def settle(self, receipt: object, cost: int) -> None:
        """Say what the probe of `receipt` really cost."""

    def back_off(self, scope: str, seconds: float | None) -> None:
        """Refuse for so long, None where the server did not say how long."""

    def go_on(self, scope: str) -> None:
        """Say that the server answers again."""


class EmptyPurse:
    """Pays nothing: what costs money runs only where somebody keeps its budget."""

    def admit(self, scope: str) -> None:
        del scope

    def reserve(self, scope: str, cost: int) -> object:
        del scope, cost
        raise ProbeRefusedError("costs money: it runs only in `serve`, which keeps its budget")

    def settle(self, receipt: object, cost: int) -> None:
        del receipt, cost

    def back_off(self, scope: str, seconds: float | None) -> None:
        del scope, seconds

    def go_on(self, scope: str) -> None:
        del scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeContext:
    """What all probes share; made once."""

    connector: Connector
    user_agent: str
    purse: Purse = field(default_factory=EmptyPurse)


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
