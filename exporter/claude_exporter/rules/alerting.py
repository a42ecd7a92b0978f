"""Alerting rules: the table alerts.yml over the verdict that the recording rules give."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import yaml

from claude_exporter.config.durations import parse_duration

from .recording import EVALUATION, VANTAGE
from .spans import promql_duration, scaled_spans

RUNBOOKS: Final = "http://localhost:9529/docs/alerts/{alert}.md"
"""Where runbooks are read: the exporter serves its own."""


def alert_table() -> dict[str, dict[str, Any]]:
    """The alerts as written, by name."""
    text = files(__package__).joinpath("alerts.yml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return table


def alerting_rules(
    *, vantage: str = VANTAGE, factor: float = 1.0, runbooks: str = RUNBOOKS
) -> dict[str, Any]:
    """The rule file as a value; *factor* is how many times as fast the time of a drill runs."""
    rules = [
        _alert(name, entry, vantage, factor, runbooks) for name, entry in alert_table().items()
    ]
    interval = promql_duration(EVALUATION / factor)
    return {"groups": [{"name": "claude-alerts", "interval": interval, "rules": rules}]}


def _alert(
    name: str, entry: dict[str, Any], vantage: str, factor: float, runbooks: str
) -> dict[str, Any]:
    held = parse_duration(entry.get("for", "0s")) / factor
    labels = {"severity": entry["severity"], "action": entry["action"]}
    return {
        "alert": name,
        "expr": _expression(name, entry, vantage, factor),
        **({"for": promql_duration(held)} if held else {}),
        "labels": labels,
        "annotations": {
            "summary": entry["summary"],
            "description": entry["description"],
            "now": entry["now"],
            "runbook_url": runbooks.format(alert=name),
        },
    }


def _expression(name: str, entry: dict[str, Any], vantage: str, factor: float) -> str:
    if "expr" in entry:
        return scaled_spans(str(entry["expr"]).replace("{vantage}", vantage), factor)
    by = [vantage if label == "vantage" else label for label in entry.get("by", ["surface"])]
    group, join = ", ".join(by), f"on (surface, {vantage})"
    verdict = f'claude:verdict{{key=~"{"|".join(entry["rows"])}"}}'
    since = entry.get("since", "failing")
    if since == "unknown":
        return f"max by ({group}) ({verdict})"
    value = f'(time() - claude:fact_since{{fact="{since}"}})'
    start = f"max by ({group}) ({value} and {join} {verdict}){_unless_implied(entry)}"
    if not entry.get("hold"):
        return start
    still = f'{value} and {join} (claude:fact{{fact="failing"}} == 1)'
    firing = f'ALERTS{{alertname="{name}", alertstate="firing"}}'
    return f"{start} or (max by ({group}) ({still}) and on ({group}) {firing})"


def _unless_implied(entry: dict[str, Any]) -> str:
    """Leave out a surface that needs another one which fails as well: one outage, one page."""
    return "".join(
        f' unless on (surface) label_replace(max(claude:fact{{surface="{needed}", fact="failing"}})'
        f' == 1, "surface", "{surface}", "", "")'
        for surface, needed in entry.get("implied", {}).items()
    )
