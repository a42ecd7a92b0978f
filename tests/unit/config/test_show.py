"""What `config show` prints loads again to the same configuration, secrets excepted."""

from pathlib import Path

import pytest
import yaml

from claude_exporter.config import load_config
from claude_exporter.config.load import read_config
from claude_exporter.config.show import annotated_yaml, effective_yaml

TEXTS = {
    "nothing": "guide: null",
    "overrides": "targets: [{name: web, interval: 37s, slow_after: 50ms}]\nguide: my.yml",
    "removals": (
        "targets: [{name: web, enabled: false}]\nstatus_pages: [{name: claude, enabled: false}]"
    ),
    "another prober": "targets: [{name: web, prober: tcp, address: 'a:1', options: {banner: 5}}]",
    "own targets only": (
        "default_targets: false\nallow_no_control: true\n"
        "targets: [{name: web, surface: api, prober: dns, address: '', options: {query_name: a}}]"
    ),
    "text that looks like something else": (
        "targets: [{name: code-api, options: {body: 'on # 1: [\\n]', headers: {'1': '010'}}}]"
    ),
    "network and state": "network: {connect_to: {'a:1': 'b:2'}}\nstate: {file: s.db}",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_loads_again(load, text):
    """The printed configuration means the same."""
    config = load(text)

    assert load(effective_yaml(config)).fingerprint() == config.fingerprint()


def test_annotated_says_where(tmp_path, probers):
    """Behind each item stands the file and line that gives it, and it loads again."""
    path = tmp_path / "exporter.yml"
    path.write_text("state: {file: s.db}\ntargets:\n- {name: web, interval: 31s}\n")
    loaded = read_config(path, {}, probers)
    text = annotated_yaml(loaded)
    path.write_text(text)

    lines = text.split("\n")
    assert f"  - name: web  # {path}:3" in lines
    assert f"state:  # {path}:1" in lines
    assert "default_targets: true  # built in" in lines
    assert [line for line in lines if line.startswith("  - name: console  # default.yml:")]
    assert load_config(path, {}, probers).fingerprint() == loaded.config.fingerprint()


def test_secrets_are_hidden(load):
    """A secret prints as <secret> and loads again as one that cannot be read."""
    config = load(
        "targets: [{name: web, options: {headers_from: {x-api-key: {env: THE_KEY}}}}]",
        {"THE_KEY": "hunter2"},
    )
    text = effective_yaml(config)
    [web] = [target for target in yaml.safe_load(text)["targets"] if target["name"] == "web"]

    assert web["options"]["headers_from"] == {"x-api-key": "<secret>"}
    assert "THE_KEY" not in text
    assert effective_yaml(load(text)) == text


def test_every_value_is_shown(load):
    """Defaults are printed too, in the units of the file."""
    shown = yaml.safe_load(effective_yaml(load("guide: my.yml")))

    assert list(shown) == [
        "network",
        "default_targets",
        "allow_no_control",
        "targets",
        "status_pages",
        "api_probes",
        "state",
        "slo",
        "claude_code",
        "community",
        "guide",
    ]
    assert shown["state"] == {"file": None}
    assert shown["status_pages"][0]["max_body"] == "5MiB"
    assert Path(shown["guide"]).name == "my.yml"
