"""Mappings from a product's own metrics to the contract, by the real promtool, and bad ones."""

import pytest
import yaml
from click.testing import CliRunner
from support.programs import require, run
from support.rule_tests import PROJECT, RULE_FILES

from claude_exporter.cli.rules import rules
from claude_exporter.rules.client import (
    CONTRACT,
    ClientConfig,
    MappingError,
    expression_of,
    quoted,
    read_clients,
)
from claude_exporter.rules.files import CLIENT_FILE, client_file

MAPPINGS = PROJECT / "prometheus" / "clients"
OTEL = "gen_ai_client_operation_duration_seconds_count"
OTEL_LABELS = 'gen_ai_provider_name="anthropic", gen_ai_operation_name="chat"'
LITELLM = "litellm_proxy_total_requests_metric_total"
ENVOY = "envoy_cluster_upstream_rq"

# What the source counts, by scrape of 15 s, and the rate that the contract must have of it.
SEEN = {
    "otel-genai": (
        {
            f'{OTEL}{{{OTEL_LABELS}, gen_ai_request_model="claude-opus-4-5"}}': 6,
            f'{OTEL}{{{OTEL_LABELS}, gen_ai_request_model="claude-opus-4-5",'
            ' error_type="anthropic.OverloadedError"}': 3,
            f'{OTEL}{{{OTEL_LABELS}, gen_ai_request_model="claude-opus-4-5", error_type="503"}}': 1,
            f'{OTEL}{{{OTEL_LABELS}, gen_ai_request_model="claude-opus-4-5",'
            ' error_type="APITimeoutError"}': 4,
            f'{OTEL}{{{OTEL_LABELS}, gen_ai_request_model="claude-opus-4-5",'
            ' error_type="ValueError"}': 2,
            f'{OTEL}{{gen_ai_provider_name="openai", gen_ai_operation_name="chat",'
            ' gen_ai_request_model="gpt-5", error_type="500"}': 9,
        },
        {
            ("claude-opus-4-5", "200"): 6,
            ("claude-opus-4-5", "529"): 3,
            ("claude-opus-4-5", "503"): 1,
            ("claude-opus-4-5", "timeout"): 4,
            ("claude-opus-4-5", "other"): 2,
        },
        {"claude-opus-4-5": 4 / 16},
    ),
    "litellm": (
        {
            f'{LITELLM}{{requested_model="claude-sonnet", team="a", status_code="200"}}': 4,
            f'{LITELLM}{{requested_model="claude-sonnet", team="b", status_code="200"}}': 2,
            f'{LITELLM}{{requested_model="claude-sonnet", team="a", status_code="529"}}': 2,
            f'{LITELLM}{{requested_model="claude-sonnet", team="a", status_code="429"}}': 4,
            f'{LITELLM}{{requested_model="gpt-5", team="a", status_code="500"}}': 9,
        },
        {
            ("claude-sonnet", "200"): 6,
            ("claude-sonnet", "529"): 2,
            ("claude-sonnet", "429"): 4,
        },
        {"claude-sonnet": 2 / 12},
    ),
    "envoy-ai-gateway": (
        {
            f'{ENVOY}{{envoy_cluster_name="httproute/ai/anthropic/rule/0",'
            ' envoy_response_code="200"}': 6,
            f'{ENVOY}{{envoy_cluster_name="httproute/ai/anthropic/rule/0",'
            ' envoy_response_code="529"}': 6,
            f'{ENVOY}{{envoy_cluster_name="httproute/ai/openai/rule/0",'
            ' envoy_response_code="500"}': 9,
        },
        {("", "200"): 6, ("", "529"): 6},
        {"any model": 6 / 12},
    ),
}


def labels_text(name, **labels):
    inner = ", ".join(f'{key}="{value}"' for key, value in labels.items() if value)
    return f"{name}{{{inner}}}"


def promtool_test(name, folder):
    """Twenty minutes of steady traffic: the contract, the share, and who is told."""
    counted, rates, ratios = SEEN[name]
    path = folder / "client.yml"
    [text] = client_file(read_clients(MAPPINGS / f"{name}.yml")).values()
    path.write_text(text)
    contract = [
        {
            "labels": labels_text(CONTRACT, client=name, model=model, code=code),
            "value": count / 15,
        }
        for (model, code), count in rates.items()
    ]
    told = [
        {
            "labels": labels_text(
                "ALERTS",
                alertname="ClaudeClientErrors",
                alertstate="firing",
                severity="warning",
                action="wait",
                surface="api",
                model=model,
            ),
            "value": 1,
        }
        for model in ratios
    ]
    share = [
        {
            "labels": labels_text("claude:client_failure_ratio", surface="api", model=model),
            "value": ratio,
        }
        for model, ratio in ratios.items()
    ]
    return {
        "rule_files": [str(path), *map(str, RULE_FILES)],
        "evaluation_interval": "15s",
        "group_eval_order": ["claude-client", "claude-verdict", "claude-alerts"],
        "tests": [
            {
                "name": name,
                "interval": "15s",
                "input_series": [
                    {"series": series, "values": f"0+{count}x80"}
                    for series, count in counted.items()
                ],
                "promql_expr_test": [
                    {"expr": CONTRACT, "eval_time": "15m", "exp_samples": contract},
                    {
                        "expr": "claude:client_failure_ratio",
                        "eval_time": "15m",
                        "exp_samples": share,
                    },
                    {
                        "expr": 'ALERTS{alertname="ClaudeClientErrors"}',
                        "eval_time": "15m",
                        "exp_samples": told,
                    },
                ],
            }
        ],
    }


@pytest.mark.promtool
@pytest.mark.parametrize("name", sorted(path.stem for path in MAPPINGS.glob("*.yml")))
def test_a_shipped_mapping_reads_what_its_source_really_counts(name, tmp_path):
    path = tmp_path / "mapping_test.yml"
    path.write_text(yaml.safe_dump(promtool_test(name, tmp_path), sort_keys=False, width=1000))
    run([require("promtool"), "check", "rules", tmp_path / "client.yml"])
    run([require("promtool"), "test", "rules", path])


def ran(*words):
    return CliRunner().invoke(rules, [str(word) for word in words])


def test_the_command_writes_one_file_more_and_checks_it(tmp_path):
    mapping = MAPPINGS / "litellm.yml"
    assert ran("--out", tmp_path, "--client", mapping).exit_code == 0
    text = (tmp_path / CLIENT_FILE).read_text()
    assert CONTRACT in text
    (tmp_path / CLIENT_FILE).write_text("edited by hand")
    done = ran("--out", tmp_path, "--client", mapping, "--check")
    assert done.exit_code == 1
    assert CLIENT_FILE in done.stderr


GOOD = {"name": "a", "metric": "m_total", "code": "code"}
BAD = {
    "no file": (None, ": cannot be read: No such file or directory"),
    "nothing": ("", ": $: "),
    "no client": ("clients: []", ": $.clients: "),
    "no YAML": ("clients: [", ": while parsing"),
    "no code": ("clients: [{name: a, metric: m}]", ": $.clients[0].code: Field required"),
    "an unknown key": (yaml.safe_dump({"clients": [GOOD | {"modle": "x"}]}), ".modle: Extra"),
    "a metric that is an expression": (
        yaml.safe_dump({"clients": [GOOD | {"metric": "sum(m)"}]}),
        ".metric: ",
    ),
    "a label that is none": (yaml.safe_dump({"clients": [GOOD | {"model": "a-b"}]}), ".model: "),
    "a pattern that does not compile": (
        yaml.safe_dump({"clients": [GOOD | {"match": {"route": "("}}]}),
        "expected an RE2 regular expression",
    ),
    "a code that is a sentence": (
        yaml.safe_dump({"clients": [GOOD | {"codes": [{"value": "x", "code": "It failed"}]}]}),
        ".codes[0].code: ",
    ),
}


@pytest.mark.parametrize(("text", "problem"), BAD.values(), ids=BAD)
def test_a_mapping_that_cannot_be_used_is_refused_with_its_place(text, problem, tmp_path):
    path = tmp_path / "mapping.yml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(MappingError) as caught:
        read_clients(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)
    done = ran("--out", tmp_path, "--client", path)
    assert done.exit_code == 1
    assert not (tmp_path / CLIENT_FILE).exists()


def test_a_label_that_has_the_right_name_is_not_copied_and_patterns_are_quoted():
    client = ClientConfig(**GOOD, match={"path": 'a"b\\d'}, model="model")
    assert expression_of(client) == (
        "sum by (model, code) (label_replace("
        'rate(m_total{path=~"a\\"b\\\\d"}[5m]), "code", "200", "code", ""))'
    )
    assert quoted('a"\\\n') == '"a\\"\\\\\\n"'
