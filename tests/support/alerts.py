"""Alerts as Prometheus would send them."""

import yaml

from claude_exporter.stack.resources import bundle


def labels_of(name, **more):
    """The labels that our rules give an alert, and more."""
    rules = yaml.safe_load((bundle("alerts") / "rules" / "claude.alerts.yml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") == name:
                return {"alertname": name, **rule["labels"], **more}
    raise LookupError(name)
