"""
Writes operator/prometheusrule.yml beside this file from the rule files: `make generate`.

The Prometheus Operator takes rules as objects of the cluster; the groups are those of
prometheus/rules and alerts/rules, letter by letter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

HERE: Final = Path(__file__).parent
TARGET: Final = HERE / "operator" / "prometheusrule.yml"
HEADER: Final = (
    "# Generated from prometheus/rules and alerts/rules by `make generate`; do not edit.\n"
)


def prometheus_rule() -> str:
    """The object as YAML text."""
    top = HERE.parents[1]
    files = sorted(top.glob("prometheus/rules/*.yml")) + sorted(top.glob("alerts/rules/*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "claude-exporter",
            "labels": {"app.kubernetes.io/name": "claude-exporter"},
        },
        "spec": {"groups": groups},
    }
    return HEADER + yaml.safe_dump(document, sort_keys=False, width=1000, allow_unicode=True)


if __name__ == "__main__":
    TARGET.write_text(prometheus_rule(), encoding="utf-8")
