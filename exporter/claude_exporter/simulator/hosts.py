"""The hosts the simulator plays, the short names scenario files use, and their real host names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit


class Host(StrEnum):
    """
    One simulated host, by the name a scenario file gives it.

    `keyed` is no host of its own: it is the API host as it meets requests that carry a credential.
    """

    WEB = "web"
    API = "api"
    KEYED = "keyed"
    CONSOLE = "console"
    DOWNLOADS = "downloads"
    MCP = "mcp"
    PAGE = "page"
    PAGE_ALIAS = "page-alias"
    CONTROL_GOOGLE = "control-google"
    CONTROL_APPLE = "control-apple"
    CONTROL_MICROSOFT = "control-microsoft"
    CONTROL_CLOUDFLARE = "control-cloudflare"


SERVED: Final[tuple[Host, ...]] = tuple(host for host in Host if host is not Host.KEYED)
"""The hosts that have an address of their own."""

PAGES: Final = (Host.PAGE, Host.PAGE_ALIAS)
CONTROLS: Final[tuple[Host, ...]] = tuple(
    host for host in Host if host.value.startswith("control-")
)

GROUPS: Final[Mapping[str, tuple[Host, ...]]] = MappingProxyType(
    {"control": CONTROLS, "all": SERVED}
)
"""Names in a scenario file that stand for several hosts."""

HOST_OF_NAME: Final[Mapping[str, Host]] = MappingProxyType(
    {
        "claude.ai": Host.WEB,
        "api.anthropic.com": Host.API,
        "platform.claude.com": Host.CONSOLE,
        "downloads.claude.ai": Host.DOWNLOADS,
        "mcp-proxy.anthropic.com": Host.MCP,
        "status.claude.com": Host.PAGE,
        "status.anthropic.com": Host.PAGE,
        "anthropic.statuspage.io": Host.PAGE_ALIAS,
        "www.google.com": Host.CONTROL_GOOGLE,
        "captive.apple.com": Host.CONTROL_APPLE,
        "www.msftconnecttest.com": Host.CONTROL_MICROSOFT,
        "cp.cloudflare.com": Host.CONTROL_CLOUDFLARE,
    }
)

DOMAIN: Final = "sim.test"
"""`<host>.sim.test` is a host's name in the simulator's own DNS."""


def simulated_name(host: Host) -> str:
    """The name under which the simulator's DNS server knows a host."""
    return f"{host.value}.{DOMAIN}"


def host_of_dns_name(name: str) -> Host | None:
    """The host a DNS name stands for, by its real or its simulated name, without final dot."""
    lowered = name.lower()
    if lowered in HOST_OF_NAME:
        return HOST_OF_NAME[lowered]
    label, _, domain = lowered.partition(".")
    if domain != DOMAIN or label not in {host.value for host in SERVED}:
        return None
    return Host(label)


def host_of_address(address: str) -> Host:
    """The host a target's URL or `host:port` leads to; ValueError where it is none of ours."""
    name = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    if name not in HOST_OF_NAME:
        raise ValueError(f"expected a host the simulator plays, not {name!r}")
    return HOST_OF_NAME[name]
