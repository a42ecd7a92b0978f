"""The objectives as Prometheus rules: rendered as configured, read by 2.42 and 3.x, and right."""

from pathlib import Path

import promql_parser
import pytest
import yaml
from support.programs import require, run

from claude_exporter.config import load_config
from claude_exporter.core.model import CLASS_OF_SIGN, SignClass
from claude_exporter.rules.files import SLO_ALERTING_FILE, SLO_FILE, slo_files
from claude_exporter.rules.slo import slo_rules
from claude_exporter.rules.slo_alerts import slo_alert_table, slo_alerting_rules

PROJECT = Path(__file__).parents[3]
COUNTERS = (
    "claude_probe_attempts_total",
    'claude_probe_failures_total{sign="timeout"}',
    'claude_probe_failures_total{sign="rate_limited"}',
)


def config_of(tmp_path, text=""):
    path = tmp_path / "exporter.yml"
    path.write_text(text or "guide: null\n", encoding="utf-8")
    return load_config(path, {})


def expressions(config):
    for file in (slo_rules(config), slo_alerting_rules(config)):
        for group in file["groups"]:
            for rule in group["rules"]:
                yield rule.get("record") or rule["alert"], rule["expr"]


def test_the_committed_files_are_those_of_the_default():
    """`claude-exporter rules` without a configuration writes what is in the project."""
    for name, text in slo_files(load_config(None, {})).items():
        assert (PROJECT / name).read_text(encoding="utf-8") == text


def test_every_expression_is_promql_of_3(tmp_path):
    """promtool speaks for 2.42 below, this parser for 3.x."""
    for _, expr in expressions(config_of(tmp_path)):
        promql_parser.parse(expr)


@pytest.mark.promtool
@pytest.mark.parametrize(
    "text",
    [
        "guide: null",
        "slo: {window: 28d, min_failures: 3, web: {latency: null}}",
        "slo: {api: {latency_threshold: 2.5s}, web: {latency_threshold: 250ms}}",
        "default_targets: false\nallow_no_control: true",
    ],
    ids=["the default", "another period", "thresholds apart", "no targets at all"],
)
def test_promtool_accepts(text, tmp_path):
    """Whatever is configured, Prometheus loads it."""
    for name, rendered in slo_files(config_of(tmp_path, text)).items():
        path = tmp_path / Path(name).name
        path.write_text(rendered, encoding="utf-8")
        run([require("promtool"), "check", "rules", "--lint=all", path])


def test_only_essential_targets_with_an_objective_count(tmp_path):
    """A target that alone never fails its surface never spends its budget either."""
    config = config_of(tmp_path, "slo: {web: {availability: null}, code: {latency: null}}")
    slices = {
        (name, rule["labels"]["sli"]): rule["expr"]
        for rule in slo_rules(config)["groups"][0]["rules"]
        if (name := rule["record"]).endswith("increase1m")
    }
    chosen = {key: expr.partition('target=~"')[2].partition('"')[0] for key, expr in slices.items()}
    assert chosen == {
        ("surface:claude_slo_probes:increase1m", "availability"): "api-models|code-api|console",
        ("surface:claude_slo_errors:increase1m", "availability"): "api-models|code-api|console",
        ("surface:claude_slo_probes:increase1m", "latency"): "web|api-models|console",
        ("surface:claude_slo_errors:increase1m", "latency"): "web|api-models|console",
    }


def test_every_sign_is_good_bad_or_no_news(tmp_path):
    """Network and server signs spend the budget; the others but the fine ones do not count."""
    errors, probes = (
        next(expr for name, expr in expressions(config_of(tmp_path)) if f"slo_{each}:" in name)
        for each in ("errors", "probes")
    )
    bad = set(errors.partition('sign=~"')[2].partition('"')[0].split("|"))
    no_news = set(probes.partition('sign=~"')[2].partition('"')[0].split("|"))
    fine = {sign for sign, kind in CLASS_OF_SIGN.items() if kind is SignClass.FINE}
    theirs = {SignClass.NETWORK, SignClass.SERVER}
    assert bad == {sign for sign, kind in CLASS_OF_SIGN.items() if kind in theirs}
    assert bad | no_news | fine == set(CLASS_OF_SIGN)
    assert not bad & no_news


@pytest.mark.parametrize(
    ("days", "factors"),
    [(30, ["14.4", "6", "3", "1"]), (28, ["13.44", "5.6", "2.8", "0.9333"])],
    ids=["of thirty days", "of four weeks"],
)
def test_factors(days, factors, tmp_path):
    """Each pair of spans fires at the rate that takes its share of the budget."""
    table = dict(expressions(config_of(tmp_path, f"slo: {{window: {days}d}}")))
    told = table["ClaudeSloBurnFast"] + table["ClaudeSloBurnSlow"]
    found = [word.partition(" * ")[0] for word in told.split("group_left () (")[1:]]
    assert found == [factor for factor in factors for _ in range(2)]


@pytest.mark.parametrize("name", slo_alert_table())
def test_every_alert_has_a_runbook(name):
    """Meaning, impact, diagnosis and mitigation, in this order."""
    text = (PROJECT / f"docs/alerts/{name}.md").read_text(encoding="utf-8")
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [f"# {name}", "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]


@pytest.mark.promtool
@pytest.mark.parametrize("place", ["prometheus", "alerts"])
def test_promtool_tests(place):
    """Ratios and budgets, silence and firing."""
    files = sorted((PROJECT / place / "tests").glob("slo*_test.yml"))
    assert files
    run([require("promtool"), "test", "rules", *files], timeout=300)


def one_failure(step):
    """The three counters of a target of which one probe fails in that step, of 20."""
    failed = f"0+0x{step - 1} 1+0x{20 - step}"
    values = dict(zip(COUNTERS, ("0+2x20", failed, "0+0x20"), strict=True))
    return [
        {"series": _labelled(name), "values": each, "interval": "1m"}
        for name, each in values.items()
    ]


def _labelled(name):
    metric, _, rest = name.partition("{")
    return f'{metric}{{surface="api", target="api-models"{", " + rest if rest else "}"}'


@pytest.mark.promtool
def test_one_failed_probe_never_fires_however_strict_the_objective(tmp_path):
    """99.99 % and the smallest floor, from the first minute on: a single failure stays silent."""
    config = config_of(tmp_path, "slo: {api: {availability: 99.99}, min_failures: 2}")
    for name, text in slo_files(config).items():
        (tmp_path / Path(name).name).write_text(text, encoding="utf-8")
    silent = {
        "expr": 'count_over_time(ALERTS{alertname=~"ClaudeSloBurn.*"}[20m])',
        "eval_time": "20m",
        "exp_samples": [],
    }
    document = {
        "rule_files": [Path(SLO_FILE).name, Path(SLO_ALERTING_FILE).name],
        "evaluation_interval": "1m",
        "group_eval_order": ["claude-slo", "claude-slo-period", "claude-slo-alerts"],
        "tests": [
            {
                "name": f"failed in minute {step}",
                "interval": "1m",
                "input_series": [
                    {key: each[key] for key in ("series", "values")} for each in one_failure(step)
                ],
                "promql_expr_test": [silent],
            }
            for step in (1, 3, 19)
        ],
    }
    path = tmp_path / "one_test.yml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    run([require("promtool"), "test", "rules", path], timeout=120)
