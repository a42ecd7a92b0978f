"""The first question: is it them or us, since when, how long will it take, what do I do now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pages
import verdicts
from ask import by, now, of, over_time, placed, recorded, rows_of
from panels import Board, Item, bars, changed, columns, limits, listing, said, states, tiles
from sdk import (
    bargauge,
    prometheus,
    stat,
    statetimeline,
    table,
    units,
)
from words import (
    BROKEN,
    COLOR_OF_ACTION,
    FINE,
    ORANGE,
    OURS,
    SKY,
    TEXT_OF_ACTION,
    WAITING,
    surfaces,
)

from claude_exporter.core.model import Action
from claude_exporter.web.surface_text import WITHIN

_PROBE_STATES: Final = {
    "0": ("Probes work", FINE),
    "1": ("Degraded", WAITING),
    "2": ("Probes fail", BROKEN),
    "3": ("Your network is down", OURS),
}
_PAGE_STATES: Final = {"10": ("No incident", SKY), "11": ("Incident", ORANGE)}
_DEGRADED: Final = ("slow", "partial", "intermittent", "one_model")


def items() -> Iterator[Item]:
    """Tiles for the TV, then the reasons, then the day."""
    yield verdicts.big_words()
    yield verdicts.reasons()
    yield pages.open_incidents(6)
    yield pages.last_read(6)
    yield own_network()
    yield pages.next_maintenance(6)
    yield day_of_probes_and_page()
    yield verdicts.what_to_do_over_time()
    yield forecast()
    yield alerts()
    yield pages.incidents(6)
    yield pages.maintenances(6)


def own_network() -> stat.Panel:
    """The control hosts, which have nothing to do with Claude."""
    return (
        tiles(
            "Your own network",
            "Hosts of other companies that are asked beside Claude's. If all of them fail, it is "
            "your network; at each vantage.",
            (6, 4),
            now(
                placed(f"max {by()} ({recorded(verdicts.FACT, fact='network_down')})"),
                "Network {{place}}",
            ),
        )
        .unit(units.NoUnit)
        .mappings(said({"0": ("Works", FINE), "1": ("Down", OURS)}))
        .no_value("Not known")
    )


def _state_of_probes(surface: str) -> str:
    """0 to 3; where it is not known whether it fails, and our network works, nothing."""
    failing = recorded(verdicts.FACT, surface=surface, fact="failing")
    degraded = recorded(verdicts.FACT, surface=surface, fact=_DEGRADED)
    offline = recorded(verdicts.FACT, surface=surface, fact="network_down")
    known = f"{degraded} and on (surface, $vantage_label) {failing}"
    return placed(f"max {by()} ({failing} * 2 or ({known}) or ({offline} == 1) * 3)")


def day_of_probes_and_page() -> statetimeline.Panel:
    """What our probes met above what the page said, per surface."""
    asked: list[prometheus.Dataquery] = []
    for surface, name in surfaces().items():
        incident = of("claude_status_surface_incident", surface=surface)
        asked += [
            over_time(_state_of_probes(surface), f"{name} probes {{{{place}}}}"),
            over_time(f"max(10 + {incident})", f"{name} page"),
        ]
    return (
        states(
            "Probes and status page, side by side",
            "Above, what our own probes met at each vantage; below, whether the status page had an "
            "incident that covers the surface. A gap: not known.",
            (24, 10),
            *asked,
        )
        .unit(units.NoUnit)
        .mappings(said({**_PROBE_STATES, **_PAGE_STATES}))
        .no_value("Nothing was recorded in this time")
    )


def forecast() -> bargauge.Panel:
    """From what real incidents took; of several surfaces, the one that takes longest."""
    asked = [
        now(f"min({of('claude_forecast_resolved_probability', within=label)})", f"within {label}")
        for label in WITHIN.values()
    ]
    return (
        bars(
            "How long will it take?",
            "How probable it is that all trouble is over within a time from now, by real incidents "
            "of this age. Empty while nothing fails.",
            (8, 8),
            *asked,
        )
        .unit(units.PercentUnit)
        .decimals(0)
        .min(0)
        .max(1)
        .thresholds(limits(FINE))
        .no_value("No forecast: no surface is known to fail")
    )


def alerts() -> table.Panel:
    """What Alertmanager was told, with the runbook of each."""
    made = listing(
        "Alerts now",
        "Alerts about Claude and about this exporter that fire now; the name leads to the runbook.",
        (24, 6),
        rows_of(
            "max by (alertname, surface, severity, action) "
            '(ALERTS{alertstate="firing",alertname=~"Claude.+"})'
        ),
    ).no_value("No alert fires")
    names = {"alertname": "Alert", "surface": "Surface", "severity": "Severity", "action": "Do"}
    made = columns(made, names)
    url = "${exporter_url}/docs/alerts/${__value.text}.md"
    links = [{"title": "Runbook", "url": url, "targetBlank": True}]
    named = {surface: (name, "text") for surface, name in surfaces().items()}
    made = changed(made, "surface", {"mappings": said(named)})
    does = {str(action): (TEXT_OF_ACTION[action], COLOR_OF_ACTION[action]) for action in Action}
    cell = {"type": "color-background", "mode": "basic"}
    made = changed(made, "action", {"mappings": said(does), "custom.cellOptions": cell})
    return changed(made, "alertname", {"links": links})


BOARD: Final = Board(
    uid="is-claude-down",
    title="Is Claude down?",
    description="Is it them or us, since when, how long will it take, and what to do now.",
    items=tuple(items()),
)
