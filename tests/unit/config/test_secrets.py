"""A secret is named, never written; it prints as <secret> and is read when it is needed."""

import copy
import json
from pathlib import Path

import pytest

from claude_exporter.config import Secret, SecretError
from claude_exporter.config.secrets import secrets_in

KEYED = "targets: [{name: web, options: {headers_from: {x-api-key: %s}}}]"


def secret_of(config):
    [secret] = [s for target in config.build_targets() for s in secrets_in(target.options)]
    return secret


def test_environment(load):
    """{env: NAME} is read from the environment that load_config was given."""
    config = load(KEYED % "{env: KEY}", {"KEY": "hunter2"})

    assert secret_of(config).reveal() == "hunter2"


@pytest.mark.parametrize(
    ("body", "value"), [("hunter2\n", "hunter2"), ("a\n\n", "a\n"), ("b", "b")]
)
def test_file(load, tmp_path, body, value):
    """{file: PATH} starts at the configuration file; one newline at its end is not the key's."""
    (tmp_path / "key").write_text(body, encoding="utf-8")

    assert secret_of(load(KEYED % "{file: key}")).reveal() == value


def test_read_when_needed(load, tmp_path):
    """A rotated key is seen without a reload."""
    secret = secret_of(load(KEYED % "{file: key}"))
    (tmp_path / "key").write_text("first", encoding="utf-8")
    assert secret.reveal() == "first"

    (tmp_path / "key").write_text("second", encoding="utf-8")
    assert secret.reveal() == "second"


def unreadable(folder):
    (folder / "empty").write_text("\n", encoding="utf-8")
    (folder / "binary").write_bytes(b"\xff")
    return {
        "{env: KEY}": "expected a secret in the environment variable KEY, it is not set",
        "{file: absent}": f"expected a secret in {folder}/absent: No such file or directory",
        "{file: empty}": f"expected a secret in {folder}/empty, not an empty file",
        "{file: binary}": f"expected a secret in {folder}/binary, not bytes that are no UTF-8",
        "<secret>": "<secret> stands for a secret that `config show` left out",
    }


def test_unreadable(load, tmp_path):
    """A secret that cannot be read says which and why, when it is used and not before."""
    for given, problem in unreadable(tmp_path).items():
        secret = secret_of(load(KEYED % given))
        with pytest.raises(SecretError) as caught:
            secret.reveal()
        assert str(caught.value) == problem


def test_prints_nothing(load):
    """No way to print a configuration prints the secret or where it is kept."""
    config = load(KEYED % "{env: KEY}", {"KEY": "hunter2"})
    [target] = [target for target in config.targets if target.name == "web"]
    secret = secret_of(config)
    printed = [
        str(secret),
        json.dumps(target.options.model_dump(mode="json")),
        target.options.model_dump_json(),
        config.model_dump_json(),
        repr(config),
        repr(config.build_targets()),
    ]

    assert [text for text in printed if "hunter2" in text or "<secret>" not in text] == []


def test_keyed(load):
    """A target is keyed exactly when its options hold a secret."""
    config = load(KEYED % "{env: KEY}")

    assert [target.name for target in config.build_targets() if target.keyed] == ["web"]


def test_equality():
    """Two secrets are the same when they are kept in the same place, whatever it holds."""
    first = Secret(env="A", environ={"A": "1"})

    assert first == Secret(env="A", environ={}) == copy.copy(first)
    assert first != Secret(file=Path("A"))
    assert [first.reference, Secret(file=Path("/k")).reference] == ["env:A", "file:/k"]
