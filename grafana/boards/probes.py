"""What our own probes measure: success, phases, quantiles, signs, certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ask import now, of, over_time, rows_of
from panels import (
    Board,
    Item,
    by_limits,
    changed,
    colored,
    columns,
    limit_lines,
    limits,
    lines,
    listing,
    said,
    stacked,
    states,
    tiles,
)
from sdk import shapes, stat, statetimeline, table, timeseries, units
from words import (
    BLUE,
    BROKEN,
    CLASSES,
    FINE,
    GUIDE,
    ORANGE,
    PHASES,
    SKY,
    WAITING,
    limit_of,
    signs_of,
)

from claude_exporter.config import load_config
from claude_exporter.core.model import Surface
from claude_exporter.web.headline import NAMES

QUANTILES: Final = (
    (0.5, "50 % within", SKY),
    (0.9, "90 % within", BLUE),
    (0.99, "99 % within", ORANGE),
)
_DAY: Final = 86_400
CHOSEN: Final = ("$target",)
LOW: Final = GUIDE.limits["intermittent_high"]
HIGH: Final = min(
    wanted.availability / 100
    for _, wanted in load_config(None, {}).slo.objectives()
    if wanted.availability is not None
)
"""Below the one the guide calls it intermittent; the other is the objective."""

OBJECTIVES: Final = {
    surface: wanted.latency_threshold
    for surface, wanted in load_config(None, {}).slo.objectives()
    if wanted.latency is not None
}


def items() -> Iterator[Item]:
    """All surfaces together, then a row for each."""
    yield success()
    yield failures()
    yield by_sign()
    yield certificates()
    for surface in Surface:
        yield NAMES[surface]
        yield outcomes(surface)
        yield phases(surface)
        yield durations(surface)


def success() -> stat.Panel:
    """The share of attempts that met their expectation in the time shown."""
    failed, all_of_them = (
        f"sum by (surface) (increase({of(metric, target=CHOSEN)}[$__range]))"
        for metric in ("claude_probe_failures_total", "claude_probe_attempts_total")
    )
    made = (
        tiles(
            "Probes that succeeded",
            "The share of probes of the time shown that met their expectation, by surface.",
            (24, 4),
            now(f"sort(1 - {failed} / ({all_of_them} > 0))", "{{surface}}"),
        )
        .unit(units.PercentUnit)
        .decimals(2)
        .min(0)
        .max(1)
        .thresholds(limits(BROKEN, (LOW, WAITING), (HIGH, FINE)))
        .color_scheme(by_limits())
        .no_value("No probe ended in this time")
    )
    for surface in Surface:
        made = changed(made, surface, {"displayName": NAMES[surface]})
    return made


def failures() -> timeseries.Panel:
    """By what the failures have in common."""
    asked = [
        over_time(
            f"sum(increase({of('claude_probe_failures_total', target=CHOSEN, sign=signs_of(kind))}"
            "[$__rate_interval])) > 0",
            name,
        )
        for kind, (name, _) in CLASSES.items()
    ]
    made = lines(
        "Failed probes",
        "Probes that failed, by where the trouble lies. The way there: name, connection, TLS, "
        "timeout. Their servers: 5xx, 529 and answers nobody expects.",
        (10, 8),
        *asked,
    )
    made = stacked(made.unit(units.Short).decimals(0)).draw_style(shapes.GraphDrawStyle.BARS)
    return colored(made.no_value("No probe failed"), dict(CLASSES.values()))


def by_sign() -> table.Panel:
    """Which targets failed, with what, how often."""
    count = of("claude_probe_failures_total", target=CHOSEN)
    made = columns(
        listing(
            "Signs in the time shown",
            "How many probes of each target failed, by sign.",
            (8, 8),
            rows_of(f"sum by (target, sign) (increase({count}[$__range])) > 0.5"),
        ).no_value("No probe failed"),
        {"target": "Target", "sign": "Sign", "Value": "Failed"},
    )
    made = changed(made, "sign", {"custom.width": 130})
    return changed(made, "Value", {"unit": units.LocaleFormat, "decimals": 0, "custom.width": 80})


def certificates() -> table.Panel:
    """Until the first certificate of each chain ends."""
    soon = limit_of("ClaudeCertificateExpiring")
    ends = of("claude_probe_tls_not_after_timestamp_seconds", target=CHOSEN)
    made = columns(
        listing(
            "Certificates end in",
            "Time until the first certificate of each target's chain ends; the alert begins where "
            "the colour changes. A proxy that opens TLS shows its own here.",
            (6, 8),
            rows_of(f"sort(min by (target) ({ends}) - time())"),
        ).no_value("No certificate was seen"),
        {"target": "Target", "Value": "Ends in"},
    )
    steps = [{"value": None, "color": BROKEN}, {"value": soon, "color": "text"}]
    return changed(
        made,
        "Value",
        {
            "unit": units.Seconds,
            "decimals": 0,
            "custom.width": 90,
            "custom.cellOptions": {"type": "color-text"},
            "thresholds": {"mode": "absolute", "steps": steps},
        },
    )


def outcomes(surface: Surface) -> statetimeline.Panel:
    """Each target's last result over time."""
    asked = over_time(
        f"min by (target) ({of('claude_probe_success', surface=surface, target=CHOSEN)})",
        "{{target}}",
    )
    return (
        states(
            f"{NAMES[surface]}: results",
            "Whether the last probe of each target met its expectation, at every vantage chosen. "
            "A gap: no result.",
            (8, 7),
            asked,
        )
        .unit(units.NoUnit)
        .mappings(said({"1": ("Works", FINE), "0": ("Fails", BROKEN)}))
        .no_value("Not probed in this time")
    )


def phases(surface: Surface) -> timeseries.Panel:
    """Where the time goes."""
    asked = [
        over_time(
            f"avg({of('claude_probe_phase_seconds', surface=surface, target=CHOSEN, phase=phase)})",
            name,
        )
        for phase, (name, _) in PHASES.items()
    ]
    made = lines(
        f"{NAMES[surface]}: where the time goes",
        "The phases of the last probes, on average: finding the name, connecting, TLS, waiting for "
        "the first byte, reading the rest.",
        (8, 7),
        *asked,
    )
    made = stacked(made.unit(units.Seconds)).no_value("No probe got so far")
    return colored(made, dict(PHASES.values()))


def durations(surface: Surface) -> timeseries.Panel:
    """Whole probes, from the histogram."""
    bucket = of("claude_probe_duration_seconds_bucket", surface=surface, target=CHOSEN)
    made = lines(
        f"{NAMES[surface]}: whole probes",
        "How long whole probes take, failed ones included: so many of them are quicker than this.",
        (8, 7),
        *(
            over_time(
                f"histogram_quantile({quantile}, sum by (le) (rate({bucket}[$__rate_interval])))",
                name,
            )
            for quantile, name, _ in QUANTILES
        ),
    ).unit(units.Seconds)
    made = colored(made, {name: color for _, name, color in QUANTILES})
    slow = OBJECTIVES.get(surface)
    if slow is not None:
        made = made.thresholds(limits("transparent", (slow, WAITING)))
        made = made.thresholds_style(limit_lines())
    return made.no_value("No probe ended in this time")


BOARD: Final = Board(
    uid="claude-probes",
    title="Claude: probes",
    description="What our own probes met, and how long it took.",
    items=tuple(items()),
    choices={"target": ("Target", "claude_probe_success")},
)
