"""Where the programs listen."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

USUAL: Final[Mapping[str, int]] = MappingProxyType(
    {"exporter": 9529, "prometheus": 9090, "alertmanager": 9093, "grafana": 3000}
)

_NEARBY: Final = 20
"""How many ports above the usual one are tried before any free one will do."""

_LOOPBACK: Final = MappingProxyType({"0.0.0.0": "127.0.0.1", "::": "::1"})  # noqa: S104 -- keys
"""Where an address that means every address is reached from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one program listens, and how the others reach it."""

    host: str
    port: int

    @property
    def listen(self) -> str:
        """The host:port to listen on."""
        return _joined(self.host, self.port)

    @property
    def reach(self) -> str:
        """The host:port to connect to from this machine."""
        return _joined(_LOOPBACK.get(self.host, self.host), self.port)


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_free(host: str, port: int) -> bool:
    """Tell whether nothing listens on that port now; a connection that lingers does not count."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose_port(host: str, usual: int, taken: frozenset[int] = frozenset()) -> int:
    """
    Choose the usual port, or the next free one above it, or any free one.

    Raises OSError where this machine cannot listen on that host at all.
    """
    for port in range(usual, min(usual + _NEARBY, 65536)):
        if port not in taken and is_free(host, port):
            return port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as any_port:
        any_port.bind((host, 0))
        return int(any_port.getsockname()[1])


def choose_places(host: str) -> Mapping[str, Place]:
    """Choose a place for each program, no two on one port. Raises OSError as choose_port."""
    chosen: dict[str, Place] = {}
    for name, usual in USUAL.items():
        taken = frozenset(place.port for place in chosen.values())
        chosen[name] = Place(host=host, port=choose_port(host, usual, taken))
    return MappingProxyType(chosen)
