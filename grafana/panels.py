"""The grammar of a dashboard: queries, panels, where they stand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

JSON = dict[str, Any]

SELECTED: Final = 'job=~"$job",instance=~"$instance"'
SOURCE: Final[JSON] = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS: Final = 24


def query(expr: str, legend: str = "", *, table: bool = False) -> JSON:
    """One PromQL query; `SELECTED` stands for the chosen jobs and instances."""
    return {
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": expr.replace("SELECTED", SELECTED),
        "format": "table" if table else "time_series",
        "instant": table,
        "legendFormat": legend,
        "range": not table,
    }


def panel(kind: str, title: str, description: str, *targets: JSON, **more: Any) -> JSON:  # noqa: ANN401
    """One panel. `width` and `height` are grid units; the rest goes into it as it is."""
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "targets": [{**target, "refId": chr(65 + n)} for n, target in enumerate(targets)],
        "transparent": False,
        **more,
    }


def field(unit: str, **more: Any) -> JSON:  # noqa: ANN401
    """The field configuration of a panel: its unit, and more where given."""
    return {"defaults": {"unit": unit, **more}, "overrides": []}


def lines(unit: str, **more: Any) -> JSON:  # noqa: ANN401
    """What every time series panel shares."""
    return {
        "fieldConfig": field(unit, min=0, custom={"fillOpacity": 10, "lineWidth": 1}, **more),
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def laid_out(panels: Iterable[JSON]) -> list[JSON]:
    """Number the panels and place them from the left, a new line where one does not fit."""
    placed: list[JSON] = []
    x = y = tallest = 0
    for number, each in enumerate(panels, start=1):
        width, height = each.pop("width"), each.pop("height")
        if x + width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        placed.append({**each, "id": number, "gridPos": {"h": height, "w": width, "x": x, "y": y}})
        x, tallest = x + width, max(tallest, height)
    return placed


FIRING: Final[JSON] = {
    "name": "Alerts",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": "red",
    "expr": 'ALERTS{alertname=~"Claude.+",alertstate="firing"}',
    "titleFormat": "{{alertname}}",
    "textFormat": "{{surface}}",
}
"""Marks on every graph: when our alerts fired."""

CHOSEN_SOURCE: Final[JSON] = {
    "name": "datasource",
    "label": "Data source",
    "type": "datasource",
    "query": "prometheus",
}
"""Which Prometheus a dashboard asks."""


def variable(name: str, label: str) -> JSON:
    """A choice among the values of a label of our exporters, all of them at first."""
    definition = f"label_values(claude_exporter_build_info, {name})"
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "definition": definition,
        "query": {"query": definition, "refId": name},
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "refresh": 2,
        "sort": 1,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def dashboard(uid: str, title: str, description: str, panels: Iterable[JSON]) -> JSON:
    """A whole dashboard."""
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "schemaVersion": 42,
        "tags": ["claude", "generated"],
        "editable": False,
        "timezone": "browser",
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "annotations": {"list": [FIRING]},
        "templating": {
            "list": [CHOSEN_SOURCE, variable("job", "Job"), variable("instance", "Exporter")]
        },
        "links": [
            {
                "type": "dashboards",
                "title": "Claude",
                "tags": ["claude"],
                "asDropdown": True,
                "keepTime": True,
                "includeVars": True,
            }
        ],
        "panels": laid_out(panels),
    }


def text_of(document: JSON) -> str:
    """The bytes of a dashboard's file."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
