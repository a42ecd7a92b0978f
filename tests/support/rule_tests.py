"""Writes promtool tests: what an exporter shows, scrape by scrape, and what the rules say of it."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.programs import require, run

from claude_exporter.config.load import load_config
from claude_exporter.core.decide import matching_row
from claude_exporter.core.guide import SPANS, shipped_guide
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.replay import EPOCH, STEP, Judged, replay
from claude_exporter.web.surface_text import judgements_text

PROJECT = Path(__file__).parents[2]
RULE_FILES = (
    PROJECT / "prometheus/rules/claude.rules.yml",
    PROJECT / "alerts/rules/claude.alerts.yml",
)
SCRAPED_FROM = {"job": "claude-exporter", "instance": "exporter:9529"}
SCRAPE = 15
EVALUATION = 5
GUIDE = shipped_guide()
_READ_BY_RULES = (
    "claude_surface_fact",
    "claude_surface_fact_since_timestamp_seconds",
    "claude_surface_sign",
)
_ALWAYS = dict.fromkeys(
    (
        'claude_exporter_build_info{instance="exporter:9529", job="claude-exporter"}',
        'up{instance="exporter:9529", job="claude-exporter"}',
    ),
    1.0,
)


def replayed(scenario, folder: Path) -> list[Judged]:
    """Every judgement of a scenario with its own configuration, each at a step of 5 s."""
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(dict(scenario.config)))
    config = load_config(path, ENVIRON)
    return list(replay(scenario, GUIDE, config.build_targets(), config.status_pages))


def series_text(name: str, labels: Mapping[str, str]) -> str:
    """A series as promtool writes and reads it."""
    inner = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()) if value)
    return f"{name}{{{inner}}}"


def exported(judged: Judged) -> dict[str, float]:
    """What a scrape at the moment of these judgements sees, moments counted from the start."""
    text = judgements_text(judged.judgements, GUIDE.row_ids, EPOCH + judged.at)
    samples = [
        sample
        for family in text_string_to_metric_families(text)
        if family.name in _READ_BY_RULES
        for sample in family.samples
    ]
    return _ALWAYS | {
        series_text(sample.name, sample.labels | SCRAPED_FROM): sample.value
        - (EPOCH if sample.name.endswith("_timestamp_seconds") else 0)
        for sample in samples
    }


def input_series(scrapes: Sequence[Mapping[str, float] | None]) -> list[dict[str, str]]:
    """The scrapes as promtool's series; None is a scrape that failed: every series goes stale."""
    seen = [dict(scrape or {}) for scrape in scrapes]
    names = dict.fromkeys(itertools.chain.from_iterable(seen))
    return [
        {"series": name, "values": _values([scrape.get(name) for scrape in seen])} for name in names
    ]


def _values(found: Sequence[float | None]) -> str:
    words: list[str] = []
    before: float | None = None
    for value, group in itertools.groupby(found):
        count = len(list(group))
        if value is not None:
            words.append(f"{value!r}+0x{count - 1}")
        else:
            stale = ["stale"] if before is not None else []
            words += stale + [f"_x{count - len(stale)}"] * (count > len(stale))
        before = value
    return " ".join(words)


def judged_rows(steps: Sequence[Judged]) -> Iterable[tuple[int, dict[str, object]]]:
    """
    The row of each surface at each evaluation of the rules.

    Between two scrapes the exporter's newest facts stay as they were and spans grow.
    """
    for number, judged in enumerate(steps):
        age = number % round(SCRAPE / STEP) * STEP
        seen = steps[number - round(age / STEP)].judgements
        yield (
            round(judged.at),
            {name: matching_row(grown(each.seen, age), GUIDE) for name, each in seen.items()},
        )


def grown(seen, seconds: float):
    """The same observation, with everything that goes on *seconds* older."""
    spans = {name: getattr(seen, name) for name in SPANS}
    older = {name: span + seconds for name, span in spans.items() if span is not None}
    return replace(seen, **older)


def verdict_samples(rows: Mapping[str, object]) -> list[dict[str, object]]:
    """claude:verdict as it must be where these rows are the verdicts."""
    return [
        {
            "labels": series_text(
                "claude:verdict",
                {
                    "surface": surface,
                    "row": row.id,
                    "stage": row.stage,
                    "key": row.key,
                    "action": row.action.value,
                },
            ),
            "value": 1,
        }
        for surface, row in rows.items()
    ]


def rendered(
    name: str,
    series: list[dict[str, str]],
    expected: list[dict[str, object]],
    evaluation: int = EVALUATION,
) -> str:
    """One promtool test file; the rules are evaluated every *evaluation* seconds."""
    test = {
        "name": name,
        "interval": f"{SCRAPE}s",
        "input_series": series,
        "promql_expr_test": expected,
    }
    document = {
        "rule_files": [str(path) for path in RULE_FILES],
        "evaluation_interval": f"{evaluation}s",
        "group_eval_order": ["claude-verdict", "claude-alerts"],
        "tests": [test],
    }
    return yaml.safe_dump(document, sort_keys=False, width=1000)


def check(text: str, folder: Path) -> None:
    """Run one test file with the real promtool; it must pass."""
    path = folder / "rules_test.yml"
    path.write_text(text)
    run([require("promtool"), "test", "rules", path], timeout=300)
