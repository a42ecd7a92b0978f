"""The generated files: where each lies in the project, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from claude_exporter.core.guide import Guide

from .alerting import alerting_rules
from .document import guide_document
from .recording import VANTAGE, recording_rules

RECORDING_FILE: Final = "prometheus/rules/claude.rules.yml"
ALERTING_FILE: Final = "alerts/rules/claude.alerts.yml"
GUIDE_FILE: Final = "docs/guide.md"

_HEADER: Final = (
    "# Generated from the guide by `claude-exporter rules`; edit the guide, not this.\n"
)


def rule_files(guide: Guide, *, vantage: str = VANTAGE, factor: float = 1.0) -> Mapping[str, str]:
    """The two rule files as text, by their path in the project."""
    return {
        RECORDING_FILE: _yaml(recording_rules(guide, vantage=vantage, factor=factor)),
        ALERTING_FILE: _yaml(alerting_rules(guide, vantage=vantage, factor=factor)),
    }


def generated_files(guide: Guide) -> Mapping[str, str]:
    """Every file that is rendered from the guide."""
    return {**rule_files(guide), GUIDE_FILE: guide_document(guide)}


def _yaml(value: dict[str, Any]) -> str:
    return _HEADER + yaml.safe_dump(value, sort_keys=False, width=1000, allow_unicode=True)
