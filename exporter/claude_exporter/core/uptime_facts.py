"""What every subject of the record of uptime is right now; what is unknown is not among it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from .evaluator import Judgement
from .model import Action, Standing, Surface
from .observe import Scene, believed
from .page_model import ComponentStatus
from .target_state import standing_of

_STATE_OF_COMPONENT: Final[Mapping[ComponentStatus, str]] = MappingProxyType(
    {
        ComponentStatus.OPERATIONAL: "up",
        ComponentStatus.DEGRADED: "degraded",
        ComponentStatus.PARTIAL: "down",
        ComponentStatus.MAJOR: "down",
        ComponentStatus.MAINTENANCE: "maintenance",
    }
)
_ID_LIMIT: Final = 64


def uptime_facts(
    scene: Scene, judgements: Mapping[Surface, Judgement]
) -> Iterator[tuple[str, str]]:
    """Subject and state of all that is known; surfaces first, since there is room for so many."""
    for surface, each in judgements.items():
        told = each.seen.known or each.verdict.action is not Action.NONE
        if told and not each.seen.network_down:
            yield f"surface/{surface}", str(each.verdict.action)
    yield from _targets(scene)
    for report in scene.pages:
        content = believed(report, scene.now, scene.page_max_age)
        for component in content.components if content else ():
            state = _STATE_OF_COMPONENT.get(component.status)
            if state is not None and len(component.id) <= _ID_LIMIT:
                yield f"component/{report.page}/{component.id}", state


def _targets(scene: Scene) -> Iterator[tuple[str, str]]:
    """While our own network is down, only the control hosts say something: that it is."""
    cut_off = scene.network.down_since is not None
    for each in scene.tracked:
        standing = standing_of(each, scene.now)
        ours = cut_off and each.target.surface is not Surface.CONTROL
        if standing is not Standing.UNKNOWN and not ours:
            yield f"target/{each.target.name}", str(standing)
