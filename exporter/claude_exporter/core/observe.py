"""Gather what is known about one surface at one moment into an Observation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from .fold import NetworkState, SurfaceState, standing_of_probes
from .guide import Guide
from .model import CLASS_OF_SIGN, SignClass, Standing, Surface
from .observation import Observation
from .page_model import ComponentStatus, Maintenance, MaintenancePhase, PageContent, PageReport
from .real_use import UNUSED, RealUse
from .target_state import Tracked, standing_of, success_share

_ACKNOWLEDGED: Final = frozenset(
    {ComponentStatus.DEGRADED, ComponentStatus.PARTIAL, ComponentStatus.MAJOR}
)
_OVERRUN: Final = 3600.0
"""Seconds after its end for which a maintenance may explain what fails."""

_RUNNING: Final = frozenset({MaintenancePhase.IN_PROGRESS, MaintenancePhase.VERIFYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that is known at `now`: the input of every observation."""

    now: float
    tracked: Sequence[Tracked]
    surfaces: Mapping[Surface, SurfaceState]
    network: NetworkState
    pages: Sequence[PageReport]
    page_max_age: float
    real: Mapping[Surface, RealUse] = field(default_factory=dict)
    others_succeed: bool | None = None
    others_report: bool | None = None


def believed(report: PageReport, now: float, max_age: float) -> PageContent | None:
    """What the page said, if it was read recently enough to be believed."""
    limit = max_age if report.max_age is None else report.max_age
    fresh = report.read_at is not None and now - report.read_at <= limit
    return report.content if fresh else None


def readable_pages(scene: Scene, surface: Surface) -> list[PageContent]:
    """The content of each page about *surface* that can be believed."""
    found = (believed(report, scene.now, scene.page_max_age) for report in _pages(scene, surface))
    return [content for content in found if content is not None]


def _pages(scene: Scene, surface: Surface) -> list[PageReport]:
    return [report for report in scene.pages if surface in report.covers]


def heard(surface: Surface, scene: Scene) -> SurfaceState:
    """The surface's record, with when the page was last heard to speak of its failing."""
    state = scene.surfaces[surface]
    if state.failing_since is None or not _word(surface, scene):
        return state
    return replace(state, acknowledged_at=scene.now)


def _word(surface: Surface, scene: Scene) -> bool | None:
    """Whether a page acknowledges trouble with *surface*."""
    pages = readable_pages(scene, surface)
    return _truth(_all_readable(surface, scene), (_acknowledged(page, surface) for page in pages))


def _all_readable(surface: Surface, scene: Scene) -> bool:
    """Whether nothing is missing: a page that cannot be read may have what the others do not."""
    pages = readable_pages(scene, surface)
    return bool(pages) and len(pages) == len(_pages(scene, surface))


def observe(surface: Surface, scene: Scene, guide: Guide) -> Observation:
    """What the guide may look at about *surface*."""
    state, now = scene.surfaces.get(surface, SurfaceState()), scene.now
    own = [each for each in scene.tracked if each.target.surface is surface]
    down_since = scene.network.down_since
    failing = state.failing_since is not None if state.standing is not Standing.UNKNOWN else None
    pages, real = readable_pages(scene, surface), scene.real.get(surface)
    complete, word = _all_readable(surface, scene), _word(surface, scene)
    return Observation(
        surface=surface,
        known=state.standing is not Standing.UNKNOWN,
        network_down=down_since is not None,
        network_down_for=_span(now, down_since),
        maintenance=_truth(complete, (_under_maintenance(page, surface, now) for page in pages)),
        maintenance_left=_maintenance_left(pages, surface, now),
        failing=failing,
        failing_for=_span(now, state.failing_since) if failing else None,
        sign=state.sign,
        sign_for=_span(now, state.sign_since) if failing else None,
        reset_left=_reset_left(own, now) if failing else None,
        incident=word,
        incident_names_model=_truth(
            complete, (_names_failing_model(page, own, real, now) for page in pages)
        ),
        incident_quiet_for=_incident_quiet_for(pages, surface, now),
        incident_over_for=_span(now, state.acknowledged_at) if failing and word is False else None,
        keyless_ok=_keyless_ok(own, now, scene.network.recovered_at),
        code_only=_code_only(surface, scene, guide.thresholds["settle"]),
        one_model=state.conditions.one_model,
        real_only=_real_only(own, real or UNUSED, scene),
        real_failures=real.failures if real else None,
        real_successes=real.successes if real else None,
        others_succeed=scene.others_succeed,
        others_report=scene.others_report,
        intermittent=state.conditions.intermittent,
        partial=state.conditions.partial,
        slow=state.conditions.slow,
        degraded_for=_span(now, state.degraded_since),
        success_ratio=_success_ratio(own, now, guide),
    )


def _success_ratio(own: Sequence[Tracked], now: float, guide: Guide) -> float | None:
    states = (each.state for each in own if each.target.essential)
    return success_share(states, now, guide.thresholds["intermittent_window"])


def _span(now: float, since: float | None) -> float | None:
    return None if since is None else max(0.0, now - since)


def _truth(complete: bool, answers: Iterable[bool]) -> bool | None:
    """True if any readable page says so; false only if every page could be read."""
    return any(answers) or (False if complete else None)


def _acknowledged(page: PageContent, surface: Surface) -> bool:
    """An open incident covers the surface, or its component is marked as not operational."""
    marked = any(
        each.surface is surface and each.status in _ACKNOWLEDGED for each in page.components
    )
    return marked or any(surface in incident.surfaces for incident in page.incidents)


def _under_maintenance(page: PageContent, surface: Surface, now: float) -> bool:
    marked = any(
        each.surface is surface and each.status is ComponentStatus.MAINTENANCE
        for each in page.components
    )
    return marked or any(_runs(each, surface, now) for each in page.maintenances)


def _runs(each: Maintenance, surface: Surface, now: float) -> bool:
    """In progress by the page's word, which it sometimes forgets to take back."""
    overrun = each.ends_at is not None and now - each.ends_at > _OVERRUN
    return each.phase in _RUNNING and surface in each.surfaces and not overrun


def _maintenance_left(pages: Sequence[PageContent], surface: Surface, now: float) -> float | None:
    ends = [
        each.ends_at
        for page in pages
        for each in page.maintenances
        if _runs(each, surface, now) and each.ends_at is not None
    ]
    return max(0.0, max(ends) - now) if ends else None


def _incident_quiet_for(pages: Sequence[PageContent], surface: Surface, now: float) -> float | None:
    updates = [
        incident.updated_at
        for page in pages
        for incident in page.incidents
        if surface in incident.surfaces and incident.updated_at is not None
    ]
    return _span(now, max(updates)) if updates else None


def _names_failing_model(
    page: PageContent, own: Sequence[Tracked], real: RealUse | None, now: float
) -> bool:
    failing = {
        each.target.model
        for each in own
        if each.target.model is not None and standing_of(each, now) is Standing.DOWN
    }
    failing |= real.failing_models if real else frozenset()
    named = {name for incident in page.incidents for name in incident.models}
    return any(names_model(name, model) for name in named for model in failing)


def names_model(name: str, model: str) -> bool:
    """Whether a page's "Opus 4.1" means the model id `claude-opus-4-1-20250805`."""
    words = re.findall(r"[a-z]+|\d+", name.lower())
    parts = re.findall(r"[a-z]+|\d+", model.lower())
    return bool(words) and all(word in parts for word in words)


def _keyless_ok(own: Sequence[Tracked], now: float, not_before: float) -> bool | None:
    """Whether the same host answers without a key; a refusal of the keyless probe tells nothing."""
    found = [
        (standing_of(each, now, not_before), each.state.last)
        for each in own
        if not each.target.keyed and each.target.essential
    ]
    if any(standing is Standing.UP for standing, _ in found):
        return True
    broken = any(
        standing is Standing.DOWN and last and CLASS_OF_SIGN[last.sign] is not SignClass.ACCOUNT
        for standing, last in found
    )
    return False if broken else None


def _code_only(surface: Surface, scene: Scene, settle: float) -> bool | None:
    """Claude Code alone: what it needs works, and did not just recover a probe before it."""
    if surface is not Surface.CODE:
        return None
    others = [scene.surfaces.get(each, SurfaceState()) for each in (Surface.WEB, Surface.API)]
    if any(each.standing is Standing.UNKNOWN for each in others):
        return None
    return all(
        each.failing_since is None and scene.now - each.recovered_at >= settle for each in others
    )


def _real_only(own: Sequence[Tracked], real: RealUse, scene: Scene) -> bool | None:
    """Whether real requests alone say that it fails: its probes, which ask for less, do not."""
    if real.standing is not Standing.DOWN:
        return False if real.standing is Standing.UP else None
    probed, _, _ = standing_of_probes(own, scene.network, scene.now)
    return probed is not Standing.DOWN


def _reset_left(own: Sequence[Tracked], now: float) -> float | None:
    waits = [
        each.state.last.started_at + each.state.last.retry_after - now
        for each in own
        if each.state.last and each.state.last.retry_after is not None
    ]
    return max(0.0, *waits) if waits else None
