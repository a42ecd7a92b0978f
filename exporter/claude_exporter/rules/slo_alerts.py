"""
Alerting rules of the objectives: the table slo_alerts.yml, burn rates over two spans each.

The factors are those of Google's workbook, stated as the share of the budget that is gone after the
long span, so that they hold for any period.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import yaml

from claude_exporter.config import Config
from claude_exporter.config.durations import parse_duration
from claude_exporter.config.slo import SloConfig

from .alerting import EXPORTER_URL, runbook_url
from .slo import BUDGET, ERRORS, OBJECTIVE, RATIO, REMAINING, objectives_of

_TEXTS: Final = ("summary", "description", "now")
_EVALUATION: Final = "1m"


def slo_alert_table() -> dict[str, dict[str, Any]]:
    """The alerts as written, by name."""
    text = files(__package__).joinpath("slo_alerts.yml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return table


def slo_alerting_rules(config: Config, *, exporter_url: str = EXPORTER_URL) -> dict[str, Any]:
    """The rule file as a value; without objectives it has no alerts."""
    table = slo_alert_table() if objectives_of(config) else {}
    rules = [_alert(name, entry, config.slo, exporter_url) for name, entry in table.items()]
    group = {"name": "claude-slo-alerts", "interval": _EVALUATION, "rules": rules}
    return {"groups": [group]}


def _alert(name: str, entry: dict[str, Any], slo: SloConfig, exporter_url: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": _expression(entry, slo),
        **({"for": entry["for"]} if "for" in entry else {}),
        "labels": {"severity": entry["severity"], "action": entry["action"]},
        "annotations": {
            **{key: entry[key] for key in _TEXTS},
            "runbook_url": runbook_url(exporter_url, name),
        },
    }


def _expression(entry: dict[str, Any], slo: SloConfig) -> str:
    if "expr" in entry:
        names = {"remaining": REMAINING, "objective": OBJECTIVE, "ratio": RATIO}
        return str(entry["expr"]).format(**names)
    sli = str(entry["sli"])
    spans = (_burning(sli, long, short, share, slo) for long, short, share in entry["windows"])
    return " or ".join(f"({each})" for each in spans)


def _burning(sli: str, long: str, short: str, share: float, slo: SloConfig) -> str:
    """Both spans burn, and enough probes failed that a single one cannot be the reason."""
    factor = share * slo.window / parse_duration(long)
    floor = f'sum_over_time({ERRORS}{{sli="{sli}"}}[{long}]) >= {slo.min_failures}'
    return f"{_beyond(sli, long, factor)} and {_beyond(sli, short, factor)} and ({floor})"


def _beyond(sli: str, window: str, factor: float) -> str:
    ratio = f'{RATIO}{window}{{sli="{sli}"}}'
    return f"({ratio} > on (surface, sli) group_left () ({factor:.4g} * {BUDGET}))"
