"""What Prometheus would have recorded of a day, and alerted, had it evaluated our rules."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from support.days import BEGIN, Day
from support.played import SCRAPE
from support.remote_write import Columns, Labels
from support.rule_tests import PROJECT

from claude_exporter.config.durations import parse_duration

RULE_FOLDERS = ("prometheus/rules", "alerts/rules")
DAY = 86_400.0

Rule = Mapping[str, Any]
Key = tuple[tuple[str, str], ...]
Moments = Iterable[tuple[float, dict[Key, float]]]


def shipped_rules() -> Iterator[Rule]:
    """Every rule in the order in which they need each other."""
    for folder in RULE_FOLDERS:
        for path in sorted((PROJECT / folder).glob("*.yml")):
            for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
                yield from group["rules"]


def written(
    rule: Rule, answers: Iterable[Mapping[str, Any]], day: Day
) -> Iterator[tuple[Labels, bytes]]:
    """The series that a rule leaves behind, from the answers to its expression over the day."""
    name, columns = rule.get("record", "ALERTS"), Columns()
    moments = _by_moment(answers, rule.get("labels", {}), day)
    for at, values in moments if "record" in rule else _alerts(rule, moments):
        columns.add(at, values)
    for key, samples in columns.series().items():
        yield {"__name__": name, **dict(key)}, samples


def _by_moment(answers: Iterable[Mapping[str, Any]], more: Labels, day: Day) -> Moments:
    """What was there at each evaluation, those included that had nothing."""
    steps = int((day.end - BEGIN) // SCRAPE) + 1
    moments = {BEGIN + number * SCRAPE: {} for number in range(steps)}
    for answer in answers:
        labels = {name: value for name, value in answer["metric"].items() if name != "__name__"}
        key = tuple(sorted({**labels, **more}.items()))
        for at, value in answer["values"]:
            moments[float(at)][key] = float(value)
    return moments.items()


def _alerts(rule: Rule, moments: Moments) -> Moments:
    """Pending for as long as the rule wants, then firing for as long as it lasts."""
    patience, kept = _seconds(rule.get("for", "0s")), _seconds(rule.get("keep_firing_for", "0s"))
    since: dict[Key, float] = {}
    seen: dict[Key, float] = {}
    for at, values in moments:
        seen |= dict.fromkeys(values, at)
        firing = {key for key, begun in since.items() if seen[key] - begun >= patience}
        kept_on = {key for key in firing if at - seen[key] < kept}
        since = {key: since.get(key, at) for key in values.keys() | kept_on}
        yield at, {_alert(rule, key, at - begun >= patience): 1.0 for key, begun in since.items()}


def _alert(rule: Rule, key: Key, firing: bool) -> Key:
    state = "firing" if firing else "pending"
    return (*key, ("alertname", rule["alert"]), ("alertstate", state))


def _seconds(text: str) -> float:
    return float(text[:-1]) * DAY if text.endswith("d") else parse_duration(text)
