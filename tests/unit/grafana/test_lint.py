"""
The rules of Grafana's dashboard-linter over every dashboard, with reasoned exceptions.

https://github.com/grafana/dashboard-linter has them in Go; what they mean is here.
"""

import re

import promql_parser
import pytest
from support.dashboards import DASHBOARDS, Moment, panels_of, recorded_names

from claude_exporter.rules.client import CONTRACT
from claude_exporter.web.metrics import CATALOGUE

EXCEPTIONS = {
    "Objectives": "an objective is the same at every vantage, and has none",
    "Alerts now": "an alert joins exporters: it has neither job nor vantage",
    "Failed by Claude's fault, by model": "your product is no exporter: it has no vantage",
    "Requests of your product": "your product is no exporter: it has no vantage",
    "Time to first token, all models": "an hour: messages are few, one in five minutes",
}
"""Panels of which one query may break one rule, with the reason."""

RECORDED = ("claude:", "surface:claude_slo_")
"""Recording rules join the jobs and exporters of a vantage: only that one can be chosen."""

OF_EVERY_SCRAPE = {
    *("up", "scrape_samples_scraped", "scrape_duration_seconds", "process_cpu_seconds_total"),
    *("process_resident_memory_bytes", "process_open_fds", "process_max_fds"),
}
VANTAGE = '$vantage_label=~"$vantage"'
CHOSEN = ('job=~"$job"', 'instance=~"$instance"', VANTAGE)
COUNTERS = {desc.name for desc in CATALOGUE if desc.kind == "counter"}
HISTOGRAMS = {desc.name for desc in CATALOGUE if desc.kind == "histogram"}
KNOWN = {
    *({desc.name for desc in CATALOGUE} - HISTOGRAMS),
    *(f"{name}{end}" for name in HISTOGRAMS for end in ("_bucket", "_count", "_sum")),
    *recorded_names(),
    *OF_EVERY_SCRAPE,
    "ALERTS",
    CONTRACT,
}

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def variables_of(dashboard):
    return {each["name"]: each for each in dashboard["templating"]["list"]}


@each_dashboard
def test_the_data_source_is_a_choice(dashboard):
    """template-datasource-rule"""
    source = variables_of(dashboard)["datasource"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert source["label"] == "Data source"


@each_dashboard
@pytest.mark.parametrize("name", ["job", "instance"])
def test_jobs_and_exporters_are_a_choice_of_all(dashboard, name):
    """template-job-rule, template-instance-rule, template-on-time-change-reload-rule"""
    choice = variables_of(dashboard)[name]
    assert choice["datasource"]["uid"] == "${datasource}"
    assert choice["multi"]
    assert choice["includeAll"]
    assert choice["allValue"] == ".+"
    assert choice["label"]
    assert choice["refresh"] == 2


@each_dashboard
def test_choices_ask_what_parses(dashboard):
    """template-label-promql-rule"""
    for choice in variables_of(dashboard).values():
        if choice["type"] == "query":
            asked = Moment(0, 3600).interpolated(choice["query"]["query"])
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", asked)
            promql_parser.parse(found[1])


def has_the_source_that_was_chosen(panel):
    asked = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    return {source["uid"] for source in asked} == {"${datasource}"}


def has_units(panel):
    """Of a table, each column of numbers."""
    if panel["type"] != "table":
        return bool(panel["fieldConfig"]["defaults"].get("unit"))
    overrides = panel["fieldConfig"]["overrides"]
    units = {
        override["matcher"]["options"]
        for override in overrides
        if any(each["id"] == "unit" for each in override["properties"])
    }
    numbers = {column for column in columns_of(panel) if column.startswith("Value")}
    return numbers <= units


def columns_of(panel):
    """The columns that a table shows."""
    return next(
        each["options"]["include"]["names"]
        for each in panel["transformations"]
        if each["id"] == "filterFieldsByName"
    )


OF_PANELS = {
    "panel-title-description-rule: it has both": lambda panel: (
        panel["title"] and panel["description"].endswith(".")
    ),
    "panel-datasource-rule: it asks the source that was chosen": has_the_source_that_was_chosen,
    "panel-no-targets-rule: it asks something": lambda panel: panel["targets"],
    "panel-units-rule: its numbers have a unit": has_units,
}


@each_dashboard
@pytest.mark.parametrize("rule", OF_PANELS.values(), ids=OF_PANELS)
def test_a_panel(rule, dashboard):
    assert [panel["title"] for panel in panels_of(dashboard) if not rule(panel)] == []


def selectors_in(expr):
    """Each selector as its name and its matchers."""
    return re.findall(r"\b([a-zA-Z_:][\w:]*)\{([^}]*)\}", expr)


def parses(target):
    """By the grammar of Prometheus 3; 2.42 reads it where the queries run."""
    return promql_parser.parse(Moment(0, 3600).interpolated(target["expr"]))


def asks_what_was_chosen(target):
    """Jobs, exporters and vantages; of what was recorded, the vantage."""
    found = selectors_in(target["expr"])
    return found and all(
        set(CHOSEN[-1:] if metric.startswith(RECORDED) else CHOSEN) <= set(matchers.split(","))
        for metric, matchers in found
    )


def asks_for_what_there_is(target):
    """Metrics of the exporter's registry, of the recording rules, and of every scrape."""
    return {metric for metric, _ in selectors_in(target["expr"])} <= KNOWN


def rates_over_the_rate_interval(target):
    """A total of the whole time shown, asked for once at its end, is no rate."""
    spans = re.findall(r"\b(?:rate|irate|increase)\([^[]*\[([^]]+)\]", target["expr"])
    wanted = {"$__range"} if target["instant"] else {"$__rate_interval"}
    return set(spans) <= wanted


def asks_counters_how_fast_they_grow(target):
    found = re.finditer(r"(\w+\()?\b(\w+)\{", target["expr"])
    return all(
        each[1] in {"rate(", "increase("}
        for each in found
        if each[2] in COUNTERS or each[2].endswith("_total")
    )


OF_TARGETS = {
    "target-promql-rule: it parses": parses,
    "target-job-rule, target-instance-rule: it asks what was chosen": asks_what_was_chosen,
    "it asks for what there is": asks_for_what_there_is,
    "target-rate-interval-rule: rates are over it": rates_over_the_rate_interval,
    "target-counter-agg-rule: counters only grow": asks_counters_how_fast_they_grow,
}


@each_dashboard
@pytest.mark.parametrize("rule", OF_TARGETS.values(), ids=OF_TARGETS)
def test_a_query(rule, dashboard):
    against = {
        panel["title"]
        for panel in panels_of(dashboard)
        for target in panel["targets"]
        if not rule(target)
    }
    assert against - set(EXCEPTIONS) == set()


@pytest.mark.parametrize("title", EXCEPTIONS)
def test_an_exception_is_still_needed(title):
    """It breaks one rule, or it goes."""
    targets = [
        target
        for dashboard in DASHBOARDS.values()
        for panel in panels_of(dashboard)
        if panel["title"] == title
        for target in panel["targets"]
    ]
    broken = {
        name for name, rule in OF_TARGETS.items() if not all(rule(target) for target in targets)
    }
    assert len(broken) == 1
