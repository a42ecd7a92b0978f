"""The generated files: where each lies in the project, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from claude_exporter.config import Config
from claude_exporter.core.guide import Guide

from .alerting import EXPORTER_URL, alerting_rules
from .client import Clients, client_rules
from .document import guide_document
from .recording import VANTAGE, recording_rules
from .slo import slo_rules
from .slo_alerts import slo_alerting_rules

RECORDING_FILE: Final = "prometheus/rules/claude.rules.yml"
ALERTING_FILE: Final = "alerts/rules/claude.alerts.yml"
SLO_FILE: Final = "prometheus/rules/claude.slo.yml"
CLIENT_FILE: Final = "prometheus/rules/claude.client.yml"
SLO_ALERTING_FILE: Final = "alerts/rules/claude.slo-alerts.yml"
GUIDE_FILE: Final = "docs/guide.md"

_HEADER: Final = (
    "# Generated from the guide by `claude-exporter rules`; edit the guide, not this.\n"
)
_CLIENT_HEADER: Final = (
    "# Generated from a mapping by `claude-exporter rules --client`; edit the mapping, not this.\n"
)
_SLO_HEADER: Final = (
    "# Generated from `slo:` of the configuration by `claude-exporter rules`; do not edit.\n"
)


def rule_files(
    guide: Guide,
    *,
    vantage: str = VANTAGE,
    factor: float = 1.0,
    exporter_url: str = EXPORTER_URL,
) -> Mapping[str, str]:
    """The two rule files as text, by their path in the project."""
    alerting = alerting_rules(guide, vantage=vantage, factor=factor, exporter_url=exporter_url)
    return {
        RECORDING_FILE: _yaml(recording_rules(guide, vantage=vantage, factor=factor)),
        ALERTING_FILE: _yaml(alerting),
    }


def slo_files(
    config: Config, *, vantage: str = VANTAGE, exporter_url: str = EXPORTER_URL
) -> Mapping[str, str]:
    """The two rule files of the objectives as text, by their path in the project."""
    return {
        SLO_FILE: _yaml(slo_rules(config, vantage=vantage), _SLO_HEADER),
        SLO_ALERTING_FILE: _yaml(
            slo_alerting_rules(config, exporter_url=exporter_url), _SLO_HEADER
        ),
    }


def generated_files(
    guide: Guide, config: Config, *, vantage: str = VANTAGE, exporter_url: str = EXPORTER_URL
) -> Mapping[str, str]:
    """Every file that is rendered from the guide and the objectives; *vantage* is a label."""
    return {
        **rule_files(guide, vantage=vantage, exporter_url=exporter_url),
        **slo_files(config, vantage=vantage, exporter_url=exporter_url),
        GUIDE_FILE: guide_document(guide),
    }


def client_file(clients: Clients) -> Mapping[str, str]:
    """The rule file of a mapping as text, by its path in the project."""
    return {CLIENT_FILE: _yaml(client_rules(clients), _CLIENT_HEADER)}


def _yaml(value: dict[str, Any], header: str = _HEADER) -> str:
    return header + yaml.safe_dump(value, sort_keys=False, width=1000, allow_unicode=True)
