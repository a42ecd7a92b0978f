"""The generated dashboards as data, and their queries as Grafana sends them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from claude_exporter.rules.recording import VANTAGE

FOLDER = Path(__file__).parents[2] / "grafana" / "dashboards"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}

_USED = re.compile(r"\$\{(\w+)(?:[:.]\w+)?\}|\$(\w+)")
_OWN = {"__all", "__range", "__rate_interval", "__interval", "__value", "__data"}


def panels_of(dashboard):
    """Every panel that draws something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


PANELS = [
    (f"{uid}: {panel['title']}", panel)
    for uid, dashboard in DASHBOARDS.items()
    for panel in panels_of(dashboard)
]
TARGETS = [
    (f"{name} {target['refId']}", panel, target)
    for name, panel in PANELS
    for target in panel["targets"]
]


def recorded_names():
    """The series that the recording rules make."""
    files = sorted((FOLDER.parents[1] / "prometheus" / "rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return {rule["record"] for group in groups for rule in group["rules"]}


def variables_in(text):
    """The names of variables of the dashboard that a text uses."""
    names = {first or second for first, second in _USED.findall(text)}
    return {name for name in names if name not in _OWN and not name.isdigit()}


@dataclass(frozen=True)
class Moment:
    """A dashboard opened at *end*, over *span* seconds, on a screen so many points wide."""

    end: float
    span: float
    points: int = 600
    scrape: float = 15.0

    @property
    def step(self):
        return max(self.scrape, round(self.span / self.points))

    def interpolated(self, text, **chosen):
        """The text with variables replaced as Grafana does, everything chosen."""
        values = {
            "job": ".+",
            "instance": ".+",
            "vantage": ".*",
            "target": ".+",
            "surface": ".+",
            "vantage_label": VANTAGE,
            "__range": f"{self.span:.0f}s",
            "__interval": f"{self.step:.0f}s",
            "__rate_interval": f"{max(self.step + self.scrape, 4 * self.scrape):.0f}s",
            **chosen,
        }
        return _USED.sub(lambda found: values.get(found[1] or found[2], found[0]), text)


def legend_of(template, labels, **chosen):
    """The name of a series, as Grafana writes it."""
    text = Moment(0, 3600).interpolated(template, **chosen)
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), text).strip()
