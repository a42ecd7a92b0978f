"""
Writes grafana/dashboards/*.json, or into the folder it is given: `make generate`.

Classic dashboard JSON of schema 42, which Grafana 11 to 13 load.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from panels import JSON, dashboard, field, lines, panel, query, text_of

FOLDER: Final = Path(__file__).parent / "dashboards"
ACTIONS: Final = (
    ("none", "Fine", "green"),
    ("wait", "Wait", "yellow"),
    ("troubleshoot", "Troubleshoot: it is you", "purple"),
    ("escalate", "Escalate", "red"),
)
"""The guide's actions from the least to the most urgent, as they are shown."""

STAT: Final[JSON] = {
    "colorMode": "background",
    "graphMode": "none",
    "reduceOptions": {"calcs": ["lastNotNull"]},
}
"""One big value per series, coloured."""


def action_query() -> JSON:
    """The number of each surface's action, as in ACTIONS; the worst of several exporters."""
    ranked = (
        f'(claude_verdict{{action="{action}",SELECTED}} == 1) * {rank}'
        for rank, (action, _, _) in enumerate(ACTIONS)
    )
    return query(f"max by (surface) ({' or '.join(ranked)})", "{{surface}}")


def action_field() -> JSON:
    """Show the number of an action as its words, in its colour."""
    options = {
        str(rank): {"text": text, "color": color, "index": rank}
        for rank, (_, text, color) in enumerate(ACTIONS)
    }
    return field(
        "none",
        color={"mode": "thresholds"},
        mappings=[{"type": "value", "options": options}],
        noValue="No data: is the exporter up?",
    )


def is_claude_down() -> Iterator[JSON]:
    """The first question's dashboard: is it them or us, since when, and what do I do now."""
    yield from judgement_panels()
    yield from probe_panels()
    yield from incident_panels()
    yield from page_panels()


def judgement_panels() -> Iterator[JSON]:
    """What the guide says, now and before."""
    yield panel(
        "stat",
        "What to do now",
        "What the guide says for each surface, at this moment.",
        action_query(),
        width=16,
        height=6,
        fieldConfig=action_field(),
        options=STAT,
    )
    yield panel(
        "stat",
        "Failing for",
        "How long each surface has failed without a break.",
        query(
            "time() - (claude_surface_failing_since_timestamp_seconds{SELECTED} > 0)", "{{surface}}"
        ),
        width=8,
        height=6,
        fieldConfig=field("s", noValue="Nothing fails"),
        options=STAT,
    )
    yield panel(
        "state-timeline",
        "What the guide said",
        "The action of each surface over time.",
        action_query(),
        width=24,
        height=7,
        fieldConfig=action_field(),
        options={"mergeValues": True, "showValue": "never", "legend": {"showLegend": True}},
    )


def probe_panels() -> Iterator[JSON]:
    """What our own probes met."""
    yield panel(
        "timeseries",
        "Probes that succeed",
        "Share of exporters whose last probe succeeded.",
        query(
            "avg by (surface, target) (claude_probe_success{SELECTED})", "{{surface}}: {{target}}"
        ),
        width=12,
        height=8,
        **lines("percentunit", max=1),
    )
    yield panel(
        "timeseries",
        "Failures by sign",
        "Failed probes a second, by what went wrong.",
        query(
            "sum by (surface, sign) (rate(claude_probe_failures_total{SELECTED}"
            "[$__rate_interval])) > 0",
            "{{surface}}: {{sign}}",
        ),
        width=12,
        height=8,
        **lines("reqps", noValue="No failures"),
    )
    yield panel(
        "timeseries",
        "Probe duration, 95th percentile",
        "How long a whole probe takes, by target.",
        query(
            "histogram_quantile(0.95, sum by (le, target) "
            "(rate(claude_probe_duration_seconds_bucket{SELECTED}[$__rate_interval])))",
            "{{target}}",
        ),
        width=12,
        height=8,
        **lines("s"),
    )


def incident_panels() -> Iterator[JSON]:
    """What the status page admits."""
    yield panel(
        "timeseries",
        "Unresolved incidents on the status page",
        "By impact and phase, as the page says.",
        query(
            "sum by (page, impact, phase) (claude_status_incidents{SELECTED}) > 0",
            "{{page}}: {{impact}}, {{phase}}",
        ),
        width=12,
        height=8,
        **lines("none", noValue="No incident, or the page cannot be read"),
    )


def page_panels() -> Iterator[JSON]:
    """What the status page says in detail, and how old that is."""
    yield panel(
        "table",
        "Components on the status page",
        "What the page says of each component now.",
        query(
            "max by (page, component, status) (claude_status_component_status{SELECTED} == 1)",
            table=True,
        ),
        width=16,
        height=8,
        fieldConfig=field("none", noValue="The page has not been read"),
        options={"showHeader": True},
        transformations=[
            {"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}
        ],
    )
    yield panel(
        "stat",
        "Status page read",
        "How long ago each page was last read; old means unknown, not fine.",
        query(
            "time() - max by (page) "
            "(claude_status_page_last_success_timestamp_seconds{SELECTED} > 0)",
            "{{page}}",
        ),
        width=8,
        height=8,
        fieldConfig=field("s", noValue="Never"),
        options=STAT,
    )


def dashboards() -> dict[str, JSON]:
    """Every dashboard, by file name."""
    return {
        "is-claude-down.json": dashboard(
            "is-claude-down",
            "Is Claude down?",
            "Is it them or us, since when, and what to do now.",
            is_claude_down(),
        )
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, document in dashboards().items():
        (folder / name).write_text(text_of(document), encoding="utf-8")
