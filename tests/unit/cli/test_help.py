"""Every command's help teaches by examples that work, and every mistake names what would."""

import shlex

import click
import pytest
from click.testing import CliRunner

from claude_exporter.cli.main import main


def commands(group=main, path=()):
    """Every command with its path, groups included."""
    ctx = click.Context(group, info_name="claude-exporter")
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name)
        yield (*path, name), found
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


COMMANDS = {" ".join(path): found for path, found in commands()}


def examples_of(command):
    lines = (command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.strip().startswith("claude-exporter ")]


EXAMPLES = {line: None for command in (main, *COMMANDS.values()) for line in examples_of(command)}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_of_its_command(name):
    own = [line for line in (COMMANDS[name].epilog or "").splitlines() if "claude-exporter" in line]
    assert any(f"claude-exporter {name}" in line for line in own)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_help_is_wider_than_80_columns(name):
    help_text = CliRunner().invoke(main, [*name.split(), "--help"], terminal_width=80).output
    assert "Examples:" in help_text
    assert [line for line in help_text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("line", [line for line in EXAMPLES if "COMMAND" not in line])
def test_every_example_is_understood(line, tmp_path, monkeypatch):
    """Parsed with the files it names; nothing is run."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line.partition("  #")[0])[1:]
    for sign in ("|", "||", "&&", ">", ">>"):
        words = words[: words.index(sign)] if sign in words else words
    for word in words:
        if word.endswith((".yml", ".json")):
            (tmp_path / word).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / word).touch()
    command, ctx = main, click.Context(main, info_name="claude-exporter")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(ctx, words.pop(0))
    assert command is not None
    command.make_context("claude-exporter", words)


MISTAKES = {
    "a command": (["chek"], "did you mean check?"),
    "a command of a group": (["config", "chek"], "did you mean check?"),
    "a command like none": (["zzz"], "expected a command, one of check, watch, serve"),
    "an option": (["check", "--jsn"], "--json"),
    "a target": (["probe", "wbe"], "did you mean web?"),
    "a scenario": (["drill", "blip"], "did you mean blip-90s?"),
    "a shell": (["completion", "tcsh"], "'bash', 'zsh', 'fish'"),
    "an exporter's address": (["support-bundle", "--exporter", "::"], "expected a URL like"),
}


@pytest.mark.parametrize(("words", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_names_what_was_meant(words, said):
    done = CliRunner().invoke(main, words)
    assert done.exit_code != 0
    assert said in done.output
