"""The files of a drill: the packaged ones, with every span of time shortened alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from claude_exporter.config.durations import parse_duration
from claude_exporter.core.guide import shipped_guide
from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.rules.files import rule_files
from claude_exporter.rules.spans import promql_duration
from claude_exporter.simulator.scenario import Scenario

from .configs import write_configs

_SPANS: Final = frozenset(
    {
        "scrape_interval",
        "scrape_timeout",
        "evaluation_interval",
        "resolve_timeout",
        "group_wait",
        "group_interval",
        "repeat_interval",
    }
)


def write_drill_files(
    folder: Path, addresses: Mapping[str, str], receiver: str, speed: float
) -> None:
    """
    Write what Prometheus and Alertmanager read, below *folder*.

    Everything that goes to a person goes to *receiver*, a URL, as well.
    """
    write_configs(folder, addresses)
    guide, home = shipped_guide().scaled(speed), f"http://{addresses['exporter']}"
    for name, text in rule_files(guide, factor=speed, exporter_url=home).items():
        (folder / name).write_text(text, encoding="utf-8")
    _rewrite(folder / "prometheus" / "prometheus.yml", lambda found: _faster(found, speed))
    told = {"url": receiver, "send_resolved": True}
    _rewrite(
        folder / "alerts" / "alertmanager.yml",
        lambda found: _heard_by(_faster(found, speed), told),
    )


def write_exporter_config(path: Path, scenario: Scenario, network: NetworkSettings) -> None:
    """Write the exporter's configuration: the scenario's own, and the way to the simulator."""
    made = {
        "resolver": network.resolver,
        "connect_to": dict(network.connect_to),
        "ca_file": network.ca_file,
        "proxy_from_environment": network.proxy_from_environment,
    }
    document = {**scenario.config, "network": {**scenario.config.get("network", {}), **made}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _rewrite(path: Path, change: Callable[[Any], Any]) -> None:
    document = change(yaml.safe_load(path.read_text(encoding="utf-8")))
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def _faster(node: Any, speed: float) -> Any:  # noqa: ANN401  # any YAML document
    if isinstance(node, list):
        return [_faster(item, speed) for item in node]
    if not isinstance(node, dict):
        return node
    found = {
        key: _shorter(value, speed) if key in _SPANS else _faster(value, speed)
        for key, value in node.items()
    }
    if "scrape_timeout" in found:
        found["scrape_timeout"] = found["scrape_interval"]
    return found


def _shorter(text: str, speed: float) -> str:
    seconds = parse_duration(text)
    return promql_duration(seconds / speed) if seconds else text


def _heard_by(document: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    for receiver in document["receivers"]:
        if receiver.get("webhook_configs"):
            receiver["webhook_configs"].append(told)
    return document
