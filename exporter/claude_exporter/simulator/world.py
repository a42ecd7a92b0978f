"""The simulated world at one moment: how each host behaves and what the page says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from claude_exporter.simulator.behaviour import OK, Behaviour
from claude_exporter.simulator.hosts import Host
from claude_exporter.simulator.page_state import PageState

_ALL_OK: Final[Mapping[Host, Behaviour]] = MappingProxyType({})


class Community(StrEnum):
    """What others report: more than usual, no more than usual, or nobody knows."""

    LOUD = "loud"
    QUIET = "quiet"
    UNKNOWN = "unknown"

    @property
    def others_report(self) -> bool | None:
        """The guide's fact."""
        return None if self is Community.UNKNOWN else self is Community.LOUD


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    Everything a scenario says about one moment `at`, in seconds since it began.

    `others_succeed` is what another vantage sees, None where there is none.
    """

    at: float = 0.0
    hosts: Mapping[Host, Behaviour] = field(default_factory=lambda: _ALL_OK)
    page: PageState = field(default_factory=PageState)
    community: Community = Community.UNKNOWN
    others_succeed: bool | None = None

    def behaviour_of(self, host: Host, *, keyed: bool = False) -> Behaviour:
        """
        How a host meets a request; `keyed` is one that carries a credential.

        What the API host does to everybody, it does to a keyed request too.
        """
        behaviour = self.hosts.get(host, OK)
        if keyed and host is Host.API and behaviour == OK:
            return self.hosts.get(Host.KEYED, OK)
        return behaviour
