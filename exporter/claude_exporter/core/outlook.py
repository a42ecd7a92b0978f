"""How long a surface's trouble will probably last: the right question to the forecast's curve."""

from __future__ import annotations

from .forecast import Curve, Forecast, scope_of_title
from .model import CLASS_OF_SIGN, SignClass, Surface
from .observation import Observation
from .observe import Scene, readable_pages
from .page_model import Incident

_THEIRS = frozenset({SignClass.SERVER, SignClass.NETWORK, SignClass.UNKNOWN})
"""What ends by itself, or by Anthropic's hand; a key or a limit of ours does not."""


def outlook_of(seen: Observation, scene: Scene, curve: Curve, pace: float) -> Forecast | None:
    """
    The forecast for a failing surface; None where it does not fail, or fails by our own doing.

    With an incident that covers the surface the clock is the incident's, else it is ours. *pace* is
    how many seconds a second stands for: a drill's time runs faster.
    """
    failing_for = seen.failing_for
    if not seen.failing or seen.network_down or failing_for is None:
        return None
    incident = _newest_incident(seen.surface, scene)
    if incident is None or incident.started_at is None:
        theirs = CLASS_OF_SIGN[seen.sign] in _THEIRS
        return curve.forecast(failing_for * pace, None) if theirs else None
    updated_at = incident.updated_at
    return curve.forecast(
        max(0.0, scene.now - incident.started_at) * pace,
        incident.phase,
        phase_for=None if updated_at is None else max(0.0, scene.now - updated_at) * pace,
        scope=scope_of_title(incident.name),
    )


def _newest_incident(surface: Surface, scene: Scene) -> Incident | None:
    found = [
        incident
        for page in readable_pages(scene, surface)
        for incident in page.incidents
        if surface in incident.surfaces
    ]
    return max(found, key=lambda incident: incident.started_at or 0.0, default=None)
