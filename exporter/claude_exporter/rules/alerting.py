"""Alerting rules: the table alerts.yml over the verdict that the recording rules give."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import yaml

from claude_exporter.config.durations import parse_duration
from claude_exporter.core.guide import Guide

from .recording import EVALUATION, VANTAGE
from .spans import promql_duration, scaled_spans

EXPORTER_URL: Final = "http://localhost:9529"
"""Where people reach the exporter unless they say otherwise; it serves the runbooks."""

_FORECAST: Final = (
    '{{ with printf "sort(max by (within) (claude_forecast_resolved_probability'
    "{surface='%s'}))\" $labels.surface | query }}over within"
    "{{ range . }} {{ .Labels.within }} {{ . | value | humanizePercentage }}{{ end }}{{ end }}"
)
"""`over within 15m 20% 30m 34% ...`, from the exporter; empty where it has no forecast."""


def alert_table() -> dict[str, dict[str, Any]]:
    """The alerts as written, by name."""
    text = files(__package__).joinpath("alerts.yml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return table


def alerting_rules(
    guide: Guide,
    *,
    vantage: str = VANTAGE,
    factor: float = 1.0,
    exporter_url: str = EXPORTER_URL,
) -> dict[str, Any]:
    """
    The rule file as a value; *factor* is how many times as fast the time of a drill runs.

    Thresholds of *guide* are taken as they are: give a drill its scaled guide.
    """
    writer = _Writer(guide=guide, vantage=vantage, factor=factor)
    rules = [_alert(name, entry, writer, exporter_url) for name, entry in alert_table().items()]
    interval = promql_duration(EVALUATION / factor)
    return {"groups": [{"name": "claude-alerts", "interval": interval, "rules": rules}]}


def runbook_url(exporter_url: str, alert: str) -> str:
    """Where the exporter at *exporter_url* serves the runbook of an alert."""
    return f"{exporter_url}/docs/alerts/{alert}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes expressions for one guide, one vantage label and one speed of time."""

    guide: Guide
    vantage: str
    factor: float

    def expression(self, name: str, entry: dict[str, Any]) -> str:
        if "expr" in entry:
            return scaled_spans(str(entry["expr"]).replace("{vantage}", self.vantage), self.factor)
        by = ", ".join(
            self.vantage if label == "vantage" else label for label in entry.get("by", ["surface"])
        )
        verdict = f'claude:verdict{{key=~"{"|".join(entry["rows"])}"}}'
        since = entry.get("since", "failing")
        if since == "unknown":
            return f"max by ({by}) ({verdict})"
        value = f'(time() - claude:fact_since{{fact="{since}"}})'
        implied = self._unless_implied(entry)
        start = f"max by ({by}) ({value} and {self._join} {verdict}{implied})"
        return f"{start} or {self._held(name, by)}" if entry.get("hold") else start

    @property
    def _join(self) -> str:
        return f"on (surface, {self.vantage})"

    def _unless_implied(self, entry: dict[str, Any]) -> str:
        """
        Leave out a surface that needs another one which fails as well: one outage, one page.

        Or has just failed: whatever recovers a probe later is not an outage of its own.
        """
        settle = promql_duration(self.guide.thresholds["settle"])
        return "".join(
            f' unless {self._join} label_replace(max_over_time(claude:fact{{surface="{needed}",'
            f' fact="failing"}}[{settle}]) == 1, "surface", "{surface}", "", "")'
            for surface, needed in entry.get("implied", {}).items()
        )

    def _held(self, name: str, by: str) -> str:
        """What fires already and is not known to work: neither here nor, elsewhere, for others."""
        carried = promql_duration(self.guide.thresholds["carry_over"])
        still = (
            f'(time() - last_over_time(claude:fact_since{{fact="failing"}}[{carried}]))'
            f' unless {self._join} (claude:fact{{fact="failing"}} == 0)'
            f' unless {self._join} (claude:fact{{fact="others_succeed"}} == 1)'
        )
        firing = f'ALERTS{{alertname="{name}", alertstate="firing"}}'
        return f"(max by ({by}) ({still}) and on ({by}) {firing})"


def _alert(name: str, entry: dict[str, Any], writer: _Writer, exporter_url: str) -> dict[str, Any]:
    held = parse_duration(entry.get("for", "0s")) / writer.factor
    labels = {"severity": entry["severity"], "action": entry["action"]}
    return {
        "alert": name,
        "expr": writer.expression(name, entry),
        **({"for": promql_duration(held)} if held else {}),
        "labels": labels,
        "annotations": {
            "summary": entry["summary"].replace("$labels.vantage", f"$labels.{writer.vantage}"),
            "description": entry["description"],
            "now": entry["now"],
            **({"forecast": _FORECAST} if entry.get("forecast") else {}),
            "runbook_url": runbook_url(exporter_url, name),
        },
    }
