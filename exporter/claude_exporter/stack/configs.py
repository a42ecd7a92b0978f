"""Writes the files that the programs read, with the addresses they really have here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from claude_exporter.rules.alerting import EXPORTER_URL
from claude_exporter.stack.export import export

PLACES: Final[Mapping[str, str]] = {
    "exporter": "exporter:9529",
    "prometheus": "prometheus:9090",
    "alertmanager": "alertmanager:9093",
}
"""How the packaged files name each program: the service names of docker-compose.yml."""

LINKED: Final = urlsplit(EXPORTER_URL).netloc
"""How links for people name the exporter: those to runbooks, and those of the dashboards."""

DASHBOARDS: Final = "/etc/claude-exporter/grafana/dashboards"
"""Where the packaged Grafana provisioning expects the dashboards."""

_REWRITTEN: Final = (
    "prometheus/prometheus.yml",
    "alerts/alertmanager.yml",
    "alerts/rules/*.yml",
    "grafana/provisioning/datasources/prometheus.yml",
    "grafana/provisioning/dashboards/claude.yml",
    "grafana/dashboards/*.json",
)


def write_configs(folder: Path, addresses: Mapping[str, str]) -> None:
    """
    Write prometheus/, alerts/ and grafana/ below `folder`, whatever was there.

    `addresses` are host:port by program name, as in PLACES.
    """
    export(folder, force=True)
    changes = {PLACES[name]: address for name, address in addresses.items() if name in PLACES}
    changes[DASHBOARDS] = str(folder / "grafana" / "dashboards")
    if "exporter" in addresses:
        changes[LINKED] = addresses["exporter"]
    for pattern in _REWRITTEN:
        for path in folder.glob(pattern):
            _rewrite(path, changes)


def _rewrite(path: Path, changes: Mapping[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        moved = json.dumps(relocate(json.loads(text), changes), indent=2, ensure_ascii=False)
    else:
        document = relocate(yaml.safe_load(text), changes)
        moved = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    path.write_text(moved, encoding="utf-8")


def relocate(node: object, changes: Mapping[str, str]) -> object:
    """Replace every string of a YAML document that is a known address, or a URL of one."""
    if isinstance(node, dict):
        return {key: relocate(value, changes) for key, value in node.items()}
    if isinstance(node, list):
        return [relocate(item, changes) for item in node]
    return _relocated(node, changes) if isinstance(node, str) else node


def _relocated(text: str, changes: Mapping[str, str]) -> str:
    if "://" not in text:
        return changes.get(text, text)
    parts = urlsplit(text)
    if parts.netloc not in changes:  # any other text with :// in it stays letter by letter
        return text
    return parts._replace(netloc=changes[parts.netloc]).geturl()
