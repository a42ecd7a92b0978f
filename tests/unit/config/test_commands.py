"""`claude-exporter config` answers with exit codes and says what it means."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from claude_exporter.cli.main import main
from claude_exporter.config.document import main as document
from claude_exporter.config.document import rewritten

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"
KEYED = "targets: [{name: web, options: {headers_from: {x-api-key: {env: KEY}}}}]"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a folder of its own; give exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments, **environ):
        result = CliRunner().invoke(main, ["config", *arguments], env=environ)
        return result.exit_code, result.stdout, result.stderr

    return invoke


def test_check_default(run):
    """Without a file the built-in default is checked."""
    assert run("check") == (0, "ok: 10 targets, 1 page\n", "")


@pytest.mark.parametrize("arguments", [["c.yml"], ["--config.file", "c.yml"]], ids=" ".join)
def test_check_file(run, arguments):
    """The file may be named alone or as the other commands name it."""
    Path("c.yml").write_text("targets: [{name: web, enabled: false}]")

    assert run("check", *arguments) == (0, "ok: 9 targets, 1 page\n", "")


def test_check_bad_file(run):
    """Mistakes go to stderr, one a line, and the exit code is 1."""
    Path("c.yml").write_text("state: {file: 5}\nguide: [1]")
    errors = [
        "c.yml:1:15: $.state.file: expected the path of a file, not 5",
        "c.yml:2:8: $.guide: expected the path of a file, not a list",
    ]

    assert run("check", "c.yml") == (1, "", "\n".join(errors) + "\n")


def test_check_warns_of_secrets(run):
    """A secret that cannot be read now is a warning: the service may run elsewhere."""
    Path("c.yml").write_text(KEYED)
    warning = "expected a secret in the environment variable KEY, it is not set"

    assert run("check", "c.yml", KEY="") == (
        0,
        "ok: 10 targets, 1 page\n",
        f"warning: target web: {warning}\n",
    )
    assert run("check", "c.yml", KEY="hunter2") == (0, "ok: 10 targets, 1 page\n", "")


def test_show(run):
    """The effective configuration is YAML, without the secret."""
    Path("c.yml").write_text(KEYED)
    code, output, errors = run("show", "c.yml", KEY="hunter2")

    assert (code, errors) == (0, "")
    assert len(yaml.safe_load(output)["targets"]) == 10
    assert "hunter2" not in output
    Path("d.yml").write_text(output)
    assert run("check", "d.yml")[0] == 0


def test_schema(run):
    """The schema is JSON."""
    code, output, _ = run("schema")

    assert code == 0
    assert json.loads(output)["type"] == "object"


def test_both_names(run):
    """Two files are a mistake of usage."""
    code, _, errors = run("check", "c.yml", "--config.file", "d.yml")

    assert code == 2
    assert "expected FILE or --config.file, not both" in errors


def test_document_is_generated():
    """docs/configuration.md holds the reference that the models give."""
    text = DOCUMENT.read_text(encoding="utf-8")

    assert rewritten(text) == text


def test_document_command(tmp_path):
    """The command writes the reference, and --check tells that it is out of date."""
    path = tmp_path / "configuration.md"
    old = DOCUMENT.read_text(encoding="utf-8").replace("| `guide` |", "| `gide` |")
    path.write_text(old, encoding="utf-8")

    assert CliRunner().invoke(document, [str(path), "--check"]).exit_code == 1
    assert path.read_text(encoding="utf-8") == old
    assert CliRunner().invoke(document, [str(path)]).exit_code == 0
    assert path.read_text(encoding="utf-8") == DOCUMENT.read_text(encoding="utf-8")
    assert CliRunner().invoke(document, [str(path), "--check"]).exit_code == 0


def test_document_without_marks():
    """A text without the marks is refused, not overwritten."""
    with pytest.raises(ValueError, match="expected the lines <!-- generated"):
        rewritten("# Configuration\n")
