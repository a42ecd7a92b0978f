"""How many series there are, and how many there can be."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from support.exposed import CALM, Exposed, healthy, incident

from claude_exporter.claude_code.counters import Counters
from claude_exporter.claude_code.facts import SHOWN, Failed, Source, Used
from claude_exporter.claude_code.names import LIMIT
from claude_exporter.claude_code.text import CLAUDE_CODE_FAMILIES, counters_text
from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.page_model import (
    Component,
    ComponentStatus,
    Maintenance,
    MaintenancePhase,
)
from claude_exporter.sources.statuspage_content import (
    COMPONENT_LIMIT,
    INCIDENT_LIMIT,
    MAINTENANCE_LIMIT,
    content_of,
)
from claude_exporter.web.cardinality import family_bound, series_count
from claude_exporter.web.document import default_sizes, main, metrics_document
from claude_exporter.web.exposition import Exposition
from claude_exporter.web.metrics import CATALOGUE

# What the guide knows of a surface differs with what goes on: these have fewer, never more.
KNOWN_IN_PART = {
    "claude_surface_fact",
    "claude_surface_fact_since_timestamp_seconds",
    "claude_surface_failing_since_timestamp_seconds",
    "claude_forecast_resolved_probability",
    "claude_status_page_updated_timestamp_seconds",
    "claude_status_page_last_lag_seconds",
    "claude_status_page_backfilled",
    "claude_status_page_disagreement_since_timestamp_seconds",
    "claude_probe_uptime_ratio",
    "claude_surface_uptime_ratio",
    "claude_status_component_uptime_ratio",
    "claude_surface_real_requests",
    "claude_code_source_up",
    "claude_code_source_last_event_timestamp_seconds",
}


def counts_of(text):
    """How many samples each family of the catalogue has."""
    names = {desc.name for desc in CATALOGUE}
    series = (line.split("{")[0].split(" ")[0] for line in text.splitlines() if line[0] != "#")
    ends = ("_bucket", "_count", "_sum")

    def family(name):
        return next(
            (name[: -len(end)] for end in ends if name not in names and name.endswith(end)), name
        )

    return Counter(family(name) for name in series)


async def test_the_default_configuration_has_as_many_series_as_computed():
    """All but what is known only in part; the two plain-HTTP targets have no handshake."""
    exposed = await healthy()
    console = Component(id="0qbwn08sd68x", name="Console", status=ComponentStatus.OPERATIONAL)
    exposed.poll(replace(CALM, components=(*CALM.components, console)))
    exposed.exporter.judge()
    counts, sizes = counts_of(Exposition(exposed.exporter).text(0)), default_sizes()
    plain = sum(
        not each.address.startswith("https") for each, _ in exposed.evaluator.tracked.values()
    )
    missing = {
        "claude_probe_phase_seconds": plain,
        "claude_probe_tls_not_after_timestamp_seconds": plain,
    }
    computed = {
        desc.name: family_bound(desc, sizes) - missing.get(desc.name, 0)
        for desc in CATALOGUE
        if desc.name not in KNOWN_IN_PART and family_bound(desc, sizes)
    }
    assert {name: counts[name] for name in computed} == computed
    partly = {
        desc.name: family_bound(desc, sizes) for desc in CATALOGUE if desc.name in KNOWN_IN_PART
    }
    assert all(counts[name] <= bound for name, bound in partly.items())
    assert counts.keys() <= computed.keys() | partly.keys()


async def test_a_page_of_a_stranger_cannot_fill_prometheus():
    """More of everything than is read, with the longest names and ids."""
    sizes = default_sizes() | {
        "components": COMPONENT_LIMIT,
        "incidents": INCIDENT_LIMIT,
        "maintenances": MAINTENANCE_LIMIT,
    }
    exposed = Exposed()
    exposed.probe()
    exposed.poll(content_of(HOSTILE, {}))
    exposed.exporter.judge()
    text = Exposition(exposed.exporter).text(0)
    assert counts_of(text).total() <= series_count(sizes)
    assert len(text.encode()) < 1280 * 1024
    exposed.poll(CALM)
    exposed.exporter.judge()
    green = Exposition(exposed.exporter).text(0)
    assert len(green.encode()) < 100 * 1024
    assert "\N{GRINNING FACE}" not in green


def test_names_of_models_cannot_fill_prometheus():
    """A gateway may call models what it likes: of ever more names, a bounded number is shown."""
    counters = Counters()
    for number in range(2 * LIMIT):
        name = f"claude-{number}"
        counters.add(Source.OTLP, [Failed(at=0.0, sign=Sign.TIMEOUT, model=name)], 0.0)
        counters.add(Source.OTLP, [Used(model=name, requests=1.0, cost=1.0)], 0.0)
    counts = counts_of(counters_text(counters, dict.fromkeys(SHOWN, True)))
    sizes = default_sizes() | {"models": LIMIT + 2}
    bounds = {desc.name: family_bound(desc, sizes) for desc in CLAUDE_CODE_FAMILIES}
    assert counts == bounds | {"claude_code_source_last_event_timestamp_seconds": 1}


def hostile_page():
    """A summary of 300 of each, with 5 KB names and ids of up to 64 characters of four bytes."""
    wide = "\N{GRINNING FACE}"

    def items(more):
        return [{"id": f"{wide * 60}{n:04}", "name": wide * 1250, **more} for n in range(300)]

    moments = {"started_at": "2026-02-03T05:07:11Z", "updated_at": "2026-02-03T05:07:11Z"}
    plans = {"scheduled_for": "2026-02-03T05:07:11Z", "scheduled_until": "2026-02-03T05:17:11Z"}
    return json.dumps(
        {
            "page": {"id": "x", "name": wide * 5000},
            "components": items({"status": "operational"}),
            "incidents": items({"status": "investigating", "impact": "minor", **moments}),
            "scheduled_maintenances": items({"status": "scheduled", **plans}),
        }
    ).encode()


HOSTILE = hostile_page()


async def test_two_long_ids_are_left_out_and_never_become_one():
    """Cut to the same label they would be one series twice, and Prometheus would drop all of it."""
    long = "k" * 65
    exposed = Exposed()
    component = Component(id=long, name="a", status=ComponentStatus.MAJOR)
    planned = Maintenance(
        id=long,
        name="a",
        phase=MaintenancePhase.SCHEDULED,
        surfaces=frozenset(),
        starts_at=1.7e9,
        ends_at=1.7e9,
    )
    odd = {"components": (component,), "maintenances": (planned,)}
    exposed.poll(
        replace(CALM, incidents=(incident(Surface.API, id=long, started_at=1.7e9),), **odd)
    )
    exposed.exporter.judge()
    text = Exposition(exposed.exporter).text(0)
    assert "kkk" not in text
    assert 'claude_status_incidents{impact="major",page="claude",phase="investigating"} 1.0' in text


def test_the_document_names_every_family_and_label():
    """With its type, its help and how many series it has."""
    text = metrics_document()
    for desc in CATALOGUE:
        row = next(line for line in text.splitlines() if line.startswith(f"| `{desc.name}` |"))
        assert row.split(" | ")[1] == desc.kind
        assert desc.help in row
        assert all(f"`{label}`" in row for label in desc.labels)
        assert all(f"| `{label}` |" in text for label in desc.labels)


def test_the_document_is_up_to_date(capsys):
    """docs/metrics.md is what the catalogue says; a change of either alone is seen."""
    path = Path(__file__).parents[3] / "docs" / "metrics.md"
    assert (main([str(path), "--check"]), capsys.readouterr().err) == (0, "")


def test_a_document_that_is_out_of_date_is_said_so(tmp_path, capsys):
    path = tmp_path / "metrics.md"
    path.write_text("old", encoding="utf-8")
    assert main([str(path), "--check"]) == 1
    assert "differs from the catalogue of metrics" in capsys.readouterr().err
    assert main([str(path)]) == 0
    assert main([str(path), "--check"]) == 0


async def test_a_mapped_component_that_is_gone_is_counted_while_there_are_components():
    """The history feed has none, and an unreadable page tells nothing."""
    exposed = Exposed()

    def missing():
        text = Exposition(exposed.exporter).text(0)
        return [line for line in text.splitlines() if line.startswith("claude_status_components_m")]

    assert missing() == []
    exposed.poll(CALM)
    assert missing() == ['claude_status_components_missing{page="claude"} 1.0']
    exposed.poll(replace(CALM, components=()))
    assert missing() == []
