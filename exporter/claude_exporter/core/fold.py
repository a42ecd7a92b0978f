"""
Fold results and the passing of time into the state of our network and of each surface.

State is replaced, never changed. Nothing here judges: it remembers since when what is going on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from .guide import Guide
from .model import (
    CLASS_OF_SIGN,
    ROUTE_PREFIX,
    ProbeResult,
    Sign,
    SignClass,
    Standing,
    Surface,
)
from .real_use import UNUSED, RealUse
from .target_state import Tracked, standing_of, success_share

_STRAY_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Whether our own network is down, since when, and when it last came back (Unix seconds)."""

    down_since: float | None = None
    recovered_at: float = 0.0


def fold_network(
    network: NetworkState, targets: Sequence[Tracked], now: float, *, in_use: bool = False
) -> NetworkState:
    """
    The network is down when every control target is known to fail and no watched target succeeds.

    The second half keeps a firewall that blocks only the control hosts from reading as an outage
    of everything; *in_use* is a real request that just succeeded.
    """
    control = [standing_of(each, now) for each in targets if each.target.surface is Surface.CONTROL]
    cut_off = bool(control) and all(standing is Standing.DOWN for standing in control)
    if not cut_off and network.down_since is None:
        return network
    watched = (each for each in targets if each.target.surface is not Surface.CONTROL)
    alive = in_use or any(standing_of(each, now) is Standing.UP for each in watched)
    if cut_off and not alive:
        since = network.down_since
        return network if since is not None else replace(network, down_since=now)
    if network.down_since is not None and (alive or Standing.UP in control):
        return NetworkState(recovered_at=now)
    return network


@dataclass(frozen=True, slots=True)
class Count:
    """Attempts and successes of a surface since its onset, for stray successes."""

    attempts: int = 0
    successes: int = 0
    streak: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What may be wrong with a surface that does not fail."""

    intermittent: bool = False
    partial: bool = False
    slow: bool = False
    one_model: bool = False

    @property
    def degraded(self) -> bool:
        return self.intermittent or self.partial or self.slow


@dataclass(frozen=True, slots=True)
class SurfaceState:
    """
    Since when a surface fails, with what, and how it has been doing (Unix seconds).

    `acknowledged_at` is when the status page was last heard to speak of the present failing.
    """

    failing_since: float | None = None
    failing_at: float | None = None
    sign: Sign = Sign.OK
    sign_since: float | None = None
    onsets: tuple[float, ...] = ()
    since_onset: Count = Count()
    counted_at: float = 0.0
    standing: Standing = Standing.UNKNOWN
    conditions: Conditions = Conditions()
    degraded_since: float | None = None
    recovered_at: float = 0.0
    acknowledged_at: float | None = None


def fold_surface(
    state: SurfaceState,
    targets: Sequence[Tracked],
    network: NetworkState,
    guide: Guide,
    now: float,
    real: RealUse = UNUSED,
) -> SurfaceState:
    """Bring a surface's record up to date with its own *targets* and *real* requests."""
    if network.down_since is not None:
        return _frozen(state, network.down_since, guide)
    onset = _fold_onset(state, targets, network, guide, now, real)
    found = _conditions(onset, targets, network, guide, now)
    if real.failing_models and onset.failing_since is None:
        found = replace(found, one_model=True)
    since = (state.degraded_since or now) if found.degraded else None
    if found == onset.conditions and since == onset.degraded_since:
        return onset
    return replace(onset, conditions=found, degraded_since=since)


def _fold_onset(
    state: SurfaceState,
    targets: Sequence[Tracked],
    network: NetworkState,
    guide: Guide,
    now: float,
    real: RealUse,
) -> SurfaceState:
    probed, sign, began_at = standing_of_probes(targets, network, now)
    standing = probed if real.standing is Standing.UNKNOWN else real.standing
    counted = _counted(state, targets, standing)
    if standing is Standing.DOWN:
        if real.standing is Standing.DOWN:
            sign, began_at = real.sign, min(began_at, real.since)
        return _failed(counted, sign, max(began_at, network.recovered_at), now, guide)
    over = standing is Standing.UP and (real.standing is Standing.UP or _recovered(counted))
    if over and state.failing_since is not None:
        return SurfaceState(
            onsets=state.onsets,
            counted_at=counted.counted_at,
            standing=standing,
            recovered_at=now,
        )
    return counted


def _conditions(
    state: SurfaceState, targets: Sequence[Tracked], network: NetworkState, guide: Guide, now: float
) -> Conditions:
    if state.failing_since is not None or state.standing is not Standing.UP:
        return Conditions()
    found = [(each, standing_of(each, now, network.recovered_at)) for each in targets]
    models = {standing for each, standing in found if each.target.model is not None}
    failing = any(
        standing is Standing.DOWN
        and each.target.model is None
        and not each.target.part.startswith(ROUTE_PREFIX)
        for each, standing in found
    )
    signs = {each.state.last.sign for each, s in found if s is Standing.UP and each.state.last}
    return Conditions(
        intermittent=_intermittent(state, targets, guide, now),
        partial=failing,
        slow=Sign.SLOW in signs,
        one_model={Standing.UP, Standing.DOWN} <= models,
    )


def _intermittent(
    state: SurfaceState, targets: Sequence[Tracked], guide: Guide, now: float
) -> bool:
    window = guide.thresholds["intermittent_window"]
    spells = sum(at > now - window for at in state.onsets)
    if spells < guide.limits["intermittent_spells"]:
        return False
    share = success_share((each.state for each in targets if each.target.essential), now, window)
    low, high = guide.limits["intermittent_low"], guide.limits["intermittent_high"]
    return share is not None and low <= share <= high


def _frozen(state: SurfaceState, down_since: float, guide: Guide) -> SurfaceState:
    """While we are cut off nothing is learnt; what began just before was already us."""
    since = state.failing_since
    if since is not None and since > down_since - guide.thresholds["settle"]:
        return SurfaceState(onsets=state.onsets[:-1], counted_at=state.counted_at)
    return replace(state, standing=Standing.UNKNOWN, conditions=Conditions(), degraded_since=None)


def standing_of_probes(
    targets: Sequence[Tracked], network: NetworkState, now: float
) -> tuple[Standing, Sign, float]:
    """The surface's standing: down when, in some part, an essential target fails and none works."""
    parts: dict[str, list[tuple[Standing, ProbeResult | None]]] = {}
    for each in targets:
        if each.target.essential:
            standing = standing_of(each, now, network.recovered_at)
            parts.setdefault(each.target.part, []).append((standing, each.state.last))
    worst = [last for found in parts.values() for last in _failures(found)]
    if worst:
        return Standing.DOWN, _main_sign(worst), min(last.started_at for last in worst)
    known_up = any(standing is Standing.UP for found in parts.values() for standing, _ in found)
    return (Standing.UP if known_up else Standing.UNKNOWN), Sign.OK, now


def _failures(found: list[tuple[Standing, ProbeResult | None]]) -> list[ProbeResult]:
    if any(standing is Standing.UP for standing, _ in found):
        return []
    return [last for standing, last in found if standing is Standing.DOWN and last is not None]


_PRECEDENCE: Final = (
    SignClass.SERVER,
    SignClass.NETWORK,
    SignClass.ACCOUNT,
    SignClass.LIMIT,
    SignClass.REQUEST,
    SignClass.UNKNOWN,
    SignClass.FINE,
)
_RANK: Final = {
    sign: (_PRECEDENCE.index(CLASS_OF_SIGN[sign]), number) for number, sign in enumerate(Sign)
}


def _main_sign(failures: list[ProbeResult]) -> Sign:
    return min((failure.sign for failure in failures), key=_RANK.__getitem__)


def _counted(state: SurfaceState, targets: Sequence[Tracked], standing: Standing) -> SurfaceState:
    """Count the essential results that arrived since the last fold, in the order they began."""
    lasts = (each.state.last for each in targets if each.target.essential)
    fresh = [last for last in lasts if last and last.started_at > state.counted_at]
    known = [last for last in fresh if last.standing is not Standing.UNKNOWN]
    if not known:
        return state if standing is state.standing else replace(state, standing=standing)
    known.sort(key=lambda last: last.started_at)
    count, newest = state.since_onset, state.counted_at
    for last in known:
        streak = count.streak + 1 if last.success else 0
        count = Count(count.attempts + 1, count.successes + last.success, streak)
        newest = last.started_at
    return replace(state, standing=standing, since_onset=count, counted_at=newest)


def _recovered(state: SurfaceState) -> bool:
    """Two successes in a row, or more than stray ones: one in ten does not end an outage."""
    count = state.since_onset
    return count.streak >= 2 or count.successes > _STRAY_SHARE * count.attempts


def _failed(
    state: SurfaceState, sign: Sign, began_at: float, now: float, guide: Guide
) -> SurfaceState:
    carried = (
        state.failing_at is not None and now - state.failing_at <= guide.thresholds["carry_over"]
    )
    if state.failing_since is None or not carried:
        window = guide.thresholds["intermittent_window"]
        onsets = tuple(at for at in state.onsets if at > now - window)
        return SurfaceState(
            failing_since=began_at,
            failing_at=now,
            sign=sign,
            sign_since=began_at,
            onsets=(*onsets, began_at),
            since_onset=Count(attempts=1),
            counted_at=state.counted_at,
            standing=state.standing,
        )
    same = state.sign is Sign.OK or CLASS_OF_SIGN[sign] is CLASS_OF_SIGN[state.sign]
    since = state.sign_since if same else began_at
    return replace(state, failing_at=now, sign=sign, sign_since=since)
