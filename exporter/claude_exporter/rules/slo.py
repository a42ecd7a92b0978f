"""
Recording rules of the objectives: what the probes counted in, error ratios and budgets out.

Everything is built on slices of one minute, the difference of two values of a counter: the sum of
slices is exact, where increase() guesses, so a failed probe is one failed probe. A slice lies a
minute in the past, so that it can still be left out where our own network turns out to be down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from claude_exporter.config import Config
from claude_exporter.config.slo import ObjectiveConfig, SloConfig
from claude_exporter.core.model import CLASS_OF_SIGN, SignClass, Surface

from .recording import VANTAGE

PROBES: Final = "surface:claude_slo_probes:increase1m"
ERRORS: Final = "surface:claude_slo_errors:increase1m"
RATIO: Final = "surface:claude_slo_errors:ratio_rate"
OBJECTIVE: Final = "surface:claude_slo_objective:ratio"
BUDGET: Final = "surface:claude_slo_error_budget:ratio"
MEASURED: Final = "surface:claude_slo_measured:ratio"
BURN: Final = "surface:claude_slo_burn_rate:ratio"
PERIOD_BURN: Final = "surface:claude_slo_period_burn_rate:ratio"
REMAINING: Final = "surface:claude_slo_error_budget_remaining:ratio"

WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""The spans that burn rates are measured over, beside the whole period."""

SLICE: Final = "1m"
PERIOD_SLICE: Final = "2m"
_MINUTES_OF_DAY: Final = 1440
_OURS: Final = frozenset((SignClass.NETWORK, SignClass.SERVER))
_FINE: Final = SignClass.FINE

Objectives = Sequence[tuple[Surface, ObjectiveConfig, Sequence[str]]]
"""Surfaces with what is expected of them and the names of their essential targets."""


def slo_rules(config: Config, *, vantage: str = VANTAGE) -> dict[str, Any]:
    """The rule file as a value."""
    objectives = objectives_of(config)
    slices = [*_availability(objectives, vantage), *_latency(objectives, vantage)]
    ratios = [_record(f"{RATIO}{window}", _ratio(window)) for window in WINDOWS]
    goals = list(_goals(objectives))
    groups = [("claude-slo", SLICE, [*slices, *goals, *ratios, _burn()])]
    groups.append(("claude-slo-period", PERIOD_SLICE, list(_period(config.slo))))
    return {
        "groups": [
            {"name": name, "interval": interval, "rules": rules if slices else []}
            for name, interval, rules in groups
        ]
    }


def objectives_of(config: Config) -> Objectives:
    """The surfaces that something essential probes; the others have nothing to measure."""
    targets = [target for target in config.build_targets() if target.essential]
    found = (
        (surface, wanted, [target.name for target in targets if target.surface is surface])
        for surface, wanted in config.slo.objectives()
    )
    return [each for each in found if each[2]]


def _record(name: str, expr: str, **labels: str) -> dict[str, Any]:
    return {"record": name, "expr": expr, **({"labels": labels} if labels else {})}


def _signs(kinds: frozenset[SignClass]) -> str:
    return "|".join(sign for sign, kind in CLASS_OF_SIGN.items() if kind in kinds)


def _slice(selector: str, vantage: str) -> str:
    """What was counted in the minute before last; a counter that began again counts from zero."""
    now, before = f"{selector} offset 1m", f"{selector} offset 2m"
    return f"sum by (surface, {vantage}) (({now} - {before} >= 0) or ({now} < {before}))"


def _unless_our_network(vantage: str) -> str:
    """Leave out a minute that our network was down in, or the minute before or after it."""
    fact = 'claude_surface_fact{fact="network_down"}'
    down = f"max by (surface, {vantage}) (max_over_time({fact}[3m])) == 1"
    return f"unless on (surface, {vantage}) ({down})"


def _selector(metric: str, targets: Sequence[str], more: str = "") -> str:
    return f'{metric}{{target=~"{"|".join(targets)}"{more}}}'


def _availability(objectives: Objectives, vantage: str) -> Iterator[dict[str, Any]]:
    wanted = [names for _, each, names in objectives if each.availability is not None]
    targets = [name for names in wanted for name in names]
    if not targets:
        return
    told = frozenset(SignClass) - _OURS - {_FINE}
    outage = f', sign=~"{_signs(_OURS)}"'
    no_news = f', sign=~"{_signs(told)}"'
    attempts = _slice(_selector("claude_probe_attempts_total", targets), vantage)
    unknown = _slice(_selector("claude_probe_failures_total", targets, no_news), vantage)
    errors = _slice(_selector("claude_probe_failures_total", targets, outage), vantage)
    online = _unless_our_network(vantage)
    yield _record(PROBES, f"({attempts} - {unknown}) {online}", sli="availability")
    yield _record(ERRORS, f"{errors} {online}", sli="availability")


def _latency(objectives: Objectives, vantage: str) -> Iterator[dict[str, Any]]:
    wanted = [each for each in objectives if each[1].latency is not None]
    online = _unless_our_network(vantage)
    for threshold in sorted({each.latency_threshold for _, each, _ in wanted}):
        alike = [names for _, each, names in wanted if each.latency_threshold == threshold]
        targets = [name for names in alike for name in names]
        bound = f', le="{threshold}"'
        duration = "claude_probe_duration_seconds"
        count = _slice(_selector(f"{duration}_count", targets), vantage)
        quick = _slice(_selector(f"{duration}_bucket", targets, bound), vantage)
        failed = _slice(_selector("claude_probe_failures_total", targets), vantage)
        yield _record(PROBES, f"({count} - {failed}) {online}", sli="latency")
        # The histogram has failed probes too: as many slow ones may have failed, and count there.
        slow = f"clamp_min({count} - {quick} - {failed}, 0)"
        yield _record(ERRORS, f"{slow} {online}", sli="latency")


def _goals(objectives: Objectives) -> Iterator[dict[str, Any]]:
    for surface, each, _ in objectives:
        for sli, percent in (("availability", each.availability), ("latency", each.latency)):
            if percent is None:
                continue
            labels = {"surface": str(surface), "sli": sli}
            yield _record(OBJECTIVE, f"vector({percent / 100:.6g})", **labels)
            yield _record(BUDGET, f"vector({1 - percent / 100:.6g})", **labels)


def _ratio(window: str) -> str:
    return f"sum_over_time({ERRORS}[{window}]) / (sum_over_time({PROBES}[{window}]) > 0)"


def _of_budget(expr: str) -> str:
    return f"{expr} / on (surface, sli) group_left () {BUDGET}"


def _burn() -> dict[str, Any]:
    return _record(BURN, _of_budget(f"{RATIO}1h"))


def _period(slo: SloConfig) -> Iterator[dict[str, Any]]:
    span = f"{slo.days}d"
    minutes = slo.days * _MINUTES_OF_DAY
    yield _record(f"{RATIO}{span}", _ratio(span))
    yield _record(MEASURED, f"clamp_max(count_over_time({PROBES}[{span}]) / {minutes}, 1)")
    # What was not measured spends nothing, or one failure in the first hour would spend it all.
    yield _record(PERIOD_BURN, _of_budget(f"{RATIO}{span} * {MEASURED}"))
    yield _record(REMAINING, f"1 - {PERIOD_BURN}")
