"""The commands that README and the documents tell people to type."""

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from claude_exporter.cli.main import main

TOP = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SHELL = {"sh", "bash", "shell", "console", ""}
PROMPTED = {"console", ""}
INDENTED = re.compile(r" {4}(make|claude-exporter|\.venv/\S+|python3?|sudo|docker|kubectl|curl) ")
COMMENT = re.compile(r"(^|\s+)# .*$")
INLINE = re.compile(r"`(claude-exporter [a-z][^`]*)`")
PLACEHOLDERS = {"TARGET": "web", "DIR": "out", "FILE": "README.md", "SHELL": "bash"}
ENDS = ("|", "||", "&&", ">", ">>", "&")


def documents() -> dict[str, str]:
    """Everything that is read by people who want to run it, by its path."""
    more = [TOP / "README.md", TOP / "deploy/README.md", TOP / "bench/README.md"]
    paths = [*more, *sorted((TOP / "docs").rglob("*.md"))]
    return {str(path.relative_to(TOP)): path.read_text(encoding="utf-8") for path in paths}


def commands_of(document: str) -> list[str]:
    """The commands of fenced shell blocks and indented ones, each in one line, no comments."""
    found: list[str] = []
    for _, language, body in FENCE.findall(document):
        if language in SHELL:
            found += _typed(textwrap.dedent(body), prompt=language in PROMPTED)
    for paragraph in re.split(r"\n\s*\n", FENCE.sub("", document)):
        if INDENTED.match(paragraph):
            found += _typed(textwrap.dedent(paragraph), prompt=False)
    return found


def _typed(block: str, *, prompt: bool) -> Iterator[str]:
    """The commands of a block; where there is a prompt, all else is an answer."""
    for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines():
        if prompt and not line.startswith("$ "):
            continue
        command = COMMENT.sub("", line.removeprefix("$ ") if prompt else line).strip()
        if command:
            yield command


def inline_commands(document: str) -> list[str]:
    """What a sentence or a cell calls a command of ours: `claude-exporter ...`."""
    joined = FENCE.sub("", document).replace("\n", " ")
    return [re.sub(r"\s+", " ", text) for text in INLINE.findall(joined)]


def understood(text: str) -> None:
    """Parse a command of ours as click does, with values for its placeholders; raises."""
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(text)][1:]
    cut = min((words.index(end) for end in ENDS if end in words), default=len(words))
    words = words[:cut]
    command: click.Command | None = main
    ctx = click.Context(main, info_name="claude-exporter")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(ctx, words.pop(0))
    assert command is not None, f"{text}: no such command"
    command.make_context("claude-exporter", words)
