"""Where the programs listen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
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


def choose_places(host: str, claim: Callable[[int], bool] = lambda _: True) -> Mapping[str, Place]:
    """
    Choose a place for each program, no two on one port. Raises OSError as choose_port.

    A port that *claim* refuses is as good as taken.
    """
    chosen: dict[str, Place] = {}
    refused: frozenset[int] = frozenset()
    for name, usual in USUAL.items():
        taken = frozenset(place.port for place in chosen.values()) | refused
        while not claim(port := choose_port(host, usual, taken)):
            refused |= {port}
            taken |= {port}
        chosen[name] = Place(host=host, port=port)
    return MappingProxyType(chosen)


@contextlib.contextmanager
def held_places(host: str) -> Iterator[Mapping[str, Place]]:
    """
    As choose_places, and no other `up` or `drill` of this user is given them meanwhile.

    Between choosing and listening a port is free for anybody: two that start in the same second
    would both take it. The kernel gives the claims up, too, when this process ends.
    """
    folder = Path(tempfile.gettempdir()) / f"claude-exporter-ports-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as held:
        yield choose_places(host, lambda port: _claimed(folder / str(port), held))


def _claimed(path: Path, held: contextlib.ExitStack) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:  # a folder of somebody else's: then there are no claims, as without it
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    held.callback(os.close, descriptor)
    return True
